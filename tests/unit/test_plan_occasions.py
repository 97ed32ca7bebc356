"""Which messages plans have between two moments, for whom, and until when."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.plans.condition import EVERYONE, Person, Tagged
from bot.plans.occasions import Occasion, Occasions, next_of
from bot.plans.parts import after, relative, span, when
from bot.plans.plan import (
    Campaign,
    Choice,
    OnCron,
    OnOccasion,
    Plan,
    Post,
    Programme,
    Reminder,
    Sequence,
    Span,
    Step,
    When,
)
from bot.plans.when import coming, fires, is_daily, times, upcoming
from bot.touch.calendar import Calendar
from bot.touch.touch import Scenario

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar()
OCCASIONS = Occasions(CALENDAR, ZONE)
SAY = (
    Choice(segment="vip", whom=Tagged("VIP"), script="holiday/vip"),
    Choice(script="holiday/all"),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def between(plan: Plan, since: str, until: str) -> list[Occasion]:
    return list(OCCASIONS.between(plan, at(since), at(until)))


def slots(plan: Plan, since: str, until: str) -> list[str]:
    return [one.slot for one in between(plan, since, until)]


def campaign(on: When, plan_span: Span | None = None) -> Campaign:
    return Campaign(
        id="greeting",
        title="问候",
        scenario=Scenario.HOLIDAY,
        on=on,
        span=plan_span or Span(),
        say=SAY,
    )


def sequence(after: str, *days: int, silent: int = 0) -> Sequence:
    steps = tuple(Step(day=day, span=Span(), say=SAY) for day in days)
    return Sequence(
        id="sop",
        title="SOP",
        scenario=Scenario.AFTER_SALES,
        after=after,
        after_days=silent,
        ends=("answered", "bought"),
        steps=steps,
    )


def reminder(name: str, days: int) -> Reminder:
    return Reminder(
        id="remind",
        title="提醒",
        scenario=Scenario.REMINDER,
        date=name,
        days=days,
        span=Span(),
        say=SAY,
    )


def moment(text: str) -> float:
    return at(text).timestamp()


def test_a_festival_comes_once_a_year() -> None:
    plan = campaign(OnOccasion(occasion="mid_autumn", days=-1), span("10:00-12:00", "20:00"))
    [first, second] = between(plan, "2026-01-01", "2028-01-01")
    assert (first.slot, second.slot) == ("2026-09-24", "2027-09-14")
    assert (first.start, first.end) == (at("2026-09-24T10:00"), at("2026-09-24T12:00"))
    assert first.deadline == at("2026-09-24T20:00")
    assert first.scenario is Scenario.HOLIDAY


def test_what_is_still_worth_something_is_there_and_nothing_else() -> None:
    """The planner may come late, or again."""
    plan = campaign(OnCron(line="0 10 1 * *"), span("10:00-12:00", "+2 days 18:00"))
    assert slots(plan, "2026-05-03T17:59", "2026-05-04") == ["2026-05-01"]
    assert slots(plan, "2026-05-03T18:00", "2026-05-04") == []
    assert slots(plan, "2026-04-20", "2026-05-01T10:00") == []
    assert slots(plan, "2026-04-20", "2026-05-01T10:01") == ["2026-05-01"]


def test_the_first_script_that_fits_is_said() -> None:
    [one] = between(campaign(when("2026-05-20")), "2026-05-20", "2026-05-21")
    assert one.script_for(Person(tags=frozenset({"VIP"}))) == "holiday/vip"
    assert one.script_for(Person()) == "holiday/all"
    assert [script for _, script in one.choices] == ["holiday/vip", "holiday/all"]
    assert one.fits(Person())
    assert not one.fits(Person(opted_out_at=1.0))
    assert not one.fits(Person(braked_at=1.0))


def test_a_sequence_counts_days_from_the_event() -> None:
    plan = sequence("added", 1, 3)
    person = Person(added_at=moment("2026-05-01T23:59"))
    got = [one for one in between(plan, "2026-05-01", "2026-05-09") if one.fits(person)]
    assert [(one.slot, one.start.date()) for one in got] == [
        ("day1@2026-05-01", date(2026, 5, 2)),
        ("day3@2026-05-01", date(2026, 5, 4)),
    ]


@pytest.mark.parametrize(
    "person",
    [
        Person(added_at=moment("2026-05-01T10:00"), heard_at=moment("2026-05-01T10:05")),
        Person(added_at=moment("2026-05-01T10:00"), dates={"bought": moment("2026-05-02T10:00")}),
        Person(added_at=moment("2026-05-01T10:00"), opted_out_at=moment("2026-05-02T10:00")),
        Person(added_at=moment("2026-05-01T10:00"), braked_at=moment("2026-05-02T10:00")),
    ],
)
def test_a_sequence_ends(person: Person) -> None:
    found = between(sequence("added", 1, 3), "2026-05-01", "2026-05-09")
    assert not any(one.fits(person) for one in found)


def test_what_was_before_a_sequence_does_not_end_it() -> None:
    """They asked, and bought because of the answer."""
    person = Person(
        heard_at=moment("2026-05-01T09:00"), dates={"milk_powder": moment("2026-05-01T10:00")}
    )
    got = [
        one.slot
        for one in between(sequence("milk_powder", 2), "2026-05-01", "2026-05-09")
        if one.fits(person)
    ]
    assert got == ["day2@2026-05-01"]


def test_silence_begins_a_sequence_and_each_silence_another() -> None:
    plan = sequence("silent", 0, 7, silent=30)
    heard = Person(added_at=moment("2026-01-01"), heard_at=moment("2026-03-01T12:00"))
    got = [one for one in between(plan, "2026-03-01", "2026-06-01") if one.fits(heard)]
    assert [(one.slot, one.start.date()) for one in got] == [
        ("day0@2026-03-01", date(2026, 3, 31)),
        ("day7@2026-03-01", date(2026, 4, 7)),
    ]


def test_a_birthday_by_the_moon_is_on_another_day_each_year() -> None:
    person = Person(birthday="L01-22")
    plan = reminder("birthday", -1)
    got = [one for one in between(plan, "2026-01-01", "2028-01-01") if one.fits(person)]
    assert [(one.slot, one.start.date()) for one in got] == [
        ("2026-03-10", date(2026, 3, 9)),
        ("2027-02-27", date(2027, 2, 26)),
    ]


def test_a_reminder_counts_from_the_last_time() -> None:
    person = Person(dates={"milk_powder": moment("2026-05-06T21:00")})
    got = [
        one
        for one in between(reminder("milk_powder", 25), "2026-05-01", "2026-07-01")
        if one.fits(person)
    ]
    assert [(one.slot, one.start.date()) for one in got] == [("2026-05-06", date(2026, 5, 31))]


def test_a_programme_takes_its_scripts_in_turn() -> None:
    post = Post(
        title="话题", on=OnCron(line="0 10 * * mon-fri"), span=Span(), scripts=("a", "b", "c")
    )
    show = Post(title="晒", on=OnCron(line="0 9 * * sat"), span=Span(), scripts=("show",))
    plan = Programme(
        id="group", title="群", scenario=Scenario.REMINDER, names=("*妈*",), posts=(show, post)
    )
    found = between(plan, "2026-01-01", "2026-01-09")
    assert [(one.slot, one.say[0].script) for one in found] == [
        ("2026-01-01 话题", "a"),
        ("2026-01-02 话题", "b"),
        ("2026-01-03 晒", "show"),
        ("2026-01-05 话题", "c"),
        ("2026-01-06 话题", "a"),
        ("2026-01-07 话题", "b"),
        ("2026-01-08 话题", "c"),
    ]
    assert {(one.to, one.names) for one in found} == {("group", ("*妈*",))}
    assert slots(plan, "2026-01-05", "2026-01-06") == ["2026-01-05 话题"]
    early = replace(post, span=span("10:00-12:00", "20:00"))
    told = [next_of(early, at(f"2026-01-02T{one}"), CALENDAR, ZONE) for one in ("19:59", "20:00")]
    assert told == [(date(2026, 1, 2), "b"), (date(2026, 1, 5), "c")]
    night = coming(early.on, early.span, at("2026-01-02T20:00"), 2, CALENDAR, ZONE)
    assert night == [date(2026, 1, 5), date(2026, 1, 6)], "today, which is over, was told as next"


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("0 10 * * 1", ["05", "12", "19"]),  # Monday, as cron counts
        ("0 10 * * 0", ["04", "11", "18"]),
        ("0 10 * * 7", ["04", "11", "18"]),
        ("0 10 * * 6-7", ["03", "04", "10"]),
        ("0 10 * * 0-6", ["01", "02", "03"]),
        ("0 10 * * 0-2", ["04", "05", "06"]),
        ("0 10 * * sun-tue", ["04", "05", "06"]),
        ("0 10 * * mon,3", ["05", "07", "12"]),
        ("0 10 1,15 1 *", ["01", "15"]),
    ],
)
def test_cron_lines_mean_what_cron_means(line: str, days: list[str]) -> None:
    found = upcoming(OnCron(line=line), date(2026, 1, 1), 3, CALENDAR, ZONE)
    assert [f"{day:%d}" for day in found][: len(days)] == days


def test_a_cron_line_that_never_fires_has_no_time() -> None:
    assert times("0 10 31 4 *", date(2026, 1, 1), ZONE) == ()
    assert len(times("*/30 9-10 * * *", date(2026, 1, 1), ZONE)) == 4


@pytest.mark.parametrize(
    ("on", "daily"),
    [
        (OnCron(line="0 9 * * *"), True),
        (OnCron(line="0 9 * * 1-6"), True),
        (OnCron(line="0 9 * * 1-5"), False),
        (OnCron(line="0 9 1-7 * *"), True),
        (OnCron(line="0 9 1 * *"), False),
        (OnOccasion(occasion="mid_autumn"), False),
    ],
)
def test_every_day_is_told_from_now_and_then(on: When, daily: bool) -> None:
    assert is_daily(on, date(2026, 1, 1), CALENDAR, ZONE) is daily


def test_the_days_of_a_festival_near_the_edges() -> None:
    on = OnOccasion(occasion="spring_festival", days=-3)
    for since, until, number in (
        ("2026-02-14", "2026-02-14", 1),
        ("2026-02-15", "2027-02-02", 0),
        ("2026-02-13", "2027-02-03", 2),
    ):
        days = date.fromisoformat(since), date.fromisoformat(until)
        assert len(list(fires(on, *days, CALENDAR, ZONE))) == number


def test_the_short_notations() -> None:
    assert relative("renewal - 7") == ("renewal", -7)
    assert relative("renewal-7 days") == ("renewal", -7)
    assert when("中秋节 + 1") == OnOccasion(occasion="中秋节", days=1)
    assert after("silent 60 days") == ("silent", 60)
    assert after("tagged 老 客") == ("tag:老 客", 0)
    assert after("bought") == ("bought", 0)
    assert span("any", None) == Span()
    assert span("09:00-24:00", "+1 day").end is None
    day = date(2026, 5, 1)
    assert span(None, "+1 day").deadline(day, ZONE) == at("2026-05-03")
    assert span(None, "24:00").deadline(day, ZONE) == at("2026-05-02")
    assert span(None, None).ends(day, ZONE) - span(None, None).begins(day, ZONE) == timedelta(1)


def test_everyone_is_a_condition_too() -> None:
    [one] = between(campaign(when("2026-05-20")), "2026-05-20", "2026-05-21")
    assert EVERYONE.sql(one.day).sql == "1 = 1"
    assert one.condition.sql.count("?") == len(one.condition.values)
