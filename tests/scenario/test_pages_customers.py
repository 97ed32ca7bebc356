"""Customers on pages: hostile names stay text, segments are kept, brakes are lifted by people."""

import re
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.clock import SystemClock
from bot.mockwecom.faults import Fault
from bot.store.customers.sync_rounds import SyncRounds
from bot.store.desk.audit import Deed
from bot.store.desk.staff import Role
from tests.engine import configured
from tests.pages import visiting
from tests.stage import SHOP, Stage, company, stage

HOSTILE = "<script>alert(1)</script>{{7*7}}\"'><img src=x>"
PLAN = """
kind = "campaign"
title = "宝妈周"
scenario = "promotion"
on = 2099-03-20
say = [{ whom = "mothers", script = "holiday/spring_festival" }]
"""
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root: Path = tmp_path_factory.mktemp("shop")
    configured(root, "segments.toml")
    clock = SystemClock()
    corp = company(clock)
    corp.add_customer("wmHostile", HOSTILE)
    async with stage(root, corp=corp, clock=clock, ticks=False) as opened:
        await corp.customer_adds_member("wmHostile", "liming", HOSTILE[:20])
        await corp.customer_adds_member("wm1", "wangfang")
        await opened.quiet()
        await opened.look("contacts.refresh")
        await corp.customer_writes_kf("wm1", SHOP, "再这样我就打12315投诉你们")
        await opened.quiet()
        yield opened


async def test_a_hostile_name_stays_text(shop: Stage) -> None:
    async with visiting(shop.bot, "boss", Role.ADMIN) as pages:
        page = await pages.text("/console/customers")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "7*7" not in page  # a nickname of 200 characters pushed all columns off the page


async def test_members_see_their_own(shop: Stage) -> None:
    async with visiting(shop.bot, "liming") as pages:
        page = await pages.text("/console/customers")
        assert "&lt;script&gt;alert(1)" in page
        assert "客户1" not in page
    async with visiting(shop.bot, "head", Role.LEADER) as pages:
        assert "12315" not in await pages.text("/console/brakes")
        assert (await pages.get("/console/brakes/wm1/complaint")).status == 404
    async with (
        visiting(shop.bot, "wangfang", leader="head"),
        visiting(shop.bot, "head", Role.LEADER) as pages,
    ):
        assert "12315" in await pages.text("/console/brakes")


async def test_a_segment_is_kept_and_counted(shop: Stage) -> None:
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        form = {"name": "fresh", "title": "新客", "added_within_days": "7"}
        assert (await pages.post("/console/segments", data=form)).status == 200
        assert "新客" in await pages.text("/console/segments")
        assert "客户1" in await pages.text("/console/customers?segment=fresh")
        wrong = {"name": "A b", "any_tag": "没有这个标签"}
        answer = await pages.post("/console/segments", data=wrong)
        assert answer.status == 422
        page = await answer.text()  # it stood above all, and told to add to [known] of a file
        for field, told in (
            ("title", "给它起个名称"), ("name", "也可以不填"),
            ("any_tag", "没有标签「没有这个标签」。现有的："),
        ):  # fmt: skip
            assert told in page.partition(f'id="f-{field}"')[2].partition("</div>")[0]
        assert 'name="any_tag" value="没有这个标签"' in page
        none = await pages.post("/console/segments", data={"title": "谁都行"})
        assert "没有写条件" in await none.text()
        assert "segments.toml" not in await none.text()


async def test_a_segment_names_any_tag_that_the_company_has(shop: Stage) -> None:
    """An operator was told to add it to [known] tags of a file that they cannot see."""
    await shop.rows(
        "INSERT INTO customer_tag (tag, customer) VALUES ('包裹卡', 'wm1') RETURNING tag"
    )
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        form = {"title": "包裹卡来的", "any_tag": "包裹卡、VIP"}
        assert (await pages.post("/console/segments", data=form)).status == 200
        assert "包裹卡来的" in await pages.text("/console/segments")
        book = shop.bot.touching.plans.book.segments
        assert "包裹卡" in book.words.tags
        (name,) = (one for one, title in book.titles.items() if title == "包裹卡来的")
        page = await pages.text(f"/console/segments?change={name}")
        assert 'name="any_tag" value="包裹卡、VIP"' in page
        assert f'name="was" value="{name}"' in page
        assert "change=buyers" not in page, "it says what the form cannot"
        form = {
            "was": name, "title": "包裹卡来的", "no_tag": "VIP", "stage": "loyal",
            "source": "store_7", "member": "liming", "birthday_month": "5",
        }  # fmt: skip
        assert (await pages.post("/console/segments", data=form)).status == 200
        async with visiting(shop.bot, "boss", Role.ADMIN) as boss:
            audit = await boss.text("/console/audit?act=segment.keep")
        assert f'<a href="/console/customers?segment={name}">包裹卡来的</a>' in audit
        page = await pages.text(f"/console/segments?change={name}")
        assert '<option value="5" selected>5 月</option>' in page, (
            "a birthday was for the file alone"
        )
        stale = form | {"seen": "0", "title": "别的"}
        overtaken = await (await pages.post("/console/segments", data=stale)).text()
        assert "别人改过" in overtaken, "it took the place of theirs in silence"
        seen = re.search(r'name="seen" value="(\w+)"', overtaken)
        assert seen is not None
        assert (await pages.post("/console/segments", data=form | {"seen": seen[1]})).status == 200
        form["was"] = "buyers"
        assert "重新打开" in await (await pages.post("/console/segments", data=form)).text()
    assert _segments(shop)[name] == {
        "title": "包裹卡来的", "no_tag": ["VIP"], "stage": ["loyal"],
        "source": ["store_7"], "member": ["liming"], "birthday_month": [5],
    }  # fmt: skip


