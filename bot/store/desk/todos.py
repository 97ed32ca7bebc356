"""What members have to do: open to-dos, with the customer and the script they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.outbox import todo_of
from bot.store.customers.cases import SOUNDS
from bot.store.customers.serving import called
from bot.store.desk.staff import Sight, has, sight_rows, within
from bot.store.sql import Database, given, one_number
from bot.store.touch.touches import SCENARIOS
from bot.touch.touch import Scenario

# Of whoever complained and waits for an answer.
_COMPLAINED = """
    FROM complaint_case AS one WHERE one.customer = todo.customer AND one.closed_at IS NULL
    AND todo.created_at >= one.waiting_since"""
# Of something that somebody wrote; plans and reminders are kept with the contact, and what the
# shop tells, or that somebody joined a group, waits for no answer.
_WAITS = """CASE WHEN todo.conversation LIKE 'kf:%' OR todo.conversation LIKE 'app:%'
    OR todo.conversation LIKE 'bot:%' OR todo.conversation LIKE 'group:%' AND todo.customer <> ''
    THEN 1 ELSE 0 END"""
_COLUMNS = f"""todo.id, todo.member, todo.customer, todo.conversation, todo.why, todo.words,
    todo.created_at, {called("customer.name", "todo.customer")} AS name,
    CASE WHEN customer.id IS NULL THEN 0 ELSE 1 END AS known, {_WAITS} AS waits,
    (SELECT one.waiting_since {_COMPLAINED}) AS complained_at,
    coalesce((SELECT {SOUNDS} {_COMPLAINED}), 0) AS sounds"""
# To-dos without a member are for whoever is on duty, or has the customer as a contact.
_MINE = f"""
SELECT {_COLUMNS} FROM todo LEFT JOIN customer ON customer.id = todo.customer
WHERE todo.done_at IS NULL AND (todo.member = $1 OR todo.member = '' AND (
        CAST($2 AS INTEGER) = 1 OR todo.customer IN (
            SELECT contact.customer FROM contact
            WHERE contact.member = $1 AND lost_at IS NULL)))"""
URGENT = f"""
{_MINE} AND EXISTS (SELECT 1 {_COMPLAINED}) ORDER BY todo.created_at, todo.id LIMIT 100"""
OPEN = f"""
{_MINE} AND NOT EXISTS (SELECT 1 {_COMPLAINED})
    AND ({_WAITS} < $3 OR {_WAITS} = $3
        AND (todo.created_at > $4 OR todo.created_at = $4 AND todo.id > $5))
    AND todo.id NOT IN (SELECT value FROM texts($6)) AND ($7 = '' OR todo.customer = $7)
ORDER BY waits DESC, todo.created_at, todo.id LIMIT $8"""
# The same of several members.
WHOSE = f"""({within("todo.member", 1)} OR todo.member = '' AND (
    CAST($2 AS INTEGER) = 1 OR {has("todo.customer", 1)}))"""
IN_SIGHT = f"""
SELECT {_COLUMNS} FROM todo LEFT JOIN customer ON customer.id = todo.customer
WHERE todo.done_at IS NULL AND {WHOSE}
ORDER BY CASE WHEN EXISTS (SELECT 1 {_COMPLAINED}) THEN 0 ELSE 1 END, waits DESC,
    todo.created_at, todo.id LIMIT $3 OFFSET $4"""
NUMBER = f"SELECT count(*) AS n FROM todo WHERE todo.done_at IS NULL AND {WHOSE}"
ONE = f"""
SELECT {_COLUMNS} FROM todo LEFT JOIN customer ON customer.id = todo.customer
WHERE todo.id = $1 AND (todo.done_at IS NULL) = (CAST($2 AS INTEGER) = 0)"""
TOLD = """
SELECT task, script, scenario FROM touch WHERE receiver = 'member' AND task <> ''
    AND customer IN (SELECT value FROM texts($1))"""


class Wanted(NamedTuple):
    script: str
    scenario: Scenario  # why it is said


class Place(NamedTuple):
    """Where a page goes on: after the to-do with these values."""

    waits: int = 1
    at: float = 0.0
    id: str = ""


UNASKED = Place(waits=0)  # after those of customers who wrote and wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """A row of table todo."""

    id: str
    member: str  # "" = whoever is on duty
    customer: str
    name: str  # of the customer, else in a group; "" = nobody knows it
    known: bool  # we have heard of this customer
    conversation: str
    why: str
    words: str  # for the member
    created_at: float
    complained_at: float | None = None  # the customer did, and waits for an answer since then
    waits: bool = False  # the customer wrote, and waits for an answer
    sounds: bool = False  # the complaint is one by the sound of their words alone


async def todos_of(
    database: Database, member: str, *, on_duty: bool, but: Sequence[str] = (),
    customer: str = "", after: Place | None = None, number: int = 50,
) -> list[Todo]:  # fmt: skip
    """The open to-dos of a member without urgent ones (`urgent`): first those of customers who
    wrote and wait, then the others, each the oldest first.

    Args:
        on_duty: whether those of nobody are the member's, too.
        but: ids that are shown already.
        customer: only about this one; "": about all.
    """
    values = (int(on_duty), *(after or Place()), given(but), customer, number)
    return [_todo(row) for row in await database.rows(OPEN, member, *values)]


async def urgent(database: Database, member: str, *, on_duty: bool) -> list[Todo]:
    """The open to-dos of a member about customers who complained and wait for an answer, the
    oldest first; 100 at most."""
    return [_todo(row) for row in await database.rows(URGENT, member, int(on_duty))]


async def in_sight(
    database: Database, sight: Sight, *, on_duty: bool, first: int, number: int
) -> list[Todo]:
    """The open to-dos of all whom `sight` lets see: complaints, then those of customers who wrote
    and wait, then the others, each the oldest first.

    Args:
        first: how many to pass over.
        number: how many to return.
    """
    values = (sight_rows(sight), int(on_duty), number, first)
    return [_todo(row) for row in await database.rows(IN_SIGHT, *values)]


async def number_in_sight(database: Database, sight: Sight, *, on_duty: bool) -> int:
    return await one_number(database, NUMBER, sight_rows(sight), int(on_duty))


async def todo(database: Database, key: str, *, done: bool = False) -> Todo | None:
    """The open to-do with this id, or the one that is `done`; None: there is none."""
    rows: list[dict[str, Any]] = await database.rows(ONE, key, int(done))
    return _todo(rows[0]) if rows else None


async def scripts_of(database: Database, todos: Sequence[Todo]) -> dict[str, Wanted]:
    """The scripts that plans want said, by the id of the to-do; other to-dos are left out."""
    customers = given({one.customer for one in todos})
    told = await database.rows(TOLD, customers) if todos else []
    return {
        todo_of(row["task"]): Wanted(row["script"], SCENARIOS[row["scenario"]]) for row in told
    }


def _todo(row: dict[str, Any]) -> Todo:
    flags = {name: bool(row[name]) for name in ("known", "waits", "sounds")}
    return Todo(**row | flags)
