"""One campaign of sixty stores on the mock: the board equals the truth, whatever went wrong."""

from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from bot.plans.condition import OfStores
from bot.store.stores.board import Account, Standing, StoreBoard, Task
from bot.store.stores.stores import StoreTable
from bot.stores.execution import cure, score
from bot.stores.store import Store
from tests.engine import ROOT, SECRETS
from tests.stage import Stage, stage

MORNING = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)  # half past nine on a Tuesday in Shanghai
STORES, FAIL, SLOW, EACH = 60, 3, 12, 2
NOT_VISIBLE = 84074
PLAN = """
kind = "campaign"
title = "店庆"
scenario = "holiday"
stores = ["tag:华东"]
on = 2026-03-10
hours = "09:30-10:30"
deadline = "+1 day 20:00"
script = "shop/birthday"
"""
SCRIPT = """
[[script]]
id = "shop/birthday"
title = "店庆"
category = "news"
persona = "小话"
say = ["{{ store.tone or '您好' }}，{{ store.name }}店庆，来坐坐。{{ store.phone }} {{ persona }}"]
"""


def company(clock: ManualClock) -> MockCorp:
    corp = MockCorp(clock=clock)
    corp.add_app(1000002, SECRETS["APP_SECRET"], "话术")
    for number in range(STORES):
        corp.add_member(f"m{number:02}", f"导购{number}")
        for one in range(EACH):
            corp.add_customer(f"wm{number:02}-{one}", "客户")
    return corp


def stores() -> list[Store]:
    """The first lacks its phone, the second has nobody, and one more is not meant."""
    found = [
        Store(
            id=f"S{number:02}", name=f"{number}号店", persona=f"小{number}", tags=("华东",),
            members={} if number == 1 else {f"m{number:02}": ""},
            values={} if number == 0 else {"phone": f"021-{number:04}"},
        )
        for number in range(STORES)
    ]  # fmt: skip
    return [*found, Store(id="N01", name="北方店", members={"nobody": ""}, tags=("华北",))]


async def whole(board: StoreBoard, task: Task) -> list[Account]:
    found, after = list[Account](), ""
    while True:
        page = await board.page(task, after=after, limit=7)
        found += page.items
        if not (after := page.after):
            return found


async def standings(board: StoreBoard, task: Task) -> dict[str, Standing]:
    found = {one.store: one.standing for one in await whole(board, task)}
    counts = await board.count(task)
    assert counts == {one: list(found.values()).count(one) for one in set(found.values())}
    return found


async def begun(root: Path, scene: Stage) -> None:
    database = scene.bot.office.database
    for number in range(3, STORES):  # the third member has no customers
        for one in range(EACH):
            customer, member = f"wm{number:02}-{one}", f"m{number:02}"
            await scene.corp.customer_adds_member(customer, member, welcome=False)
    for one in range(EACH):
        await scene.corp.customer_adds_member(f"wm00-{one}", "m00", welcome=False)
    await scene.quiet()
    await StoreTable(database).put(stores(), [], scene.clock.timestamp())
    await scene.bot.sweep("stores")
    (root / "config/plans/shop.toml").write_text(PLAN, "utf-8")
    for _ in range(2):
        await scene.bot.sweep("plans")
    assert scene.bot.touching.plans.complaints == ()
    await scene.bot.touching.ahead.run()


async def test_the_board_equals_the_truth(tmp_path: Path) -> None:
    copytree(ROOT / "scripts_library", tmp_path / "scripts_library")
    (tmp_path / "scripts_library/shop.toml").write_text(SCRIPT, "utf-8")
    (tmp_path / "config/plans").mkdir(parents=True)
    clock = ManualClock(MORNING)
    corp = company(clock)
    task = Task(plan="shop", slot="2026-03-10", stores=OfStores(("tag:华东",)))
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as scene:
        await begun(tmp_path, scene)
        database = scene.bot.office.database
        board = StoreBoard(database)
        truth = {f"S{number:02}": Standing.PLANNED for number in range(STORES)}
        truth |= {"S01": Standing.NO_MEMBER, "S02": Standing.NO_CUSTOMERS}
        assert await standings(board, task) == truth
        api = "externalcontact/add_msg_template"
        corp.faults.add(Fault(api=api, errcode=NOT_VISIBLE, times=FAIL))
        for _ in range(6):
            await scene.look("touches", 600)
        await scene.look("mass")
        made = {next(iter(one.parts)): one for one in corp.mass.tasks.values()}
        assert len(made) == STORES - 3 - FAIL  # one lacks words, one members, one customers
        assert len({int(one.made_at) // 60 for one in made.values()}) >= 5, "one by one"
        for member, one in made.items():
            number = int(member[1:])
            assert one.text == f"您好，{number}号店店庆，来坐坐。021-{number:04} 小{number}"
        slow = sorted(made)[:SLOW]
        for member in made.keys() - set(slow):
            await corp.member_confirms_mass(member)
        await scene.look("mass", 600)
        await scene.look("mass", 600)
        truth = {f"S{member[1:]}": Standing.DONE for member in made}
        failed = {f"S{number:02}" for number in range(3, STORES)} - truth.keys()
        assert len(failed) == FAIL
        truth |= dict.fromkeys(("S00", *failed), Standing.FAILED)
        truth |= {"S01": Standing.NO_MEMBER, "S02": Standing.NO_CUSTOMERS}
        truth |= {f"S{member[1:]}": Standing.ASKED for member in slow}
        assert await standings(board, task) == truth
        told = {one.store: one for one in await whole(board, task)}
        assert "门店资料缺电话" in told["S00"].zh
        assert {told[one].errcode for one in failed} == {NOT_VISIBLE}
        assert all("可见范围" in cure(told[one])[0] for one in failed)
        assert {score(told[one]) for one in truth if truth[one] is Standing.DONE} == {100}
        # One leader's people alone, then all: each is reminded once, in working hours.
        now, own = clock.timestamp(), StoreBoard(database, (slow[0],))
        assert await own.remind(task, now, most=3) == slow[:1]
        assert await board.remind(task, now, most=3) == slow[1:]
        assert await board.remind(task, now, most=3) == []
        for _ in range(2):
            await scene.look("mass", 60)
        assert {len(made[one].reminded_at) for one in slow} == {1}
        truth |= {f"S{member[1:]}": Standing.REMINDED for member in slow}
        assert await standings(board, task) == truth
        for member in slow[1:]:
            await corp.member_confirms_mass(member)
        for _ in range(20):  # the last one is asked again in the morning, by another task
            await scene.look("mass", 7200)
            await scene.look("touches")
        truth |= {f"S{member[1:]}": Standing.DONE for member in slow}
        truth[f"S{slow[0][1:]}"] = Standing.LATE
        assert await standings(board, task) == truth
        scores = {one.store: score(one) for one in await whole(board, task)}
        assert (scores[f"S{slow[0][1:]}"], scores[f"S{slow[1][1:]}"]) == (0, 90)
        arrived = [one for one in corp.deliveries if one.channel == "contact"]
        assert len(arrived) == EACH * (len(made) - 1)
