"""A phrase of staff → the moment or the recurrence that it means, written out, or why none."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.touch.calendar import Calendar
from bot.touch.phrases import written
from bot.touch.phrases.dates import date_of
from bot.touch.phrases.festivals import festival_of
from bot.touch.phrases.folding import fold, trim
from bot.touch.phrases.following import following, moment_of
from bot.touch.phrases.repeats import pattern_of
from bot.touch.phrases.times import time_of
from bot.touch.phrases.values import (
    EXAMPLES,
    Clock,
    Guess,
    Meaning,
    Moment,
    Pattern,
    Recurrence,
    Said,
    Unclear,
)

_LONGEST = 80  # characters; who writes more tells a story
_HALF = {"半个": 0.5, "半": 0.5, "half an": 0.5, "an": 1.0, "a": 1.0, "one": 1.0}
_WHILE = re.compile(
    r"过?(?:(?P<hours>\d{1,3}|半)个?(?P<half>半)?(?:小时|钟头|钟))?(?:(?P<minutes>\d{1,4})分钟?)?"
    r"(?:后|以后|之后)"
    r"|in (?P<count>\d{1,4}|half an|an?|one) (?P<unit>hour|minute|min)s?"
)
_MOST_MINUTES = 14 * 24 * 60


def understand(text: str, *, now: datetime, zone: ZoneInfo, calendar: Calendar) -> Meaning:
    """Read what staff wrote, in Chinese or English. Pure.

    Args:
        now: aware; no moment that comes of it is earlier.
        zone: that of whoever wrote it, and of the moment that comes of it.
        calendar: knows festivals, workdays, and which hour is meant by 上午.
    """
    plain = fold(text[: _LONGEST + 1])
    nameless = plain.isdigit() and not calendar.known(text)  # 十一 is a festival, 11 is none
    if not plain or len(plain) > _LONGEST or nameless:
        return _unknown(text)
    if found := _WHILE.fullmatch(plain):
        return _in_a_while(found, now, zone, text)
    today, unclear = now.astimezone(zone).date(), None
    for left, right in _halves(plain):
        clock = time_of(right, calendar.hours)
        if clock is None:
            continue
        meant = _day(left, today, calendar)
        if meant is None:
            continue
        if isinstance(clock, Unclear):
            unclear = unclear or clock
        elif isinstance(meant, Unclear):
            unclear = unclear or meant
        elif isinstance(meant, Pattern):
            return _recurrence(meant, clock, now, zone, calendar)
        else:
            return _moment(meant, clock, now, zone, text)
    return unclear or _unknown(text)


def _halves(text: str) -> Iterator[tuple[str, str]]:
    """Each way to cut it into day and time, the longest day first; then the time comes first.

    A number is never cut.
    """
    cuts = [
        place
        for place in range(len(text) + 1)
        if not (text[place - 1 : place].isdigit() and text[place : place + 1].isdigit())
    ]
    for place in reversed(cuts):
        yield trim(text[:place]), trim(text[place:])
    for place in cuts[1:-1]:
        yield trim(text[place:]), trim(text[:place])


def _day(text: str, today: date, calendar: Calendar) -> Guess | Pattern | Unclear | None:
    if not text:
        return Guess(days=(today, today + timedelta(days=1)))
    return date_of(text, today) or pattern_of(text, calendar) or festival_of(text, today, calendar)


def _in_a_while(found: re.Match[str], now: datetime, zone: ZoneInfo, text: str) -> Meaning:
    if found["count"]:
        count = _HALF.get(found["count"]) or float(found["count"])
        minutes = count * (60 if found["unit"] == "hour" else 1)
    else:
        hours = _HALF.get(found["hours"] or "") or float(found["hours"] or 0)
        minutes = 60 * (hours + (0.5 if found["half"] else 0)) + float(found["minutes"] or 0)
    if not 0 < minutes <= _MOST_MINUTES:
        return _unknown(text)
    exact = now.astimezone(UTC) + timedelta(minutes=minutes)
    whole = exact.replace(second=0, microsecond=0)
    at = (whole if whole == exact else whole + timedelta(minutes=1)).astimezone(zone)
    zh, en = written.moment(at)
    return Moment(at=at, zh=zh, en=en)


def _moment(guess: Guess, clock: Clock, now: datetime, zone: ZoneInfo, text: str) -> Meaning:
    """The first of the days that is not over."""
    for place, day in enumerate(guess.days):
        at = _at(day, clock, zone)
        if at > now:
            zh, en = written.moment(at)
            assumed = (*guess.assumed, *clock.assumed)
            if place:
                past, _ = written.moment(_at(guess.days[0], clock, zone))
                assumed += (Said(f"{past} 已过，按下一次", "the next one: the first is over"),)
            return Moment(at=at, zh=zh, en=en, assumed=assumed)
    told = written.moment(_at(guess.days[-1], clock, zone))
    return Unclear(
        rule="past",
        zh=f"“{text}”是 {told.zh}，已经过了。请写以后的时间，例如“{EXAMPLES[0]}”",
        en=f"{text!r} is {told.en}, which is over. Write a later one, as in 'tomorrow 3pm'",
    )


def _at(day: date, clock: Clock, zone: ZoneInfo) -> datetime:
    return moment_of(day + timedelta(days=clock.later), time(clock.hour, clock.minute), zone)


def _recurrence(
    pattern: Pattern, clock: Clock, now: datetime, zone: ZoneInfo, calendar: Calendar
) -> Meaning:
    if clock.later:
        return Unclear(
            rule="ambiguous",
            zh=f"“{pattern.zh}”的半夜12点算哪一天？请写 23:59，或第二天 00:00",
            en=f"midnight of '{pattern.en}': which day? Write 23:59, or 00:00 of the next",
        )
    fields = {**pattern.fields, "hour": clock.hour, "minute": clock.minute}
    told = f"{clock.hour:02}:{clock.minute:02}"
    return Recurrence(
        fields=fields,
        occasion=pattern.occasion,
        days=pattern.days,
        first=following(
            fields, pattern.occasion, pattern.days, after=now, zone=zone, calendar=calendar
        ),
        zh=f"{pattern.zh} {told}",
        en=f"{pattern.en} at {told}",
        assumed=(*pattern.assumed, *clock.assumed),
    )


def _unknown(text: str) -> Unclear:
    shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return Unclear(
        rule="unknown",
        zh=f"没看懂“{shown}”。可以这样写：{'、'.join(EXAMPLES[:9])}",
        en=f"{shown!r} is not understood. Write it like this: {', '.join(EXAMPLES[9:])}",
    )
