"""What the sidebar reads: notes, what happened, to-dos, who needs attention; on both databases."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from bot.outbox import todo_of
from bot.store.customers.card import profile, serving
from bot.store.customers.serving import Reach, is_served, look_for
from bot.store.customers.talk import talk, unanswered
from bot.store.customers.timeline import FILTERS, What, timeline
from bot.store.desk import audit, notes
from bot.store.desk.audit import Deed, note
from bot.store.desk.todos import Place, Wanted, scripts_of, todo, todos_of
from bot.store.groups.attention import Why, attention
from bot.store.sql import Database
from bot.touch.touch import Scenario
from tests.databases import BOTH, opened

NOW = 10_000_000.0
ROWS = (
    """INSERT INTO customer (id, name, tags, fetched_at, spread, zone, member, friends, phone)
       VALUES ('wm1', '一', '["VIP"]', 1, 0, '', '', 1, '13812345678')""",
    "INSERT INTO cursor (account, cursor) VALUES ('wkShop', '')",
    """INSERT INTO contact (customer, member, added_at, state, remark)
       VALUES ('wm1', 'liming', 5, 'store_7', '陈姐'), ('wm1', 'wangfang', 6, '', '')""",
    "INSERT INTO customer_date (customer, name, at) VALUES ('wm1', 'tag:VIP', 60)",
    """INSERT INTO brake_step (customer, kind, active, who, why, at)
       VALUES ('wm1', 'complaint', 1, '', '差评', 70)""",
    """INSERT INTO touch (plan, customer, slot, scenario, script, member, receiver, due_at,
                          deadline, state, zh, en, settled_at, task)
       VALUES ('spring', 'wm1', 'a', 1, 'faq/a', 'liming', 'member', 80, 90, 4, '太晚', 'late',
               80, 'touch:1:80')""",
    """INSERT INTO todo (id, member, customer, conversation, why, words, created_at)
       VALUES ('t2', '', 'wm1', 'kf:', 'why', 'words', 2),
              ('t1', 'liming', 'wm1', 'kf:', '', '', 2),
              ('t3', 'wangfang', 'wm1', 'kf:', '', '', 3), ('t4', '', 'wm9', 'kf:', '', '', 4)""",
    """INSERT INTO chat_group_member (chat_id, userid, customer, name, joined_at)
       VALUES ('wr1', 'wm1', TRUE, '一', 9999000), ('wr1', 'wm2', TRUE, '二', 1000),
              ('wr1', 'liming', FALSE, '', 1)""",
    """INSERT INTO group_talk (chat_id, userid, day, messages)
       VALUES ('wr1', 'wm1', '1970-04-20', 3)""",
)
EVENT = """
    INSERT INTO event (id, kind, conversation, body, received_at, state)
    VALUES ($1, $2, $3, $4, $5, 1)"""
MESSAGE = """
    INSERT INTO message (id, event_id, conversation, via, script, body, urgent, created_at, due_at,
                         attempts, state)
    VALUES ('m1', 'e1', 'kf:wkShop:wm1', 'service_session', 'faq/a', $1, FALSE, 12, 12, 1, 2)"""


@pytest.fixture(params=BOTH)
async def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Database]:
    async with opened(request.param, tmp_path_factory.mktemp("beside")) as connection:
        found = Database(connection)
        for text in ROWS:
            await found.rows(text)
        for one, kind, conversation, body, at in (
            ("e1", "MessageReceived", "kf:wkShop:wm1", {"text": "在吗"}, 11.0),
            ("e2", "StaffReplied", "kf:wkShop:wm1", {"servicer": "wangfang", "text": "在"}, 13.0),
            ("e3", "StaffSent", "contact:liming:wm1", {"member": "liming", "text": "好"}, 14.0),
            ("e4", "SignalReceived", "signal:wm1", {"kind": "order_paid", "details": {}}, 15.0),
            ("e5", "MessageReceived", "kf:wkShop:wm2", {"text": "别人"}, 16.0),
        ):
            await found.rows(EVENT, one, kind, conversation, orjson.dumps(body).decode(), at)
        await found.rows(MESSAGE, orjson.dumps({"text": "您好"}).decode())
        yield found


async def test_a_deed_is_found_by_its_day_and_by_what_it_was_done_to(database: Database) -> None:
    """The audit log was to be read through page by page."""
    deed = Deed(who="boss", act="script.retire", subject="faq/A", why="换季", details="@2")
    await note(database, [deed], 76.0)
    await note(database, [Deed(who="liming", act="customer.stage", subject="wm1")], 86.0)

    async def found(**given: Any) -> list[str]:
        return [row["act"] for row in await audit.page(database, None, **given)]

    assert await found() == ["customer.stage", "script.retire"]
    assert await found(days=(76.0, 86.0)) == ["script.retire"]
    for words in ("换季", "@2", "FAQ/a"):
        assert await found(words=words) == ["script.retire"]
    assert await found(words="一") == ["customer.stage"]  # the customer's name
    assert await found(words="毛衣", called=["faq/A"]) == ["script.retire"]
    assert await found(words="毛衣") == []


async def test_all_that_happened_is_one_list(database: Database) -> None:
    await notes.put(database, "wm1", "liming", "月底再问", 75.0)
    await note(database, [Deed(who="liming", act="customer.stage", subject="wm1")], 76.0)
    whole, more = await timeline(database, "wm1")
    assert more is None
    assert [one.what for one in whole] == [
        What.TOUCH, What.DEED, What.NOTE, What.BRAKE, What.TAG, What.SIGNAL, What.STAFF,
        What.STAFF, What.SAID, What.HEARD,
    ]  # fmt: skip
    paged, after = [], None
    while True:
        page, after = await timeline(database, "wm1", after=after, number=3)
        paged += page
        if after is None:
            break
    assert paged == whole
    talk, _ = await timeline(database, "wm1", whats=FILTERS["talk"])
    assert [one.text for one in talk] == ["好", "在", "您好", "在吗"]


async def test_what_a_plan_had_said_did_not_tell_which_plan(database: Database) -> None:
    spoken = MESSAGE.replace("'m1', 'e1'", "'m2', 'touch:1:80'")
    await database.rows(spoken, orjson.dumps({"text": "春装到了"}).decode())
    whole, _ = await timeline(database, "wm1")
    assert What.TOUCH not in {one.what for one in whole}
    said = {one.text: one.plan for one in whole if one.what is What.SAID}
    assert said == {"春装到了": "spring", "您好": ""}


async def test_who_serves_them_and_talked_when(database: Database) -> None:
    found = await profile(database, "wm1")
    assert found is not None
    assert (found.tags, found.phone) == (("VIP",), "138****5678")
    assert await profile(database, "wm9") is None
    told = [(one.member, one.remark, one.talked_at) for one in await serving(database, "wm1")]
    assert told == [("liming", "陈姐", 14.0), ("wangfang", "", 13.0)]
    await database.rows("DELETE FROM contact WHERE member = 'wangfang'")
    served = await serving(database, "wm1")
    assert [(one.member, one.friend) for one in served] == [("liming", True), ("wangfang", False)]


async def test_a_welcome_is_one_line_and_none_where_it_came_too_late(database: Database) -> None:
    """The message archive tells it once more; 41051 is done, and nobody has seen it."""
    for one, customer, said in (("w7", "wm7", None), ("w8", "wm8", "errcode 41051")):
        await database.rows(
            """INSERT INTO message (id, event_id, conversation, via, script, body, urgent,
                                    created_at, due_at, attempts, note, state)
               VALUES ($1, 'e0', $2, 'welcome_code', 'welcome/first', $3, TRUE, 12, 12, 1, $4,
                       2)""",
            one, f"contact:liming:{customer}", orjson.dumps({"text": "欢迎"}).decode(), said,
        )  # fmt: skip
        await database.rows(
            "INSERT INTO contact (customer, member, added_at, state) VALUES ($1, 'liming', 5, '')",
            customer,
        )
    body = {"servicer": "liming", "text": "欢迎", "at": "1970-01-01T00:00:13+00:00"}
    told = orjson.dumps(body).decode()
    await database.rows(EVENT, "e7", "StaffReplied", "contact:liming:wm7", told, 13.0)
    lines = await talk(database, "wm7", "liming")
    assert [(one.speaker, one.text) for one in lines] == [("bot", "欢迎")]
    assert await talk(database, "wm8", "liming") == []
    entries, _ = await timeline(database, "wm7")  # the page of what happened had rules of its own
    assert [(one.what, one.text) for one in entries] == [(What.SAID, "欢迎")]
    assert await timeline(database, "wm8") == ([], None)


@pytest.mark.parametrize("way", ["kf:wkShop:wm1", "contact:liming:wm1"])
async def test_what_came_after_an_answer_was_sent_waits_though_the_sidebar_told_of_it_late(
    database: Database, way: str
) -> None:
    told = ("1970-01-01T00:02:00+00:00", "1970-01-01T00:02:05+00:00", "1970-01-01T00:02:09+00:00")
    replied = {"servicer": "LiMing", "text": "有货的", "at": told[0]}
    asked = {"text": "那什么时候发", "at": told[1]}
    reported = {"member": "liming", "text": "有货的", "at": told[2]}
    for one, kind, conversation, body in (
        ("e20", "StaffReplied", way, replied),
        ("e21", "MessageReceived", way, asked),
        ("e22", "StaffSent", "contact:liming:wm1", reported),
    ):
        await database.rows(EVENT, one, kind, conversation, orjson.dumps(body).decode(), 130.0)
    for one in ("e1", "e2", "e3"):
        await database.rows("DELETE FROM event WHERE id = $1", one)
    lines = await talk(database, "wm1", "liming")
    assert [line.text for line in unanswered(lines)] == ["那什么时候发"]
    entries, _ = await timeline(database, "wm1", whats=[What.STAFF])
    assert [one.text for one in entries] == ["有货的"]


async def test_todos_are_those_of_the_member_and_of_nobody(database: Database) -> None:
    mine = await todos_of(database, "liming", on_duty=False)
    assert [one.id for one in mine] == ["t1", "t2"]
    rest = await todos_of(database, "liming", on_duty=True, after=Place(1, 2.0, "t1"), but=["t2"])
    assert [(one.id, one.known) for one in rest] == [("t4", False)]
    assert await todos_of(database, "stranger", on_duty=False) == []
    assert (await todo(database, "t3")) is not None
    wanted = Wanted("faq/a", Scenario.AFTER_SALES)  # prints what it may for that, no answer
    assert await scripts_of(database, mine) == {todo_of("touch:1:80"): wanted}


async def test_who_needs_attention_and_what_of_it_one_may_know(database: Database) -> None:
    await database.rows("UPDATE customer SET braked_at = 1")
    told = {
        sight: [
            (one.userid, one.whys)
            for one in await attention(database, "wr1", sight, NOW, since_day="1970-03-01")
        ]
        for sight in (None, ("liming",), ("zhao",))
    }
    silent = ("wm2", (Why.SILENT,))
    assert told[None] == told["liming",] == [("wm1", (Why.COMPLAINED, Why.NEW)), silent]
    assert told["zhao",] == [("wm1", (Why.NEW,)), silent]


async def test_a_note_is_changed_by_its_writer_alone(database: Database) -> None:
    await notes.put(database, "wm1", "liming", "一", 1.0)
    (one,) = await notes.latest(database, "wm1")
    assert not await notes.edit(database, one.seq, "wangfang", "二", 2.0)
    assert await notes.edit(database, one.seq, "liming", "二", 2.0)
    assert not await notes.delete(database, one.seq, "wangfang", 3.0)
    assert await notes.delete(database, one.seq, "liming", 3.0)
    assert await notes.one(database, one.seq) is None


async def test_whom_one_serves_is_asked_of_both_databases_alike(database: Database) -> None:
    for sight, served in ((None, True), (("liming",), True), (("zhao",), False)):
        assert await is_served(database, "wm1", Reach(sight=sight, since=NOW)) == served
        assert bool(await look_for(database, "一", sight)) == served


async def test_whoever_served_a_customer_once_saw_them_for_ever(database: Database) -> None:
    """A session of 微信客服 ends of itself, and no event tells of it."""
    await database.change(
        """INSERT INTO session (conversation, heard_at, sent, staffed, servicer, said, offered,
                                asked, changed_at)
           VALUES ('kf:wkShop:wm1', $1, 0, TRUE, 'zhao', '', '', '', $1)""",
        NOW,
    )
    for since, heard_at, served in ((NOW, NOW, True), (NOW + 1, NOW, False), (NOW, 0, True)):
        await database.change("UPDATE session SET heard_at = $1", float(heard_at))
        reach = Reach(sight=("zhao",), since=since)
        assert await is_served(database, "wm1", reach) == served
        assert not await is_served(database, "wm2", reach)
