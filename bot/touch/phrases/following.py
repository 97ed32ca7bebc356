"""When what recurs comes next."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.touch.calendar import Calendar
from bot.touch.phrases.values import BIRTHDAY, WORKDAY


def following(
    fields: Mapping[str, str | int],
    occasion: str,
    days: int,
    *,
    after: datetime,
    zone: ZoneInfo,
    calendar: Calendar,
    birthday: str = "",
) -> datetime | None:
    """The next moment later than `after` of what `Recurrence` holds; None: it never comes.

    Args:
        birthday: of the customer, as it is kept ("05-17", "L05-17"); "" = not known.
    """
    if not occasion:
        from apscheduler.triggers.cron import CronTrigger

        trigger = CronTrigger(**fields, timezone=zone)
        at: datetime | None = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
        return at
    step, clock = timedelta(days=days), time(int(fields["hour"]), int(fields["minute"]))
    day = after.astimezone(zone).date() - step - timedelta(days=1)
    while (found := _day_after(occasion, day, calendar, birthday)) is not None:
        if (at := moment_of(found + step, clock, zone)) > after:
            return at
        day = found
    return None


def moment_of(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """A time that the zone skips, when summer begins, is that much later."""
    begins = datetime.combine(day, clock)
    return begins.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def _day_after(occasion: str, day: date, calendar: Calendar, birthday: str) -> date | None:
    if occasion == BIRTHDAY:
        return calendar.next_birthday(birthday, day) if birthday else None
    if occasion != WORKDAY:
        try:
            return calendar.next(occasion, day)
        except LookupError:  # it never comes again
            return None
    while not calendar.day(day := day + timedelta(days=1)).works:
        pass
    return day
