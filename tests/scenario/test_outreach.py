"""What is planned reaches its customer inside the rules, on the mock, over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import ManualClock
from bot.events import TouchDue
from bot.mockwecom.faults import Fault
from bot.store.customers import people
from bot.store.journal import Write
from bot.store.plans.plans import PlanTable
from bot.store.records import last_events
from bot.store.states import PlanState
from bot.touch.touch import Receiver, Scenario, Touch
from tests.engine import configured
from tests.stage import SHOP, Stage, company, stage

MORNING = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # ten o'clock on a Tuesday in Shanghai
NIGHT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
API = "externalcontact/add_msg_template"


def touch(
    customer: str,
    now: datetime,
    *,
    plan: str = "festival",
    scenario: Scenario = Scenario.HOLIDAY,
    script: str = "holiday/mid_autumn",
    to: Receiver = "customer",
    hours: float = 30,
    words: str = "",
) -> Touch:
    return Touch(
        plan=plan, slot="2026", customer=customer, scenario=scenario, script=script, to=to,
        due_at=now, deadline=now + timedelta(hours=hours), words=words,
    )  # fmt: skip


@asynccontextmanager
async def shop(root: Path, at: datetime) -> AsyncIterator[Stage]:
    """Of five customers the first wrote to 微信客服, all are contacts of 李明."""
    clock = ManualClock(at)
    configured(root, "touch.toml", "caps.toml", "calendar.toml")
    corp = company(clock)
    async with stage(root, corp=corp, clock=clock, ticks=False) as scene:
        for number in range(1, 6):
            await corp.customer_adds_member(f"wm{number}", "liming", welcome=False)
        await corp.customer_writes_kf("wm1", SHOP, "什么时候发货")
        await scene.quiet()
        corp.deliveries.clear()
        yield scene


async def plan(scene: Stage, *touches: Touch) -> None:
    await scene.bot.journal.write(Write(more=people.planned(touches)))
    await scene.look("touches")


async def stands(scene: Stage) -> dict[str, tuple[int, str]]:
    rows = await scene.rows("SELECT customer || ' ' || plan AS one, state, rule FROM touch")
    return {row["one"]: (row["state"], row["rule"]) for row in rows}


TAKE_ALL = """
    UPDATE touch SET state = 1, settled_at = $1,
        task = 'touch:' || seq || ':' || CAST(due_at AS INTEGER)
    WHERE state = 0 RETURNING task, customer"""
WAITING, TAKEN, SENT, DROPPED, REFUSED = 0, 1, 2, 3, 4


async def test_a_greeting_goes_into_the_open_session_and_once_only(tmp_path: Path) -> None:
    async with shop(tmp_path, MORNING) as scene:
        await plan(scene, touch("wm1", MORNING, words="digest"))
        assert len(scene.texts("wm1")) == 1
        assert "中秋" in scene.texts("wm1")[0]
        assert await stands(scene) == {"wm1 festival": (SENT, "")}
        again = touch("wm1", MORNING + timedelta(days=2), plan="other", words="digest")
        await scene.look("touches", 20 * 3600)
        await scene.corp.customer_writes_kf("wm1", SHOP, "好的")
        await scene.quiet()
        await scene.look("touches", 28 * 3600)
        await plan(scene, again)
        assert (await stands(scene))["wm1 other"] == (REFUSED, "repeated")


async def test_a_session_that_a_person_ended_takes_no_greeting(tmp_path: Path) -> None:
    async with shop(tmp_path, MORNING) as scene:
        await scene.corp.customer_writes_kf("wm1", SHOP, "转人工")
        await scene.quiet()
        await scene.corp.servicer_takes("liming", "wm1", SHOP)
        await scene.corp.servicer_ends_session("liming", "wm1", SHOP)
        await scene.quiet()
        await plan(scene, touch("wm1", MORNING))
        assert await stands(scene) == {"wm1 festival": (TAKEN, "")}, "a member is asked instead"
        assert all(call.errcode != 95018 for call in scene.corp.calls)


async def test_what_is_due_at_night_waits_for_the_morning(tmp_path: Path) -> None:
    async with shop(tmp_path, NIGHT) as scene:
        await plan(scene, touch("wm1", NIGHT))
        assert scene.texts("wm1") == []
        assert await stands(scene) == {"wm1 festival": (WAITING, "quiet_hours")}
        await scene.look("touches", 10 * 3600)  # eight in the morning
        assert scene.texts("wm1") == []
        await scene.look("touches", 2 * 3600)
        assert await stands(scene) == {"wm1 festival": (SENT, "")}
        assert len(scene.texts("wm1")) == 1


async def test_a_short_cap_is_for_the_more_important(tmp_path: Path) -> None:
    async with shop(tmp_path, MORNING) as scene:
        promo = {"plan": "sale", "scenario": Scenario.PROMOTION, "script": "news/double_eleven"}
        await plan(scene, touch("wm1", MORNING, **promo), touch("wm1", MORNING))  # type: ignore[arg-type]
        found = await stands(scene)
        assert found["wm1 festival"] == (SENT, "")
        assert found["wm1 sale"][0] == WAITING
        assert len(scene.texts("wm1")) == 1
        await scene.look("touches", 26 * 3600)
        assert (await stands(scene))["wm1 sale"] == (SENT, "")


async def test_what_never_reached_a_customer_takes_nothing_from_the_next(tmp_path: Path) -> None:
    """Whoever was refused a greeting by WeCom, or by its handler, heard nothing all week."""
    async with shop(tmp_path, MORNING) as scene:
        scene.corp.faults.add(Fault(api="kf/send_msg", errcode=95018, times=1))
        await plan(scene, touch("wm1", MORNING, plan="refused"))
        await plan(scene, touch("wm1", MORNING, plan="unsaid", script="holiday/no_more"))
        assert scene.texts("wm1") == []
        await plan(scene, touch("wm1", MORNING))
        assert len(scene.texts("wm1")) == 1
        assert await stands(scene) == {
            "wm1 refused": (REFUSED, "wecom"), "wm1 unsaid": (REFUSED, "not_said"),
            "wm1 festival": (SENT, ""),
        }  # fmt: skip
        tallies = await scene.rows("SELECT subject, day_n, month_n FROM tally ORDER BY subject")
        assert [tuple(row.values()) for row in tallies] == [
            ("c:wm1", 1, 1), ("c:wm1:holiday", 1, 1),
        ]  # fmt: skip


async def test_members_confirm_what_leaves_by_their_name(tmp_path: Path) -> None:
    async with shop(tmp_path, MORNING) as scene:
        everyone = [f"wm{number}" for number in range(2, 6)]
        await scene.bot.journal.write(Write(more=people.opted_out("wm2", 1.0)))
        await scene.bot.journal.write(Write(more=people.braked("wm3", 1.0)))
        await plan(scene, *(touch(one, MORNING) for one in everyone))
        found = await stands(scene)
        assert found["wm2 festival"] == (REFUSED, "opt_out")
        assert found["wm3 festival"] == (REFUSED, "complaint")
        assert found["wm4 festival"] == found["wm5 festival"] == (TAKEN, "")
        await scene.corp.member_confirms_mass("liming")
        await scene.clock.advance(120)  # type: ignore[attr-defined]
        await scene.bot.sweep("mass")
        assert [one.to for one in scene.corp.deliveries if one.api == API] == ["wm4", "wm5"]
        assert (await stands(scene))["wm4 festival"] == (SENT, "")
    assert scene.corp.refusals == []


async def test_a_reminder_for_a_member_is_a_to_do(tmp_path: Path) -> None:
    async with shop(tmp_path, MORNING) as scene:
        await plan(
            scene,
            touch("wm4", MORNING, scenario=Scenario.PERSONAL, to="member", words="digest"),
            touch("wm5", MORNING, scenario=Scenario.PERSONAL, plan="alone"),
        )
        found = await stands(scene)
        assert found["wm4 festival"] == (SENT, "")
        assert found["wm5 alone"] == (REFUSED, "personal")
        [why] = [one for one in await last_events(9, {}) if one.kind == "TouchDue"]
        told = "its digest stood where a customer's words do, and nothing told the plan"
        assert (why.text, why.why.zh) == ("", "计划「festival」的消息到时间了，规则允许发"), told
        assert scene.got("wm4") == []
        todos = await scene.rows("SELECT member, customer FROM todo")
        assert todos == [{"member": "liming", "customer": "wm4"}]
        # With words that the customer has not heard yet.
        await plan(scene, touch("wm4", MORNING, plan="greeting", words="digest"))
        assert (await stands(scene))["wm4 greeting"] == (TAKEN, "")


async def test_a_crash_after_the_caps_are_reserved_repeats_nothing(tmp_path: Path) -> None:
    async with shop(tmp_path, MORNING) as scene:
        await scene.bot.journal.write(Write(more=people.planned([touch("wm1", MORNING)])))
        at = MORNING.timestamp()
        await scene.bot.journal.rows(TAKE_ALL, at)  # taken, and its event was never filed
        await scene.look("touches")
        assert scene.texts("wm1") == []
        await scene.look("touches", 300)
        assert len(scene.texts("wm1")) == 1
        await scene.look("touches", 300)
        assert len(scene.texts("wm1")) == 1
        assert await stands(scene) == {"wm1 festival": (SENT, "")}


async def test_a_touch_that_a_crash_left_behind_was_on_its_way_for_ever_when_its_session_ended(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path, MORNING) as scene:
        await scene.bot.journal.write(Write(more=people.planned([touch("wm2", MORNING)])))
        # Taken for a session that is over by now, and its event was never filed.
        await scene.bot.journal.rows(TAKE_ALL, MORNING.timestamp())
        await scene.look("touches", 300)
        await scene.look("touches", 300)
        assert await stands(scene) == {"wm2 festival": (TAKEN, "")}
        await scene.corp.member_confirms_mass("liming")
        assert [one.to for one in scene.corp.deliveries if one.api == API] == ["wm2"]


async def test_a_touch_that_waited_on_its_way_over_a_stop_went_out_at_night_and_to_who_opted_out(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path, NIGHT) as scene:
        bot, at = scene.bot, NIGHT - timedelta(hours=2)
        await scene.corp.customer_writes_kf("wm2", SHOP, "什么时候发货")
        await scene.quiet()
        scene.corp.deliveries.clear()
        touches = [touch("wm1", at), touch("wm2", at)]
        await bot.journal.write(Write(more=people.planned(touches)))
        await bot.journal.write(Write(more=people.opted_out("wm2", 1.0)))
        rows = await bot.journal.rows(TAKE_ALL, at.timestamp())
        await bot.inbox.put([
            TouchDue(
                id=row["task"], at=at, conversation=f"kf:{SHOP}:{row['customer']}",
                plan="festival", slot="2026", customer=row["customer"], member="liming",
                scenario="holiday", script="holiday/mid_autumn", via="service_session",
                account=SHOP, deadline=touches[0].deadline,
            )
            for row in rows
        ])  # fmt: skip
        await scene.quiet()
        assert scene.texts("wm1") == scene.texts("wm2") == []
        assert await stands(scene) == {
            "wm1 festival": (WAITING, "quiet_hours"), "wm2 festival": (REFUSED, "opt_out"),
        }  # fmt: skip
        await scene.look("touches", 12 * 3600)
        assert len(scene.texts("wm1")) == 1
        assert (await stands(scene))["wm1 festival"] == (SENT, "")


async def test_what_is_on_its_way_goes_nowhere_once_its_plan_is_paused_or_stopped(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path, MORNING) as scene:
        corp, plans = scene.corp, PlanTable(scene.bot.office.database)

        async def steer(state: PlanState) -> None:
            await plans.steer("festival", state, "liming", scene.clock.timestamp())

        for api in ("kf/send_msg", API):  # busy: both are tried again
            corp.faults.add(Fault(api=api, errcode=-1, times=1))
        await plan(scene, touch("wm1", MORNING), touch("wm4", MORNING))
        assert {state for state, _ in (await stands(scene)).values()} == {TAKEN}
        await steer(PlanState.PAUSED)
        await scene.look("touches", 120)
        await scene.look("touches", 120)
        assert (scene.texts("wm1"), corp.mass.tasks) == ([], {})
        assert set((await stands(scene)).values()) == {(WAITING, "plan_paused")}
        assert {row["day_n"] for row in await scene.rows("SELECT day_n FROM tally")} == {0}
        corp.faults.add(Fault(api="kf/send_msg", errcode=-1, times=1))
        await steer(PlanState.ACTIVE)
        await scene.look("touches")
        assert len(corp.mass.tasks) == 1
        await steer(PlanState.STOPPED)
        await scene.look("touches", 120)
        assert scene.texts("wm1") == []
        assert (await stands(scene))["wm1 festival"] == (REFUSED, "plan_stopped")
