"""On which days a plan fires. APScheduler computes cron lines; the calendar knows festivals."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from bot.plans.plan import OnCron, OnDate, OnOccasion, Span, When
from bot.touch.calendar import Calendar

# A cron line counts its weekdays from Sunday, APScheduler from Monday; names mean one thing.
NUMBERED = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NUMBER = re.compile(r"(?<![\w/])([0-7])(?!\w)")
_PROBED = 12  # firings that are looked at to tell how often a line fires
_DAILY = 6  # so many days of a week feel like every day to a customer


def cron(line: str, zone: ZoneInfo) -> CronTrigger:
    """
    Raises:
        ValueError: this is no cron line, or one that people read in two ways.
    """
    parts = line.split()
    if len(parts) != 5:
        raise ValueError("minute, hour, day, month and weekday are five parts")
    minute, hour, day, month, weekday = parts
    if day != "*" and weekday != "*":
        raise ValueError("cron means either of day and weekday, people mean both")
    named = _NUMBER.sub(lambda found: NUMBERED[int(found[1])], weekday)
    named = re.sub(r"\bsun-(?=\w)", "sun,mon-", named)  # a week begins with Monday there
    return CronTrigger(
        minute=minute, hour=hour, day=day, month=month, day_of_week=named, timezone=zone
    )


def fires(
    on: When, since: date, until: date, calendar: Calendar, zone: ZoneInfo
) -> Iterator[date]:
    """The days from `since` to `until`, both included, in order."""
    match on:
        case OnDate(date=day):
            trigger = DateTrigger(datetime.combine(day, time(), zone), zone)
            fired = trigger.get_next_fire_time(None, datetime.combine(since, time(), zone))
            if fired and since <= fired.date() <= until:
                yield fired.date()
        case OnCron(line=line):
            trigger = cron(line, zone)
            trigger.end_date = datetime.combine(until, time.max, zone)
            yield from _firings(trigger, datetime.combine(since, time(), zone))
        case OnOccasion(occasion=occasion, days=days):
            offset = timedelta(days=days)
            day = since - offset - timedelta(days=1)
            with suppress(LookupError):  # it does not come again
                while (day := calendar.next(occasion, day)) + offset <= until:
                    yield day + offset


def _firings(trigger: CronTrigger, now: datetime) -> Iterator[date]:
    previous: datetime | None = None
    while fired := trigger.get_next_fire_time(previous, now):
        if previous is None or fired.date() > previous.date():
            yield fired.date()
        previous = now = fired


def upcoming(on: When, since: date, number: int, calendar: Calendar, zone: ZoneInfo) -> list[date]:
    """The next `number` days on which it fires, from `since` on; fewer if it ends earlier."""
    match on:
        case OnOccasion() | OnCron():
            horizon = since + timedelta(days=366 * (number + 8))  # 29 February may be 8 years off
        case OnDate(date=horizon):
            pass
    found: list[date] = []
    for day in fires(on, since, horizon, calendar, zone):
        found.append(day)
        if len(found) == number:
            break
    return found


def coming(
    on: When, span: Span, now: datetime, number: int, calendar: Calendar, zone: ZoneInfo
) -> list[date]:
    """The next `number` days whose message may still go out; today's may be over."""
    days = upcoming(on, now.astimezone(zone).date(), number + 1, calendar, zone)
    return [day for day in days if span.deadline(day, zone) > now][:number]


def turn(on: When, day: date, calendar: Calendar, zone: ZoneInfo) -> int:
    """How often it has fired in the year of `day` before that day."""
    if isinstance(on, OnCron):
        return bisect_left(_days_of(on.line, day.year, zone), day)
    return sum(1 for _ in fires(on, date(day.year, 1, 1), day - timedelta(days=1), calendar, zone))


@lru_cache(256)
def _days_of(line: str, year: int, zone: ZoneInfo) -> tuple[date, ...]:
    """Counting takes a tenth of a second, and every look ahead asks for it."""
    trigger = cron(line, zone)
    trigger.end_date = datetime(year, 12, 31, 23, 59, 59, tzinfo=zone)
    return tuple(_firings(trigger, datetime(year, 1, 1, tzinfo=zone)))


def is_daily(on: When, since: date, calendar: Calendar, zone: ZoneInfo) -> bool:
    """Whether it fires on nearly every day of a week, as customers see it."""
    if not isinstance(on, OnCron):
        return False
    days = upcoming(on, since, _PROBED, calendar, zone)
    return any(
        (later - day).days < 7 for day, later in zip(days, days[_DAILY - 1 :], strict=False)
    )


def times(line: str, since: date, zone: ZoneInfo) -> tuple[time, ...]:
    """The times at which a cron line fires on its first day; none: it never fires.

    Raises:
        ValueError: as `cron`.
    """
    trigger = cron(line, zone)
    now = datetime.combine(since, time(), zone)
    trigger.end_date = now + timedelta(days=366 * 9)  # 29 February may be 8 years off
    found: list[datetime] = []
    while fired := trigger.get_next_fire_time(found[-1] if found else None, now):
        if found and fired.date() > found[0].date():
            break
        found.append(fired)
        now = fired
    return tuple(fired.time() for fired in found)
