"""Reads and writes the reminders of staff. Moments are Unix seconds."""

from dataclasses import dataclass
from typing import Any

from bot.store.handover.owning import owner_of
from bot.store.sql import Queries
from bot.store.states import ReminderState
from bot.touch.touch import Receiver

COLUMNS = """id, customer, member, receiver, script, words, zh, en, again, due_at, next_at,
    told_at, created_at, who, ended_at, ended_by, state, why"""
PUT = f"""
    INSERT INTO reminder ({COLUMNS})
    VALUES ($1, CAST($2 AS TEXT), {owner_of("CAST($3 AS TEXT)", "CAST($2 AS TEXT)")},
            $4, $5, $6, $7, $8, $9, $10, NULL, NULL, $11, $12, NULL, '', 0, $13)"""
FACTS = "SELECT name, member, birthday FROM customer WHERE id = $1"
ONE = f"SELECT {COLUMNS} FROM reminder WHERE id = $1"
OPEN = f"""
    SELECT {COLUMNS} FROM reminder
    WHERE state = 0 AND (CAST($1 AS TEXT) = '' OR member = CAST($1 AS TEXT))
      AND (CAST($2 AS TEXT) = '' OR customer = CAST($2 AS TEXT))
      AND due_at > CAST($3 AS DOUBLE PRECISION) AND due_at <= CAST($4 AS DOUBLE PRECISION)
    ORDER BY due_at, id LIMIT 100"""
RIPE = f"""
    SELECT {COLUMNS} FROM reminder
    WHERE state = 0 AND (told_at IS NULL AND due_at <= $1 OR next_at <= $1)
    ORDER BY due_at, id LIMIT $2"""
TELL = """
    UPDATE reminder SET due_at = $3, next_at = $4, told_at = $5
    WHERE id = $1 AND state = 0 AND due_at = $2"""
MOVE = """
    UPDATE reminder SET due_at = $2, told_at = NULL, next_at = NULL, zh = $3, en = $4
    WHERE id = $1 AND state = 0"""
END = """
    UPDATE reminder SET state = $2, ended_at = $3, ended_by = $4 WHERE id = $1 AND state = 0"""

REOPEN = """
    UPDATE reminder SET state = 0, ended_at = NULL, ended_by = '' WHERE id = $1 AND state = 1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A row of table reminder."""

    id: str
    customer: str
    member: str  # who is reminded, or by whom the customer is written to
    receiver: Receiver
    script: str  # what is said; "" where `words` are free
    words: str
    zh: str  # when, as it was understood
    en: str
    again: str  # JSON of what it recurs by; "" = once
    due_at: float
    next_at: float | None = None  # of one that recurs and was told: when it comes again
    told_at: float | None = None  # to-do or message are on their way since then
    created_at: float
    who: str  # has made it
    ended_at: float | None = None
    ended_by: str = ""
    state: ReminderState = ReminderState.OPEN
    why: str = ""  # of a note or a to-do put off: the words are for the member, not to be sent


class ReminderTable(Queries):
    async def facts(self, customer: str) -> tuple[str, str, str] | None:
        """(name, the member who talked to them last, birthday); None: nobody knows them."""
        rows = await self._database.rows(FACTS, customer)
        return (rows[0]["name"], rows[0]["member"], rows[0]["birthday"]) if rows else None

    async def put(self, one: Reminder) -> None:
        await self._database.rows(
            PUT, one.id, one.customer, one.member, one.receiver, one.script, one.words, one.zh,
            one.en, one.again, one.due_at, one.created_at, one.who, one.why,
        )  # fmt: skip

    async def get(self, reminder: str) -> Reminder | None:
        rows = await self._database.rows(ONE, reminder)
        return _reminder(rows[0]) if rows else None

    async def open(self, member: str, customer: str, after: float, until: float) -> list[Reminder]:
        """Open reminders that are due after `after` and not after `until`, by when they are due;
        100 at most.

        Args:
            member, customer: only theirs; "": of everybody.
        """
        rows = await self._database.rows(OPEN, member, customer, after, until)
        return [_reminder(row) for row in rows]

    async def ripe(self, now: float, number: int) -> list[Reminder]:
        """At most `number` open reminders that are to be told now."""
        return [_reminder(row) for row in await self._database.rows(RIPE, now, number)]

    async def tell(
        self, one: Reminder, due_at: float, next_at: float | None, told_at: float | None
    ) -> None:
        """Note that a reminder was told, unless somebody has moved or ended it meanwhile."""
        await self._database.change(TELL, one.id, one.due_at, due_at, next_at, told_at)

    async def move(self, reminder: str, due_at: float, zh: str, en: str) -> None:
        await self._database.change(MOVE, reminder, due_at, zh, en)

    async def end(self, reminder: str, state: ReminderState, at: float, who: str) -> bool:
        """End a reminder. Returns False if it was not open any more."""
        return bool(await self._database.change(END, reminder, state, at, who))

    async def reopen(self, reminder: str) -> None:
        """Open a reminder again that was done."""
        await self._database.change(REOPEN, reminder)


def _reminder(row: dict[str, Any]) -> Reminder:
    return Reminder(**{**row, "state": ReminderState(row["state"])})
