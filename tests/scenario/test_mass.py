"""Mass messages from our tables to members' confirmation and back, on the mock, over real HTTP."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.app import background
from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from bot.store.customers import people
from bot.store.journal import Write
from bot.store.plans.plans import PlanTable
from bot.store.states import PlanState
from bot.store.touch.mass import MassTable
from bot.store.touch.places import place
from bot.touch.mass_event import task_id
from bot.touch.mass_hours import MassHours
from bot.touch.present import present
from tests.stage import Stage, company, stage

MORNING = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # ten o'clock on a Tuesday in Shanghai
MINUTE, HOUR, DAY = 60, 3600, 86_400
API = "externalcontact/add_msg_template"
LIMING = [f"wm{number:02}" for number in range(11, 26)]
WANGFANG = [f"wm{number:02}" for number in range(26, 36)]
WAITING, SENT, DROPPED, REFUSED = 0, 2, 3, 4


def shop(clock: ManualClock) -> MockCorp:
    """25 customers of two members."""
    corp = company(clock)
    for customer in (*LIMING, *WANGFANG):
        corp.add_customer(customer, customer)
    return corp


async def befriend(scene: Stage) -> None:
    for member, customers in (("liming", LIMING), ("wangfang", WANGFANG)):
        for customer in customers:
            await scene.corp.customer_adds_member(customer, member, welcome=False)
    await scene.quiet()


async def form(
    scene: Stage, member: str, customers: Sequence[str], script: str = "news/double_eleven",
    *, worth_s: float = 30 * HOUR,
) -> str:  # fmt: skip
    """As the sweep of touches does: they are taken, their caps reserved, and a task formed."""
    now, numbers = scene.clock.timestamp(), present(scene.clock.now(), ZoneInfo("Asia/Shanghai"))
    rows = scene.bot.journal.rows
    for customer in customers:
        subjects = (f"c:{customer}", f"c:{customer}:holiday", f"q:{customer}")
        await rows(
            "INSERT INTO touch (plan, customer, slot, scenario, script, words, member, receiver,"
            " due_at, deadline, state, settled_at, reserved) VALUES"
            " ('festival', $1, '2026', 3, $2, 'digest', $3, 'customer', $4, $5, 2, $4, $6)"
            " RETURNING seq",
            customer,
            script,
            member,
            now,
            now + worth_s,
            place(subjects, numbers),
        )
        for subject in subjects:
            await rows(
                "INSERT INTO tally (subject, hour, hour_n, day, day_n, week, week_n, month,"
                " month_n, last_at) VALUES ($1, $2, 1, $3, 1, $4, 1, $5, 1, $6) RETURNING subject",
                subject,
                numbers.hour,
                numbers.day,
                numbers.week,
                numbers.month,
                now,
            )
    # All at once, as the bot's own sweep may come at any moment.
    await rows("UPDATE touch SET state = 1 WHERE member = $1 RETURNING seq", member)
    await scene.bot.sweep("touches")
    task = task_id("festival", "2026", member, 0)
    counted = await rows("SELECT count(*) AS n FROM touch WHERE task = $1", task)
    assert counted == [{"n": len(customers)}]
    return task


async def touches(scene: Stage) -> dict[str, tuple[int, str]]:
    rows = await scene.rows("SELECT customer, state, rule FROM touch ORDER BY customer")
    return {row["customer"]: (row["state"], row["rule"]) for row in rows}


async def today(scene: Stage, subject: str) -> int:
    day = present(scene.clock.now(), ZoneInfo("Asia/Shanghai")).day
    rows = await scene.rows(f"SELECT day, day_n FROM tally WHERE subject = '{subject}'")
    return rows[0]["day_n"] if rows and rows[0]["day"] == day else 0


async def test_one_member_confirms_and_one_does_not(tmp_path: Path) -> None:
    clock = ManualClock(MORNING)
    corp = shop(clock)
    corp.rules.set("mass_rule", 2)  # one a day
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as scene:
        await befriend(scene)
        await corp.member_sends_mass("liming", ["wm11"], "自己发的")
        await scene.bot.journal.write(Write(more=people.opted_out("wm12", clock.timestamp())))
        await form(scene, "liming", LIMING)
        await form(scene, "wangfang", WANGFANG)
        await scene.look("mass")
        assert len([one for one in corp.mass.tasks.values() if not one.creator]) == 2
        await corp.customer_removes_member("wm13", "liming")
        await corp.member_confirms_mass("liming")
        for _ in range(5):
            await scene.look("mass", 2 * HOUR)
        found = await touches(scene)
        assert found["wm11"] == (REFUSED, "mass_quota")
        assert found["wm12"] == (REFUSED, "opt_out")
        assert found["wm13"] == (REFUSED, "not_friend")
        assert {found[one] for one in LIMING[3:]} == {(SENT, "")}
        got = [one.to for one in corp.deliveries if one.api == API]
        assert sorted(got) == LIMING[3:]
        tallies = [await today(scene, name) for name in ("c:wm11", "q:wm11", "q:wm13", "q:wm14")]
        assert tallies == [0, 1, 0, 1]
        said = await scene.rows("SELECT customer FROM said ORDER BY customer")
        assert [row["customer"] for row in said] == LIMING[3:]
        # The other one is reminded in working hours: at 12, 14, 16, and then enough.
        (task,) = [one for one in corp.mass.tasks.values() if "wangfang" in one.parts]
        assert [(at - MORNING.timestamp()) / HOUR for at in task.reminded_at] == [2, 4, 6]
        assert {found[one] for one in WANGFANG} == {(1, "")}
        for _ in range(6):
            await scene.look("mass", 5 * HOUR)
            await scene.look("touches")
        assert len(task.reminded_at) == 3
        assert task.cancelled
        found = await touches(scene)
        assert {found[one] for one in WANGFANG} == {(DROPPED, "unconfirmed")}
        assert await corp.member_confirms_mass("wangfang") == {}, "too late is too late"
        states = await scene.rows("SELECT member, state FROM mass_task ORDER BY member")
        assert [row["state"] for row in states] == [3, 4, 4]  # it was asked for on two days
    assert corp.counts()["refused"] == {}
    assert corp.refusals == []


async def test_nobody_hears_at_night_of_what_its_member_confirms_at_night(tmp_path: Path) -> None:
    """It is withdrawn when the hours of its customers end, and asked for again in the next."""
    clock = ManualClock(MORNING)
    async with stage(tmp_path, corp=shop(clock), clock=clock, ticks=False) as scene:
        await befriend(scene)
        task = await form(scene, "liming", LIMING)
        await scene.look("mass", 10 * HOUR)  # eight o'clock in the evening
        assert await scene.rows("SELECT closes_at FROM mass_task") == [
            {"closes_at": (MORNING + timedelta(hours=11)).timestamp()}
        ]
        await scene.look("mass", HOUR + MINUTE)
        assert await scene.corp.member_confirms_mass("liming") == {}
        await scene.look("touches")
        found = await touches(scene)
        assert {state for state, _ in found.values()} == {WAITING}
        await scene.look("touches", 11 * HOUR + 58 * MINUTE)  # one minute to nine
        assert {state for state, _ in (await touches(scene)).values()} == {WAITING}
        await scene.look("touches", HOUR)  # they are spread over the first hour
        ends = await scene.corp.member_confirms_mass("liming")
        await scene.look("mass", MINUTE)
        assert sorted(ends) == LIMING
        assert {state for state, _ in (await touches(scene)).values()} == {SENT}
        rows = await scene.rows("SELECT id, closes_at FROM mass_task ORDER BY chunk")
        assert rows[0]["id"] == task
        assert len([one for one in scene.corp.deliveries if one.api == API]) == len(LIMING)


async def test_what_is_late_is_withdrawn_at_the_next_look_and_calls_nobody(tmp_path: Path) -> None:
    """A task was looked at less often the older it was: confirmed an hour late, it was sent."""
    clock = ManualClock(MORNING)
    async with stage(tmp_path, corp=shop(clock), clock=clock, ticks=False) as scene:
        await befriend(scene)
        await form(scene, "liming", LIMING, worth_s=7 * HOUR)
        await form(scene, "wangfang", WANGFANG, worth_s=0)
        await scene.look("mass")
        await scene.look("mass", 7 * HOUR - 5)
        await scene.look("mass", 10)
        assert await scene.corp.member_confirms_mass("liming") == {}
        found = await touches(scene)
        assert {found[one] for one in LIMING} == {(DROPPED, "unconfirmed")}
        assert {found[one] for one in WANGFANG} == {(DROPPED, "deadline")}
        assert await scene.rows("SELECT words FROM todo") == []


async def test_hours_that_are_open_are_open_at_moments_finer_than_a_datetime(
    tmp_path: Path,
) -> None:
    """Such as a real clock has: rounded up, they seemed to lie before the hours began."""
    clock = ManualClock(MORNING)
    async with stage(tmp_path, corp=shop(clock), clock=clock, ticks=False) as scene:
        await befriend(scene)
        table = MassTable(scene.bot.office.database)
        task = await table.task(await form(scene, "liming", LIMING))
        hours = MassHours(table=table, opening=scene.bot.touching.rules.policy.opening)
        assert task
        for number in range(1, 20):
            now = MORNING.timestamp() + number / 4_000_000
            assert await hours.closes_at(task, now) == MORNING.timestamp() + 11 * HOUR


async def test_who_opts_out_before_the_member_confirms_hears_nothing(tmp_path: Path) -> None:
    clock = ManualClock(MORNING)
    async with stage(tmp_path, corp=shop(clock), clock=clock, ticks=False) as scene:
        await befriend(scene)
        await form(scene, "liming", LIMING)
        await form(scene, "wangfang", WANGFANG)
        await scene.look("mass", 2 * HOUR)  # by now it is looked at every twelve minutes
        await scene.look("mass", 12 * MINUTE)
        gone = people.opted_out("wm12", clock.timestamp())
        await scene.bot.journal.write(Write(more=gone))
        await scene.look("mass", MINUTE)
        assert await scene.corp.member_confirms_mass("liming") == {}, "it is withdrawn"
        await scene.look("touches", MINUTE)
        rest = [one for one in LIMING if one != "wm12"]
        assert sorted(await scene.corp.member_confirms_mass("liming")) == rest
        await scene.look("mass", MINUTE)
        found = await touches(scene)
        assert found.pop("wm12") == (REFUSED, "opt_out")
        assert {found[one][0] for one in rest} == {SENT}
        assert sorted(one.to for one in scene.corp.deliveries if one.api == API) == rest
        # Its plan is stopped: for twelve minutes, of a longer wait an hour, it could be confirmed.
        await PlanTable(scene.bot.office.database).steer(
            "festival", PlanState.STOPPED, "boss", clock.timestamp()
        )
        await scene.look("mass", 10)
        assert await scene.corp.member_confirms_mass("wangfang") == {}
        found = await touches(scene)
        assert {found[one] for one in WANGFANG} == {(DROPPED, "plan_stopped")}


async def test_what_arrives_on_another_day_counts_there(tmp_path: Path) -> None:
    clock = ManualClock(MORNING)
    async with stage(tmp_path, corp=shop(clock), clock=clock) as scene:
        await befriend(scene)
        await form(scene, "liming", LIMING)
        await scene.look("mass")
        await clock.advance(DAY)
        await scene.corp.member_confirms_mass("liming")
        await scene.look("mass")
        assert {state for state, _ in (await touches(scene)).values()} == {SENT}
        assert [await today(scene, name) for name in ("c:wm11", "q:wm11")] == [1, 1]


async def test_the_gap_to_the_next_counts_from_when_it_arrived(tmp_path: Path) -> None:
    """A post confirmed at noon was followed by the next of its group within the gap."""
    clock = ManualClock(MORNING)
    async with stage(tmp_path, corp=shop(clock), clock=clock, ticks=False) as scene:
        await befriend(scene)
        await form(scene, "liming", LIMING)
        await scene.look("mass", 5 * HOUR)
        await scene.corp.member_confirms_mass("liming")
        arrived = clock.timestamp()
        await scene.look("mass", 5 * HOUR)
        counted = "SELECT last_at, hour_n, day_n, week_n FROM tally WHERE subject = 'c:wm11'"
        assert await scene.rows(counted) == [
            {"last_at": arrived, "hour_n": 1, "day_n": 1, "week_n": 1}
        ]
        rows = await scene.rows("SELECT week_n, month_n FROM tally WHERE subject = 'q:wm11'")
        assert (rows[0]["week_n"], rows[0]["month_n"]) == (1, 1)

        await form(scene, "wangfang", WANGFANG)
        await scene.look("mass", 20 * MINUTE)
        await scene.corp.member_confirms_mass("wangfang")
        arrived = clock.timestamp()
        await scene.look("mass", 20 * MINUTE)  # in the hour in which it was formed
        assert (await touches(scene))["wm26"] == (SENT, "")
        assert await scene.rows(counted.replace("wm11", "wm26")) == [
            {"last_at": arrived, "hour_n": 1, "day_n": 1, "week_n": 1}
        ]


@pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
@pytest.mark.parametrize("killed", [True, False], ids=["killed, PostgreSQL", "no answer, SQLite"])
async def test_a_task_is_made_once_whatever_happens_to_the_answer(
    tmp_path: Path, made: bool, killed: bool
) -> None:
    clock = ManualClock(MORNING)
    corp = shop(clock)
    store = "postgres" if killed else "sqlite"
    async with stage(tmp_path, corp=corp, clock=clock, store=store) as scene:
        await befriend(scene)
        fault = Fault(api=API, disconnect_after=made, drop=not made, times=1)
        corp.faults.add(fault)
        task = await form(scene, "liming", LIMING)
        # The same words for another member, and once before: none of them is the one.
        await form(scene, "wangfang", WANGFANG)
        await scene.look("mass")
        states = await scene.rows("SELECT state FROM message WHERE via = 'staff_task'")
        assert sorted(row["state"] for row in states) == [2, 4]
        if killed:
            await scene.bot.journal.rows(
                "UPDATE message SET state = 1 WHERE state = 4 RETURNING id"
            )
    assert len(corp.mass.tasks) == 1 + made
    async with stage(tmp_path, corp=corp, clock=clock, store=store) as scene:
        await scene.look("mass", MINUTE)
        await scene.look("mass", 3 * MINUTE)
        await scene.look("mass", 3 * MINUTE)
        assert len(corp.mass.tasks) == 2
        rows = await scene.rows("SELECT msgid, state FROM mass_task ORDER BY member")
        assert {row["msgid"] for row in rows} == set(corp.mass.tasks)
        assert [row["state"] for row in rows] == [1, 1]
        ours = next(row["msgid"] for row in rows)
        assert list(corp.mass.tasks[ours].parts) == ["liming"]
        assert await scene.rows("SELECT id FROM message WHERE state IN (1, 3, 4)") == []
        await corp.member_confirms_mass("liming")
        await scene.look("mass", HOUR)
        assert len(corp.deliveries) == len(LIMING)
        assert (await scene.rows(f"SELECT state FROM mass_task WHERE id = '{task}'"))[0][
            "state"
        ] == 3


async def test_a_task_that_wecom_is_still_making_is_waited_for(tmp_path: Path) -> None:
    clock = ManualClock(MORNING)
    corp = shop(clock)
    corp.rules.set("mass_dispatch_s", 300)
    async with stage(tmp_path, corp=corp, clock=clock) as scene:
        await befriend(scene)
        corp.faults.add(Fault(api=API, disconnect_after=True, times=1))
        await form(scene, "liming", LIMING)
        await scene.look("mass")
        await scene.look("mass", 200)  # 41063: nobody knows yet, so nothing is decided
        assert (await scene.rows("SELECT state FROM mass_task"))[0]["state"] == 0
        await scene.look("mass", 200)
        assert (await scene.rows("SELECT state FROM mass_task"))[0]["state"] == 1
        assert len(corp.mass.tasks) == 1


async def test_a_campaign_was_lost_when_wecom_did_not_trust_the_address_for_minutes(
    tmp_path: Path,
) -> None:
    clock = ManualClock(MORNING)
    corp = shop(clock)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as scene:
        await befriend(scene)
        corp.faults.add(Fault(api=API, errcode=60020, times=1))
        await form(scene, "liming", LIMING)
        await scene.look("mass")
        await scene.look("mass", 3 * MINUTE)
        assert corp.mass.tasks == {}
        await scene.look("mass", 3 * MINUTE)
        assert len(corp.mass.tasks) == 1
        assert {state for state, _ in (await touches(scene)).values()} == {1}


async def test_a_customer_whom_the_member_cannot_write_to(tmp_path: Path) -> None:
    """We have them as friends; WeCom says otherwise: in part, then of all."""
    clock = ManualClock(MORNING)
    corp = shop(clock)
    async with stage(tmp_path, corp=corp, clock=clock) as scene:
        await befriend(scene)
        for customer in ("wm14", *WANGFANG):
            member = "liming" if customer == "wm14" else "wangfang"
            corp.faults.add(Fault(api="callback", drop=True, times=1))
            await corp.member_removes_customer(customer, member)
        await form(scene, "liming", LIMING)
        await form(scene, "wangfang", WANGFANG)
        await scene.look("mass")
        await scene.look("mass", 5 * MINUTE)
        found = await touches(scene)
        assert found["wm14"] == (REFUSED, "unreachable")
        assert {found[one] for one in WANGFANG} == {(REFUSED, "unreachable")}
        assert [await today(scene, name) for name in ("c:wm14", "c:wm15", "c:wm30")] == [0, 1, 0]
        todos = await scene.rows("SELECT member FROM todo")
        assert [row["member"] for row in todos] == ["wangfang"]


async def test_a_script_that_may_not_be_said_ends_the_task(tmp_path: Path) -> None:
    clock = ManualClock(MORNING)
    async with stage(tmp_path, corp=shop(clock), clock=clock) as scene:
        await befriend(scene)
        await form(scene, "liming", LIMING[:1], script="gone/script")
        await scene.look("mass")
        await scene.look("mass", 5 * MINUTE)
        assert (await touches(scene))["wm11"] == (REFUSED, "not_said")
        assert (await scene.rows("SELECT state FROM mass_task"))[0]["state"] == 4
        assert scene.corp.mass.tasks == {}


async def test_whom_the_member_leaves_out_hears_nothing(tmp_path: Path) -> None:
    clock = ManualClock(MORNING)
    corp = shop(clock)
    async with stage(tmp_path, corp=corp, clock=clock) as scene:
        await befriend(scene)
        await form(scene, "liming", LIMING)
        await scene.look("mass")
        (task,) = corp.mass.tasks.values()
        task.may_select = True
        await corp.member_confirms_mass("liming", only=LIMING[1:])
        await scene.look("mass", HOUR)
        assert (await touches(scene))["wm11"] == (1, ""), "it may be on its way still"
        await scene.look("mass", DAY)
        assert (await touches(scene))["wm11"] == (REFUSED, "left_out")
        assert await today(scene, "c:wm11") == 0


async def test_confirmed_at_the_last_moment_is_sent(tmp_path: Path) -> None:
    clock = ManualClock(MORNING)
    corp = shop(clock)
    async with stage(tmp_path, corp=corp, clock=clock) as scene:
        await befriend(scene)
        await form(scene, "liming", LIMING)
        await scene.look("mass")
        await clock.advance(30 * HOUR - MINUTE)
        await corp.member_confirms_mass("liming")
        await scene.look("mass", HOUR)
        assert {state for state, _ in (await touches(scene)).values()} == {SENT}
        assert (await scene.rows("SELECT state FROM mass_task"))[0]["state"] == 3


async def test_confirmed_while_it_is_withdrawn_is_not_settled_as_unconfirmed(
    tmp_path: Path,
) -> None:
    """What was on its way counted for nothing, and its words might have been said once more."""
    clock = ManualClock(MORNING)
    corp = shop(clock)
    async with stage(tmp_path, corp=corp, clock=clock) as scene:
        await befriend(scene)
        await form(scene, "liming", LIMING)
        await scene.look("mass")
        await clock.advance(31 * HOUR)
        (task,) = corp.mass.tasks.values()
        task.may_select = True
        corp.faults.add(Fault(api="externalcontact/cancel_groupmsg_send", latency_s=1, times=1))
        before = len(corp.calls)
        async with background(partial(scene.bot.sweep, "mass")):
            while not any("groupmsg_task" in call.api for call in corp.calls[before:]):
                await clock.advance(0)
            await corp.member_confirms_mass("liming", only=LIMING[1:])  # one is on its way
            while not task.cancelled:
                await clock.advance(1)
            while (await touches(scene))["wm12"][0] != SENT:
                await clock.advance(0)
        assert (await touches(scene))["wm11"] == (1, "")
