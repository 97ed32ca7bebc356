"""Moments and recurrences written out, so that staff see what was understood."""

from collections.abc import Sequence
from datetime import datetime

from bot.touch.phrases.dates import MONTHS, WEEKDAYS, WEEKDAYS_ZH
from bot.touch.phrases.values import Said


def moment(at: datetime) -> Said:
    """Whole minutes; `understand` reads both back."""
    weekday, time = at.weekday(), f"{at:%H:%M}"
    return Said(
        f"{at.year}年{at.month}月{at.day}日 周{WEEKDAYS_ZH[weekday]} {time}",
        f"{WEEKDAYS[weekday].title()} {at.day} {MONTHS[at.month - 1].title()} {at.year}, {time}",
    )


def ordinal(number: int) -> str:
    """
    >>> ordinal(2), ordinal(13), ordinal(21)
    ('2nd', '13th', '21st')
    """
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number not in _TEENS else "th"
    return f"{number}{ending}"


def listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


_TEENS = (11, 12, 13)
