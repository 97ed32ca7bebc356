"""Solar and lunar birthdays, and those on days that a year lacks."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.touch.calendar import Calendar
from bot.touch.calendar.birthday import Birthday, parse

CALENDAR = Calendar()
DAYS = st.dates(date(1901, 1, 1), date(2099, 12, 31))
SUN = st.dates(date(2000, 1, 1), date(2000, 12, 31)).map(
    lambda day: Birthday(month=day.month, day=day.day)
)
MOON = st.builds(
    Birthday,
    month=st.integers(1, 12),
    day=st.integers(1, 30),
    moon=st.just(True),
    leap=st.booleans(),
)


@pytest.mark.parametrize(
    ("text", "year", "day"),
    [
        ("05-17", 2026, "2026-05-17"),
        ("1990-05-17", 2026, "2026-05-17"),
        ("L05-17", 2026, "2026-07-01"),
        ("L1990-05-17", 2026, "2026-07-01"),
        ("02-29", 2028, "2028-02-29"),
        ("02-29", 2026, "2026-02-28"),
        ("L12-08", 2026, "2027-01-15"),  # the moon's year 2026 ends in the sun's 2027
        ("L12-30", 2025, "2026-02-16"),  # a month of 29 days: on its last
        ("L12-30", 2026, "2027-02-05"),
        ("L06-15", 2025, "2025-07-09"),  # a year with a leap sixth month
        ("L+06-15", 2025, "2025-08-08"),
        ("L+06-15", 2026, "2026-07-28"),  # a year without it
    ],
)
def test_where_a_birthday_falls(text: str, year: int, day: str) -> None:
    assert CALENDAR.birthday(text, year) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        *("", "5-17", "13-01", "02-30", "1990-02-29", "L13-01", "L01-31", "L2025-13-01"),
        *("+06-15", "L+1990-06-15", "L2026-01-31", "17.05.", "L2026-12-30 x"),
    ],
)
def test_what_is_no_birthday_is_told_with_its_cure(text: str) -> None:
    with pytest.raises(ValueError, match='Write "05-17"'):
        CALENDAR.birthday(text, 2026)


@given(SUN | MOON, DAYS)
def test_the_next_birthday_is_found_again_from_its_day(born: Birthday, after: date) -> None:
    text = str(born)
    assert parse(text) == born
    found = CALENDAR.next_birthday(text, after)
    assert 0 < (found - after).days <= 385  # a moon's year has up to 13 months
    assert text in CALENDAR.birthdays_on(found)


@given(DAYS)
def test_who_has_a_birthday_has_it_on_that_day(day: date) -> None:
    texts = CALENDAR.birthdays_on(day)
    assert f"{day:%m-%d}" in texts
    assert all(day in parse(text).dates(day.year) for text in texts)


def test_the_last_of_february_is_shared() -> None:
    assert CALENDAR.birthdays_on(date(2026, 2, 28))[:2] == ("02-28", "02-29")
    assert "02-29" not in CALENDAR.birthdays_on(date(2028, 2, 28))
