"""A member leaves: each customer, group, reminder, to-do and touch has one owner at each moment,
nothing is said twice or in the old name, and a kill in the middle changes nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import ManualClock
from bot.handover.handovers import Draft as Plan
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from bot.store.customers import people
from bot.store.desk import staff
from bot.store.desk.staff import Role, Staff
from bot.store.journal import Write
from bot.store.states import HandoverKind, ItemState
from bot.touch.reminders import Draft
from bot.touch.touch import Scenario, Touch
from tests.engine import configured
from tests.stage import Stage, company, stage

MORNING = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # ten o'clock on a Tuesday in Shanghai
HOUR, DAY = 3600, 86_400
CUSTOMERS = [f"wm{number}" for number in range(1, 6)]
TAKEN, REFUSED, FULL, IMPOSSIBLE = (
    ItemState.TAKEN, ItemState.REFUSED, ItemState.FULL, ItemState.IMPOSSIBLE,
)  # fmt: skip
API = "externalcontact/add_msg_template"
SCRIPTS = {"care": "care/day1", "later": "care/day3", "named": "care/day7"}
OWNERS = """
    SELECT 'todo' AS kind, id AS thing, member, customer FROM todo WHERE done_at IS NULL
    UNION ALL SELECT 'reminder', id, member, customer FROM reminder WHERE state = 0
    UNION ALL SELECT 'touch', plan || ' ' || customer, member, customer FROM touch
    WHERE state IN (0, 1, 5)"""


def shop(clock: ManualClock) -> MockCorp:
    """Three members; all customers are 李明's, and he owns a group."""
    corp = company(clock)
    for member in ("boss", "zhaoyun"):
        corp.add_member(member, member)
    return corp


@asynccontextmanager
async def opened(root: Path, corp: MockCorp, clock: ManualClock) -> AsyncIterator[Stage]:
    configured(root, "touch.toml", "caps.toml", "calendar.toml")
    async with stage(root, corp=corp, clock=clock, ticks=False) as scene:
        yield scene


def touch(customer: str, plan: str, now: datetime, *, member: str = "") -> Touch:
    return Touch(
        plan=plan, slot="2026", customer=customer, scenario=Scenario.AFTER_SALES,
        script=SCRIPTS[plan], member=member, words=plan, due_at=now,
        deadline=now + timedelta(days=6),
    )  # fmt: skip


async def settle_in(scene: Stage) -> None:
    """Reminders, a to-do, touches that wait, and a mass message that 李明 has not confirmed."""
    corp, bot = scene.corp, scene.bot
    for customer in CUSTOMERS:
        await corp.customer_adds_member(customer, "liming", welcome=False)
    await corp.create_group("liming", "福利群", ["wm1"], "wrShop")
    await scene.quiet()
    await scene.look("groups.refresh")
    people_ = [("liming", Role.MEMBER, "boss"), ("boss", Role.LEADER, "")]
    for who, role, leader in people_:
        person = Staff(id=who, name=who, role=role, leader=leader, active=True, sight=())
        await staff.put(bot.office.database, person, scene.clock.timestamp())
    for customer in CUSTOMERS:
        draft = Draft(customer=customer, when="后天上午十点", words="问问奶粉", who="liming")
        await bot.touching.reminders.create(draft)
    now, at = scene.clock.now(), scene.clock.timestamp()
    await bot.journal.write(
        Write(
            more=people.planned([touch(one, "care", now) for one in CUSTOMERS]),
            todos=[("t1", "liming", "wm2", "contact:liming:wm2", "why", "words", at, False)],
        )
    )
    await scene.look("touches")
    await scene.look("mass")
    assert [one.cancelled for one in corp.mass.tasks.values()] == [False], "it waits for 李明"
    later = [touch(one, "later", now + timedelta(hours=5)) for one in CUSTOMERS]
    named = [touch(one, "named", now + timedelta(hours=6), member="liming") for one in CUSTOMERS]
    await bot.journal.write(Write(more=people.planned([*later, *named])))


async def owners(scene: Stage) -> dict[str, str]:
    """Of all that is open, by thing: each is there once and is one's."""
    rows = await scene.rows(OWNERS)
    found = {f"{row['kind']} {row['thing']}": row["member"] for row in rows}
    assert len(found) == len(rows)
    return found


async def hold(scene: Stage) -> None:
    """What must be true at each moment once it has begun."""
    found = await owners(scene)
    assert "liming" not in found.values()
    assert all(found.values()), found
    rows = await scene.rows("SELECT subject, owner, state FROM handover_item")
    assert len({row["subject"] for row in rows}) == len(rows)
    items = {row["subject"]: row["owner"] for row in rows}
    for thing, member in found.items():
        customer = thing.rpartition(" ")[2]
        assert member == items.get(customer, member), thing


async def states(scene: Stage) -> dict[str, ItemState]:
    rows = await scene.rows("SELECT subject, state FROM handover_item")
    return {row["subject"]: ItemState(row["state"]) for row in rows}


def said(scene: Stage, since: float) -> list[tuple[str, str, str]]:
    """By whom, to whom and what, through members."""
    return [
        (one.account, one.to, one.text) for one in scene.corp.deliveries
        if one.api == API and one.at.timestamp() >= since
    ]  # fmt: skip


