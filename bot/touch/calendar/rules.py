"""When an occasion falls: `on = "…"` in calendar.toml and festivals.toml → dates of a year."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.touch.calendar import lunar

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
CURE = (
    'Write "11-11", "2026-05-20", "L08-15" (lunar), "every 28", "every last", '
    '"2nd Sunday of May" or "spring_festival - 7"'
)
_NTH = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "last": -1}
_LEAP_YEAR = 2000  # where every day of a year exists
_FURTHEST = 366


@dataclass(frozen=True, slots=True)
class Yearly:
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Once:
    day: date


@dataclass(frozen=True, slots=True)
class Monthly:
    day: int


@dataclass(frozen=True, slots=True)
class NthWeekday:
    nth: int  # -1 is the last
    weekday: int  # 0 is Monday
    month: int


@dataclass(frozen=True, slots=True)
class ByMoon:
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class BySun:
    degrees: int  # of the sun's longitude: a solar term


@dataclass(frozen=True, slots=True)
class Relative:
    base: str  # id of another occasion
    days: int  # negative: before it


Rule = Yearly | Once | Monthly | NthWeekday | ByMoon | BySun | Relative
Others = Callable[[str, int], tuple[date, ...]]  # the dates of another occasion in a year


def dates(rule: Rule, year: int, others: Others) -> tuple[date, ...]:
    """All dates from 1 January to 31 December; by the moon there may be none or two."""
    match rule:
        case Yearly(month, day):
            return (_day(year, month, day),)
        case Once(day):
            return (day,) if day.year == year else ()
        case Monthly(day):
            return tuple(_day(year, month, day) for month in range(1, 13))
        case NthWeekday(nth, weekday, month):
            return (_nth_weekday(year, month, weekday, nth),)
        case ByMoon(month, day):
            found = (lunar.from_moon(begun, month, day) for begun in (year - 1, year))
        case BySun(degrees):
            return (lunar.terms(year)[degrees],)
        case Relative(base, days):
            step = timedelta(days=days)
            found = (day + step for near in (-1, 0, 1) for day in others(base, year + near))
    return tuple(day for day in found if day.year == year)


def parse(on: str) -> Rule:
    """What `on` says.

    Raises:
        ValueError: it says nothing, or a day that never comes; the text tells which.
    """
    text = " ".join(on.split())
    for pattern, build in _FORMS:
        if found := pattern.fullmatch(text):
            return build(*found.groups())
    raise ValueError(f"{on!r} is no day")


def _day(year: int, month: int, day: int) -> date:
    """A day that the month lacks is its last."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    if nth < 0:
        last = _day(year, month, 31)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _yearly(month: str, day: str) -> Rule:
    real = _real(_LEAP_YEAR, int(month), int(day), f"{month}-{day}")
    return Yearly(real.month, real.day)


def _once(year: str, month: str, day: str) -> Rule:
    return Once(_real(int(year), int(month), int(day), f"{year}-{month}-{day}"))


def _real(year: int, month: int, day: int, told: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"{told} never comes") from None


def _by_moon(month: str, day: str) -> Rule:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 30):
        raise ValueError(f"L{month}-{day} never comes: the moon has 12 months of at most 30 days")
    return ByMoon(int(month), int(day))


def _monthly(day: str) -> Rule:
    number = 31 if day == "last" else int(day)
    if not 1 <= number <= 31:
        raise ValueError(f"no month has a day {day}")
    return Monthly(number)


def _weekday(nth: str, weekday: str, month: str) -> Rule:
    place = WEEKDAYS.index(weekday.lower()[:3])
    return NthWeekday(_NTH[nth.lower()], place, MONTHS.index(month.lower()[:3]) + 1)


def _by_sun(degrees: str) -> Rule:
    if int(degrees) % 15 or int(degrees) >= 360:
        raise ValueError(f"the sun has no term at {degrees} degrees")
    return BySun(int(degrees))


def _relative(base: str, sign: str, days: str) -> Rule:
    if int(days) > _FURTHEST:
        raise ValueError(f"{days} days are more than a year")
    return Relative(base, int(sign + days))


_DAY_NAMES = "mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun"
_MONTH_NAMES = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    "aug(?:ust)?|sep(?:t|tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_FORMS: tuple[tuple[re.Pattern[str], Callable[..., Rule]], ...] = (
    (re.compile(r"(\d\d)-(\d\d)"), _yearly),
    (re.compile(r"(\d{4})-(\d\d)-(\d\d)"), _once),
    (re.compile(r"L(\d\d)-(\d\d)"), _by_moon),
    (re.compile(r"every (\d\d?|last)"), _monthly),
    (
        re.compile(
            rf"(1st|2nd|3rd|4th|last) ((?:{_DAY_NAMES})(?:day)?) of ({_MONTH_NAMES})",
            re.IGNORECASE,
        ),
        _weekday,
    ),
    (re.compile(r"sun (\d{1,3})"), _by_sun),
    (re.compile(r"([a-z][a-z0-9_]*) ?([+-]) ?(\d{1,3})"), _relative),
)
