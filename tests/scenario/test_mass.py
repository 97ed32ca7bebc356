"""Mass messages from our tables to members' confirmation and back, on the mock, over real HTTP."""

from datetime import timedelta
from functools import partial
from pathlib import Path

from bot.app import background
from bot.clock import ManualClock
from bot.mockwecom.faults import Fault
from bot.store.customers import people
from bot.store.journal import Write
from bot.store.plans.plans import PlanTable
from bot.store.states import PlanState
from bot.store.touch.mass import MassTable
from bot.touch.mass_hours import MassHours
from tests.mass import (
    API,
    DAY,
    DROPPED,
    HOUR,
    LIMING,
    MINUTE,
    MORNING,
    REFUSED,
    SENT,
    WAITING,
    WANGFANG,
    befriend,
    form,
    shop,
    today,
    touches,
)
from tests.stage import stage


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
        put_off = Fault(api="externalcontact/cancel_groupmsg_send", errcode=45009, times=1)
        scene.corp.faults.add(put_off)
        await scene.look("mass", 10)
        assert len(scene.corp.faults) == 0
        await scene.look("mass", MINUTE)  # and not at its next turn
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
