"""Birthdays by the sun ("05-17") and by the moon ("L05-17", "L+06-15" in a leap month)."""

import re
from dataclasses import dataclass
from datetime import date

from bot.touch.calendar import lunar, rules

_FORM = re.compile(r"(?P<moon>L(?P<leap>\+)?)?(?:(?P<year>\d{4})-)?(?P<month>\d\d)-(?P<day>\d\d)")
CURE = 'Write "05-17" or "1990-05-17"; lunar (农历) "L05-17", in a leap month (闰) "L+06-15"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Birthday:
    month: int
    day: int
    moon: bool = False
    leap: bool = False  # born in a leap month

    def __str__(self) -> str:
        """As it is kept: without a year."""
        return f"{'L' * self.moon}{'+' * self.leap}{self.month:02}-{self.day:02}"

    def dates(self, year: int) -> tuple[date, ...]:
        """Those from 1 January to 31 December: one, or by the moon none, one or two."""
        if not self.moon:
            return (self.begun(year),)
        return tuple(day for day in map(self.begun, (year - 1, year)) if day.year == year)

    def begun(self, year: int) -> date:
        """The one in the year of its calendar that begins in `year`.

        Who was born on 29 February, or on the 30th of a month by the moon, has it on the last day
        of a shorter month; who was born in a leap month has it in the month of the same number
        where there is no such leap month.
        """
        if self.moon:
            return lunar.from_moon(year, self.month, self.day, leap=self.leap)
        return rules.dates(rules.Yearly(self.month, self.day), year, _nobody)[0]


def parse(text: str) -> Birthday:
    """
    Raises:
        ValueError: it is no birthday, or nobody can have been born then.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no birthday. {CURE}")
    year, month, day = found["year"], int(found["month"]), int(found["day"])
    birthday = Birthday(month=month, day=day, moon=bool(found["moon"]), leap=bool(found["leap"]))
    if not _possible(birthday, int(year) if year else None):
        raise ValueError(f"{text!r} never came. {CURE}")
    return birthday


def _possible(birthday: Birthday, year: int | None) -> bool:
    if birthday.moon:
        if not (1 <= birthday.month <= 12 and 1 <= birthday.day <= 30):
            return False
        if year is None:
            return True
        here = (birthday.month, birthday.leap)
        return any(
            (one.number, one.leap) == here and birthday.day <= one.days
            for one in lunar.months(year)
        )
    try:
        date(2000 if year is None else year, birthday.month, birthday.day)
    except ValueError:
        return False
    return True


def on(day: date) -> tuple[Birthday, ...]:
    """All birthdays that are celebrated on this day: the inverse of `Birthday.dates`."""
    moon = lunar.to_moon(day)
    numbers = [day.day, *([29] if (day.month, day.day) == (2, 28) else [])]
    near = [moon.day, *([30] if moon.day == 29 else [])]
    candidates = [Birthday(month=day.month, day=number) for number in numbers]
    candidates += [
        Birthday(month=moon.month, day=number, moon=True, leap=leap)
        for leap in (False, True)
        for number in near
    ]
    return tuple(one for one in candidates if day in one.dates(day.year))


def _nobody(_base: str, _year: int) -> tuple[date, ...]:
    return ()
