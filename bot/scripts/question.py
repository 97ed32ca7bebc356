"""A question with the scripts that are right for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    text: str
    gold: frozenset[str]  # the scripts that answer it; none: a person must
    kind: str = "other"
