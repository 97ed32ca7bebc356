"""One customer as pages show them: what is known of them, and who else serves them."""

from dataclasses import dataclass
from typing import Any

import orjson

from bot.store.sql import Database

PROFILE = """
SELECT id, name, tags, birthday, stage, source, store, member, phone, added_at, friends, heard_at,
       opted_out_at, braked_at, best_from, best_to FROM customer WHERE id = $1"""
SERVING = """
SELECT c.member, c.added_at, c.state, c.remark,
    (SELECT max(received_at) FROM event WHERE kind = 'StaffSent'
     AND conversation = 'contact:' || c.member || ':' || c.customer) AS wrote_at,
    (SELECT max(settled_at) FROM touch WHERE touch.customer = c.customer
     AND touch.member = c.member AND touch.state = 2) AS touched_at
FROM contact AS c WHERE c.customer = $1 AND c.lost_at IS NULL ORDER BY c.added_at, c.member"""
REPLIES = """
SELECT body, received_at FROM event
WHERE kind = 'StaffReplied' AND conversation IN (
    SELECT 'kf:' || account || ':' || CAST($1 AS TEXT) FROM cursor)
ORDER BY seq DESC LIMIT 60"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A row of table customer, as people want to see it. Moments are Unix seconds."""

    id: str
    name: str
    tags: tuple[str, ...]
    birthday: str  # 05-17; L05-17 by the moon
    stage: str
    source: str
    store: str
    member: str  # who talked to them last
    phone: str  # most of it masked
    added_at: float | None
    friends: int
    heard_at: float | None
    opted_out_at: float | None
    braked_at: float | None
    best_from: int | None
    best_to: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A member who has them, or served them in 微信客服."""

    member: str
    friend: bool  # has them as a contact
    added_at: float | None
    state: str
    remark: str  # what the member calls them
    talked_at: float | None  # as far as we know


async def profile(database: Database, customer: str) -> Profile | None:
    """The customer's row, with most of their phone masked; None: nobody has heard of them."""
    rows = await database.rows(PROFILE, customer)
    if not rows:
        return None
    row = rows[0]
    return Profile(
        **row | {"tags": tuple(orjson.loads(row["tags"])), "phone": masked(row["phone"])}
    )


async def serving(database: Database, customer: str) -> list[Serving]:
    """The members who have the customer as a contact, then those who only answered them in
    微信客服 lately (in its last 60 replies by staff)."""
    replied: dict[str, float] = {}
    for row in await database.rows(REPLIES, customer):
        servicer = str(orjson.loads(row["body"]).get("servicer", ""))
        replied.setdefault(servicer, row["received_at"])
    found = [
        _serving(row, replied.pop(row["member"], None))
        for row in await database.rows(SERVING, customer)
    ]
    others = [
        Serving(member=member, friend=False, added_at=None, state="", remark="", talked_at=at)
        for member, at in replied.items()
        if member
    ]
    return found + others


def masked(phone: str) -> str:
    """A phone number with its middle hidden; a short one, of less than 8 digits, all of it.

    >>> masked("13812345678"), masked("12345"), masked("")
    ('138****5678', '*****', '')
    """
    if len(phone) < 8:
        return "*" * len(phone)
    return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}"


def _serving(row: dict[str, Any], replied: float | None) -> Serving:
    moments = [at for at in (row["wrote_at"], row["touched_at"], replied) if at]
    return Serving(
        member=row["member"], friend=True, added_at=row["added_at"], state=row["state"],
        remark=row["remark"], talked_at=max(moments, default=None),
    )  # fmt: skip
