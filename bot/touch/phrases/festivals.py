"""中秋节前两天, 大年初三, 腊月廿三, 2 days before Christmas → the days that may be meant."""

import re
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from bot.touch.calendar import Calendar, lunar
from bot.touch.phrases.dates import Found, impossible, number
from bot.touch.phrases.folding import fold
from bot.touch.phrases.values import BIRTHDAY, Guess, Said, Unclear

_SIDE = r"(?:的|提)?(?P<side>前夕|[之以]?[前后])"
_AFTER = re.compile(
    rf"(?P<name>.+?)(?:当天|那天|{_SIDE}第?(?P<count>\d{{1,3}})?个?(?P<unit>[天日周])?)?"
)
_BEFORE = re.compile(
    r"(?:(?P<count>\d{1,3}|an?|one|two|three) (?P<unit>days?|weeks?) |the day )"
    r"(?P<side>before|after) (?P<name>.+)"
)
_YEAR = re.compile(r"(今|明|\d{4})年(.+)")
_MOON = re.compile(
    r"(?:(?:农历|阴历|旧历)(?P<leap>闰)?(?P<number>正|冬|腊|\d{1,2})|(?P<name>正|冬|腊))"
    r"月初?(?P<day>\d{1,2})日?"
)
_NUMBERS = {"正": 1, "冬": 11, "腊": 12}
_MINE = re.compile(r"(?:客户|他|她|本人)?的?生日|(?:the |their |customer's )?birthday")
_RARE = 20  # years until a leap month or a 30th comes again; longer for the rarest


class Near(NamedTuple):
    """An occasion, and how many days from it."""

    occasion: str
    days: int


def near_of(text: str, calendar: Calendar) -> Near | Unclear | None:
    """An occasion of the calendar, or "birthday", with the days before or after it."""
    found = _BEFORE.fullmatch(text) or _AFTER.fullmatch(text)
    whole = _named(text, calendar)
    if whole or not found:  # a name may itself end in 前 or 后
        return Near(whole, 0) if whole else None
    name = _named(found["name"], calendar)
    if not name:
        return None
    side = found["side"]
    if not side:
        return Near(name, 0)
    days = 1 if side == "前夕" or text.startswith("the day") else _days(found)
    if days is None:
        return Unclear(
            rule="ambiguous",
            zh=f"“{text}”是几天？请写明，例如“{found['name']}前2天”",
            en=f"{text!r}: how many days? Write it, as in 2 days before it",
        )
    return Near(name, -days if "前" in side or side == "before" else days)


def festival_of(text: str, today: date, calendar: Calendar) -> Found:
    if moon := _by_moon(text, today):
        return moon
    dated = _YEAR.fullmatch(text)
    near = near_of(dated[2] if dated else text, calendar)
    if near is None or isinstance(near, Unclear):
        return near
    if near.occasion == BIRTHDAY:
        return None
    step = timedelta(days=near.days)
    if dated:
        years = {"今": today.year, "明": today.year + 1}
        year = years.get(dated[1]) or int(dated[1])
        if not today.year <= year <= 2100:
            return impossible(text)
        days = tuple(day + step for day in calendar.dates(near.occasion, year))
        return Guess(days=days) if days else impossible(text)
    coming = _coming(near, today, calendar)
    return Guess(days=coming) if coming else impossible(text)


def _coming(near: Near, today: date, calendar: Calendar) -> tuple[date, ...]:
    """The first two, from today on."""
    step = timedelta(days=near.days)
    days: list[date] = []
    day = today - step - timedelta(days=1)
    while len(days) < 2:
        try:
            day = calendar.next(near.occasion, day)
        except LookupError:  # it never comes again
            break
        days.append(day + step)
    return tuple(days)


def _by_moon(text: str, today: date) -> Found:
    found = _MOON.fullmatch(text.replace("大年初", "正月初"))
    if found is None:
        return None
    name, day = found["number"] or found["name"], int(found["day"])
    here = (_NUMBERS.get(name) or int(name), bool(found["leap"]))
    days = (
        one.first + timedelta(days=day - 1)
        for year in range(today.year - 1, today.year + _RARE)
        for one in lunar.months(year)
        if (one.number, one.leap) == here and 1 <= day <= one.days
    )
    coming = tuple(islice((one for one in days if one >= today), 2))
    told = Said("按农历", "by the lunar calendar")
    return Guess(days=coming, assumed=(told,)) if coming else impossible(text)


def _named(name: str, calendar: Calendar) -> str:
    if _MINE.fullmatch(name):
        return BIRTHDAY
    return _names(calendar).get(fold(name), "")


def _days(found: re.Match[str]) -> int | None:
    if not found["count"] or not found["unit"]:
        return None
    return number(found["count"]) * (7 if found["unit"] in ("周", "week", "weeks") else 1)


@lru_cache(maxsize=8)
def _names(calendar: Calendar) -> dict[str, str]:
    """As phrases are folded, 双十一 is 双11."""
    return {fold(name): occasion for name, occasion in calendar.spoken().items()}
