"""The caps of a profile as a form: caps that count the same share a row, the form keeps what was
typed, and shows each mistake at its field."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.errors import Complaint
from bot.telling.complaints import line, words
from bot.telling.words import Language

_PLACE = re.compile(r"profiles\.(.+)\.caps\[(\d+)\](?:\.(most|gap_h))?")
_KEYS = {  # the file's key → the page's
    "zh": (("间隔 gap_h 改短", "间隔改短"), ("间隔 gap_h", "间隔")),
    "en": (("gap_h", "gap"),),
}
NO_NUMBER = ("这不是数字。", "This is no number.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str  # most.0, gap_h.0: the number is the cap's place in its profile
    span: str  # "" = the hours from one to the next
    value: str
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    subject: str
    scenario: str
    fields: list[Field]


def rows(
    caps: Iterable[Mapping[str, Any]], typed: Mapping[str, str], wrong: Mapping[str, Sequence[str]]
) -> list[Row]:
    """
    Args:
        typed: what somebody wrote just now, by field; the rest is as the file has it.
        wrong: what is wrong with it, by field.
    """
    found: dict[tuple[str, str], Row] = {}
    for number, cap in enumerate(caps):
        key = str(cap.get("subject", "customer")), str(cap.get("scenario", ""))
        row = found.setdefault(key, Row(subject=key[0], scenario=key[1], fields=[]))
        for part, span in (("most", str(cap.get("span", ""))), ("gap_h", "")):
            name = f"{part}.{number}"
            if part in cap:
                value = typed.get(name) or str(cap[part])
                told = tuple(wrong.get(name, ()))
                row.fields.append(Field(name=name, span=span, value=value, wrong=told))
    return list(found.values())


def unreadable(typed: Mapping[str, str]) -> list[str]:
    """The fields whose text is not a number."""
    return [name for name, value in typed.items() if number(value) is None]


def number(text: str) -> int | float | None:
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return None


def placed(
    complaints: Iterable[Complaint], profile: str, fields: Iterable[str], language: Language
) -> tuple[dict[str, list[str]], list[str]]:
    """Complaints by each of the `fields` of `profile`, and those that belong elsewhere."""
    there, at, elsewhere = set(fields), dict[str, list[str]](), list[str]()
    for one in complaints:
        place = _PLACE.fullmatch(one.key)
        parts = (place[3],) if place and place[3] else ("most", "gap_h")
        names = [f"{part}.{place[2]}" for part in parts] if place else []
        name = next((each for each in names if each in there), "")
        if place and place[1] == profile and name:
            at.setdefault(name, []).append(_said(one, language))
        else:
            elsewhere.append(line(one, language))
    return at, elsewhere


def _said(complaint: Complaint, language: Language) -> str:
    problem, cure = words(complaint, language)
    told = f"{problem}。{cure}。" if language == "zh" else f"{problem}. {cure}."
    for key, instead in _KEYS[language]:
        told = told.replace(key, instead)
    return told
