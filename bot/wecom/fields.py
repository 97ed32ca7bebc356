"""Reads WeCom's JSON whatever type a value has: null, a number as a text, half a surrogate pair.

None of this may harm more than the one item that it belongs to, least of all on its way to the
disk.
"""

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, TypeVar

import orjson

from bot.scripts.renderer import clean

E = TypeVar("E", bound=IntEnum)

log = logging.getLogger(__name__)

_HALF = re.compile(  # of a sign that JSON writes as two escapes
    r"\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F].."
)


def parsed(raw: bytes | str) -> Any:
    """Names of customers bring control characters and signs that were cut in two, which are no
    JSON: a page that holds one would never be read.

    Raises:
        ValueError: it is no JSON at all.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        words = raw if isinstance(raw, str) else raw.decode(errors="replace")
        try:
            whole = _HALF.sub(r"\\ufffd", words)
            return json.loads(whole, strict=False, parse_int=_as_orjson)
        except RecursionError as error:
            raise ValueError("nested too deep") from error


def _as_orjson(digits: str) -> int | float:
    """A number of more than 64 bits is a float: no event with such an integer can be stored."""
    number = int(digits) if len(digits) <= 20 else float(digits)
    return number if -(2**63) <= number < 2**64 else float(number)


def errcode(answer: Mapping[str, Any]) -> int:
    """0 where there is none, as in some successes (doc 90253); -2: it is no number."""
    told = answer.get("errcode")
    if isinstance(told, str) and told.removeprefix("-").isdecimal():
        return int(told)
    return 0 if told is None else told if isinstance(told, int) else -2


def text(body: Any, key: str) -> str:
    value = body.get(key, "") if isinstance(body, dict) else ""
    return value if isinstance(value, str) else _written(value)


def called(body: Any, key: str) -> str:
    """What somebody calls themselves, without what nobody sees; "" where nothing else is left, as
    of whoever has no name: a page would show a blank, or run the line around it backwards."""
    return str(clean(text(body, key)))


def need(body: Any, key: str) -> str:
    """Raises ValueError: it is missing or empty."""
    value = text(body, key)
    if not value:
        raise ValueError(f"{key} is missing")
    return value


def number(body: Any, key: str, default: int | None = None) -> int:
    """Raises ValueError: it is none, and there is no default."""
    digits = text(body, key)
    if digits.isdecimal() and len(digits) < 19:
        return int(digits)
    if default is None:
        raise ValueError(f"{key} is no number")
    return default


def moment(body: Any, key: str) -> datetime | None:
    seconds = number(body, key, 0)
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 1e11 else None


def inner(body: Any, key: str) -> dict[str, Any]:
    value = body.get(key) if isinstance(body, dict) else None
    return value if isinstance(value, dict) else {}


def items(body: Any, key: str) -> list[Any]:
    value = body.get(key) if isinstance(body, dict) else None
    return value if isinstance(value, list) else []


def texts(body: Any, key: str) -> tuple[str, ...]:
    return tuple(filter(None, map(_written, items(body, key))))


def next_cursor(answer: Mapping[str, Any], cursor: str) -> str:
    """Of the page behind the one that `cursor` brought; "" = there is none."""
    after = text(answer, "next_cursor")
    if after and after == cursor:
        log.error("a cursor of WeCom's stands still", extra={"action": "wecom.answer"})
        return ""
    return after


def status_of(kind: type[E], body: Any) -> E | None:
    """None: it is missing, or newer than we are.

    Raises:
        ValueError: it is no number.
    """
    value = None if body.get("status") is None else number(body, "status")
    return next((one for one in kind if one == value), None)


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
