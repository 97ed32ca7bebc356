"""What is known of a customer, field by field: the value, who told it, and what they agreed to."""

import re
from calendar import month_abbr
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from typing import Literal
from unicodedata import normalize

from bot.files.reader import Rule, setting
from bot.profile.zones import ZONES, zone_of
from bot.touch.calendar.birthday import parse
from bot.touch.phrases.folding import fold

BIRTHDAY = "birthday"  # the field by which plans know birthdays
DATE = "date"  # the kind of fields that are dates of the customer: plans count from them
LONGEST = 200  # characters of a value
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DAY = re.compile(
    r"(?P<moon>农历|阴历|旧历|l)?(?:(?P<year>\d{4})[-年/.])?(?P<leap>闰)?(?P<month>\d{1,2})[-月/.]"
    r"(?P<day>\d{1,2})[日号]?"
)
_DATE = re.compile(r"(20\d\d)(?:[-年/.](\d{1,2})[-月/.](\d{1,2})[日号]?|(\d\d)(\d\d))")
_MIDNIGHT = re.compile(r" 0?0:00(?::00)?$")  # behind a day that a spreadsheet tells
_RUN = re.compile(r"((?:19|20)\d\d)?(\d\d)(\d\d)")  # 19900517, 0517
# Nobody says so of the solar calendar, whose months are written in digits; 五月十七 alone may be
# either.
_MOON = re.compile(r"[正冬腊]月|月[初廿]")
_MONTHS = (("正月", "1月"), ("冬月", "11月"), ("腊月", "12月"), ("月初", "月"))
_NUMERALS = re.compile("[一二三四五六七八九十廿]")
_TOLD = re.compile("农历|阴历|旧历|[日号]$")
_TITLE = Rule(lambda title: 1 <= len(title) <= 20, "Write 1 to 20 characters")
_CHOICES = Rule(
    lambda texts: all(1 <= len(text) <= 40 for text in texts), "Write texts of 1 to 40 characters"
)

Kind = Literal["text", "choice", "birthday", "zone", "date"]
# What members note of their customers in WeCom (follow_user, docs 92114 and 92994).
Note = Literal["", "remark", "description", "remark_corp_name", "remark_mobiles"]


class Consent(IntEnum):
    """Whether the customer agrees that it is used."""

    NOT_ASKED = 0
    GIVEN = 1
    WITHDRAWN = 2


class Source(StrEnum):
    CUSTOMER = "customer"  # they said it
    MEMBER = "member"  # a colleague noted it
    IMPORT = "import"  # out of another system
    SIGNAL = "signal"  # the shop told it
    WECOM = "wecom"


