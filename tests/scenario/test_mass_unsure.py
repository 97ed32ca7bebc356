"""Mass messages whose task WeCom makes late, twice, in part or not at all."""

from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.mockwecom.faults import Fault
from tests.mass import (
    API,
    HOUR,
    LIMING,
    MINUTE,
    MORNING,
    REFUSED,
    WANGFANG,
    befriend,
    form,
    shop,
    today,
    touches,
)
from tests.stage import stage


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
