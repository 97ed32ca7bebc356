"""Working time between two moments."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.touch.working import WorkingHours, read_hours

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).astimezone(UTC)


def monday_to_friday(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.parametrize(
    ("hours", "since", "until", "minutes"),
    [
        ("09:00-21:00", "03-10 10:00", "03-10 10:20", 20),
        ("09:00-21:00", "03-10 20:50", "03-11 09:15", 25),
        ("09:00-21:00", "03-10 22:00", "03-11 08:00", 0),
        ("09:00-18:00", "03-13 17:30", "03-16 09:10", 40),  # a weekend lies between
        ("00:00-24:00", "03-10 23:50", "03-11 00:20", 30),
        ("09:00-21:00", "03-10 10:20", "03-10 10:00", 0),
    ],
)
def test_only_working_time_counts(hours: str, since: str, until: str, minutes: int) -> None:
    begin, end = read_hours(hours)
    working = WorkingHours(begin_min=begin, end_min=end, zone=ZONE, works=monday_to_friday)
    assert working.between(at(since), at(until)).total_seconds() == minutes * 60
