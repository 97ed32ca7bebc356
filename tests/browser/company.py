"""A small company with something on every page, made by its customers and its staff."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copyfile, copytree

from bot.clock import ManualClock
from bot.mockwecom.faults import Fault
from bot.store.audit import Deed
from tests.engine import ROOT
from tests.stage import SHOP, Stage, company, stage

HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}老张😀"
ASKED = ("什么时候发货", "怎么退货", "你们招不招暑假工", "发票怎么开", "有没有门店")


@asynccontextmanager
async def furnished(root: Path) -> AsyncIterator[Stage]:
    """Customers have written, and were answered or not; some of what we said went astray."""
    clock = ManualClock()
    corp = company(clock)
    corp.add_customer("wmHostile", HOSTILE)
    (root / "config").mkdir()
    for name in ("touch.toml", "caps.toml", "calendar.toml", "segments.toml"):
        copyfile(ROOT / "config" / name, root / "config" / name)
    copytree(ROOT / "config/plans", root / "config/plans")
    async with stage(root, corp=corp, clock=clock, ticks=False) as shop:
        await _welcomes(shop)
        await _questions(shop)
        await _groups(shop)
        for sweep in ("contacts.refresh", "profiles", "hearing"):
            await shop.look(sweep, 6)
        await shop.bot.touching.ahead.run()
        await shop.bot.office.note(
            Deed(
                who="boss",
                act="plan.pause",
                subject="spring",
                why="物流停运",
                details="active → paused",
            ),
            Deed(who="liming", act="script.approve", subject="faq/returns", details=HOSTILE),
        )
        yield shop


async def _welcomes(shop: Stage) -> None:
    """One was refused."""
    await shop.corp.customer_adds_member("wm1", "liming", "store_7")
    await shop.quiet()
    shop.corp.faults.add(Fault(api="externalcontact/send_welcome_msg", errcode=41050, times=1))
    await shop.corp.customer_adds_member("wm2", "liming")
    await shop.quiet()
    for customer in ("wm3", "wmHostile"):
        await shop.corp.customer_adds_member(customer, "wangfang", "live_1")
    await shop.quiet()


async def _questions(shop: Stage) -> None:
    """One answer was cut off: nobody knows whether it arrived."""
    shop.corp.faults.add(Fault(api="message/send", disconnect_after=True, times=1))
    await shop.corp.member_writes_app("liming", 1000002, "什么时候发货")
    await shop.quiet()
    for number, words in enumerate(ASKED, 1):
        await shop.corp.customer_writes_kf(f"wm{number}", SHOP, words)
    await shop.corp.customer_writes_kf("wmHostile", SHOP, f"{HOSTILE} 怎么退货")
    await shop.corp.customer_writes_kf("wm4", SHOP, "再这样我就打12315投诉你们")
    await shop.corp.customer_writes_kf("wm5", SHOP, "退订")
    await shop.look("send", 3)


async def _groups(shop: Stage) -> None:
    corp = shop.corp
    mothers = await corp.create_group(
        "liming", f"宝妈交流群 {HOSTILE}", ["wm1", "wm2"], "wrMothers"
    )
    await corp.people_join_group(mothers, ["wm3", "wmHostile"], 3)
    await corp.writes_in_group(mothers, "wm1", "这款奶粉还有货吗", 5)
    await corp.create_group("wangfang", "虹口店福利群", ["wm4"], "wrShop")
    await shop.quiet()
    for sweep in ("groups.refresh", "groups.judge"):
        await shop.look(sweep, 6)
