"""What WeCom tells of customers, as rows: names, tags, and which members have them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bot.store.journal import Journal, Write
from bot.store.people import contact, described, lost
from bot.store.spread import spread_of
from bot.store.sql import Database, given
from bot.store.touch_statements import More, TouchStatement, merge

ANY_CONTACT = "SELECT seq FROM contact LIMIT 1"
FRIENDS_OF = """
    SELECT customer FROM contact
    WHERE member = $1 AND lost_at IS NULL AND added_at < $2 AND customer > $3
    ORDER BY customer LIMIT 5000"""
TAGS_OF = """
    SELECT id, tags, fetched_at FROM customer
    WHERE id IN (SELECT CAST(value ->> 0 AS TEXT) FROM given($1))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Had:
    """That a member has a customer. Moments are Unix seconds."""

    member: str
    added_at: float
    state: str  # the channel code they met by
    remark: str = ""  # what the member calls them


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What WeCom says of one customer."""

    customer: str
    name: str
    unionid: str = ""
    phone: str = ""
    tags: frozenset[str]  # names of the company's tags
    had: tuple[Had, ...]


async def is_empty(database: Database) -> bool:
    """Whether no contact was ever seen."""
    return not await database.rows(ANY_CONTACT)


async def friends_of(database: Database, member: str, before: float) -> set[str]:
    """Customers whom `member` has had since before that moment, as far as we know."""
    found: set[str] = set()
    last = ""
    while rows := await database.rows(FRIENDS_OF, member, before, last):
        found.update(row["customer"] for row in rows)
        last = rows[-1]["customer"]
    return found


async def keep(
    database: Database,
    journal: Journal,
    told: Sequence[Told],
    now: float,
    *,
    catalogue: frozenset[str],
    whole_since: float | None = None,
) -> dict[str, frozenset[str]]:
    """Write what WeCom told, and return the tags that each of them has now.

    Tags that are in no catalogue are our own (signals give some): they stay.

    Args:
        catalogue: all tags that WeCom may have given.
        whole_since: None: all members were asked. Else `told` is of some member alone, and tags
            that were written since this moment are those of the others.
    """
    ids = given([one.customer] for one in told)
    known = {row["id"]: row for row in await database.rows(TAGS_OF, ids)}
    now_tagged = {}
    changes: list[More] = []
    for one in told:
        row = known.get(one.customer)
        old = frozenset(orjson.loads(row["tags"])) if row else frozenset()
        partly = row is not None and whole_since is not None and row["fetched_at"] >= whole_since
        gone = frozenset() if partly else (old & catalogue) - one.tags
        now_tagged[one.customer] = (old - gone) | one.tags
        changes.append(_more(one, old, gone))
        if row and row["fetched_at"]:  # else they may have had these for years
            changes.append(_begun(one, old, gone, now))
    rows = [(one.customer, one.name, "[]", now, spread_of(one.customer)) for one in told]
    await journal.write(Write(customers=rows, more=together(changes)))
    return now_tagged


async def lose(journal: Journal, member: str, customers: Iterable[str], at: float) -> None:
    """They have each other no more, and nobody told us."""
    gone = together([lost(customer, member, at) for customer in customers])
    if gone:
        await journal.write(Write(more=gone))


def _more(one: Told, old: frozenset[str], gone: frozenset[str]) -> More:
    more = described(one.customer, unionid=one.unionid or None, phone=one.phone or None)
    for had in one.had:
        more = merge(more, contact(one.customer, had.member, had.added_at, had.state))
        remark = (had.remark, one.customer, had.member)
        more = merge(more, {TouchStatement.PUT_REMARKS: [remark]})
    tags: More = {
        TouchStatement.PUT_TAGS: [(tag, one.customer) for tag in sorted(one.tags - old)],
        TouchStatement.DROP_TAGS: [(tag, one.customer) for tag in sorted(gone)],
        TouchStatement.RECKON_TAGS: [(one.customer,)],
    }
    return merge(more, tags)


def _begun(one: Told, old: frozenset[str], gone: frozenset[str], now: float) -> More:
    """Since when they have each tag, for plans that begin with one."""
    return {
        TouchStatement.DROP_DATES: [(one.customer, f"tag:{tag}") for tag in sorted(gone)],
        TouchStatement.FIRST_DATES: [
            (one.customer, f"tag:{tag}", now) for tag in sorted(one.tags - old)
        ],
    }


def together(changes: Iterable[More]) -> More:
    """The rows of all, each once. (Merging one by one would copy them over and over.)"""
    rows: dict[TouchStatement, dict[tuple[Any, ...], None]] = {}
    for change in changes:
        for statement, some in change.items():
            rows.setdefault(statement, {}).update(dict.fromkeys(some))
    return {statement: list(some) for statement, some in rows.items()}
