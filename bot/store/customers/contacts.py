"""Makes rows of what WeCom tells of customers: names, tags, and which members have them."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from bot.profile.fields import FieldRule, fitting
from bot.store.customers.people import bare, contact, described, lost
from bot.store.journal import Write
from bot.store.plans.spread import spread_of
from bot.store.sql import Database, given
from bot.store.touch.statements import TouchRows, TouchStatement, merge

FRIENDS_OF = """
    SELECT customer FROM contact
    WHERE member = $1 AND lost_at IS NULL AND added_at < $2 AND customer > $3
    ORDER BY customer LIMIT 5000"""
_IDS = "(SELECT value FROM texts($1))"
TAGS_OF = f"SELECT id, tags, fetched_at FROM customer WHERE id IN {_IDS}"
CONTACTS_OF = f"""
    SELECT customer, member, added_at, lost_at, tags FROM contact WHERE customer IN {_IDS}"""


class Kind(StrEnum):
    """The kind of a change that no event had told of."""

    ADDED = "added"
    LOST = "lost"
    TAGS = "tags"
    MISSED = "missed"  # added, and nobody has welcomed them


@dataclass(frozen=True, slots=True)
class Find:
    customer: str
    member: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Had:
    """That a member has a customer. Moments are Unix seconds."""

    member: str
    added_at: float
    state: str  # the channel code they met by
    way: int = 0  # WeCom's add_way; 0 = not known
    remark: str = ""  # what the member calls them
    tags: frozenset[str] = frozenset()  # names of the company's tags that this member gave
    noted: Mapping[str, str] = field(default_factory=dict)  # by bot.profile.fields.Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What WeCom says of one customer, and of some members who have them."""

    customer: str
    name: str
    unionid: str = ""
    phone: str = ""
    had: tuple[Had, ...]


@dataclass(slots=True, kw_only=True)
class Kept:
    tags: dict[str, frozenset[str]] = field(default_factory=dict)  # by customer: all they have
    finds: list[Find] = field(default_factory=list)


async def friends_of(database: Database, member: str, before: float) -> set[str]:
    """Customers whom `member` has had since before that moment, as far as we know."""
    found: set[str] = set()
    last = ""
    while rows := await database.rows(FRIENDS_OF, member, before, last):
        found.update(row["customer"] for row in rows)
        last = rows[-1]["customer"]
    return found


async def weigh(
    database: Database, told: Sequence[Told], now: float, *, catalogue: Set[str],
    fields: Iterable[FieldRule] = (),
) -> tuple[Kept, Write]:  # fmt: skip
    """Compare what WeCom told with what we have: returns what is new, and the rows to write.

    A customer has the tags that all of their members gave. Tags that are in no catalogue are our
    own: they stay.

    Args:
        told: each customer once.
        catalogue: names of all tags that WeCom may have given.
        fields: the company's fields of customers; those that members note at WeCom are taken up.
    """
    ids = given(one.customer for one in told)
    known = {row["id"]: row for row in await database.rows(TAGS_OF, ids)}
    contacts: dict[str, dict[str, dict[str, Any]]] = {}
    for row in await database.rows(CONTACTS_OF, ids):
        contacts.setdefault(row["customer"], {})[row["member"]] = row
    kept, changes = Kept(), list[TouchRows]()
    noted = [rule for rule in fields if rule.wecom]
    for one in told:
        person = known.get(one.customer)
        before = contacts.get(one.customer, {})
        old = frozenset(orjson.loads(person["tags"])) if person else frozenset()
        kept.finds += _finds(one, before)
        told_of = {had.member for had in one.had}
        others = [other for member, other in before.items() if member not in told_of]
        tags = frozenset().union(*(had.tags for had in one.had), *map(_tags, others))
        unsure = any(other["tags"] is None for other in others)  # WeCom told nothing of theirs yet
        gone = frozenset() if unsure else (old & catalogue) - tags
        kept.tags[one.customer] = (old - gone) | tags
        changes.append(_more(one, tags - old, gone))
        changes += [_noted(one, had, rule, now) for had in one.had for rule in noted]
        if person and person["fetched_at"]:  # else they may have had these for years
            changes.append(_begun(one.customer, tags - old, gone, now))
    rows = [(one.customer, one.name, "[]", now, spread_of(one.customer)) for one in told]
    return kept, Write(customers=rows, more=together(changes))


