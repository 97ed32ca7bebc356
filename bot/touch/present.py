"""The periods that contain a moment, as caps count them. A week begins on Monday."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Periods(NamedTuple):
    """Each is a number that grows by one with the next period."""

    hour: int
    day: int
    week: int
    month: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A moment in the company's zone, with its periods."""

    at: float  # Unix seconds
    hour: int
    day: int
    week: int
    month: int
    day_ends: float  # Unix seconds; so do the others
    week_ends: float
    month_ends: float


def present(now: datetime, zone: ZoneInfo) -> Present:
    """
    Args:
        now: aware.
        zone: the company's.
    """
    local = now.astimezone(zone)
    today = local.date()
    month = today.replace(day=1)
    periods = periods_of(local)
    return Present(
        at=now.timestamp(),
        hour=periods.hour,
        day=periods.day,
        week=periods.week,
        month=periods.month,
        day_ends=_begins(today + timedelta(days=1), zone),
        week_ends=_begins(today + timedelta(days=7 - today.weekday()), zone),
        month_ends=_begins((month + timedelta(days=32)).replace(day=1), zone),
    )


def periods_of(local: datetime) -> Periods:
    number = local.toordinal()
    return Periods(
        hour=number * 24 + local.hour,
        day=number,
        week=(number - 1) // 7,
        month=local.year * 12 + local.month,
    )


def _begins(day: date, zone: ZoneInfo) -> float:
    return datetime.combine(day, time(), zone).astimezone(UTC).timestamp()
