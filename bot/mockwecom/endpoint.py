"""Describes an API: method, permitted fields, and who answers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bot.mockwecom.people import App
from bot.mockwecom.rules import RULES
from bot.mockwecom.shapes import Shape, Text

Answer: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    filename: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    app: App
    query: Mapping[str, str]
    body: Mapping[str, Any]
    upload: Upload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    answer: Callable[[Request], Awaitable[Answer]]
    methods: tuple[str, ...] = ("POST",)
    query: frozenset[str] = frozenset()
    body: Shape = field(default_factory=dict)
    opaque: frozenset[str] = frozenset()  # fields of the body that `answer` checks itself
    uploads: bool = False  # multipart with one file, not JSON
    empty: Mapping[str, Any] = field(default_factory=dict)  # fields that an error carries, too


def getter(answer: Callable[[Request], Awaitable[Answer]], *query: str, **empty: Any) -> Endpoint:
    return Endpoint(answer=answer, methods=("GET",), query=frozenset(query), empty=empty)


def sized(rule: str, *, empty: bool = True) -> Text:
    """A text whose limit is in the rules."""
    return Text(most=RULES[rule].value, too_long=RULES[rule].errcode, empty=empty)