async def lose(
    database: Database, member: str, customers: Iterable[str], at: float, *, catalogue: Set[str]
) -> Write:
    """The rows for customers whom `member` has no more, as a comparison with WeCom found.

    Tags that only this member had given are gone as well.
    """
    ids = given(customers)
    known = {row["id"]: row for row in await database.rows(TAGS_OF, ids)}
    left: dict[str, list[dict[str, Any]]] = {one: [] for one in known}
    for row in await database.rows(CONTACTS_OF, ids):
        if row["member"] != member and row["customer"] in left:
            left[row["customer"]].append(row)
    changes = list[TouchRows]()
    for one, others in sorted(left.items()):
        changes.append(merge(lost(one, member, at), bare(one, member)))
        if others and all(other["tags"] is not None for other in others):
            old = frozenset(orjson.loads(known[one]["tags"]))
            gone = (old & catalogue) - frozenset().union(*map(_tags, others))
            changes += [_tag_rows(one, frozenset(), gone), _begun(one, frozenset(), gone, at)]
    return Write(more=together(changes))


def by_customer(told: Iterable[Told]) -> list[Told]:
    """What was told, with all members of a customer put together: each customer once."""
    found: dict[str, Told] = {}
    for one in told:
        had = (*found[one.customer].had, *one.had) if one.customer in found else one.had
        phone = one.phone or (found[one.customer].phone if one.customer in found else "")
        found[one.customer] = Told(
            customer=one.customer, name=one.name, unionid=one.unionid, phone=phone, had=had
        )
    return list(found.values())


def _tags(row: dict[str, Any]) -> frozenset[str]:
    return frozenset(orjson.loads(row["tags"] or "[]"))


def _finds(told: Told, before: dict[str, dict[str, Any]]) -> Iterable[Find]:
    """What is new in what was told of a customer. Nobody is found lost here: customers who removed
    the member are still on WeCom's lists (doc 92994)."""
    for had in told.had:
        row = before.get(had.member)
        if row is None or _came_back(row, had.added_at):
            yield Find(told.customer, had.member, Kind.ADDED)
        elif row["tags"] is not None and _tags(row) != had.tags:
            yield Find(told.customer, had.member, Kind.TAGS)


def _came_back(row: dict[str, Any], added_at: float) -> bool:
    """Whether a lost contact was added again, and this is not the adding that was lost."""
    lost_at = row["lost_at"]
    return lost_at is not None and added_at >= lost_at and added_at > row["added_at"]


def _more(one: Told, new: frozenset[str], gone: frozenset[str]) -> TouchRows:
    more = described(one.customer, unionid=one.unionid or None, phone=one.phone or None)
    for had in one.had:
        more = merge(more, contact(one.customer, had.member, had.added_at, had.state))
        remark = (had.remark, one.customer, had.member)
        more = merge(more, {TouchStatement.PUT_REMARKS: [remark]})
    given_tags = [
        (orjson.dumps(sorted(had.tags)).decode(), one.customer, had.member) for had in one.had
    ]
    more = merge(more, {TouchStatement.PUT_CONTACT_TAGS: given_tags})
    return merge(more, _tag_rows(one.customer, new, gone))


def _noted(one: Told, had: Had, rule: FieldRule, now: float) -> TouchRows:
    """Rows for a field as this member has noted it at WeCom. A remark (备注) that is the
    customer's name, as it is from the beginning, is no note."""
    text = had.noted.get(rule.wecom, "")
    value = "" if rule.wecom == "remark" and text == one.name else fitting(rule, text)
    if not value:
        gone = [(one.customer, rule.id, had.member)]
        return {TouchStatement.DROP_NOTED: gone, TouchStatement.EMPTY_NOTED: gone}
    return {TouchStatement.PUT_NOTED: [(one.customer, rule.id, value, had.member, now)]}


def _tag_rows(customer: str, new: frozenset[str], gone: frozenset[str]) -> TouchRows:
    return {
        TouchStatement.PUT_TAGS: [(tag, customer) for tag in sorted(new)],
        TouchStatement.DROP_TAGS: [(tag, customer) for tag in sorted(gone)],
        TouchStatement.RECKON_TAGS: [(customer,)],
    }


def _begun(customer: str, new: frozenset[str], gone: frozenset[str], now: float) -> TouchRows:
    """Rows with the dates since when a customer has each tag: plans may begin with these."""
    return {
        TouchStatement.DROP_DATES: [(customer, f"tag:{tag}") for tag in sorted(gone)],
        TouchStatement.FIRST_DATES: [(customer, f"tag:{tag}", now) for tag in sorted(new)],
    }


def together(changes: Iterable[TouchRows]) -> TouchRows:
    """The rows of all changes, each once. To merge them one by one would copy them many times."""
    rows: dict[TouchStatement, dict[tuple[Any, ...], None]] = {}
    for change in changes:
        for statement, some in change.items():
            rows.setdefault(statement, {}).update(dict.fromkeys(some))
    return {statement: list(some) for statement, some in rows.items()}
