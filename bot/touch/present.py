"""The periods that hold a moment, as caps count them. A week begins on Monday."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A moment in the company's zone. Each period is a number that grows by one to the next."""

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
    today, number = local.date(), local.toordinal()
    month = today.replace(day=1)
    return Present(
        at=now.timestamp(),
        hour=number * 24 + local.hour,
        day=number,
        week=(number - 1) // 7,
        month=local.year * 12 + local.month,
        day_ends=_begins(today + timedelta(days=1), zone),
        week_ends=_begins(today + timedelta(days=7 - today.weekday()), zone),
        month_ends=_begins((month + timedelta(days=32)).replace(day=1), zone),
    )


def _begins(day: date, zone: ZoneInfo) -> float:
    return datetime.combine(day, time(), zone).astimezone(UTC).timestamp()
