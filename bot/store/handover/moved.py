"""Counts what goes with the customers of a handover: reminders, to-dos, complaints, touches."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.store.sql import Database, given, one_number

THINGS = """
    SELECT kind, count(*) AS n FROM handover_thing WHERE handover = $1 GROUP BY kind"""
OF = """
    SELECT customer, kind, count(*) AS n FROM handover_thing
    WHERE handover = $1 AND customer IN (SELECT value FROM texts($2))
    GROUP BY customer, kind ORDER BY kind"""
NOTES = """
    SELECT count(*) AS n FROM note JOIN handover_item AS item ON item.subject = note.customer
    WHERE item.handover = $1 AND item.kind = 'customer' AND note.deleted_at IS NULL"""
GROUPS = """
    SELECT count(*) AS n, count(CASE WHEN state IN (2, 6) THEN 1 END) AS taken FROM handover_item
    WHERE handover = $1 AND kind = 'group'"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a handover moves."""

    things: Mapping[str, int]  # reminder, todo, case (a complaint), touch → how many
    notes: int  # about its customers
    groups: int
    taken: int  # so many of the groups are with who takes over by now


async def moved(database: Database, handover: str) -> Moved:
    things = {row["kind"]: row["n"] for row in await database.rows(THINGS, handover)}
    groups = (await database.rows(GROUPS, handover))[0]
    return Moved(
        things=things, notes=await one_number(database, NOTES, handover),
        groups=groups["n"], taken=groups["taken"],
    )  # fmt: skip


async def with_each(
    database: Database, handover: str, customers: Collection[str]
) -> Mapping[str, Counter[str]]:
    """How many things go with each of these customers, by kind: reminder, todo, case, touch."""
    found: dict[str, Counter[str]] = {one: Counter() for one in customers}
    for row in await database.rows(OF, handover, given(customers)):
        found[row["customer"]][row["kind"]] = row["n"]
    return found
