"""Erasing a customer deletes all their talk, and nobody else's."""

from zoneinfo import ZoneInfo

import orjson

from bot.clock import moment
from bot.profile.fields import Source
from bot.store.customers.copying import copied
from bot.store.customers.erasing import erase, finish
from bot.store.customers.fields import Fields
from tests.plans import Play

EVENT = """
    INSERT INTO event (id, kind, conversation, body, received_at, state)
    VALUES ($1, 'X', $2, $3, 1.0, $4)"""
MESSAGE = """
    INSERT INTO message (id, event_id, conversation, via, script, body, urgent, created_at,
                         due_at, attempts, state)
    VALUES ($1, $2, $3, 'app_message', 'x', $4, 1 > 1, 1.0, 1.0, 0, $5)"""


async def test_one_customer_is_forgotten_and_no_other(play: Play) -> None:
    fields = Fields(play.database)
    for customer in ("wm1", "wm2"):
        await play.put(customer, "VIP")
        await fields.put(customer, "size", "13 码", Source.CUSTOMER, "liming", 10.0)
    assert await erase(play.database, "wm3", 20.0) is None
    assert await erase(play.database, "wm1", 20.0) == 0
    for table, column in (("customer", "id"), ("customer_field", "customer")):
        rows = await play.database.rows(f"SELECT {column} AS who FROM {table}")
        assert rows == [{"who": "wm2"}]


async def test_forgetting_held_every_commit_up_until_all_talk_was_looked_at(play: Play) -> None:
    """It is begun at once, goes on after a kill, and takes nothing that came later."""

    async def happens(number: int, customer: str, conversation: str, state: int = 1) -> None:
        body = orjson.dumps({"customer": customer}).decode()
        event = (f"e{number}", f"{conversation}:{customer}", body, state)
        await play.database.change(EVENT, *event)
        await play.database.change(MESSAGE, f"m{number}", *event[:3], 2 * state)

    async def left() -> set[str]:
        rows = await play.database.rows("SELECT id FROM event UNION SELECT id FROM message")
        return {row["id"] for row in rows}

    for customer in ("wm1", "wm2"):
        await play.put(customer, "VIP")
    await happens(1, "wm1", "contact:liming")
    await happens(2, "wm1", "group:wr1")  # named in it
    await happens(3, "wm2", "contact:liming")
    await happens(4, "wm1", "contact:liming", state=0)
    assert await erase(play.database, "wm1", 20.0) == 0
    assert await left() == {"e1", "e2", "e3", "m1", "m2", "m3"}, "what waited is gone at once"
    await play.database.change("DELETE FROM event WHERE id = 'e1'")  # and the program is killed
    await happens(5, "wm1", "contact:liming")
    await finish(play.database)
    assert await left() == {"e3", "m3", "e5", "m5"}
    assert await play.database.rows("SELECT seq FROM erasure") == []


async def test_a_member_of_a_group_could_not_be_forgotten_and_notices_quoted_them(
    play: Play,
) -> None:
    """Whoever was no contact was nobody, and who was one stayed in notices with name and words."""
    question = """
        INSERT INTO group_question (id, chat_id, topic, text, question, askers, at, last_at)
        VALUES ($1, $2, '', $3, '', $4, 1.0, 1.0)"""
    member = """
        INSERT INTO chat_group_member (chat_id, userid, customer, joined_at)
        VALUES ('wrA', $1, 1 = 1, 1.0)"""
    for customer, chat, text in (("wmA", "wrA", '尺码"偏大"吗\n急'), ("wmB", "wrB", "几点开门")):
        await play.database.change(member, customer)
        askers = orjson.dumps([[customer, "老朱"]]).decode()
        await play.database.change(question, customer, chat, text, askers)
        for conversation in ("corp", f"group:{chat}"):
            event = orjson.dumps({"texts": [text], "askers": ["老朱"]}).decode()
            name = f"{customer}{conversation}"
            asked = EVENT.replace("'X'", "'GroupAsked'")
            await play.database.change(asked, name, conversation, event, 1)
            await play.database.change(MESSAGE, name, name, conversation, "{}", 2)
    copy = await copied(play.database, "wmA", moment(2.0), ZoneInfo("UTC"), "")
    assert copy is not None
    assert "偏大" in copy.decode()
    both = orjson.dumps([["wmB", "可可"], ["wmA", "老朱"]]).decode()
    await play.database.change(question, "both", "wrC", "有货吗", both)
    assert await erase(play.database, "wmA", 20.0) == 0
    await finish(play.database)
    left = await play.database.rows("SELECT askers FROM group_question WHERE id = 'both'")
    assert left == [{"askers": '[["wmB","可可"]]'}], "what others had asked first was gone, too"
    for table in ("event", "message"):
        rows = await play.database.rows(f"SELECT id FROM {table}")
        assert {row["id"] for row in rows} == {"wmBcorp", "wmBgroup:wrB"}


async def test_forgetting_took_the_talk_of_whose_id_only_looked_like_it(play: Play) -> None:
    """Ids have underscores, which were any character, and capitals, which were none."""
    await play.put("wm_1")
    for number, customer in enumerate(("wm_1", "wmx1", "wM_1", "wm_1x")):
        event = (f"e{number}", f"contact:liming:{customer}", "{}", 1)
        named = (f"n{number}", "group:wr1", orjson.dumps({"customer": customer}).decode(), 1)
        for one in (event, named):
            await play.database.change(EVENT, *one)
    await erase(play.database, "wm_1", 20.0)
    await finish(play.database)
    rows = await play.database.rows("SELECT id FROM event")
    assert {row["id"] for row in rows} == {"e1", "n1", "e2", "n2", "e3", "n3"}
