"""The board of stores on its page: leaders see and remind their people, operators everybody."""

import re
from pathlib import Path

from bot.clock import ManualClock
from bot.store.desk.staff import Role
from tests.browser.shops import HOSTILE, PLAN, SLOT, stores
from tests.pages import visiting
from tests.stage import company, stage

NEW = "/console/plans/new"


async def test_leaders_remind_their_own_people(tmp_path: Path) -> None:
    clock = ManualClock()
    (tmp_path / "config/plans").mkdir(parents=True)
    (tmp_path / "config/plans/shop_birthday.toml").write_text(PLAN, "utf-8")
    coming = PLAN.replace("2026-10-18", "2027-10-18").replace("秋季店庆", "明年店庆")
    (tmp_path / "config/plans/a_coming.toml").write_text(coming, "utf-8")
    async with stage(tmp_path, corp=company(clock), clock=clock, ticks=False) as shop:
        await stores(shop)
        form = {"plan": "shop_birthday", "slot": SLOT}
        async with visiting(shop.bot, "liming", Role.LEADER) as pages:
            page = await pages.text("/console/stores")  # of several plans, what waits is seen
            assert '<option value="shop_birthday" selected>' in page
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


async def test_a_campaign_for_two_stores_could_be_made_in_a_file_alone(tmp_path: Path) -> None:
    """The form did not ask for stores, and the plan's page told them by their ids."""
    clock, path = ManualClock(), "/console/plans/two"
    form = {
        "id": "two", "kind": "campaign", "title": "两店店庆", "scenario": "promotion",
        "script": "holiday/birthday", "mode": "date", "date": f"{clock.now().date()}",
        "stores": ["SH004", "GZ002"],
    }  # fmt: skip
    async with (
        stage(tmp_path, corp=company(clock), clock=clock, ticks=False) as shop,
        visiting(shop.bot, "op", Role.OPERATOR) as pages,
    ):
        assert 'name="stores"' not in await pages.text(NEW)  # there is none to choose
        await shop.corp.customer_adds_member("wm1", "liming")
        await shop.corp.customer_adds_member("wm2", "wangfang")
        await shop.quiet()
        await stores(shop)
        first = await pages.text(NEW)
        for value in ("all", "tag:秋季", "SH004", "CD007"):
            assert f'name="stores" value="{value}"' in first
        assert HOSTILE not in first
        third = await (await pages.post(NEW, data={**form, "go": "3"})).text()
        assert "所有客户 · 虹口龙之梦店、天河城店 · " in third
        assert "共 1 条" in await pages.outcome(third)  # not wangfang's
        second = {**form, "stores": "SH004\r\nGZ002", "go": "make"}  # as a page keeps the first
        await pages.post(NEW, data=second)
        page = await pages.text(path)
        assert "所有客户 · 虹口龙之梦店、天河城店" in page
        assert "现在符合 1 位" in page
        assert "两店店庆" in await pages.text("/console/stores?plan=two")
        change = await pages.text(f"{path}/change")
        ticked = re.findall(r'name="stores" value="(\S+)" checked', change)
        assert ticked == ["GZ002", "SH004"]
        seen = re.search(r'name="seen" value="([^"]+)"', change)
        assert seen is not None
        fewer = {**form, "stores": "SH004", "seen": seen[1], "go": "3"}
        last = await (await pages.post(f"{path}/change", data=fewer)).text()
        assert "天河城店" in last
        assert "GZ002" not in last.partition("改了什么")[2]


async def test_that_another_plan_says_the_same_was_told_only_once_it_was_made(
    tmp_path: Path,
) -> None:
    """The last look before 确认 kept silent about it."""
    clock = ManualClock()
    form = {
        "kind": "campaign", "title": "店庆", "scenario": "promotion", "mode": "date",
        "script": "holiday/birthday", "date": f"{clock.now().date()}",
    }  # fmt: skip
    async with (
        stage(tmp_path, corp=company(clock), clock=clock, ticks=False) as shop,
        visiting(shop.bot, "op", Role.OPERATOR) as pages,
    ):
        await stores(shop)
        one = {**form, "id": "one", "stores": "SH004", "go": "make"}
        await pages.post(NEW, data=one)
        for chosen, told in (("SH004", True), ("GZ002", False)):
            last = await pages.post(NEW, data={**form, "stores": chosen, "go": "3"})
            assert ('href="/console/plans/one"' in await last.text()) is told


async def test_two_tasks_of_one_member_were_told_as_two_who_have_not_confirmed(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    (tmp_path / "config/plans").mkdir(parents=True)
    (tmp_path / "config/plans/shop_birthday.toml").write_text(PLAN, "utf-8")
    async with (
        stage(tmp_path, corp=company(clock), clock=clock, ticks=False) as shop,
        visiting(shop.bot, "op", Role.OPERATOR) as pages,
    ):
        await stores(shop)
        for again in (2, 3):  # one of a quota that was used up, asked for again the next day
            await shop.bot.office.database.rows(
                "INSERT INTO mass_task (id, plan, slot, member, chunk, state, created_at, "
                "reminders) VALUES ($1, 'shop_birthday', $2, 'liming', $3, 1, 1.0, 0)",
                f"again{again}", SLOT, again,
            )  # fmt: skip
        assert "2 位同事还没确认" in await pages.text("/console/plans/shop_birthday")
