"""Caps: periods in the company's zone, gaps, and what is reserved for the more important."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.touch.caps import Cap, Profile, counted, next_period, over
from bot.touch.present import present
from bot.touch.touch import Ahead, Scenario, Span, Tally

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 5, 14, 12, tzinfo=SHANGHAI)  # a Thursday
A_DAY = Cap(subject="customer", span="day", most=1)
A_WEEK = Cap(subject="customer", span="week", most=2)
GAP = Cap(subject="customer", gap_h=20)
SPANS: tuple[Span, ...] = ("hour", "day", "week", "month")
MOMENTS = st.datetimes(datetime(2025, 12, 20), datetime(2027, 1, 10)).map(  # noqa: DTZ001 made aware
    lambda moment: moment.replace(tzinfo=UTC)
)
ZONES = st.sampled_from(
    ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "America/Havana"]
).map(ZoneInfo)


def held(*caps: Cap, ahead: Ahead | None = None, **tally: object) -> tuple[str, datetime] | None:
    tallies = {"customer": Tally(**tally)}  # type: ignore[arg-type]  # by name
    found = over(caps, tallies, ahead or Ahead(), NOON, SHANGHAI)
    return found and (found.why, found.until.astimezone(SHANGHAI))


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2026, 5, number, hour, tzinfo=SHANGHAI)


def test_what_is_used_up_is_free_again_when_the_next_period_begins() -> None:
    assert held(A_DAY) is None
    assert held(A_DAY, day=1) == ("used", day(15))
    assert held(A_WEEK, week=1) is None
    assert held(A_WEEK, week=2) == ("used", day(18))
    month = Cap(subject="customer", span="month", most=4)
    assert held(month, month=4) == ("used", datetime(2026, 6, 1, tzinfo=SHANGHAI))


def test_of_several_that_hold_back_the_longest_is_told() -> None:
    assert held(A_DAY, A_WEEK, day=1, week=2) == ("used", day(18))
    assert held(A_DAY, GAP, day=1, last_at=day(14, 11)) == ("gap", day(15, 7))


def test_a_slot_is_kept_for_the_more_important() -> None:
    assert held(A_DAY, ahead=Ahead(day=1)) == ("ahead", day(15))
    assert held(A_WEEK, ahead=Ahead(week=1)) is None
    assert held(A_WEEK, week=1, ahead=Ahead(week=1)) == ("ahead", day(18))
    assert held(GAP, ahead=Ahead(next_at=day(15, 7))) == ("ahead", day(16, 3))
    assert held(GAP, ahead=Ahead(next_at=day(15, 8))) is None  # just far enough from it


def test_a_scenario_s_own_cap_is_no_matter_of_the_others() -> None:
    own = Cap(subject="customer", scenario=Scenario.PROMOTION, span="day", most=1)
    assert own.key == "customer:promotion"
    assert over([own], {}, Ahead(day=9), NOON, SHANGHAI) is None


@pytest.mark.parametrize(
    ("rule", "days", "span", "most"),
    [("month", 28, "month", 28), ("month", 31, "month", 31), ("week", 31, "week", 7),
     ("day", 30, "day", 1)],
)  # fmt: skip
def test_wecom_s_rule_of_mass_messages(rule: str, days: int, span: str, most: int) -> None:
    profile = Profile(name="p", caps=(A_DAY,), corp_rule=rule)  # type: ignore[arg-type]  # a literal
    own, mass = profile.all_caps(days)
    assert own is A_DAY
    assert (mass.subject, mass.span, mass.most, mass.platform) == ("mass", span, most, True)


@given(now=MOMENTS, zone=ZONES, span=st.sampled_from(SPANS))
def test_the_next_period_is_the_next_one_and_begins_at_its_start(
    now: datetime, zone: ZoneInfo, span: Span
) -> None:
    begins = next_period(span, now, zone)
    assert begins > now
    before = getattr(present(begins - timedelta(seconds=1), zone), span)
    assert getattr(present(begins, zone), span) > before
    assert before == getattr(present(now, zone), span)


@given(moments=st.lists(MOMENTS, max_size=20), now=MOMENTS, zone=ZONES)
def test_counting_is_that_of_the_calendar_on_the_wall(
    moments: list[datetime], now: datetime, zone: ZoneInfo
) -> None:
    def alike(pattern: str) -> int:
        told = [moment.astimezone(zone).strftime(pattern) for moment in moments]
        return told.count(now.astimezone(zone).strftime(pattern))

    tally = counted(moments, now, zone)
    figures = (tally.hour, tally.day, tally.week, tally.month)
    assert figures == (alike("%F %H"), alike("%F"), alike("%G-%V"), alike("%Y-%m"))
    assert tally.last_at == (max(moments) if moments else None)
