"""Windows, quiet hours, best hours: they follow the wall clock, whatever changes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.touch.calendar import Calendar
from bot.touch.hours import DayKind, Hours, Intervals, Windows, narrowed, told, without
from bot.touch.touch import Scenario

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
QUIET: Intervals = ((0, 540), (1260, 1440))  # 21:00-09:00
NOON_BREAK: Intervals = ((600, 720), (840, 1230))  # 10:00-12:00, 14:00-20:30


@dataclass(frozen=True, slots=True)
class Day:
    kind: DayKind


@dataclass(frozen=True, slots=True)
class Known:
    """Days as told; Saturdays and Sundays are weekends."""

    special: Mapping[date, DayKind]

    def day(self, day: date, /) -> Day:
        return Day(self.special.get(day, "weekend" if day.weekday() > 4 else "workday"))


def hours(windows: Windows, **special: DayKind) -> Hours:
    days = {date.fromisoformat(day[1:].replace("_", "-")): kind for day, kind in special.items()}
    return Hours(windows, Known(days))


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


WINDOWS = Windows(
    quiet=QUIET,
    tables={
        ("", ""): {"workday": ((540, 1260),), "holiday": ((600, 720),), "fri": ((840, 960),)},
        ("", "kf"): {"weekend": ((660, 720),)},
        ("promotion", ""): {"workday": NOON_BREAK, "weekend": ()},
        ("promotion", "kf"): {"workday": ((1200, 1320),)},
    },
)
PROMOTION, REMINDER = Scenario.PROMOTION, Scenario.REMINDER


@pytest.mark.parametrize(
    ("scenario", "channel", "weekday", "kind", "open_"),
    [
        (REMINDER, "", 0, "workday", "09:00-21:00"),
        (REMINDER, "", 4, "workday", "14:00-16:00"),  # Friday is more particular
        (REMINDER, "", 5, "weekend", "09:00-21:00"),  # no table speaks of it: all but quiet
        (REMINDER, "kf", 5, "weekend", "11:00-12:00"),
        (REMINDER, "", 5, "makeup", "09:00-21:00"),  # a Saturday that is worked
        (REMINDER, "", 4, "holiday", "10:00-12:00"),
        (PROMOTION, "", 0, "workday", "10:00-12:00、14:00-20:30"),
        (PROMOTION, "kf", 0, "workday", "20:00-21:00"),  # less the quiet hour
        (PROMOTION, "contact", 4, "workday", "14:00-16:00"),
        (PROMOTION, "", 6, "weekend", ""),
        (PROMOTION, "kf", 6, "weekend", ""),  # its scenario's table comes before the channel's
        (PROMOTION, "", 6, "holiday", "10:00-12:00"),
        (PROMOTION, "", 6, "makeup", "10:00-12:00、14:00-20:30"),
        (Scenario.REPLY, "kf", 6, "weekend", "00:00-24:00"),
    ],
)
def test_the_most_particular_day_decides_then_the_most_particular_table(
    scenario: Scenario, channel: str, weekday: int, kind: DayKind, open_: str
) -> None:
    assert told(WINDOWS.on(weekday, kind, scenario, channel)) == open_


def test_a_make_up_saturday_of_the_real_calendar_is_worked() -> None:
    """2026-02-14 makes up for the Spring Festival, 2026-02-17 is its first day."""
    real = Hours(WINDOWS, Calendar())
    assert real.open_at(at("2026-02-14T15:00"), SHANGHAI, PROMOTION)
    assert not real.open_at(at("2026-02-17T15:00"), SHANGHAI, PROMOTION)
    assert real.open_at(at("2026-02-17T11:00"), SHANGHAI, PROMOTION)


def test_the_next_opening_passes_over_nights_and_closed_days() -> None:
    plan = hours(WINDOWS, d2026_05_11="holiday")
    friday = at("2026-05-08T20:45")
    assert plan.next_open(friday, SHANGHAI, PROMOTION) == at("2026-05-11T10:00")  # Monday, off
    assert plan.next_open(at("2026-05-11T11:00"), SHANGHAI, PROMOTION) == at("2026-05-11T11:00")
    assert plan.next_open(at("2026-05-11T12:00"), SHANGHAI, PROMOTION) == at("2026-05-12T10:00")


def test_what_never_opens_has_no_next_moment() -> None:
    never = hours(Windows(tables={("promotion", ""): dict.fromkeys(("workday", "weekend"), ())}))
    assert never.next_open(at("2026-05-08T20:45"), SHANGHAI, PROMOTION) is None
    assert never.next_open(at("2026-05-08T20:45"), SHANGHAI, REMINDER) is not None


def test_an_hour_that_is_missing_or_comes_twice() -> None:
    night = Windows(tables={("", ""): {"weekend": ((120, 180),), "workday": ()}})
    plan = hours(night)
    spring, autumn = at("2026-03-08T00:30", NEW_YORK), at("2026-11-01T00:30", NEW_YORK)
    # Two to three o'clock does not exist on that Sunday: the Saturday after.
    assert plan.next_open(spring, NEW_YORK, REMINDER) == at("2026-03-14T02:00", NEW_YORK)
    assert plan.next_open(autumn, NEW_YORK, REMINDER) == at("2026-11-01T02:00", NEW_YORK)
    one_to_two = hours(Windows(tables={("", ""): {"weekend": ((60, 120),), "workday": ()}}))
    first = one_to_two.opening(autumn, NEW_YORK, REMINDER)
    assert first
    assert first[1] - first[0] == timedelta(hours=2)  # it comes twice


ZONES = st.sampled_from(
    [
        *("Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "America/Santiago"),
        *("Asia/Beirut", "Africa/Casablanca", "Pacific/Chatham", "America/Havana"),
    ]
).map(ZoneInfo)
INTERVALS = st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True).map(
    lambda quarters: tuple(
        (begin * 15, end * 15)
        for begin, end in zip(sorted(quarters)[::2], sorted(quarters)[1::2], strict=False)
    )
)
BEST = st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda best: best[0] != best[1])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001 made aware
    lambda moment: moment.replace(tzinfo=UTC)
)


@given(
    workday=INTERVALS, weekend=INTERVALS, quiet=INTERVALS, now=MOMENTS, zone=ZONES,
    best=st.none() | BEST,
)  # fmt: skip
def test_the_next_opening_is_open_and_nothing_before_it_is(
    workday: Intervals,
    weekend: Intervals,
    quiet: Intervals,
    now: datetime,
    zone: ZoneInfo,
    best: tuple[int, int] | None,
) -> None:
    plan = hours(Windows(quiet=quiet, tables={("", ""): {"workday": workday, "weekend": weekend}}))

    def open_at(moment: datetime) -> bool:
        return plan.open_at(moment, zone, REMINDER, "", best)

    found = plan.opening(now, zone, REMINDER, "", best)
    if found is None:
        assert not without(workday, quiet)
        assert not without(weekend, quiet)
        return
    begin, end = found
    assert now <= begin < end
    assert open_at(begin)
    assert begin == now or not open_at(begin - timedelta(seconds=1))
    assert not open_at(end) or end.astimezone(zone).strftime("%H%M") == "0000"
    step = timedelta(minutes=7)
    for number in range(min(200, int((begin - now) / step))):
        assert not open_at(now + number * step)
    for part in (0.25, 0.5, 0.99):
        assert open_at(begin + (end - begin) * part)


@given(intervals=INTERVALS, gaps=INTERVALS, minute=st.integers(0, 1439))
def test_what_is_taken_out_is_out(intervals: Intervals, gaps: Intervals, minute: int) -> None:
    def holds(some: Intervals) -> bool:
        return any(begin <= minute < end for begin, end in some)

    assert holds(without(intervals, gaps)) == (holds(intervals) and not holds(gaps))


def test_best_hours_narrow_a_window_and_never_close_it() -> None:
    assert told(narrowed(NOON_BREAK, (11, 15))) == "11:00-12:00、14:00-15:00"
    assert told(narrowed(NOON_BREAK, (20, 2))) == "20:00-20:30"
    assert narrowed(NOON_BREAK, (1, 4)) == NOON_BREAK
