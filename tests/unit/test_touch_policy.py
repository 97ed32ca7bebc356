"""May we write, which way, and if not, when? Each rule by itself, and what it says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.touch.calendar import Calendar
from bot.touch.caps import Cap, Profile
from bot.touch.hours import Windows, apart
from bot.touch.platform import Platform
from bot.touch.policy import Allow, Refuse, Session, Via, Wait
from bot.touch.rules import Manners
from bot.touch.touch import Ahead, Facts, Scenario, Tally, Touch
from bot.touch.touch_policy import TouchPolicy
from bot.touch.verdicts import TouchVerdict

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
NOON = datetime(2026, 5, 14, 12, tzinfo=SHANGHAI)  # a Thursday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WINDOWS = Windows(
    quiet=((0, 540), (1260, 1440)),
    tables={("promotion", ""): {"workday": ((600, 720), (840, 1200)), "weekend": ((600, 1200),)}},
)
PROFILE = Profile(
    name="2025",
    caps=(
        Cap(subject="customer", span="day", most=1, gap_h=12),
        Cap(subject="customer", span="week", most=3),
        Cap(subject="customer", scenario=Scenario.PROMOTION, span="month", most=2),
        Cap(subject="mass", span="week", most=2),
        Cap(subject="member", span="hour", most=5),
    ),
)
REMINDER, PROMOTION = Scenario.REMINDER, Scenario.PROMOTION
TOUCH = Touch(
    plan="renewal", slot="2026-05-14", customer="wm1", scenario=REMINDER, script="renewal",
    due_at=NOON, deadline=NOON + 30 * DAY,
)  # fmt: skip
FRIEND = Facts(members=("LiMing", "WangFang"))
FREE = Scenario.FREE_MOMENT


def policy(
    profile: Profile = PROFILE, windows: Windows = WINDOWS, **manners: float
) -> TouchPolicy:
    own = Manners(windows=windows, **manners)  # type: ignore[arg-type]  # by name
    return TouchPolicy(own, profile, Platform(), Calendar(), SHANGHAI)


POLICY = policy(spread_min=0)


def judged(facts: Facts = FRIEND, now: datetime = NOON, **touch: object) -> TouchVerdict:
    return POLICY.judge(replace(TOUCH, **touch), facts, now)  # type: ignore[arg-type]  # by name


def test_a_wait_for_a_moment_close_to_a_half_hour_is_never_over_already() -> None:
    """Keeping apart from half hours led back before the end of a gap, and so to no end."""
    gap = Profile(name="gap", caps=(Cap(subject="customer", gap_h=2),))
    last = NOON - 2 * HOUR + timedelta(minutes=28, seconds=19)
    known = replace(FRIEND, tallies={"customer": Tally(day=1, last_at=last)})
    for number in range(60):
        for minutes in (0.0, 1.0, 60.0):
            touch = replace(TOUCH, customer=f"wm{number}")
            now = NOON + timedelta(minutes=25, seconds=20)
            verdict = policy(gap, spread_min=minutes).judge(touch, known, now)
            assert isinstance(verdict, Wait)
            assert verdict.until >= last + 2 * HOUR


def facts(**known: object) -> Facts:
    return replace(FRIEND, **known)  # type: ignore[arg-type]  # by name


def wait(verdict: TouchVerdict) -> tuple[str, datetime]:
    assert isinstance(verdict, Wait)
    return verdict.rule, verdict.until.astimezone(SHANGHAI)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


OPEN = Session(heard_at=NOON.timestamp() - 60, sent=2)
LONG_AGO = Session(heard_at=NOON.timestamp() - 49 * 3600)


@pytest.mark.parametrize(
    ("known", "touch", "via"),
    [
        (FRIEND, {}, Via.STAFF_TASK),
        (facts(session=OPEN), {}, Via.SERVICE_SESSION),
        (facts(session=LONG_AGO), {}, Via.STAFF_TASK),
        (facts(session=replace(OPEN, sent=5)), {}, Via.STAFF_TASK),
        (facts(session=OPEN), {"to": "member"}, Via.STAFF_NOTICE),
        (facts(members=(), staffed=True), {"to": "member"}, Via.STAFF_NOTICE),
        (facts(staffed=True, session=replace(LONG_AGO, staffed=True)), {}, Via.STAFF_TASK),
        (FRIEND, {"to": "group"}, Via.STAFF_TASK),
        (facts(session=OPEN), {"scenario": Scenario.REPLY}, Via.SERVICE_SESSION),
    ],
)  # fmt: skip
def test_the_best_way_that_is_there(known: Facts, touch: dict[str, Any], via: Via) -> None:
    verdict = judged(known, **touch)
    assert verdict == Allow(via)
    assert isinstance(verdict, Allow)
    assert verdict.zh
    assert verdict.en


@pytest.mark.parametrize(
    ("rule", "known", "touch"),
    [
        ("no_scenario", FRIEND, {"scenario": ""}),
        ("personal", FRIEND, {"scenario": Scenario.PERSONAL}),
        ("opt_out", facts(opted_out_at=NOON - DAY, staffed=True), {}),
        ("opt_out", facts(opted_out_at=NOON - DAY), {"scenario": Scenario.REPLY}),
        ("complaint", facts(braked_at=NOON - 40 * DAY), {}),
        ("complaint", facts(braked_at=NOON), {"to": "member"}),
        ("gone", FRIEND, {"member": "ZhaoLei"}),
        ("staffed", facts(staffed=True), {"deadline": NOON - HOUR}),
        ("staffed", facts(staffed=True, session=replace(OPEN, staffed=True)), {}),
        ("deadline", FRIEND, {"deadline": NOON - HOUR}),
        ("repeated", facts(said_at=NOON - 89 * DAY), {}),
        ("free_moment", FRIEND, {"scenario": FREE}),
        ("free_moment", facts(free_until=NOON - HOUR), {"scenario": FREE}),
        ("window", FRIEND, {"scenario": PROMOTION, "deadline": NOON + HOUR}),
        ("no_way", Facts(), {}),
        ("no_way", Facts(session=LONG_AGO), {}),
    ],
)
def test_each_rule_refuses_and_says_why(rule: str, known: Facts, touch: dict[str, Any]) -> None:
    verdict = judged(known, **touch)
    assert isinstance(verdict, Refuse)
    assert verdict.rule == rule
    assert any("一" <= sign <= "龥" for sign in verdict.zh)
    assert verdict.en.isascii()


def test_a_person_decides_about_personal_topics_and_their_own_reminders() -> None:
    assert judged(scenario=Scenario.PERSONAL, to="member") == Allow(Via.STAFF_NOTICE)
    angry = facts(braked_at=NOON, opted_out_at=NOON)
    assert judged(angry, plan="staff:LiMing", to="member") == Allow(Via.STAFF_NOTICE)
    assert isinstance(judged(angry, plan="staff:LiMing"), Refuse)


def test_the_same_words_may_come_again_after_the_span() -> None:
    assert judged(facts(said_at=NOON - 90 * DAY)) == Allow(Via.STAFF_TASK)


def test_a_free_moment_is_used_while_it_lasts() -> None:
    free = facts(free_until=NOON + HOUR, best_hours=(20, 23))
    assert judged(free, scenario=FREE) == Allow(Via.STAFF_TASK)


@pytest.mark.parametrize(
    ("now", "scenario", "until"),
    [
        ("2026-05-14T21:00", REMINDER, ("quiet_hours", "2026-05-15T09:00")),
        ("2026-05-14T08:59", REMINDER, ("quiet_hours", "2026-05-14T09:00")),
        ("2026-05-14T12:30", PROMOTION, ("window", "2026-05-14T14:00")),
        ("2026-05-15T20:30", PROMOTION, ("window", "2026-05-16T10:00")),
    ],
)
def test_outside_the_window_it_waits_for_the_next(
    now: str, scenario: Scenario, until: tuple[str, str]
) -> None:
    assert wait(judged(now=at(now), scenario=scenario)) == (until[0], at(until[1]))


def test_quiet_hours_are_told_as_one_night() -> None:
    verdict = judged(now=at("2026-05-14T23:00"))
    assert isinstance(verdict, Wait)
    assert "21:00-09:00" in verdict.zh
    assert "quiet hours 21:00-09:00" in verdict.en


def test_an_answer_knows_no_hours() -> None:
    night = at("2026-05-14T03:00")
    session = Session(heard_at=night.timestamp())
    assert judged(facts(session=session), night, scenario=Scenario.REPLY) == Allow(
        Via.SERVICE_SESSION
    )


def test_windows_are_those_of_the_customer_s_own_clock() -> None:
    verdict = judged(facts(zone="America/New_York"))  # midnight there
    assert isinstance(verdict, Wait)
    assert verdict.until == at("2026-05-14T09:00", NEW_YORK)
    assert "客户当地时间" in verdict.zh
    assert judged(facts(zone="Nowhere/Land")) == Allow(Via.STAFF_TASK)  # as at home


def test_what_waits_does_not_come_all_at_once() -> None:
    spread = policy(spread_min=90)
    night = at("2026-05-14T03:00")
    moments = set()
    for number in range(200):
        verdict = spread.judge(replace(TOUCH, customer=f"wm{number}"), FRIEND, night)
        assert verdict == spread.judge(replace(TOUCH, customer=f"wm{number}"), FRIEND, night)
        assert isinstance(verdict, Wait)
        moments.add(verdict.until)
        minute = verdict.until.astimezone(SHANGHAI).minute
        assert 3 <= minute % 30 <= 27
    assert len(moments) > 150
    assert min(moments) >= at("2026-05-14T09:00")
    assert max(moments) <= at("2026-05-14T10:33")


def test_full_and_half_hours_are_kept_free() -> None:
    for minute in range(60):
        moment = datetime(2026, 5, 14, 9, minute, 30, tzinfo=UTC)
        assert 3 <= apart(moment, 180).minute % 30 <= 27


def test_best_hours_narrow_the_window_and_the_explanation_says_so() -> None:
    evening = facts(best_hours=(19, 22))
    verdict = judged(evening)
    assert wait(verdict) == ("best_hours", at("2026-05-14T19:00"))
    assert isinstance(verdict, Wait)
    assert "19:00-22:00" in verdict.zh
    assert "19:00-22:00" in verdict.en
    assert judged(evening, at("2026-05-14T19:30")) == Allow(Via.STAFF_TASK)
    # Better at another hour than never.
    assert judged(evening, deadline=NOON + HOUR) == Allow(Via.STAFF_TASK)
    assert wait(judged(facts(best_hours=(10, 11)), at("2026-05-14T12:30"), scenario=PROMOTION,
                       deadline=at("2026-05-14T18:00"))) == (
        "window", at("2026-05-14T14:00"))  # fmt: skip


def used(subject: str, **tally: object) -> Facts:
    return facts(tallies={subject: Tally(**tally)})  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("known", "scenario", "until"),
    [
        (used("customer", day=1, last_at=NOON - 13 * HOUR), REMINDER,
         ("customer_day", "2026-05-15T09:00")),
        (used("customer", last_at=NOON - 3 * HOUR), REMINDER,
         ("customer_gap", "2026-05-15T09:00")),
        (used("customer", last_at=NOON - 10 * HOUR), REMINDER,
         ("customer_gap", "2026-05-14T14:00")),
        (used("customer", week=3), REMINDER, ("customer_week", "2026-05-18T09:00")),
        (used("mass", week=2), REMINDER, ("mass_week", "2026-05-18T09:00")),
        (used("customer", week=2), REMINDER, None),
        (used("customer:promotion", month=2), REMINDER, None),
        (facts(ahead=Ahead(day=1)), REMINDER, ("more_important", "2026-05-15T09:00")),
        (facts(ahead=Ahead(next_at=NOON + 11 * HOUR)), REMINDER,
         ("more_important", "2026-05-15T11:00")),
    ],
)  # fmt: skip
def test_what_is_over_a_cap_waits_for_the_next_period(
    known: Facts, scenario: Scenario, until: tuple[str, str] | None
) -> None:
    verdict = judged(known, scenario=scenario)
    if until is None:
        assert verdict == Allow(Via.STAFF_TASK)
        return
    assert wait(verdict) == (until[0], at(until[1]))
    assert isinstance(verdict, Wait)
    assert "「2025」" in verdict.zh
    assert "profile 2025" in verdict.en


def test_a_cap_that_outlasts_the_deadline_refuses() -> None:
    verdict = judged(used("customer:promotion", month=2), at("2026-05-14T11:00"),
                     scenario=PROMOTION, deadline=NOON + 5 * DAY)  # fmt: skip
    assert isinstance(verdict, Refuse)
    assert verdict.rule == "customer_promotion_month"
    assert "2 条" in verdict.zh
    assert "Jun 1 " in verdict.en


def test_what_reaches_nobody_but_a_member_counts_on_the_member() -> None:
    full = facts(tallies={"customer": Tally(day=9), "member": Tally(hour=5)})
    assert wait(judged(full, to="member"))[0] == "member_hour"
    only = facts(tallies={"customer": Tally(day=9)})
    assert judged(only, to="member") == Allow(Via.STAFF_NOTICE)
    night = at("2026-05-14T03:00")
    assert wait(judged(facts(zone="America/New_York"), night, to="member"))[0] == "quiet_hours"


def test_mass_messages_are_counted_where_they_are_the_way() -> None:
    full = facts(tallies={"mass": Tally(week=2)}, session=OPEN)
    assert judged(full) == Allow(Via.SERVICE_SESSION)
    platform = policy(Profile(name="none", corp_rule="day"), spread_min=0)
    verdict = platform.judge(TOUCH, facts(tallies={"mass": Tally(day=1)}), NOON)
    assert isinstance(verdict, Wait)
    assert "92135" in verdict.zh
    reply = replace(TOUCH, scenario=Scenario.REPLY)
    assert isinstance(platform.judge(reply, facts(tallies={"mass": Tally(day=1)}), NOON), Wait)
    full = facts(tallies={"mass": Tally(day=1)})
    verdict = platform.judge(replace(reply, to="group"), full, NOON)
    assert isinstance(verdict, Wait)
    assert verdict.until.astimezone(SHANGHAI).hour == 9, (
        "its owner confirms it, and not at midnight"
    )
    assert "每个客户群的企业群发每天最多 1 条" in verdict.zh


def test_another_profile_decides_otherwise_and_is_named() -> None:
    old = Profile(name="2020", caps=(Cap(subject="mass", span="week", most=1),))
    known = facts(tallies={"mass": Tally(week=1), "customer": Tally(week=1)})
    assert POLICY.judge(TOUCH, known, NOON) == Allow(Via.STAFF_TASK)
    verdict = policy(old).judge(TOUCH, known, NOON)
    assert isinstance(verdict, Wait)
    assert "「2020」" in verdict.zh
    assert "2020" in verdict.en


def test_a_session_that_will_be_over_by_then_is_not_waited_for() -> None:
    """The kf window opens the day after; by then only the member's way is left."""
    windows = Windows(
        quiet=(),
        tables={("", "kf"): {"workday": (), "weekend": ((600, 660),)},
                ("", "contact"): {"workday": ((540, 600),), "weekend": ((720, 780),)}},
    )  # fmt: skip
    verdict = policy(windows=windows, spread_min=0, apart_min=0).judge(
        TOUCH, facts(session=replace(OPEN, heard_at=NOON.timestamp() - 20 * 3600)), NOON
    )
    # Saturday 10:00 is when kf opens, but the session ends on Friday at 16:00.
    assert wait(verdict) == ("window", at("2026-05-16T12:00"))


