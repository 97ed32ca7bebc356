"""The lunar calendar (农历) and the solar terms (节气), valid for 1900–2100.

One rule for days that do not exist: a day that a month lacks is its last, and a leap month (闰月)
that a year lacks is the month of the same number.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import floor
from typing import NamedTuple

_NOON_2000, _ORDINAL_2000 = 2451545, date(2000, 1, 1).toordinal()  # one day, counted in two ways
_FIRST_TERM, _TERMS = 2, 24  # of what the library lists: 小寒 opens a year of the sun
_XIAOHAN = 285  # degrees of the sun's longitude at 小寒; each term is 15 further
_MONTHS = "正二三四五六七八九十冬腊"
_TENS, _ONES = ("初", "十", "廿", "三"), "十一二三四五六七八九"


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    number: int  # 1 to 12
    leap: bool
    first: date
    days: int  # 29 or 30


@dataclass(frozen=True, slots=True, kw_only=True)
class MoonDay:
    """A day by the moon."""

    year: int
    month: int
    leap: bool
    day: int

    def __str__(self) -> str:
        return f"{'闰' if self.leap else ''}{_MONTHS[self.month - 1]}月{_day_name(self.day)}"


class _Year(NamedTuple):
    months: tuple[Month, ...]
    terms: Mapping[int, date]


def months(year: int) -> tuple[Month, ...]:
    """The 12 or 13 months of the moon's year that begins in `year`."""
    return _year(year).months


def terms(year: int) -> Mapping[int, date]:
    """The 24 solar terms from 1 January to 31 December: degrees of longitude → date."""
    return _year(year).terms


def from_moon(year: int, month: int, day: int, *, leap: bool = False) -> date:
    """The date of a day by the moon; it may fall into the next year of the sun."""
    same = [one for one in months(year) if one.number == month]
    found = same[-1] if leap else same[0]
    return found.first + timedelta(days=min(day, found.days) - 1)


def to_moon(day: date) -> MoonDay:
    year = day.year if day >= months(day.year)[0].first else day.year - 1
    every = months(year)
    month = every[bisect_right(every, day, key=lambda one: one.first) - 1]
    return MoonDay(
        year=year, month=month.number, leap=month.leap, day=(day - month.first).days + 1
    )


@cache
def _year(year: int) -> _Year:
    from lunar_python import LunarYear  # takes some 20 ms, spared to whoever needs no such day

    table = LunarYear(year)
    found = tuple(
        Month(
            number=abs(month.getMonth()),
            leap=month.isLeap(),
            first=_date(month.getFirstJulianDay()),
            days=month.getDayCount(),
        )
        for month in table.getMonthsInYear()
    )
    days = table.getJieQiJulianDays()[_FIRST_TERM : _FIRST_TERM + _TERMS]
    return _Year(
        found, {(_XIAOHAN + 15 * place) % 360: _date(day) for place, day in enumerate(days)}
    )


def _date(julian: float) -> date:
    return date.fromordinal(floor(julian + 0.5) - _NOON_2000 + _ORDINAL_2000)


def _day_name(day: int) -> str:
    if day in (20, 30):
        return "二十" if day == 20 else "三十"
    return _TENS[(day - 1) // 10 if day % 10 == 0 else day // 10] + _ONES[day % 10]
