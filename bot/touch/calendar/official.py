"""Public holidays (放假) and make-up workdays (调休) of a year: published, or expected by rule.

The State Council publishes a year each November before it. Until then, and for years that no table
knows, the rules in force since 2025 (国务院令第795号 and what was announced with it) foretell the
holidays, but not which weekends will be worked for them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from bot.touch.calendar import lunar

_BLOCKS = (("spring_festival", 8), ("labour_day", 5), ("national_day", 7))  # days off in a row
_WEDNESDAY = 2
_IDS = {  # the library's names
    "New Year's Day": "new_year",
    "Spring Festival": "spring_festival",
    "Tomb-sweeping Day": "qingming",
    "Labour Day": "labour_day",
    "Dragon Boat Festival": "dragon_boat",
    "Mid-autumn Festival": "mid_autumn",
    "National Day": "national_day",
    "Anti-Fascist 70th Day": "victory_day",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """The arrangement of one year. Days go to the id of their festival, "" if none is known."""

    off: Mapping[date, str] = field(default_factory=dict)
    work: Mapping[date, str] = field(default_factory=dict)  # weekends that are worked
    forecast: bool = False


def arrangement(year: int) -> Arrangement:
    """As published if the library knows it, else as expected."""
    return published().get(year) or forecast(year)


@cache
def published() -> Mapping[int, Arrangement]:
    from chinese_calendar.constants import holidays, workdays  # imported only when needed

    years = {day.year for day in holidays if day.month == 10}  # not one whose January alone is out
    return {
        year: Arrangement(off=_of(year, _ids(holidays)), work=_of(year, _ids(workdays)))
        for year in years
    }


def forecast(year: int) -> Arrangement:
    """The days off by the rules; no make-up days."""
    first = {
        "spring_festival": lunar.from_moon(year, 1, 1) - timedelta(days=1),  # from 除夕
        "labour_day": date(year, 5, 1),
        "national_day": date(year, 10, 1),
    }
    single = {
        "new_year": date(year, 1, 1),
        "qingming": lunar.terms(year)[15],
        "dragon_boat": lunar.from_moon(year, 5, 5),
        "mid_autumn": lunar.from_moon(year, 8, 15),
    }
    off = {
        first[name] + timedelta(days=step): name for name, days in _BLOCKS for step in range(days)
    }
    if single["mid_autumn"] in off:  # then National Day is a day longer
        off[date(year, 10, 8)] = "national_day"
    for name, day in single.items():
        off.update(dict.fromkeys(_around(day), name) if day not in off else {day: name})
    return Arrangement(off=_of(year, off), forecast=True)


def nearest(day: date, off: Mapping[date, str]) -> str:
    """The festival whose days off are closest: the one for which a weekend is worked."""
    return off[min(off, key=lambda one: (abs(one - day), one))] if off else ""


def _ids(days: Mapping[date, str]) -> Mapping[date, str]:
    return {day: _IDS.get(name, "") for day, name in days.items()}


def _of(year: int, days: Mapping[date, str]) -> Mapping[date, str]:
    return {day: days[day] for day in sorted(days) if day.year == year}


def _around(day: date) -> Iterable[date]:
    """A single day off goes with the weekend, three days in all; on a Wednesday it stays alone."""
    weekday = day.weekday()
    if weekday == _WEDNESDAY:
        return (day,)
    start = {0: -2, 1: -2, 3: 0, 4: 0, 5: 0, 6: -1}[weekday]
    return tuple(day + timedelta(days=start + step) for step in range(3))
