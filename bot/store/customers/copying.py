"""Copies what is kept of one customer, on their demand (个人信息保护法 article 45): all that
`erasing` would delete or silence, found by the same conditions, as of one moment.

What is about others is left out: their ids are struck out, and so is the text of events and
messages that this customer neither sent nor received.
"""

import asyncio
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bot.clock import moment
from bot.store.customers.copy_words import COLUMNS, HERE, KNOWN_AS, LEFT_OUT, PARTS, READ_ME
from bot.store.customers.erasing import ALIASED, DEEDS, KNOWN, about, aliases
from bot.store.sql import Database, Rows, Source, given
from bot.store.tables import Table, quoted, tables
from bot.store.touch.ledger import FOREVER

NEVER = "（没有期限 never）"
OTHER, OTHERS = "（他人 somebody else）", "（涉及他人，已略去 about others: left out）"
THEIRS = ("contact", "kf", "signal")  # conversations of one customer; their names end with the id
_ID = re.compile(r"[A-Za-z0-9_-]+")  # what may be an external_userid
_PEOPLE = """
    SELECT id FROM customer WHERE id <> $1 AND id IN (SELECT value FROM texts($2))
    UNION SELECT userid FROM chat_group_member
    WHERE customer AND userid <> $1 AND userid IN (SELECT value FROM texts($2))"""


async def copied(
    database: Database, customer: str, now: datetime, zone: ZoneInfo, company: str
) -> bytes | None:
    """All that is kept of a customer, as a JSON document.

    Args:
        customer: external_userid.
        zone: in which moments are told.
        company: its name, for the head of the document.

    Returns:
        None: nobody has heard of them.
    """
    wanted, parts = {**about(), "audit": DEEDS}, {}
    async with database.snapshot() as source:
        if not await source.rows(KNOWN, customer):
            return None
        called = [customer, *await aliases(source, customer)]
        for table in tables():
            if where := wanted.get(table.name):
                rows = await _found(source, table, where, called)
                parts[table.name] = [*_rows(table, rows, customer, zone)]
        others = await _others(source, parts.values(), customer)
    document = {
        "zh": READ_ME[0], "en": READ_ME[1], "公司 company": company, "客户编号 customer": customer,
        "导出时间 made at": now.astimezone(zone).isoformat(timespec="seconds"),
        "时区 time zone": str(zone),
        "资料 parts": [
            {"part": name, "zh": PARTS[name][0], "en": PARTS[name][1], "rows": rows}
            for name, rows in parts.items()
        ],
        "没有放进来的 left out": [
            {"part": name, "zh": zh, "en": en} for name, (zh, en) in LEFT_OUT.items()
        ],
    }  # fmt: skip
    return await asyncio.to_thread(_written, document, others)


async def _found(source: Source, table: Table, where: str, called: Sequence[str]) -> Rows:
    """
    Args:
        called: the customer's id, and then their aliases.
    """
    names = ", ".join(map(quoted, table.columns))
    text = f"SELECT {names} FROM {quoted(table.name)} WHERE {where}"
    found: dict[Any, dict[str, Any]] = {}
    for one in called if table.name in ALIASED else called[:1]:
        found |= {row[table.key]: row for row in await source.rows(text, one)}
    return [found[key] for key in sorted(found)]


def _rows(table: Table, rows: Rows, customer: str, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    for row in rows:
        values = {name: _value(row[name], kind, zone) for name, kind in table.columns.items()}
        if table.name in ("event", "message") and not _is_theirs(values, customer):
            values |= dict.fromkeys(("body", "decision", "note") & values.keys(), OTHERS)
        elif table.name == "group_question":
            values |= _asked(values["askers"], customer)
        yield {_told(table.name, name): _named(table.name, name, values[name]) for name in values}


def _value(value: Any, kind: type, zone: ZoneInfo) -> Any:
    """A column's value as the copy tells it: moments in `zone`, JSON parsed; None if not known."""
    if kind is float and value and value >= FOREVER:
        return NEVER
    if kind is float:
        return moment(value).astimezone(zone).isoformat(timespec="seconds") if value else None
    if kind is str and str(value).startswith(("[", "{")):
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(value)
    return None if value is None else kind(value)


def _is_theirs(values: Mapping[str, Any], customer: str) -> bool:
    kind, _, rest = values["conversation"].partition(":")
    body = values["body"]
    wrote = isinstance(body, dict) and body.get("sender") == customer
    named = rest.rpartition(":")[2] == customer or rest.startswith("?")  # a signal, by an alias
    return wrote or (kind in THEIRS and named)


def _asked(askers: list[list[str]], customer: str) -> dict[str, Any]:
    """What the copy tells of a group's question that several may have asked: the customer among
    its askers, and the text only if they asked first, since it is in the first one's words."""
    own = [one for one in askers if one[0] == customer]
    if askers[0][0] == customer:
        return {"askers": own}
    return {"askers": own, **dict.fromkeys(("topic", "text", "question"), OTHERS)}


def _told(table: str, column: str) -> str:
    return f"{HERE.get(f'{table}.{column}') or COLUMNS[column]} {column}"


def _named(table: str, column: str, value: Any) -> Any:
    """A number that stands for something, such as a state, as what it stands for."""
    known = KNOWN_AS.get(f"{table}.{column}")
    return known.get(value, value) if known else value


async def _others(source: Source, found: Iterable[Any], customer: str) -> Collection[str]:
    """The ids of other customers and members of groups that are named in `found`."""
    words = {word for text in _texts([*found]) for word in _ID.findall(text)}
    rows = await source.rows(_PEOPLE, customer, given(words))
    return {row["id"] for row in rows}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _written(document: Mapping[str, Any], others: Collection[str]) -> bytes:
    return orjson.dumps(_struck(document, others), option=orjson.OPT_INDENT_2)


def _struck(value: Any, others: Collection[str]) -> Any:
    """`value` with the ids of others struck out of all its texts."""
    if isinstance(value, str):
        return _ID.sub(lambda found: OTHER if found[0] in others else found[0], value)
    if isinstance(value, Mapping):
        return {name: _struck(one, others) for name, one in value.items()}
    return [_struck(one, others) for one in value] if isinstance(value, list) else value
