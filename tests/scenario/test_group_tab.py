"""The tab 群 in the sidebar: figures, who needs attention, next posts, frequent questions."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from bot.clock import ManualClock
from bot.store.customers.people import braked, planned, tagged
from bot.store.desk.staff import Role
from bot.store.groups.groups import Groups
from bot.store.journal import Write
from bot.touch.touch import Scenario, Touch
from tests.engine import configured
from tests.pages import PART, visiting
from tests.stage import Stage, company, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
MORNING = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # ten o'clock on a Tuesday in Shanghai
TAB = "/sidebar/group?chat=wrShop"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """李明 owns a group with wm1, wm2 and wm3; he has wm1, 王芳 has wm2 and wm3."""
    clock = ManualClock(MORNING)
    corp = company(clock)
    corp.add_customer("wm2", f"二{HOSTILE}")
    root = tmp_path_factory.mktemp("group")
    configured(root, "segments.toml", "calendar.toml")
    async with stage(root, corp=corp, clock=clock, ticks=False) as play:
        for customer, member in (("wm1", "liming"), ("wm2", "wangfang"), ("wm3", "wangfang")):
            await corp.customer_adds_member(customer, member, welcome=False)
        await corp.create_group("liming", f"福利群{HOSTILE}", ["wm1", "wm2", "wm3"], "wrShop")
        await play.quiet()
        await play.look("contacts.refresh", 6)
        await play.look("groups.refresh", 6)
        at = clock.timestamp()
        for more in (tagged("wm1", ["VIP"], at), braked("wm1", at, "差评"), braked("wm3", at)):
            await play.bot.journal.write(Write(more=more))
        yield play


async def test_who_needs_attention_is_told_as_far_as_one_may_know(shop: Stage) -> None:
    async with (
        visiting(shop.bot, "liming") as owner,
        visiting(shop.bot, "boss", Role.ADMIN) as boss,
    ):
        page = await owner.part(TAB)
        head = await owner.part("/sidebar/open?chat=wrShop")
        everything = await boss.part(TAB)
    assert page.count("投诉过") == 1  # wm3's complaint is for those who serve them
    assert everything.count("投诉过") == 2
    assert page.count("刚进群，还没打招呼") == 3
    assert ">VIP</span>" in page
    assert 'data-open="wm1"' in page
    assert 'data-open="wm2"' not in page
    for text in (page, head):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    assert "本群" in head


async def test_whoever_writes_into_the_group_has_greeted(shop: Stage) -> None:
    assert isinstance(shop.clock, ManualClock)
    await shop.clock.advance(60)
    async with visiting(shop.bot, "liming") as owner:
        form = {"nonce": "cd" * 10, "text": "欢迎新朋友", "script": "", "edited": "1"}
        assert (await owner.post("/sidebar/sent?chat=wrShop", data=form)).status == 200
        await shop.quiet()
        page = await owner.part(TAB)
    assert "刚进群" not in page
    assert "投诉过" in page


async def test_what_is_posted_next_and_what_is_asked_often(shop: Stage) -> None:
    now = shop.clock.now()
    touches = [
        Touch(
            plan="topics", slot=f"d{days}", customer="wrShop", scenario=Scenario.HOLIDAY,
            script="chat/bye", due_at=now + timedelta(days=days),
            deadline=now + timedelta(days=days + 1), to="group",
        )
        for days in (1, 30)
    ]  # fmt: skip
    await shop.bot.journal.write(Write(more=planned(touches)))
    title = shop.bot.office.desk.edition.library["chat/bye"].title
    async with visiting(shop.bot, "liming") as owner:
        page = await owner.part(TAB)
        found = await owner.part("/sidebar/scripts/find?chat=wrShop&q=th&scope=faq")
        greetings = await owner.part("/sidebar/scripts/find?chat=wrShop&scope=greeting")
    assert "您好" in greetings
    assert "福利群" not in greetings  # nobody is called by the name of the group
    assert page.count(title) == 1  # within a week
    assert "data-send" in found


async def test_it_says_that_the_bot_is_off_in_the_group(shop: Stage) -> None:
    """The owner saw an empty list, and thought that nobody asked."""
    await Groups(shop.bot.office.database).switch(["wrShop"], shop.clock.timestamp())
    path, off = "/sidebar/group/on?chat=wrShop", "这个群里关掉了机器人"
    async with (
        visiting(shop.bot, "liming") as owner,
        visiting(shop.bot, "boss", Role.ADMIN) as boss,
    ):
        page = await owner.part(TAB)
        assert off in page
        assert page.count("不发：机器人已关") == 1
        assert ("要打开请找运营" in page, path in page) == (True, False)
        assert (await owner.post(path, headers=PART)).status == 403
        assert "重新打开机器人" in await boss.part(TAB)
        assert off not in await (await boss.post(path, headers=PART)).text()
        assert off not in await owner.part(TAB)
    assert shop.bot.office.desk.groups_off == frozenset()


async def test_others_see_nothing_of_it(shop: Stage) -> None:
    async with visiting(shop.bot, "wangfang") as other:
        assert (await other.get(TAB, headers=PART)).status == 403
        assert (await other.get("/sidebar/group?customer=wm2", headers=PART)).status == 422
