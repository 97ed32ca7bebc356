"""The hours in which we may write unasked: windows by day, scenario and channel. Pure.

Windows are hours on the customer's wall clock, even on days when clocks change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from bot.touch.touch import Scenario

DayKind = Literal["workday", "weekend", "makeup", "holiday"]
TouchChannel = Literal["kf", "contact", "app", "group", ""]  # "" = whichever
Intervals = tuple[tuple[int, int], ...]  # minutes of a day: from, to (exclusive), in order
Best = tuple[int, int]  # hours of a day: from, to (exclusive); from > to passes midnight

DAY = 24 * 60
WHOLE_DAY: Intervals = ((0, DAY),)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KINDS: Sequence[DayKind] = ("workday", "weekend", "makeup", "holiday")
FAR_DAYS = 400  # a window that has not opened by then never opens
HALF_HOUR_S = 1800.0
_KEPT = 8192  # days for which intervals are remembered


class KnownDay(Protocol):
    @property
    def kind(self) -> DayKind: ...


class Days(Protocol):
    """The part of the calendar that is needed here."""

    def day(self, day: date, /) -> KnownDay: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """As they are configured."""

    quiet: Intervals = ()  # only answers in these
    # (scenario, channel), each "" for all → kind or name of a day → intervals
    tables: Mapping[tuple[str, str], Mapping[str, Intervals]] = field(default_factory=dict)

    def on(self, weekday: int, kind: DayKind, scenario: Scenario, channel: str) -> Intervals:
        """What is open on such a day. The most specific kind of day is looked up first, and of
        several tables that have it the most specific one decides; if none has it, all day is
        open."""
        if scenario is Scenario.REPLY:
            return WHOLE_DAY
        own = ((scenario.value, channel), (scenario.value, ""), ("", channel), ("", ""))
        tables = [self.tables[key] for key in own if key in self.tables]
        for name in day_names(weekday, kind):
            for table in tables:
                if name in table:
                    return without(table[name], self.quiet)
        return without(WHOLE_DAY, self.quiet)


def day_names(weekday: int, kind: DayKind) -> tuple[str, ...]:
    """The keys that apply to such a day, the most specific first."""
    if kind == "holiday":
        return "holiday", "weekend"
    if kind == "makeup":  # 调休: a Saturday or Sunday that is worked
        return "makeup", "workday"
    return WEEKDAYS[weekday], kind


class Hours:
    """
    Args:
        windows: of the company.
        days: tells workdays, weekends and holidays apart.
    """

    def __init__(self, windows: Windows, days: Days) -> None:
        self._windows, self._days = windows, days
        self._kept: dict[tuple[date, Scenario, str], Intervals] = {}

    def on(self, day: date, scenario: Scenario, channel: str) -> Intervals:
        key = day, scenario, channel
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            kind = self._days.day(day).kind
            found = self._windows.on(day.weekday(), kind, scenario, channel)
            self._kept[key] = found
        return found

    def open_at(
        self,
        now: datetime,
        zone: ZoneInfo,
        scenario: Scenario,
        channel: str = "",
        best: Best | None = None,
    ) -> bool:
        local = now.astimezone(zone)
        intervals = self.on(local.date(), scenario, channel)
        if best is not None:
            intervals = narrowed(intervals, best)
        return contains(intervals, local)

    def next_open(self, now: datetime, zone: ZoneInfo, scenario: Scenario) -> datetime | None:
        """`now` or the first moment after it that is open; None: there is none (within a year)."""
        found = self.opening(now, zone, scenario)
        return found and found[0]

    def opening(
        self,
        now: datetime,
        zone: ZoneInfo,
        scenario: Scenario,
        channel: str = "",
        best: Best | None = None,
    ) -> tuple[datetime, datetime] | None:
        """The same, with the moment when it closes again."""
        first = now.astimezone(zone).date()
        for number in range(FAR_DAYS):
            day = first + timedelta(number)
            intervals = self.on(day, scenario, channel)
            if best is not None:
                intervals = narrowed(intervals, best)
            for begin, end in moments(day, intervals, zone) if intervals else ():
                if end > now:
                    return max(begin, now), end
        return None


def contains(intervals: Intervals, moment: datetime | time) -> bool:
    minute = moment.hour * 60 + moment.minute
    return any(begin <= minute < end for begin, end in intervals)


def without(intervals: Intervals, gaps: Intervals) -> Intervals:
    """`intervals` less `gaps`."""
    for low, high in gaps:
        parts = (
            part
            for begin, end in intervals
            for part in ((begin, min(end, low)), (max(begin, high), end))
        )
        intervals = tuple((begin, end) for begin, end in parts if begin < end)
    return intervals


@lru_cache(maxsize=4096)
def narrowed(intervals: Intervals, best: Best) -> Intervals:
    """The part of `intervals` within somebody's best hours; all of it if the two never meet."""
    first, last = best[0] * 60, best[1] * 60
    hours = ((first, last),) if first < last else ((0, last), (first, DAY))
    common = ((max(begin, low), min(end, high)) for begin, end in intervals for low, high in hours)
    return tuple((begin, end) for begin, end in common if begin < end) or intervals


@lru_cache(maxsize=4096)
def moments(
    day: date, intervals: Intervals, zone: ZoneInfo
) -> tuple[tuple[datetime, datetime], ...]:
    """`intervals` of that day as moments in UTC: from, to (exclusive)."""
    start, following = midnight(day, zone), midnight(day + timedelta(1), zone)
    if start.utcoffset() != following.utcoffset():
        return tuple(_by_minute(day, intervals, zone))
    base = start.astimezone(UTC)
    return tuple((base + timedelta(minutes=a), base + timedelta(minutes=b)) for a, b in intervals)


def _by_minute(
    day: date, intervals: Intervals, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """Minute by minute: on a day when clocks change, an hour is missing or comes twice."""
    minute, begin = timedelta(minutes=1), None
    at = midnight(day, zone).astimezone(UTC)
    while (local := at.astimezone(zone)).date() == day:
        if contains(intervals, local):
            begin = begin or at
        elif begin:
            yield begin, at
            begin = None
        at += minute
    if begin:
        yield begin, at


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def told(intervals: Intervals, between: str = "、") -> str:
    """ "09:00-12:00、14:00-21:00" """
    return between.join(f"{clock(begin)}-{clock(end)}" for begin, end in intervals)


def told_round(intervals: Intervals) -> str:
    """The same with the night in one piece: "21:00-09:00"."""
    if len(intervals) > 1 and (intervals[0][0], intervals[-1][1]) == (0, DAY):
        night = (intervals[-1][0], intervals[0][1])
        intervals = (*intervals[1:-1], night)
    return told(intervals)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def apart(moment: datetime, margin_s: float, earliest: datetime | None = None) -> datetime:
    """`moment`, or one nearby that is not too close to a full or half hour."""
    margin = timedelta(seconds=margin_s)
    past = moment.timestamp() % HALF_HOUR_S
    if past < margin_s:
        return moment + margin
    if past > HALF_HOUR_S - margin_s:
        before = moment - margin
        return before if earliest is None or before >= earliest else moment + 2 * margin
    return moment
