"""Planned touches from the table to their end, and what is known of their customers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.store.plans.plans import PlanTable
from bot.store.sql import Database
from bot.store.states import PlanState, TouchState
from bot.store.touch.facts import facts_of, limits_of
from bot.store.touch.forgetting import forget_touches
from bot.store.touch.ledger import Claim, Ledger, Limit
from bot.store.touch.touches import LEASE_S, TAKEN, Due, Taken, Touches, event_of
from bot.touch.policy import Refuse, Via, Wait
from bot.touch.present import present
from bot.touch.touch import Ahead, Facts, Scenario, Touch
from tests.databases import BOTH, opened

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 9, 23, 3, 0, tzinfo=UTC)  # a Wednesday, 11:00 there
AT = NOW.timestamp()
HOUR = 3600.0
WHY = Refuse("window", "现在不行", "not now")


@dataclass(slots=True)
class Shop:
    database: Database
    touches: Touches = field(init=False)
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.touches, self.ledger = Touches(self.database), Ledger(self.database)

    async def put(self, table: str, *rows: dict[str, Any]) -> None:
        for values in rows:
            marks = ", ".join(f"${n + 1}" for n in range(len(values)))
            text = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"
            await self.database.change(text, *values.values())

    async def planned(self, *customers: str, **more: Any) -> None:
        usual = {
            "plan": "moon", "slot": "1", "scenario": Scenario.HOLIDAY.rank, "script": "h/moon",
            "due_at": AT - 60, "deadline": AT + 9 * HOUR,
        }  # fmt: skip
        await self.put("touch", *(usual | {"customer": one} | more for one in customers))

    async def rows(self, columns: str = "customer, state, rule") -> list[tuple[Any, ...]]:
        rows = await self.database.rows(f"SELECT {columns} FROM touch ORDER BY customer, seq")
        return [tuple(row.values()) for row in rows]

    async def facts(self, *touches: Touch) -> list[Facts]:
        return await facts_of(self.database, self.ledger, touches, present(NOW, ZONE))

    async def take(self, due: list[Due], *, mass: bool = False, member: str = "liming") -> int:
        """Reserve for them all, and have them on their way."""

        async def within(source: Any, granted: frozenset[int]) -> None:
            taken = [
                Taken(one.seq, member, "" if mass else event_of(one), "", one.touch.words)
                for one in due
                if one.seq in granted
            ]
            await self.touches.take(source, taken, AT)

        claims = [
            Claim(key=one.seq, limits={f"c:{one.touch.customer}": Limit(day=1)}) for one in due
        ]
        return len(await self.ledger.reserve(claims, AT, present(NOW, ZONE), within))


@pytest.fixture(params=BOTH)
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    async with opened(request.param, tmp_path) as connection:
        yield Shop(Database(connection))


def touch(customer: str, **more: Any) -> Touch:
    usual: dict[str, Any] = {
        "plan": "moon", "slot": "1", "scenario": Scenario.HOLIDAY, "script": "h/moon",
        "due_at": NOW, "deadline": NOW + timedelta(hours=9),
    }  # fmt: skip
    return Touch(**(usual | {"customer": customer} | more))


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


# ---- facts


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


@dataclass(frozen=True, slots=True)
class Cap:
    key: str
    span: Any = None
    most: int = 0
    gap_h: float = 0.0


def test_caps_become_limits_of_what_they_count() -> None:
    caps = [
        Cap("customer", "day", 1), Cap("customer", "week", 3), Cap("customer", gap_h=12),
        Cap("customer:promotion", "week", 1), Cap("customer:holiday", "month", 2),
        Cap("mass", "month", 4), Cap("mass", "month", 31), Cap("member", "hour", 5),
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


# ---- what is forgotten


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
