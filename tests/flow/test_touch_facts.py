"""What we know about a customer when a touch is due, and what that depends on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.store.plans.plans import PlanTable
from bot.store.sql import Database
from bot.store.states import PlanState
from bot.store.touch.facts import limits_of
from bot.store.touch.ledger import Claim, Limit
from bot.touch.caps import Cap
from bot.touch.policy import Via
from bot.touch.present import present
from bot.touch.touch import Ahead, Scenario
from tests.touches import AT, HOUR, NOW, ZONE, Shop, touch


@pytest.fixture
def shop(database: Database) -> Shop:
    return Shop(database)


async def test_nothing_is_known_of_a_stranger(shop: Shop) -> None:
    (facts,) = await shop.facts(touch("wm9"))
    assert (facts.zone, facts.members, facts.session, facts.staffed) == ("", (), None, False)
    assert set(facts.tallies) == {"customer", "customer:holiday", "mass", "member"}
    assert all(tally.day == 0 and tally.last_at is None for tally in facts.tallies.values())


async def test_the_facts_of_several_customers_come_together(shop: Shop) -> None:
    await shop.put(
        "customer",
        {"id": "wm1", "name": "", "tags": "[]", "fetched_at": 0.0, "zone": "Asia/Tokyo",
         "member": "wangfang", "opted_out_at": AT - 5, "best_from": 9, "best_to": 12},
        {"id": "wm2", "name": "", "tags": "[]", "fetched_at": 0.0, "braked_at": AT,
         "free_until": AT + 60},
    )  # fmt: skip
    await shop.put(
        "contact",
        {"customer": "wm1", "member": "liming", "added_at": 3.0},
        {"customer": "wm1", "member": "wangfang", "added_at": 1.0},
        {"customer": "wm1", "member": "gone", "added_at": 2.0, "lost_at": 9.0},
    )
    await shop.put("cursor", {"account": "wk1", "cursor": ""}, {"account": "wk2", "cursor": ""})
    session = {
        "sent": 2, "staffed": False, "servicer": "", "said": "", "offered": "", "changed_at": AT,
    }  # fmt: skip
    await shop.put(
        "session",
        {"conversation": "kf:wk1:wm1", "heard_at": AT - 50} | session,
        {"conversation": "kf:wk2:wm1", "heard_at": AT - 20} | session,
        {"conversation": "kf:wk1:wm2", "heard_at": AT - 9} | session | {"staffed": True},
    )
    await shop.put("said", {"customer": "wm1", "words": "a", "at": AT - 99})
    one, other, words = await shop.facts(
        touch("wm1", words="a"), touch("wm2", words="a"), touch("wm1", words="b")
    )
    assert one.zone == "Asia/Tokyo"
    assert one.members == ("wangfang", "liming")
    assert one.best_hours == (9, 12)
    assert one.opted_out_at == NOW - timedelta(seconds=5)
    assert one.said_at == NOW - timedelta(seconds=99)
    assert one.session is not None
    assert one.session.heard_at == AT - 20
    assert (one.staffed, other.staffed) == (False, True)
    assert (other.braked_at, other.free_until) == (NOW, NOW + timedelta(seconds=60))
    assert (other.said_at, words.said_at) == (None, None)


async def test_something_more_important_is_seen_from_afar(shop: Shop) -> None:
    tomorrow, sunday, october = AT + 24 * HOUR, AT + 4 * 24 * HOUR, AT + 9 * 24 * HOUR
    for number, due_at in enumerate((AT + HOUR, tomorrow, sunday, october)):
        await shop.planned(
            "wm1", plan=f"p{number}", scenario=Scenario.REMINDER.rank, due_at=due_at
        )
    await shop.planned("wm1", plan="same")
    # It kept a place for what nobody sends: that day a customer got neither of the two.
    await PlanTable(shop.database).steer("rests", PlanState.PAUSED, "", AT)
    await shop.planned("wm1", plan="rests", scenario=Scenario.REMINDER.rank, due_at=AT + 60)
    facts = await shop.facts(touch("wm1"), touch("wm1", scenario=Scenario.REMINDER), touch("wm2"))
    first = Ahead(day=1, week=3, month=3, next_at=NOW + timedelta(hours=1))
    assert [one.ahead for one in facts] == [first, Ahead(), Ahead()]


async def test_what_was_reserved_is_in_the_facts(shop: Shop) -> None:
    one = touch("wm1", member="liming")
    limits = limits_of(one, Via.STAFF_TASK, [])
    assert set(limits) == {"c:wm1", "c:wm1:holiday", "q:wm1"}
    await shop.ledger.reserve([Claim(key=1, limits=limits)], AT, present(NOW, ZONE))
    notice = limits_of(one, Via.STAFF_NOTICE, [])
    await shop.ledger.reserve([Claim(key=1, limits=notice)], AT, present(NOW, ZONE))
    (facts,) = await shop.facts(one)
    assert {name: tally.day for name, tally in facts.tallies.items()} == {
        "customer": 1, "customer:holiday": 1, "mass": 1, "member": 1,
    }  # fmt: skip
    assert facts.tallies["customer"].last_at == NOW


def test_caps_become_limits_of_what_they_count() -> None:
    caps = [
        Cap(subject="customer", span="day", most=1), Cap(subject="customer", span="week", most=3),
        Cap(subject="customer", gap_h=12),
        Cap(subject="customer", scenario=Scenario.PROMOTION, span="week", most=1),
        Cap(subject="customer", scenario=Scenario.HOLIDAY, span="month", most=2),
        Cap(subject="mass", span="month", most=4), Cap(subject="mass", span="month", most=31),
        Cap(subject="member", span="hour", most=5),
    ]  # fmt: skip
    limits = limits_of(touch("wm1"), Via.STAFF_TASK, caps)
    assert limits == {
        "c:wm1": Limit(day=1, week=3, gap_s=12 * HOUR),
        "c:wm1:holiday": Limit(month=2),
        "q:wm1": Limit(month=4),
    }
    assert limits_of(touch("wm1"), Via.SERVICE_SESSION, caps).keys() == {"c:wm1", "c:wm1:holiday"}
    answer = touch("wm1", scenario=Scenario.REPLY)
    assert limits_of(answer, Via.SERVICE_SESSION, caps) == {}
    assert list(limits_of(answer, Via.STAFF_TASK, caps)) == ["q:wm1"]  # WeCom counts it
    to_member = touch("wm1", member="liming", to="member")
    assert limits_of(to_member, Via.STAFF_NOTICE, caps) == {"m:liming": Limit(hour=5)}


def test_periods_are_those_of_the_company() -> None:
    sunday = datetime(2026, 2, 28, 15, 59, tzinfo=UTC)  # Saturday 23:59 there
    before, after = present(sunday, ZONE), present(sunday + timedelta(minutes=1), ZONE)
    assert (after.day - before.day, after.hour - before.hour) == (1, 1)
    assert (after.month - before.month, after.week - before.week) == (1, 0)
    assert before.day_ends == before.month_ends == after.at
    monday = present(datetime(2026, 3, 1, 16, 0, tzinfo=UTC), ZONE)
    assert (monday.week - after.week, before.week_ends) == (1, monday.at)


async def test_a_mass_message_that_nobody_has_confirmed_is_seen(shop: Shop) -> None:
    """By what waits for its member behind it: confirmed late, both came at once."""
    await shop.planned("wm1", plan="mass", state=1, task="0a")
    await shop.planned("wm2", plan="single", state=1, task="touch:7:1")
    await shop.planned("wm3", plan="late", state=1, task="0b", deadline=AT - 1)
    soon = replace(touch("wm1", scenario=Scenario.REMINDER), deadline=NOW + timedelta(hours=9))
    later = replace(soon, deadline=NOW + timedelta(hours=25))
    known = await shop.facts(touch("wm1"), soon, later, touch("wm2"), touch("wm3"))
    assert [one.unconfirmed for one in known] == [True, False, True, False, False]


async def test_words_that_are_on_their_way_are_seen(shop: Shop) -> None:
    await shop.planned("wm1", plan="mass", state=1, task="0a", words="abcdefgh")
    await shop.planned("wm2", plan="single", state=1, task="touch:7:1", words="abcd")
    await shop.planned("wm3", plan="waits", state=0, words="abcd")
    asked = [replace(touch(one), words="abcd") for one in ("wm1", "wm2", "wm3")]
    known = await shop.facts(*asked, replace(asked[0], words="ijkl"))
    assert [one.being_said for one in known] == [True, True, False, False]
