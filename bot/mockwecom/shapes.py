"""Strict shapes of JSON: an unknown or missing field, or one of a wrong type, is refused.

A shape is a mapping of fields (`!` ends the name of a required one), `Text`, `Number`, `Items`
or a type. Each says which errcode answers a violation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bot.mockwecom.rules import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    most: int | None = None  # UTF-8 bytes
    code: int = 40058
    too_long: int = 0  # answered instead of `code` when only the length is wrong
    pattern: str = ""
    empty: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    among: tuple[int, ...] = ()  # empty: any
    code: int = 40058
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    of: "Shape"
    most: int
    code: int = 40058
    least: int = 1


Shape: TypeAlias = "Mapping[str, Shape] | Text | Number | Items | type"


def read_fields(body: object, shape: Mapping[str, Shape]) -> dict[str, Any]:
    """The checked body of a request. Raises Refusal."""
    if not isinstance(body, dict):
        raise Refusal(40058, "the body is not an object")
    check(body, shape, "body")
    return body


def check(value: object, shape: Shape, where: str) -> None:
    """Raise the Refusal that names the first violation; `where` is the path to `value`."""
    match shape:
        case Text():
            _check_text(value, shape, where)
        case Number():
            wanted = int if shape.whole else (int, float)
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise Refusal(shape.code, f"{where} is not a number")
            if shape.among and value not in shape.among:
                raise Refusal(shape.code, f"{where} is none of {shape.among}")
        case Items():
            if not isinstance(value, list) or len(value) < shape.least:
                raise Refusal(shape.code, f"{where} is not a list of {shape.least} or more")
            if len(value) > shape.most:
                raise Refusal(shape.code, f"{where} has more than {shape.most} items")
            for place, item in enumerate(value):
                check(item, shape.of, f"{where}[{place}]")
        case Mapping():
            _check_fields(value, shape, where)
        case _:
            if not isinstance(value, shape):
                raise Refusal(40058, f"{where} is no {shape.__name__}")


def _check_text(value: object, shape: Text, where: str) -> None:
    if not isinstance(value, str) or not (value or shape.empty):
        raise Refusal(shape.code, f"{where} is not a text with something in it")
    if shape.most is not None and len(value.encode()) > shape.most:
        raise Refusal(shape.too_long or shape.code, f"{where} is longer than {shape.most} bytes")
    if shape.pattern and not re.fullmatch(shape.pattern, value):
        raise Refusal(shape.code, f"{where} has characters that are not allowed")


def _check_fields(value: object, shape: Mapping[str, Shape], where: str) -> None:
    if not isinstance(value, dict):
        raise Refusal(40058, f"{where} is not an object")
    fields = {name.removesuffix("!"): inner for name, inner in shape.items()}
    for name in value:
        if name not in fields:
            raise Refusal(40058, f"{where}.{name} is an unknown field")
    for name in shape:
        if name.endswith("!") and name[:-1] not in value:
            raise Refusal(getattr(shape[name], "code", 40058), f"{where}.{name[:-1]} is missing")
    for name, inner in value.items():
        check(inner, fields[name], f"{where}.{name}")
