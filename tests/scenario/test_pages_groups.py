"""Groups on pages: owners see their own, operators say what kind one is."""

from pathlib import Path

from bot.clock import SystemClock
from bot.store.staff import Role
from tests.pages import visiting
from tests.stage import company, stage

HOSTILE = "<script>alert(1)</script>"


async def test_owners_see_their_groups_and_operators_name_the_kind(tmp_path: Path) -> None:
    clock = SystemClock()
    corp = company(clock)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as shop:
        await corp.create_group("liming", f"宝妈群{HOSTILE}", ["wm1", "wm2"], "wrMothers")
        await corp.create_group("wangfang", "虹口店", ["wm3"], "wrShop")
        await shop.quiet()
        await shop.look("groups.refresh")
        async with visiting(shop.bot, "liming") as pages:
            page = await pages.text("/console/groups")
            assert "宝妈群&lt;script&gt;" in page
            assert "虹口店" not in page
            assert "客户1" in await pages.text("/console/groups/wrMothers")
            assert (await pages.get("/console/groups/wrShop")).status == 404
            assert "虹口店" not in await pages.text("/console/groups?owner=wangfang")
        async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
            path = "/console/groups/wrShop"
            assert (await pages.post(f"{path}/kind", data={"kind": "odd"})).status == 422
            assert (await pages.post(f"{path}/kind", data={"kind": "vip"})).status == 200
            assert "虹口店" in await pages.text("/console/groups?kind=vip")
            assert (await pages.post(f"{path}/kind", data={"kind": "auto"})).status == 200
    assert HOSTILE not in page
