"""A customer asks what we keep of them (个人信息保护法 article 45), and then has it deleted."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson
import pytest

from bot.store.customers.copy_words import COLUMNS, HERE, KNOWN_AS, LEFT_OUT, PARTS
from bot.store.customers.erasing import about, erase, finish
from bot.store.desk.staff import Role
from bot.store.sql import Database
from bot.store.tables import lines, tables
from tests.browser.company import furnished
from tests.databases import BOTH
from tests.pages import visiting

PATH = "/console/customers/wm1/copy"
# wm1 and wm2 in one group: who brought whom, what one asked after the other, what both were told.
TOGETHER = (
    """INSERT INTO chat_group_member (chat_id, userid, customer, joined_at, invitor)
    VALUES ('wrA', 'wm2', true, $1, 'wm1')""",
    """INSERT INTO chat_group_member (chat_id, userid, customer, joined_at, invitor)
    VALUES ('wrA', 'wm1', true, $1, 'wm3')""",
    """INSERT INTO chat_group_member (chat_id, userid, customer, joined_at)
    VALUES ('wrA', 'wmFan', true, $1)""",
    """INSERT INTO chat_group_change (event, chat_id, at, change, members)
    VALUES ('e1', 'wrA', $1, 'update', '["wm2","wm1"]')""",
    """INSERT INTO group_question (id, chat_id, topic, text, question, askers, at, last_at)
    VALUES ('q1', 'wrA', '我家宝宝叫乐乐', '我家宝宝叫乐乐', '我家宝宝叫乐乐',
    '[["wm2","乐乐妈"],["wm1","陈姐"]]', $1, $1)""",
    """INSERT INTO event (id, kind, conversation, body, received_at, state)
    VALUES ('g1', 'MessageReceived', 'group:wrA',
    '{"sender":"wm2","text":"乐乐发烧了","others":["wm1"]}', $1, 1)""",
    """INSERT INTO event (id, kind, conversation, body, received_at, state)
    VALUES ('g2', 'MessageReceived', 'group:wrA',
    '{"sender":"wm1","text":"@wm2 多喝水"}', $1, 1)""",
    """INSERT INTO event (id, kind, conversation, body, received_at, state)
    VALUES ('s1', 'SignalReceived', 'signal:?0a1b',
    '{"phone":"13812345678","details":{"order":"A1001"}}', $1, 1)""",
    """INSERT INTO signal (id, external_userid, unionid, phone, at, body)
    VALUES ('s2', '', '', '13812345678', $1, '{"order":"A1002"}')""",
    """INSERT INTO audit (at, who, act, subject, why, details, changes)
    VALUES ($1, 'op', 'customer.stage', 'wm1', '', '', '[["stage","new","VIP"]]')""",
)


@pytest.mark.parametrize("store", BOTH)
async def test_a_copy_has_what_a_deletion_takes_and_nothing_of_others(
    tmp_path: Path, store: str
) -> None:
    async with (
        furnished(tmp_path, store=store) as shop,
        visiting(shop.bot, "op", Role.OPERATOR) as operator,
        visiting(shop.bot, "boss", Role.ADMIN) as admin,
    ):
        database, form = shop.bot.office.database, {"why": "客户来电要求查看"}
        for query in TOGETHER:
            await database.change(query, shop.clock.timestamp())
        assert (await operator.post(PATH, data=form)).status == 403
        assert (await admin.post(PATH)).status == 422
        assert f'href="{PATH}"' in await admin.text("/console/customers/wm1")
        nobody = await admin.post(PATH.replace("wm1", "wm99"), data=form)
        assert nobody.status == 404
        answer = await admin.post(PATH, data=form)
        assert (answer.status, answer.content_type) == (200, "application/json")
        named = unquote(answer.headers["Content-Disposition"])
        assert "''客户资料-" in named, "one more customer.json"
        assert named.endswith(".json")
        deeds = await database.rows(
            "SELECT who, subject, why FROM audit WHERE act = 'customer.copy'"
        )
        assert deeds == [{"who": "boss", "subject": "wm1", "why": "客户来电要求查看"}]
        assert "导出客户资料" in await admin.text("/console/audit")
        told = orjson.loads(await answer.read())
        gone = await _taken(database, shop.clock.timestamp())
        assert await erase(database, "wmFan", 0.0) == 0, "in a group, and no contact"
    parts = {part["part"]: part["rows"] for part in told["资料 parts"]}
    left_out = {part["part"].partition(".")[0] for part in told["没有放进来的 left out"]}
    assert gone.keys() - parts.keys() - left_out == {"erasure"} & gone.keys()
    assert len([name for name in gone if parts.get(name)]) > 15, gone
    for name in about().keys() - {"customer"}:
        keys = gone.get(name, set())
        assert {_key(name, row) for row in parts[name]} <= keys, name
        assert len(parts[name]) == len(keys) or name == "chat_group_member", name
    texts = [*_texts(told)]
    assert [
        text for text in texts if re.search(r"(?<![A-Za-z0-9])wm[2-9]|客户[2-5]|乐乐", text)
    ] == []
    assert any("多喝水" in text for text in texts)
    assert {"A1001", "A1002"} <= {*texts}, "the shop told it before it named them"
    assert any("学步鞋 13 码，月底再问" in text for text in texts)
    [who] = parts["customer"]
    assert (who["手机号 phone"], who["门店 store"]) == ("13812345678", "春熙路店")
    assert str(who["添加时间 added_at"]).endswith("+08:00")
    assert {row["状态 state"] for row in parts["event"]} <= {"waiting", "done"}


def test_each_part_and_each_field_has_its_words() -> None:
    named = {table.name: table for table in tables() if table.name in {*about(), "audit"}}
    assert named.keys() == PARTS.keys()
    columns = {f"{name}.{one}" for name, table in named.items() for one in table.columns}
    assert {one.partition(".")[2] for one in columns} == COLUMNS.keys()
    assert HERE.keys() | KNOWN_AS.keys() <= columns
    known = {table.name for table in tables()}
    assert {one.partition(".")[0] for one in LEFT_OUT} <= known


async def _taken(database: Database, at: float) -> dict[str, set[Any]]:
    """By table, the keys of rows that a deletion takes away or changes."""
    before = await _rows(database)
    await erase(database, "wm1", at)
    await finish(database)
    after = await _rows(database)
    taken = ((name, {key for key, _ in before[name] - after[name]}) for name in before)
    return {name: keys for name, keys in taken if keys}


async def _rows(database: Database) -> dict[str, set[tuple[Any, bytes]]]:
    found = {table.name: set[tuple[Any, bytes]]() for table in tables()}
    for table in tables():
        async for page in lines(database, table):
            found[table.name] |= {(orjson.loads(line)[table.key], line) for line in page}
    return found


def _key(name: str, row: dict[str, Any]) -> Any:
    table = next(table for table in tables() if table.name == name)
    return next(value for told, value in row.items() if told.endswith(f" {table.key}"))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value
