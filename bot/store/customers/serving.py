"""Which customers a member serves, in whatever way. Pages ask this before they show anything."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bot.store.desk.staff import Sight, has, sight_rows, within
from bot.store.sql import Database, given, like, literally

CUSTOMER = "SELECT name, tags FROM customer WHERE id = $1"


def served(customer: str, sight: int, since: int) -> str:
    """SQL: whether one of those in the sight has the customer, or serves them in 微信客服.

    A session ends by itself without an event, so whoever served them in an old one does no longer.

    Args:
        customer: SQL as well.
        sight, since: the numbers of the values `Reach.values`.
    """
    return f"""({has(customer, sight)}
OR EXISTS (
    SELECT 1 FROM cursor
    JOIN session ON session.conversation = 'kf:' || cursor.account || ':' || {customer}
    WHERE session.servicer <> '' AND {within("session.servicer", sight)}
        AND coalesce(nullif(session.heard_at, 0), session.changed_at)
            >= CAST(${since} AS DOUBLE PRECISION))
OR ${sight} IS NULL)"""


def called(name: str, customer: str) -> str:
    """SQL: a customer's name, or else what they are called in the group that they joined last.

    Args:
        name, customer: SQL as well; the name may be NULL.
    """
    return f"""coalesce(nullif({name}, ''), (
        SELECT coalesce(nullif(inside.nickname, ''), inside.name) FROM chat_group_member AS inside
        WHERE inside.userid = {customer} AND inside.nickname || inside.name <> ''
        ORDER BY inside.joined_at DESC LIMIT 1), '')"""


SERVED = f"SELECT 1 AS there WHERE {served('CAST($1 AS TEXT)', 2, 3)}"
SESSIONS = """
SELECT cursor.account, session.heard_at, session.changed_at, session.staffed, session.servicer
FROM cursor JOIN session ON session.conversation = 'kf:' || cursor.account || ':' || $1
ORDER BY session.heard_at DESC"""
GROUP = "SELECT name, owner, admins FROM chat_group WHERE chat_id = $1 AND dismissed_at IS NULL"
FOUND = f"""
SELECT id, name FROM customer
WHERE ({like("name", "$1")} OR id = $2) AND ({has("customer.id", 3)} OR $3 IS NULL)
ORDER BY heard_at DESC, id LIMIT 20"""

# Colleagues who have these customers too; of each what they have done and are about to do.
OTHERS = """
SELECT c.customer, c.member, CASE WHEN p.member = c.member THEN 1 ELSE 0 END AS last,
    (SELECT min(r.due_at) FROM reminder AS r
     WHERE r.customer = c.customer AND r.member = c.member AND r.state = 0) AS reminded_at,
    (SELECT max(t.settled_at) FROM touch AS t
     WHERE t.customer = c.customer AND t.member = c.member AND t.state = 2
        AND t.receiver = 'customer') AS wrote_at
FROM contact AS c JOIN customer AS p ON p.id = c.customer
WHERE c.customer IN (SELECT value FROM texts($1))
    AND c.lost_at IS NULL AND c.member <> $2 ORDER BY last DESC, c.added_at DESC, c.member"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whose customers somebody may see."""

    sight: Sight = None
    since: float = 0.0  # Unix seconds; a session in which the customer wrote before has ended

    @property
    def values(self) -> tuple[str | None, float]:
        """The two values of SQL that `served` needs: sight and since."""
        return sight_rows(self.sight), self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A colleague who has the same customer. Moments are Unix seconds."""

    member: str  # userid
    last: bool  # they talked to the customer last
    reminded_at: float | None  # they want to be reminded of them then
    wrote_at: float | None  # a message that was planned went out through them


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    name: str
    tags: frozenset[str]


async def person(database: Database, customer: str) -> Person | None:
    """A customer's name and tags; None: nobody has heard of them."""
    rows = await database.rows(CUSTOMER, customer)
    if not rows:
        return None
    return Person(name=rows[0]["name"], tags=frozenset(orjson.loads(rows[0]["tags"])))


async def is_served(database: Database, customer: str, reach: Reach) -> bool:
    """Whether one of those in sight has them as a contact, or serves them in 微信客服."""
    return reach.sight is None or bool(await database.rows(SERVED, customer, *reach.values))


async def others(
    database: Database, customers: Iterable[str], member: str
) -> Mapping[str, Sequence[Other]]:
    """The colleagues of `member` who have these customers, too, by customer; who talked to them
    last comes first."""
    found: dict[str, list[Other]] = {}
    for row in await database.rows(OTHERS, given({*customers}), member):
        other = Other(
            member=row["member"], last=bool(row["last"]), reminded_at=row["reminded_at"],
            wrote_at=row["wrote_at"],
        )  # fmt: skip
        found.setdefault(row["customer"], []).append(other)
    return found


async def sessions(database: Database, customer: str) -> Sequence[Mapping[str, Any]]:
    """The sessions of a customer in 微信客服, the latest first: account, heard_at, changed_at,
    staffed, servicer."""
    return await database.rows(SESSIONS, customer)


async def group(database: Database, chat_id: str) -> tuple[str, frozenset[str]] | None:
    """A group's name, and the members who own or administer it; None: unknown or dismissed."""
    rows = await database.rows(GROUP, chat_id)
    if not rows:
        return None
    row = rows[0]
    return row["name"], frozenset({row["owner"], *orjson.loads(row["admins"])})


async def look_for(database: Database, text: str, sight: Sight) -> Sequence[Mapping[str, Any]]:
    """At most 20 customers with `text` in their name, or as their id: id, name."""
    return await database.rows(FOUND, f"%{literally(text)}%", text, sight_rows(sight))