async def test_all_five_states_with_a_kill_in_the_middle(tmp_path: Path) -> None:
    clock = ManualClock(MORNING)
    corp = shop(clock)
    async with opened(tmp_path, corp, clock) as scene:
        await settle_in(scene)
        begun = clock.timestamp()
        handovers = scene.bot.office.moving.handovers
        plan = Plan(
            leaver="liming", kind=HandoverKind.STAYS, takers=["wangfang"], who="boss",
            words="以后由小王为您服务",
        )  # fmt: skip
        await handovers.plan(plan)
        # WeCom does what it is asked, and its answer is lost.
        corp.faults.add(
            Fault(api="externalcontact/transfer_customer", disconnect_after=True, times=1)
        )
        await scene.look("handovers")
        await hold(scene)
        assert await corp.member_confirms_mass("liming") == {}, "it is withdrawn"
        assert set((await states(scene)).values()) == {ItemState.PLANNED}
    async with opened(tmp_path, corp, clock) as scene:  # killed, and started again
        await hold(scene)
        await scene.look("handovers", 5)
        asked = await states(scene)
        assert {asked[one] for one in CUSTOMERS} == {ItemState.WAITING}
        assert asked["wrShop"] is TAKEN, "a group changes hands at once"
        assert corp.groups.groups["wrShop"].owner == "wangfang"
        await hold(scene)
        # Whoever adds him now is greeted by nobody in his name, and comes along.
        corp.add_customer("wmNew", "新客户")
        await corp.customer_adds_member("wmNew", "liming")
        await scene.quiet()
        assert scene.texts("wmNew", "contact") == []
        await scene.look("touches", 6 * HOUR)
        await scene.look("mass")
        assert said(scene, begun) == [], "nobody can write to them before they are handed over"
        await hold(scene)
        await corp.customer_refuses_transfer("wm2")
        await scene.quiet()
        await corp.member_removes_customer("wm3", "liming")
        await scene.quiet()
        await scene.look("handovers", HOUR)
        await hold(scene)
    async with opened(tmp_path, corp, clock) as scene:
        corp.rules.set("transfer_contacts", 2)
        await scene.look("handovers", 17 * HOUR)
        await scene.corp.settled()
        await scene.look("handovers", 2 * HOUR)
        await hold(scene)
        found = await states(scene)
        assert (found["wm1"], found["wm2"], found["wm3"]) == (TAKEN, REFUSED, IMPOSSIBLE)
        assert [found["wm4"], found["wm5"]] == [TAKEN, FULL]
        held = await owners(scene)
        assert {held["touch named wm2"], held["todo t1"], held["touch named wm5"]} == {"boss"}
        assert held["touch named wm1"] == "wangfang"
        assert corp.counts()["refused"].get("40100", 0) == 0
        for _ in range(4):
            await scene.look("touches", 6 * HOUR)
            await scene.look("mass")
            await corp.member_confirms_mass("wangfang")
            await scene.look("mass", 120)
            await scene.look("reminders")
            await hold(scene)
        told = said(scene, begun)
        assert {one[0] for one in told} == {"wangfang"}
        assert {one[1] for one in told} <= {"wm1", "wm4"}
        assert {one[1] for one in told} == {"wm1", "wm4"}
        assert len(set(told)) == len(told), "nothing is said twice"
        notices = [one.to for one in corp.deliveries if one.channel == "app"]
        assert "wangfang" in notices
        assert "liming" not in notices
    assert corp.refusals == []


async def test_whoever_has_left_the_company(tmp_path: Path) -> None:
    clock = ManualClock(MORNING)
    corp = shop(clock)
    async with opened(tmp_path, corp, clock) as scene:
        await settle_in(scene)
        await corp.member_resigns("liming")
        handovers = scene.bot.office.moving.handovers
        plan = Plan(leaver="liming", kind=HandoverKind.LEFT, takers=["wangfang"], who="boss")
        made = await handovers.plan(plan)
        await scene.look("handovers")
        await hold(scene)
        await corp.customer_refuses_transfer("wm2")
        await scene.quiet()
        await scene.look("handovers", DAY)
        await corp.settled()
        await scene.look("handovers", 120)
        found = await states(scene)
        assert {found[one] for one in ("wm1", "wm3", "wm4", "wm5", "wrShop")} == {TAKEN}
        assert found["wm2"] is REFUSED
        assert corp.groups.groups["wrShop"].owner == "wangfang"
        await hold(scene)
        refused = "SELECT member FROM todo WHERE done_at IS NULL AND why = '客户拒绝了接替'"
        assert await scene.rows(refused) == [{"member": "wangfang"}]
        await handovers.try_again(made.id, "zhaoyun")
        assert await scene.rows(refused) == [], "wangfang need not see to them any more"
        await scene.look("handovers", 5)
        await scene.look("handovers", DAY)
        await corp.settled()
        await scene.look("handovers", 120)
        assert set((await states(scene)).values()) == {TAKEN}
        assert set(corp.contacts.followers("wm2")) == {"zhaoyun"}
        assert (await owners(scene))["todo t1"] == "zhaoyun"
        await hold(scene)
    assert corp.refusals == []