CONSENTS: Mapping[Consent, tuple[str, str]] = {
    Consent.NOT_ASKED: ("没问过", "not asked"),
    Consent.GIVEN: ("同意用", "agreed"),
    Consent.WITHDRAWN: ("收回了同意", "withdrawn"),
}
SOURCES: Mapping[Source, tuple[str, str]] = {
    Source.CUSTOMER: ("客户说的", "the customer said so"),
    Source.MEMBER: ("同事记的", "noted by a colleague"),
    Source.IMPORT: ("导入的", "imported"),
    Source.SIGNAL: ("商城传来的", "told by the shop"),
    Source.WECOM: ("企业微信里的", "from WeCom"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """A field of the company's ([field.NAME] of config/customers.toml)."""

    id: str
    title: str = setting(rule=_TITLE, where='Add title = "尺码"')
    kind: Kind = "text"
    choices: tuple[str, ...] = setting((), rule=_CHOICES)  # of kind "choice"
    consent: bool = False  # it is not used unless they agreed
    purpose: str = ""  # what for: that they are asked
    wecom: Note = ""  # taken from there, as long as nobody tells otherwise
    # In which scenarios (bot.touch.touch.Scenario) scripts may print it; None = in all, an answer
    # is one, too; () = in none: it is for colleagues.
    scenarios: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A field that must not be used, as the customer has not agreed."""

    title: str
    purpose: str
    withdrawn: bool = False


def printed(rule: FieldRule, value: str, consent: Consent, scenario: str) -> str:
    """What a script may print for it; "": nothing, as if it were not known."""
    agreed = consent is Consent.GIVEN or (consent is Consent.NOT_ASKED and not rule.consent)
    if not agreed or (rule.scenarios is not None and scenario not in rule.scenarios):
        return ""
    return told(rule, value)[0]


def told(rule: FieldRule, value: str) -> tuple[str, str]:
    """A value in words, in Chinese and in English.

    Raises:
        ValueError: it is no birthday or no date, and should be.
    """
    if rule.kind == DATE:
        day = date.fromisoformat(value)
        return f"{day.year}年{day.month}月{day.day}日", f"{day.day} {day:%b %Y}"
    if rule.kind == "birthday":
        return born(value)
    return ZONES.get(value, (value, value)) if rule.kind == "zone" else (value, value)


def options(rule: FieldRule) -> Mapping[str, tuple[str, str]]:
    """What can be chosen, with its names; empty: it is written."""
    return ZONES if rule.kind == "zone" else {one: (one, one) for one in rule.choices}


def born(text: str) -> tuple[str, str]:
    """ "L05-17" as people say it, in Chinese and in English.

    Raises:
        ValueError: it is no birthday.
    """
    birthday = parse(text)
    day = f"{birthday.month}月{birthday.day}日"
    zh = f"{'农历' if birthday.moon else ''}{'闰' if birthday.leap else ''}{day}"
    if birthday.moon:  # its months have numbers, and no names
        leap = "leap " if birthday.leap else ""
        return zh, f"{leap}lunar month {birthday.month}, day {birthday.day}"
    return zh, f"{birthday.day} {month_abbr[birthday.month]}"


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def fitting(rule: FieldRule, text: str) -> str | None:
    """The value as it is kept; "": none; None: it does not fit."""
    text = " ".join(text.split())
    if not text:
        return ""
    day = _MIDNIGHT.sub("", normalize("NFKC", text))
    if rule.kind == "choice":
        return text if text in rule.choices else None
    if rule.kind == "birthday":
        return _birthday(day)
    if rule.kind == "zone":
        return zone_of(text)
    if rule.kind == DATE:
        return _date(day)
    return text if len(text) <= LONGEST else None


def _date(text: str) -> str | None:
    """ "2027-05-17" out of 2027/5/17, 2027年5月17日, 20270517."""
    if (found := _DATE.fullmatch(text.replace(" ", ""))) is None:
        return None
    try:
        return f"{date(*(int(one) for one in found.groups() if one))}"
    except ValueError:
        return None


def _birthday(text: str) -> str | None:
    """ "05-17" out of 5月17日, 1990-05-17, 19900517; "L05-17" out of 农历5月17日, 五月初五."""
    plain = text.replace(" ", "")
    moon = _MOON.search(plain) is not None
    if _NUMERALS.search(plain) and not moon and not _TOLD.search(plain):
        return None
    for said, meant in _MONTHS:
        plain = plain.replace(said, meant)
    plain = fold(plain)
    if found := _RUN.fullmatch(plain):
        text = f"{_of(found[1])}{found[2]}-{found[3]}"
    elif found := _DAY.fullmatch(plain):
        leap = "+" if found["leap"] else ""
        # With a lunar birthday many give the year of the solar calendar: it tells nothing.
        mark = f"L{leap}" if moon or found["moon"] or leap else _of(found["year"])
        text = f"{mark}{int(found['month']):02}-{int(found['day']):02}"
    try:
        return str(parse(text))
    except ValueError:
        return None


def _of(year: str | None) -> str:
    """The year, before its day: `parse` refuses a day that the year did not have."""
    return f"{year}-" if year else ""
