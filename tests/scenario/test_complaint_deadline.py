"""Leaders see on the page of complaints how long somebody has to answer."""

from datetime import UTC, datetime
from pathlib import Path

from bot.clock import ManualClock
from bot.store.customers.cases import Cases
from bot.store.desk.staff import Role
from tests.pages import visiting
from tests.stage import SHOP, company, stage

NEARLY_NINE = datetime(2026, 3, 10, 12, 50, tzinfo=UTC)  # in the evening, in Shanghai


async def test_the_page_of_complaints_told_no_deadline(tmp_path: Path) -> None:
    """It said since when they wait alone; the night does not count."""
    clock = ManualClock(NEARLY_NINE)
    async with (
        stage(tmp_path, corp=company(clock), clock=clock, ticks=False) as shop,
        visiting(shop.bot, "wangfang", Role.OPERATOR) as pages,
    ):
        await shop.corp.customer_writes_kf("wm1", SHOP, "再这样我就打12315投诉你们")
        await shop.quiet()
        (case,) = await Cases(shop.bot.office.database).open(None)
        await clock.advance(2 * 3600)
        assert "工作时间还剩 20 分钟" in await pages.text("/console/complaints")
        page = await pages.text(f"/console/complaints/{case.seq}")
        assert "工作时间还剩 20 分钟，再没人回就告诉主管" in page