async def test_a_segment_that_the_form_cannot_say_tells_where_it_is_changed(shop: Stage) -> None:
    """It had neither 修改 nor 删除, and nothing told why."""
    for who, role, told in (
        ("op", Role.OPERATOR, "要改请找管理员"),
        ("boss", Role.ADMIN, 'href="/console/settings/files/segments.toml">条件在文件里改'),
    ):
        async with visiting(shop.bot, who, role) as pages:
            page = await pages.text("/console/segments")
            assert told in page.partition("segment=buyers")[2].partition("</tr>")[0]
            assert told not in page.partition("segment=mothers")[2].partition("</tr>")[0]


async def test_a_segment_that_was_made_here_stayed_for_good(shop: Stage) -> None:
    path, root = "/console/segments/drop", shop.bot.office.settings.root
    plan, plans = root / "config/plans/mums.toml", shop.bot.touching.plans
    plan.parent.mkdir(exist_ok=True)
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        page = await pages.text("/console/segments")
        assert page.count(path) == len(re.findall("change=", page)) > 0
        assert (await pages.post(path, data={"name": "buyers"})).status == 404  # by hand
        plan.write_text(PLAN, "utf-8")
        for _ in range(2):
            await plans.sweep()
        refused = await pages.post(path, data={"name": "mothers"})
        assert (refused.status, "计划“宝妈周”在用它" in await refused.text()) == (409, True)
        plan.unlink()
        for _ in range(2):
            await plans.sweep()
        assert (await pages.post(path, data={"name": "mothers"})).status == 200
        assert "mothers" not in plans.book.segments
        async with visiting(shop.bot, "boss", Role.ADMIN) as boss:
            assert "删除人群" in await boss.text("/console/audit")
    assert "mothers" not in _segments(shop)


def _segments(shop: Stage) -> dict[str, Any]:
    text = (shop.bot.office.settings.root / "config/segments.toml").read_text("utf-8")
    found: dict[str, Any] = tomllib.loads(text)["segment"]
    return found


async def test_a_person_lifts_a_complaint_with_a_reason(shop: Stage) -> None:
    async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
        path = "/console/brakes/wm1/complaint"
        assert "12315" in await pages.text(path)
        assert (await pages.post(path)).status == 422
        assert (await pages.post(path, data={"why": "已致歉"})).status == 200
        assert (await pages.post(path, data={"why": "再来"})).status == 404
        page = await pages.text("/console/brakes")
        assert "已致歉" in page
        assert ">客户1</a></td>" in page
    message = (await shop.rows("SELECT id FROM message WHERE via = 'service_session'"))[0]["id"]
    async with visiting(shop.bot, "boss", Role.ADMIN) as pages:
        await shop.bot.office.note(
            Deed(who="op", act="message.drop", subject=message),
            Deed(who="op", act="referral.accept", subject="spring:99"),
        )
        page = await pages.text("/console/audit")
        assert ">客户1</a>" in page
        assert ">发给客户1的消息<" in page
        assert ">spring</a>" in page  # a campaign that is gone, and nobody known
        assert f">{message}<" not in page
    rows = await shop.rows("SELECT braked_at FROM customer WHERE id = 'wm1'")
    assert rows == [{"braked_at": None}]


async def test_what_no_callback_told_is_caught_up_with(shop: Stage) -> None:
    async with visiting(shop.bot, "boss", Role.ADMIN) as pages:
        shop.corp.faults.add(Fault(api="callback", drop=True, times=1))
        await shop.corp.customer_adds_member("wm3", "wangfang")
        assert "job-" in await (await pages.post("/console/customers/sync")).text()

        async def ended() -> bool:
            last = await SyncRounds(shop.bot.office.database).last()
            return last[0].ended_at is not None and not last[0].initial

        await shop.until(ended)
        page = await pages.text("/console/customers/sync")
    assert "客户3" in page
    assert "新加的好友" in page
