"""To do, in the sidebar: what is due, sent by one tap, put off in plain words, or dropped."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from urllib.parse import quote

import orjson
import pytest
import pytest_asyncio

from bot.clock import ManualClock
from bot.store.desk import staff
from bot.store.desk.staff import Role
from tests.pages import PART, Pages, visiting
from tests.stage import SHOP, Stage, company, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
MORNING = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # ten o'clock on a Tuesday in Shanghai
VISIT = """
    INSERT INTO todo (id, member, customer, conversation, why, words, created_at)
    VALUES ($1, 'liming', $2, 'contact:liming:', '', '回访', $3)"""
TAB = "/sidebar/todo?customer=wm1"
REMINDER = re.compile(r'data-todo="(reminder:[0-9a-f]+)"')


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """李明 has wm1 and wm2, 王芳 has wm3; wm2 wants a person."""
    clock = ManualClock(MORNING)
    corp = company(clock)
    root = tmp_path_factory.mktemp("todo")
    async with stage(root, corp=corp, clock=clock, ticks=False) as play:
        for customer, member in (("wm1", "liming"), ("wm2", "liming"), ("wm3", "wangfang")):
            await corp.customer_adds_member(customer, member, welcome=False)
        await corp.customer_writes_kf("wm2", SHOP, f"转人工{HOSTILE}")
        await play.quiet()
        yield play


async def tab(pages: Pages, path: str = TAB) -> str:
    return await pages.part(path)


async def remind(
    pages: Pages, words: str, when: str, customer: str = "wm1", whom: str = "customer"
) -> int:
    path = f"/sidebar/todo/reminders?customer={customer}"
    form = {"words": words, "when": when, "for": whom}
    return (await pages.post(path, data=form)).status


async def test_what_is_meant_is_told_before_it_is_saved(shop: Stage) -> None:
    async with visiting(shop.bot, "liming") as pages:
        for when, words in (
            ("明天下午三点", "2026年3月11日 周三 15:00"),
            ("每月1号", "每月"),
            ("昨天", "没有存"),
        ):
            path = f"/sidebar/todo/understand?when={when}"
            page = await pages.part(path)
            assert (words in page) == (words != "没有存"), when
            assert ("存下提醒" in page) == (words != "没有存"), when
        path = "/sidebar/todo/understand?when=每月1号&once=1"
        assert "存下提醒" not in await pages.part(path)
        assert await remind(pages, "x", "哪天都行吧") == 422
        assert await remind(pages, "", "明天下午三点") == 422
        assert await remind(pages, "x", "明天下午三点", "wm3") == 403
    assert await shop.rows("SELECT id FROM reminder") == []


async def test_a_reminder_comes_once_and_is_done_when_its_words_are_sent(shop: Stage) -> None:
    assert isinstance(shop.clock, ManualClock)
    async with visiting(shop.bot, "liming") as pages:
        assert await remind(pages, f"新货来了{HOSTILE}", "半小时后") == 200
        coming = await tab(pages)
        assert "接下来" in coming
        await shop.look("reminders", 1801)
        due = await tab(pages)
        (key,) = set(REMINDER.findall(due))
        assert due.count("新货来了") == 1  # its to-do is not there besides
        in_console = await pages.text("/console/todos")
        assert f"/sidebar/todo/{quote(key)}/done" in in_console, "done, the reminder stays open"
        assert "可以这样说" not in in_console, "one's own reminder was told as to another"
        assert ">2<" in await pages.part("/sidebar/todo/number")  # wm2 waits too
        opened = await pages.part("/sidebar/open?customer=wm1")
        assert ">2<" in opened, "that something is due was seen at its own tab alone"
        now = await tab(pages, "/sidebar/now?customer=wm1")
        assert now.count(f'data-todo="{key}"') == 1, "what is due for them stood at its tab alone"
        assert "<script>alert" not in due + now
        assert "data-todo" not in await tab(pages, "/sidebar/now?customer=wm2")
        for number in range(40):
            of = "wm2" if number < 39 else "wm1"
            await shop.bot.office.database.rows(VISIT, f"visit{number}", of, float(number))
        now = await tab(pages, "/sidebar/now?customer=wm1")
        assert now.count('data-todo="visit') == 1, "it stood behind a page of others"
        await shop.bot.office.database.rows("DELETE FROM todo WHERE id LIKE 'visit%'")
        found = re.findall(r"data-parts='([^']*)' data-script=\"\" data-todo=\"rem", due)
        assert [orjson.loads(unescape(parts))[0]["text"]["content"] for parts in found] == [
            f"新货来了{HOSTILE}"
        ]
        beside_another = await tab(pages, "/sidebar/todo?customer=wm2")
        assert 'data-open="wm1"' in beside_another  # nothing goes into the wrong chat
        form = {"nonce": "ab" * 10, "text": "新货来了", "todo": key, "edited": "1"}
        for _ in range(2):
            assert (await pages.post("/sidebar/sent?customer=wm1", data=form)).status == 200
        await shop.quiet()
        assert "新货来了" not in await tab(pages)
    (row,) = await shop.rows("SELECT state, ended_by FROM reminder")
    assert (row["state"], row["ended_by"]) == (1, "liming")
    open_todos = "SELECT id FROM todo WHERE customer = 'wm1' AND done_at IS NULL"
    assert await shop.rows(open_todos) == []


async def test_a_todo_of_whoever_is_on_duty_is_put_off_and_dropped(shop: Stage) -> None:
    assert isinstance(shop.clock, ManualClock)
    async with visiting(shop.bot, "liming") as pages, visiting(shop.bot, "stranger") as other:
        page = await tab(pages)
        assert "转人工" in page
        assert "\n客户说：" in page, "it stood behind the reason, without a break"
        assert "<script>alert" not in page
        assert "转人工" not in await tab(other, "/sidebar/todo?nobody=1")
        (todo,) = await shop.rows("SELECT id FROM todo WHERE customer = 'wm2'")
        path = f"/sidebar/todo/{todo['id']}"
        for deed in ("done", "later", "drop"):
            assert (await other.post(f"{path}/{deed}", data={"why": "x"})).status == 403
        assert "转人工" in await pages.part(f"{path}/drop")
        assert "今天下午五点" in await pages.part(f"{path}/later")
        assert (await pages.post(f"{path}/later", data={"when": "每月1号"})).status == 422
        done = await pages.post(f"{path}/done", headers=PART)
        assert f'hx-post="{path.replace(":", "%3A")}/undo"' in await done.text()
        assert "转人工" not in await tab(pages)
        assert (await other.post(f"{path}/undo")).status == 403
        assert (await pages.post(f"{path}/undo")).status == 200
        assert (await pages.post(f"{path}/undo")).status == 404  # it is open again
        assert "转人工" in await tab(pages), "办完了 beside 晚点 on a phone: a slip was for good"
        answer = await pages.post(f"{path}/later", data={"when": "", "preset": "一小时后"})
        assert answer.status == 200, await answer.text()
        assert (await pages.post(f"{path}/done")).status == 404  # it is a reminder now
        await shop.look("reminders", 3660)
        page = await tab(pages, "/sidebar/todo?customer=wm2")
        assert "data-send" not in page, "what a colleague is told could be sent to the customer"
        (told,) = await shop.rows("SELECT words FROM todo WHERE done_at IS NULL")
        assert told["words"].startswith("请接待"), "可以这样说 stood before what nobody may say"
        (key,) = set(REMINDER.findall(page))
        again = await pages.post(f"/sidebar/todo/{key}/later", data={"when": "明天上午十点"})
        assert again.status == 200
        assert "都办完了" in await tab(pages)
        assert (await pages.post(f"/sidebar/todo/{key}/drop", data={"why": ""})).status == 422
        assert (
            "/undo" in await (await pages.post(f"/sidebar/todo/{key}/done", headers=PART)).text()
        )
        assert (await pages.post(f"/sidebar/todo/{key}/undo")).status == 200
        dropped = await pages.post(f"/sidebar/todo/{key}/drop", data={"why": "电话里说好了"})
        assert dropped.status == 200
        assert "接下来" not in await tab(pages)
        history = await pages.part("/sidebar/customer/timeline?customer=wm2")
    assert "电话里说好了" in history
    assert await shop.rows("SELECT id FROM todo WHERE done_at IS NULL") == []


async def test_a_note_to_oneself_was_one_tap_from_the_customer(shop: Stage) -> None:
    """And the notice said of it: 可以这样说."""
    async with visiting(shop.bot, "liming") as pages:
        assert "checked><span>给自己的备忘" in await tab(pages)
        assert await remind(pages, "问问鞋子合不合脚", "半小时后", whom="") == 200
        assert "data-send" not in await tab(pages)
        await shop.look("reminders", 1860)
        page = await tab(pages)
        assert "给自己的备忘" in page[: page.index("问问鞋子合不合脚")].rpartition("<article")[2]
        assert "data-send" not in page
        assert "data-edit" not in page
        (told,) = await shop.rows("SELECT words FROM todo WHERE done_at IS NULL")
        assert told["words"].endswith("：问问鞋子合不合脚"), "of whom, it did not say"
        assert "可以这样说" not in told["words"]
        (key,) = set(REMINDER.findall(page))
        assert (await pages.post(f"/sidebar/todo/{key}/done")).status == 200
    assert await shop.rows("SELECT id FROM todo WHERE done_at IS NULL") == []


async def test_one_that_recurs_is_done_for_this_time(shop: Stage) -> None:
    async with visiting(shop.bot, "liming") as pages:
        assert await remind(pages, "月初问候", "每月1号") == 200
        (key,) = set(REMINDER.findall(await tab(pages)))
        before = await shop.rows("SELECT due_at FROM reminder WHERE state = 0")
        done = await pages.post(f"/sidebar/todo/{key}/done", headers=PART)
        assert "/undo" not in await done.text(), "it comes again by itself"
        after = await shop.rows("SELECT due_at FROM reminder WHERE state = 0")
        assert after[0]["due_at"] > before[0]["due_at"]
        assert (await pages.post("/sidebar/todo/reminder:none/done")).status == 404


async def test_a_task_names_the_colleague_who_has_the_customer_too(shop: Stage) -> None:
    await shop.corp.customer_adds_member("wm1", "wangfang", welcome=False)
    await shop.quiet()
    async with visiting(shop.bot, "liming") as mine, visiting(shop.bot, "wangfang") as theirs:
        assert await remind(theirs, "问问尺码", "三小时后") == 200
        assert await remind(mine, "新款到了", "两小时后") == 200
        page = await tab(mine)
        assert "王芳" in page or "wangfang" in page
        assert "最近在聊，也设了提醒" in page
        assert "也加着这位客户" in await tab(theirs)


async def test_the_console_did_not_tell_of_what_is_nobody_s(shop: Stage) -> None:
    """The overview said 0 above a list of one, and the sidebar had it too."""
    insert = """
        INSERT INTO todo (id, member, customer, conversation, why, words, created_at)
        VALUES ('nobody', '', 'wm1', 'kf:wkShop:wm1', '', '门店里有人等', $1)"""
    await shop.bot.office.database.rows(insert, shop.clock.timestamp())
    async with (
        visiting(shop.bot, "zhou", Role.LEADER) as leader, visiting(shop.bot, "stranger") as other,
        visiting(shop.bot, "liming", leader="zhou") as mine,
    ):  # fmt: skip
        assert "门店里有人等" in await tab(mine, "/sidebar/todo?nobody=1")
        for pages in (mine, leader):
            overview = await pages.text("/console")
            (number,) = re.findall(r"<b>(\d+)</b><small><a href=\"/console/todos", overview)
            listed = await pages.text("/console/todos")
            assert int(number) == listed.count("<tr>") - 1
            assert "门店里有人等" in listed
        assert (await other.post("/sidebar/todo/nobody/done")).status == 403
        assert (await leader.post("/sidebar/todo/nobody/done")).status == 200


async def test_a_leader_did_the_reminder_of_who_is_switched_off_and_it_stayed_open(
    shop: Stage,
) -> None:
    """And it read as if that colleague had one of their own besides."""
    assert isinstance(shop.clock, ManualClock)
    database, at = shop.bot.office.database, shop.clock.timestamp()
    stands = "SELECT member, state, ended_by FROM reminder WHERE words = '看看新款'"
    waiting = "SELECT id, member FROM todo WHERE customer = 'wm3' AND done_at IS NULL"
    async with visiting(shop.bot, "wangfang") as theirs:
        assert await remind(theirs, "看看新款", "半小时后", "wm3") == 200
    found = await staff.find(database, "wangfang")
    assert found is not None
    await staff.put(database, replace(found, leader="liming", active=False), at)
    await shop.bot.office.desk.refresh(database)
    await shop.look("reminders", 1860)
    async with visiting(shop.bot, "liming") as pages:
        page = await tab(pages)
        task = page[: page.index("看看新款")].rpartition("<article")[2]
        assert "原来是 wangfang 的" in task
        assert "也加着" not in task
        assert "msgtype" in task, "its words are not ready"
        (todo,) = await shop.rows(waiting)
        path = f"/sidebar/todo/{todo['id']}"
        assert (await pages.post(f"{path}/later", data={"when": "一小时后"})).status == 200
        assert await shop.rows(waiting) == []
        assert (await shop.rows(stands))[0]["state"] == 0
        await shop.look("reminders", 3660)
        (todo,) = await shop.rows(waiting)
        assert todo["member"] == "liming"
        assert (await pages.post(f"/sidebar/todo/{todo['id']}/done")).status == 200
        await shop.clock.advance(5 * 3600)
        assert "今天下午五点" not in await tab(pages), "it is over, and was refused when tapped"
    assert await shop.rows(waiting) == []
    (row,) = await shop.rows(stands)
    assert (row["member"], row["state"], row["ended_by"]) == ("wangfang", 1, "liming")


async def test_who_waits_for_an_answer_stood_below_every_older_birthday(shop: Stage) -> None:
    insert = """
        INSERT INTO todo (id, member, customer, conversation, why, words, created_at)
        VALUES ($1, 'liming', 'wm1', $2, '', $3, $4)"""
    at, database = shop.clock.timestamp(), shop.bot.office.database
    for number in range(35):
        told_by = "contact:liming:wm1" if number % 2 else "signal:wm1"  # the shop's: they paid
        await database.rows(
            insert, f"old{number:02}", told_by, f"生日{number:02}", at - 9e6 + number
        )
    for number in range(2):
        row = (f"new{number}", f"kf:{SHOP}:wm{number}", f"在等{number}", at + number)
        await database.rows(insert, *row)
    async with visiting(shop.bot, "liming") as pages:
        page = await tab(pages, "/sidebar/todo?customer=wm2")
        assert page.index("在等0") < page.index("在等1") < page.index("生日00")
        (more,) = re.findall(r'hx-get="(/sidebar/todo/list[^"]*at=[^"]*)"', page)
        rest = await tab(pages, unescape(more))
    assert re.findall("生日[0-9]{2}", page + rest) == [f"生日{number:02}" for number in range(35)]
    assert "在等" not in rest
