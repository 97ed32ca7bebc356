"""Planned touches from the table to their end."""

import asyncio
from datetime import timedelta

import pytest

from bot.store.sql import Database
from bot.store.states import TouchState
from bot.store.touch.forgetting import forget_touches
from bot.store.touch.touches import LEASE_S, TAKEN, event_of
from bot.touch.policy import Refuse, Wait
from bot.touch.touch import Scenario
from tests.touches import AT, HOUR, NOW, Shop, touch

WHY = Refuse("window", "现在不行", "not now")


@pytest.fixture
def shop(database: Database) -> Shop:
    return Shop(database)


async def test_what_is_due_is_claimed_once_and_the_important_first(shop: Shop) -> None:
    await shop.planned("wm1", "wm2")
    await shop.planned("wm3", scenario=Scenario.REMINDER.rank, due_at=AT - 10)
    await shop.planned("wm4", due_at=AT + 1)
    first = await shop.touches.claim(2, AT)
    assert [one.touch.customer for one in first] == ["wm1", "wm2"]
    await shop.planned("wm5")
    second = await shop.touches.claim(9, AT)
    assert [one.touch.customer for one in second] == ["wm3", "wm5"]
    assert second[0].touch == touch(
        "wm3", scenario=Scenario.REMINDER, due_at=NOW - timedelta(seconds=10)
    )
    assert await shop.touches.claim(9, AT) == []


async def test_claimers_at_the_same_time_never_get_the_same(shop: Shop) -> None:
    await shop.planned(*(f"wm{n}" for n in range(60)))
    claims = await asyncio.gather(*(shop.touches.claim(7, AT) for _ in range(12)))
    got = [one.seq for claim in claims for one in claim]
    assert len(got) == len(set(got)) == 60


async def test_what_a_dead_worker_had_claimed_is_due_again(shop: Shop) -> None:
    await shop.planned("wm1")
    await shop.touches.claim(9, AT)
    assert await shop.touches.unclaim(AT + LEASE_S - 1) == 0
    assert await shop.touches.unclaim(AT + LEASE_S + 1) == 1
    assert len(await shop.touches.claim(9, AT)) == 1


async def test_each_verdict_is_kept_with_its_rule(shop: Shop) -> None:
    await shop.planned("wm1", "wm2", "wm3", "wm4", "wm5")
    due = {one.touch.customer: one.seq for one in await shop.touches.claim(9, AT)}
    late = Refuse("deadline", "过期", "too late")
    await shop.touches.refuse([(due["wm1"], WHY), (due["wm2"], late)], AT)
    waits = {"wm3": NOW + timedelta(hours=2), "wm4": NOW + timedelta(hours=10)}
    await shop.touches.move(
        [(due[one], Wait(until, "gap", "隔一会", "a gap")) for one, until in waits.items()], AT
    )
    assert await shop.rows() == [
        ("wm1", TouchState.REFUSED, "window"), ("wm2", TouchState.DROPPED, "deadline"),
        ("wm3", TouchState.WAITING, "gap"), ("wm4", TouchState.DROPPED, "gap"),
        ("wm5", TouchState.CLAIMED, ""),
    ]  # fmt: skip
    again = await shop.touches.claim(9, AT + 2 * HOUR)
    assert [one.touch.customer for one in again] == ["wm3"]
    assert again[0].touch.due_at == waits["wm3"]


async def test_a_reserved_touch_is_on_its_way_until_its_result_is_known(shop: Shop) -> None:
    await shop.planned("wm1")
    await shop.planned("wm1", slot="2")
    due = await shop.touches.claim(9, AT)
    assert await shop.take(due) == 1  # one a day
    assert await shop.rows("state, member, task") == [
        (TouchState.TAKEN, "liming", event_of(due[0])), (TouchState.CLAIMED, "", ""),
    ]  # fmt: skip
    assert await shop.touches.overdue(AT) == []
    assert [one.seq for one in await shop.touches.overdue(AT + 1)] == [due[0].seq]
    await shop.database.change("UPDATE touch SET state = 2 WHERE seq = $1", due[0].seq)
    await shop.touches.refuse([(due[0].seq, WHY)], AT)  # too late
    assert (await shop.rows("state"))[0] == (TouchState.SENT,)


async def test_whose_event_is_there_is_not_filed_again(shop: Shop) -> None:
    """Each second all those on their way were filed anew, and the whole table was read for it."""
    await shop.planned("wm1", "wm2")
    due = await shop.touches.claim(2, AT)
    await shop.take(due)
    filed = {
        "id": event_of(due[0]), "kind": "TouchDue", "conversation": "kf:wk1:wm1", "body": "{}",
        "received_at": AT, "state": 1,
    }  # fmt: skip
    await shop.put("event", filed)
    assert [one.seq for one in await shop.touches.overdue(AT + 1)] == [due[1].seq]
    if not shop.database.postgres:
        steps = await shop.database.rows(f"EXPLAIN QUERY PLAN {TAKEN}", AT + 1)
        assert "SCAN touch" not in {step["detail"] for step in steps}