def test_posts_of_groups_have_caps_and_hours_of_their_own() -> None:
    caps = (*PROFILE.caps, Cap(subject="group", span="day", most=2, gap_h=3))
    tables = {("", "group"): {"workday": ((600, 1200),)}}
    rules = policy(
        Profile(name="2025", caps=caps),
        Windows(quiet=((0, 540), (1260, 1440)), tables=tables),
        spread_min=0,
    )
    post = replace(TOUCH, to="group", customer="wr1", deadline=NOON + 9 * HOUR)
    # The company's cap of mass messages is for customers; WeCom's own is counted by group, too.
    used = {"customer": Tally(day=9, last_at=NOON), "mass": Tally(day=9, week=9)}
    known = facts(members=("LiMing",), tallies=used, said_at=NOON - HOUR)  # it is said in turns
    verdict = rules.judge(post, known, NOON)
    assert isinstance(verdict, Allow)
    assert verdict.via is Via.STAFF_TASK
    lately = replace(known, tallies={"group": Tally(day=1, last_at=NOON - HOUR)})
    assert wait(rules.judge(post, lately, NOON)) == ("group_gap", NOON + 2 * HOUR)
    full = rules.judge(post, replace(known, tallies={"group": Tally(day=2)}), NOON)
    assert isinstance(full, Refuse)
    assert full.rule == "group_day"
    assert "每个客户群每天最多 2 条" in full.zh
    assert wait(rules.judge(post, known, NOON - 2.5 * HOUR)) == ("window", NOON - 2 * HOUR)
    gone = rules.judge(post, facts(members=()), NOON)
    assert isinstance(gone, Refuse)
    assert "群主已离职" in gone.zh


def test_what_would_be_confirmed_together_with_another_waits_where_there_is_a_gap() -> None:
    """A member who confirmed in the evening sent a customer morning's and afternoon's at once."""
    behind = facts(unconfirmed=True)
    assert wait(judged(behind)) == ("unconfirmed", NOON + HOUR)
    assert wait(judged(behind, deadline=NOON + HOUR / 2)) == ("unconfirmed", NOON + HOUR / 2)
    assert judged(behind, to="member") == Allow(Via.STAFF_NOTICE)
    gapless = policy(Profile(name="none"), spread_min=0)
    assert gapless.judge(TOUCH, behind, NOON) == Allow(Via.STAFF_TASK)


def test_the_same_words_wait_while_they_are_on_their_way_to_the_customer() -> None:
    """Of two plans that say one script both went to a member, who confirmed them together."""
    gapless, same = policy(Profile(name="none"), spread_min=0), facts(being_said=True)
    assert wait(gapless.judge(TOUCH, same, NOON)) == ("repeated", NOON + HOUR)
    todo = replace(TOUCH, to="member")
    assert gapless.judge(todo, same, NOON) == Allow(Via.STAFF_NOTICE)
