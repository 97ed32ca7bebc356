"""The short notations of plans: `on = "mid_autumn - 1"`, `hours = "10:00-12:00"`, … → values.

Each raises ValueError with what to write instead; the caller knows in which file and at which key.
"""

import re
from contextlib import suppress
from datetime import date, time
from typing import Any

from bot.plans.plan import OnCron, OnDate, OnOccasion, Span, When
from bot.profile.stage import stage_of

ON = (
    'Write an occasion ("mid_autumn", "spring_festival - 1"), a date (2026-11-10), or a cron line '
    '("0 10 1 * *": minute, hour, day, month, weekday)'
)
AFTER = 'Write "added", "bought", "tagged VIP", "silent 60 days", or the name of a date'
RELATIVE = 'Write the name of a date and days: "birthday", "milk_powder + 25", "renewal - 7"'
HOURS = 'Write hours of one day like "10:00-12:00", or "any"'
DEADLINE = 'Write "20:00" of the same day, "+2 days" (to the end of that day), or "+1 day 12:00"'
_DAY = re.compile(r"(?:(\d{4})\D)?(\d{1,2})[^\d:](\d{1,2})[日号]?")  # 2026/9/5, 9月5日
_RELATIVE = re.compile(r"([^\W\d][\w:]*)(?:\s*([+-])\s*(\d{1,4})(?:\s+days?)?)?")
_SILENT = re.compile(r"silent\s+(\d{1,4})(?:\s+days?)?")
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d|24:00"
_HOURS = re.compile(rf"({_TIME})\s*[-–]\s*({_TIME})")
_DEADLINE = re.compile(rf"(?:([+-]\d{{1,3}})\s+days?)?\s*({_TIME})?")


def when(value: Any) -> When:
    """An occasion with days, a date, or a cron line; whether they exist is not checked."""
    if type(value) is date:
        return OnDate(date=value)
    if not isinstance(value, str):
        raise ValueError(ON)
    if len(value.split()) == 5:
        return OnCron(line=value.strip())
    with suppress(ValueError):
        return OnDate(date=date.fromisoformat(value.strip()))  # JSON has no dates of its own
    name, days = relative(value, ON)
    return OnOccasion(occasion=name, days=days)


def date_in(value: Any, today: date) -> date | None:
    """A date in a notation that `when` refuses; without a year the next from `today` on."""
    found = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    for year in [int(found[1])] if found[1] else range(today.year, today.year + 8):
        with suppress(ValueError):  # there is no such day that year
            meant = date(year, int(found[2]), int(found[3]))
            if found[1] or meant >= today:
                return meant
    return None


def relative(value: Any, cure: str = RELATIVE) -> tuple[str, int]:
    """A name, and days after it (before: < 0)."""
    found = _RELATIVE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(cure)
    return found[1], int(f"{found[2]}{found[3]}") if found[2] else 0


def after(value: Any) -> tuple[str, int]:
    """What a sequence counts from, and the days of silence before it begins."""
    if not isinstance(value, str) or not (text := value.strip()):
        raise ValueError(AFTER)
    if found := _SILENT.fullmatch(text):
        return "silent", int(found[1])
    if text.startswith("tagged ") and (tag := text.removeprefix("tagged ").strip()):
        return f"tag:{tag}", 0
    if text.startswith("stage ") and (stage := text.removeprefix("stage ").strip()):
        return f"stage:{stage_of(stage)}", 0
    name, days = relative(text, AFTER)
    if days or name == "silent":
        raise ValueError(AFTER)
    return name, 0


def span(hours: Any, deadline: Any) -> Span:
    """Either may be left out (None)."""
    start, end = _hours(hours)
    days, at = _deadline(deadline)
    return Span(start=start, end=end, deadline_days=days, deadline_at=at)


def _hours(value: Any) -> tuple[time | None, time | None]:
    if value in (None, "any"):
        return None, None
    found = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found or found[1] >= found[2]:
        raise ValueError(HOURS)
    return time.fromisoformat(found[1]), _time(found[2])


def _deadline(value: Any) -> tuple[int, time | None]:
    if value is None:
        return 0, None
    found = _DEADLINE.fullmatch(value.strip()) if isinstance(value, str) and value else None
    if not found:
        raise ValueError(DEADLINE)
    return int(found[1] or 0), _time(found[2]) if found[2] else None


def _time(text: str) -> time | None:
    """None is the end of the day."""
    return None if text == "24:00" else time.fromisoformat(text)