async def test_what_is_stale_is_dropped_with_a_record(shop: Shop) -> None:
    await shop.planned("wm1", deadline=AT - 1)
    await shop.planned("wm2")
    assert await shop.touches.drop_stale(AT, "过期", "too late") == 1
    assert await shop.touches.drop_stale(AT, "过期", "too late") == 0
    assert await shop.rows("customer, state, rule, zh, en") == [
        ("wm1", TouchState.DROPPED, "deadline", "过期", "too late"),
        ("wm2", TouchState.WAITING, "", "", ""),
    ]


async def test_a_stopped_plan_says_nothing_more(shop: Shop) -> None:
    await shop.planned("wm1", "wm2", "wm3")
    await shop.planned("wm4", plan="other")
    due = await shop.touches.claim(1, AT)
    await shop.take(due)
    stopped = Refuse("stopped", "计划停了", "the plan was stopped")
    assert await shop.touches.drop("moon", stopped, AT) == 2
    assert await shop.touches.count("moon") == {
        (TouchState.TAKEN, ""): 1,
        (TouchState.DROPPED, "stopped"): 2,
    }
    assert await shop.touches.count("other") == {(TouchState.WAITING, ""): 1}


async def test_what_waits_is_counted_by_plan_slot_and_script(shop: Shop) -> None:
    await shop.planned("wm1", "wm2", "wm3", due_at=AT + 60)
    await shop.planned("wm4", due_at=AT + 60, plan="other", script="o")
    await shop.planned("wm5", due_at=AT + 2 * HOUR)
    assert await shop.touches.ahead(AT, AT + HOUR) == {
        ("moon", "1", "h/moon"): 3,
        ("other", "1", "o"): 1,
    }


def name(plan: str, slot: str, member: str, chunk: int) -> str:
    return f"{plan}/{slot}/{member}/{chunk}"


async def test_a_mass_message_has_no_more_customers_than_the_settings_say(shop: Shop) -> None:
    """mass_customers of config/touch.toml was read and never used."""
    await shop.planned("wm1", "wm2", "wm3")
    await shop.take(await shop.touches.claim(9, AT), mass=True)
    assert [one.customers for one in await shop.touches.form(name, 2)] == [2, 1]


async def test_mass_messages_have_one_member_and_one_wording(shop: Shop) -> None:
    await shop.planned("wm1", "wm2", words="a")
    await shop.planned("wm3", words="b")
    await shop.take(await shop.touches.claim(9, AT), mass=True)
    await shop.planned("wm4", words="a")
    await shop.take(await shop.touches.claim(9, AT), mass=True, member="wangfang")
    await shop.planned("wm5")
    await shop.take(await shop.touches.claim(9, AT))  # goes out alone
    formed = await shop.touches.form(name, 10_000)
    assert [(one.task, one.words, one.customers) for one in formed] == [
        ("moon/1/liming/0", "a", 2),
        ("moon/1/liming/1", "b", 1),
        ("moon/1/wangfang/0", "a", 1),
    ]
    assert await shop.touches.form(name, 10_000) == []
    assert [task for (task,) in await shop.rows("task")][:4] == [
        "moon/1/liming/0", "moon/1/liming/0", "moon/1/liming/1", "moon/1/wangfang/0",
    ]  # fmt: skip
    rows = await shop.database.rows("SELECT id, state, chunk FROM mass_task ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [
        ("moon/1/liming/0", 0, 0), ("moon/1/liming/1", 0, 1), ("moon/1/wangfang/0", 0, 0),
    ]  # fmt: skip


async def test_what_no_rule_looks_back_to_is_forgotten(shop: Shop) -> None:
    long, lately = AT - 40 * 24 * HOUR, AT - 20 * 24 * HOUR
    await shop.planned("wm1", state=2, settled_at=long, deadline=long)
    await shop.planned("wm2", state=4, settled_at=long, deadline=AT)  # it might be planned again
    await shop.planned("wm3", state=3, settled_at=lately, deadline=lately)
    await shop.planned("wm4", state=0, deadline=long)
    await shop.planned("wm5", state=1, task="t2", settled_at=long, deadline=long)
    for customer, at in (("wm1", long), ("wm2", lately)):
        await shop.put("said", {"customer": customer, "words": "w", "at": at})
        numbers = dict.fromkeys(("hour", "day", "week", "month"), 1)
        numbers |= {f"{name}_n": 1 for name in numbers}
        await shop.put("tally", {"subject": f"c:{customer}", "last_at": at, **numbers})
    for task in ("t1", "t2"):
        await shop.put("mass_task", {
            "id": task, "plan": "moon", "slot": task, "member": "liming", "chunk": 0,
            "state": 3, "created_at": long,
        })  # fmt: skip
    before = AT - 30 * 24 * HOUR
    await forget_touches(shop.database, settled=before, said=before, counted=before)
    assert [one for (one,) in await shop.rows("customer")] == ["wm2", "wm3", "wm4", "wm5"]
    left = [
        (await shop.database.rows(f"SELECT {column} AS one FROM {table}"))
        for table, column in (("said", "customer"), ("tally", "subject"), ("mass_task", "id"))
    ]
    assert left == [[{"one": "wm2"}], [{"one": "c:wm2"}], [{"one": "t2"}]]
