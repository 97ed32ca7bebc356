"""The board of stores on its page: leaders see and remind their people, operators everybody."""

from pathlib import Path

from bot.clock import ManualClock
from bot.store.desk.staff import Role
from tests.browser.shops import HOSTILE, PLAN, SLOT, stores
from tests.pages import visiting
from tests.stage import company, stage


async def test_leaders_remind_their_own_people(tmp_path: Path) -> None:
    clock = ManualClock()
    (tmp_path / "config/plans").mkdir(parents=True)
    (tmp_path / "config/plans/shop_birthday.toml").write_text(PLAN, "utf-8")
    async with stage(tmp_path, corp=company(clock), clock=clock, ticks=False) as shop:
        await stores(shop)
        form = {"plan": "shop_birthday", "slot": SLOT}
        async with visiting(shop.bot, "liming", Role.LEADER) as pages:
            page = await pages.text("/console/stores")
            assert "虹口龙之梦店" in page
            assert f'<option value="{SLOT}" selected>10月18日</option>' in page
            assert "万象天地店" not in page
            other = await pages.post("/console/stores/remind", data={**form, "member": "m2"})
            assert other.status == 422
            assert (await pages.post("/console/stores/remind", data=form)).status == 200
            assert "上班时间会再催一次" in await pages.text("/console/stores")
        async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
            page = await pages.text("/console/stores")
            assert HOSTILE not in page
            for words in ("到管理后台加进去", "门店没有成员", "已到限额 1", "过期没确认", "87"):
                assert words in page, words
            assert "国贸店" not in await pages.text("/console/stores?standing=late")
            found = await pages.text("/console/stores?name=sh005")
            assert "徐家汇店" in found
            assert "湖滨银泰店" not in found
            assert (await pages.get("/console/stores?after=x&slot=y&plan=z")).status == 200
            assert (await pages.post("/console/stores/remind", data=form)).status == 200
            audit = await pages.text("/console/audit?act=stores.remind")
            assert f'<a href="/console/plans/shop_birthday">秋季店庆 · {SLOT}</a>' in audit
            gone = await pages.post("/console/stores/remind", data={"plan": "x", "slot": "y"})
            assert gone.status == 404
        rows = await shop.rows("SELECT member FROM mass_task WHERE remind_at > 0 ORDER BY id")
        assert [row["member"] for row in rows] == ["liming", "m2"]
