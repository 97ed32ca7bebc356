"""Whom a member serves, by whatever way; asked before anything of them is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bot.store.sql import Database
from bot.store.staff import Sight, sight_rows, within

CUSTOMER = "SELECT name, tags FROM customer WHERE id = $1"
SERVED = f"""
SELECT 1 AS there FROM contact
WHERE customer = $1 AND lost_at IS NULL AND {within("member", 2)}
UNION ALL
SELECT 1 FROM cursor JOIN session ON session.conversation = 'kf:' || cursor.account || ':' || $1
WHERE session.servicer <> '' AND {within("session.servicer", 2)}
LIMIT 1"""
SESSIONS = """
SELECT cursor.account, session.heard_at, session.servicer
FROM cursor JOIN session ON session.conversation = 'kf:' || cursor.account || ':' || $1
ORDER BY session.heard_at DESC"""
GROUP = "SELECT name, owner, admins FROM chat_group WHERE chat_id = $1 AND dismissed_at IS NULL"
FOUND = f"""
SELECT id, name FROM customer
WHERE (name LIKE $1 OR id = $2) AND (id IN (
    SELECT customer FROM contact WHERE lost_at IS NULL AND {within("member", 3)}) OR $3 IS NULL)
ORDER BY heard_at DESC, id LIMIT $4"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    name: str
    tags: frozenset[str]


async def person(database: Database, customer: str) -> Person | None:
    """None: nobody has heard of them."""
    rows = await database.rows(CUSTOMER, customer)
    if not rows:
        return None
    return Person(name=rows[0]["name"], tags=frozenset(orjson.loads(rows[0]["tags"])))


async def is_served(database: Database, customer: str, sight: Sight) -> bool:
    """Whether one of those in `sight` has them as a contact, or serves them in 微信客服."""
    return sight is None or bool(await database.rows(SERVED, customer, sight_rows(sight)))


async def sessions(database: Database, customer: str) -> Sequence[Mapping[str, Any]]:
    """Their sessions of 微信客服, the latest first: account, heard_at, servicer."""
    return await database.rows(SESSIONS, customer)


async def group(database: Database, chat_id: str) -> tuple[str, frozenset[str]] | None:
    """Its name, and the members who own or administer it."""
    rows = await database.rows(GROUP, chat_id)
    if not rows:
        return None
    row = rows[0]
    return row["name"], frozenset({row["owner"], *orjson.loads(row["admins"])})


async def look_for(
    database: Database, text: str, sight: Sight, most: int = 20
) -> Sequence[Mapping[str, Any]]:
    """Customers by a part of their name, or by their id."""
    part = "%" + text.replace("%", "").replace("_", "") + "%"
    return await database.rows(FOUND, part, text, sight_rows(sight), most)
