"""What the matcher finds and decides, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Tier = Literal["exact", "learned", "keyword", "similar"]
Band = Literal["answer", "ask", "handover", "silent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """The probabilities, 0..1, that decide; `huashu scripts calibrate` finds a library's own."""

    answer: float = 0.85
    lead: float = 0.1  # over the next different script
    ask: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    script_id: str
    score: float  # the probability that it answers the message, 0..1
    tier: Tier
    example: str  # the nearest example as it was compared, or the keywords that fired
    features: Mapping[str, float] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do about a message, and why.

    `silent`: there is nothing to answer (an acknowledgement, a sticker) and nobody to call.
    """

    band: Band
    match: Match | None = None  # what to say; only when band is "answer"
    candidates: tuple[Match, ...] = ()  # best first; what to offer when band is "ask"
    rule: str = ""  # what decided without looking for a script: "complaint", "acknowledgement" …
    normalised: str
    reason_zh: str
    reason_en: str
