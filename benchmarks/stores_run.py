"""One campaign to many stores, on the mock: planned, made, confirmed, told by the board.

`python -m benchmarks.stores_run STORES EACH` prints what was found.
"""

import asyncio
import json
import logging
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from time import perf_counter

from benchmarks.processes import CHECKOUT
from benchmarks.touch_jobs import resident_mb
from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from bot.plans.condition import OfStores
from bot.store.stores.board import Account, Standing, StoreBoard, Task
from bot.store.stores.stores import StoreTable
from bot.stores.store import Store
from tests.engine import SECRETS
from tests.stage import Stage, stage

FAIL, SLOW = 0.05, 0.20
MORNING = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)  # half past nine in Shanghai
SLOT = "2026-03-10"
PLAN = """
kind = "campaign"
title = "店庆"
scenario = "holiday"
stores = ["all"]
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
say = ["{{ store.name }}店庆，地址 {{ store.address }}，电话 {{ store.phone }}"]
"""


async def main(stores: int, each: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="huashu-bench-") as folder:
        root = Path(folder)
        copytree(CHECKOUT / "scripts_library", root / "scripts_library")
        (root / "scripts_library/shop.toml").write_text(SCRIPT, "utf-8")
        (root / "config/plans").mkdir(parents=True)
        (root / "config/plans/shop.toml").write_text(PLAN, "utf-8")
        clock = ManualClock(MORNING)
        corp = await company(clock, stores, each)
        async with stage(root, corp=corp, clock=clock, ticks=False) as scene:
            return await play(scene, stores, each)


async def company(clock: ManualClock, stores: int, each: int) -> MockCorp:
    corp = MockCorp(clock=clock)
    corp.add_app(1000002, SECRETS["APP_SECRET"], "话术")
    for number in range(stores):
        corp.add_member(f"m{number}", f"导购{number}")
        for one in range(each):
            corp.add_customer(f"wm{number}-{one}", "客户")
            await corp.customer_adds_member(f"wm{number}-{one}", f"m{number}", welcome=False)
    return corp


async def play(scene: Stage, stores: int, each: int) -> dict[str, float]:
    assert isinstance(scene.clock, ManualClock)
    corp, clock, bot = scene.corp, scene.clock, scene.bot
    database = bot.office.database

    async def known() -> bool:
        rows = await scene.rows("SELECT count(*) AS n FROM customer WHERE member <> ''")
        return bool(rows[0]["n"] == stores * each)

    await asyncio.wait_for(_until(known), 600)
    before = resident_mb()
    values = {"address": "示例路 1 号", "phone": "021-0000", "hours": "10:00-22:00"}
    found = [
        Store(id=f"S{one:05}", name=f"{one}号店", members={f"m{one}": ""}, values=values)
        for one in range(stores)
    ]
    await StoreTable(database).put(found, [], clock.timestamp())
    await bot.sweep("stores")
    voices_mb, before, begun = resident_mb() - before, resident_mb(), perf_counter()
    added = (await bot.touching.ahead.run()).added
    plan_s, plan_mb, begun = perf_counter() - begun, resident_mb() - before, perf_counter()
    corp.faults.add(
        Fault(api="externalcontact/add_msg_template", errcode=84074, times=int(stores * FAIL))
    )
    for _ in range(6):
        await scene.look("touches", 600)
    made_s = perf_counter() - begun
    made = {next(iter(one.parts)): one for one in corp.mass.tasks.values()}
    slow = set(random.Random(1).sample(sorted(made), int(stores * SLOW)))
    for member in made.keys() - slow:
        await corp.member_confirms_mass(member, made[member].msgid)
    begun = perf_counter()
    for _ in range(3 * stores // 50 + 3):  # fifty tasks a sweep, as the bot asks for them
        await clock.advance(10)
        await bot.sweep("mass")
    await bot.journal.drain()
    poll_s = perf_counter() - begun
    truth = dict.fromkeys((f"m{one}" for one in range(stores)), Standing.FAILED)
    truth |= dict.fromkeys(made, Standing.DONE) | dict.fromkeys(slow, Standing.ASKED)
    board, task = StoreBoard(database), Task(plan="shop", slot=SLOT, stores=OfStores(("all",)))
    begun = perf_counter()
    counts = await board.count(task)
    count_ms = 1000 * (perf_counter() - begun)
    told, pages = list[Account](), list[float]()
    after = ""
    while True:
        begun = perf_counter()
        page = await board.page(task, after=after)
        pages.append(1000 * (perf_counter() - begun))
        told += page.items
        if not (after := page.after):
            break
    begun = perf_counter()
    late = await board.page(task, standing=Standing.FAILED)
    rare_ms = 1000 * (perf_counter() - begun)
    differ = sum(truth[one.member] != one.standing for one in told) + abs(len(told) - stores)
    differ += sum((Counter(truth.values()) - Counter(counts)).values())
    minutes = Counter(int(one.made_at) // 600 for one in made.values())
    return {
        "planned": added, "plan s": plan_s, "plan mb": plan_mb, "voices mb": voices_mb,
        "made": len(made), "made s": made_s, "poll s": poll_s, "count ms": count_ms,
        "page ms": max(pages), "rare ms": rare_ms, "rare": len(late.items), "differ": differ,
        "failed": counts.get(Standing.FAILED, 0), "asked": counts.get(Standing.ASKED, 0),
        "burst": max(minutes.values()) / len(made), "mb": resident_mb(),
    }  # fmt: skip


async def _until(happened: Callable[[], Awaitable[bool]]) -> None:
    while not await happened():  # noqa: ASYNC110 the bot learns of its customers in real time
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    logging.getLogger("bot").setLevel(logging.CRITICAL)  # what fails is meant to
    print(json.dumps(asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))))
