"""Notes of members about customers. Each member may change only what they wrote themselves."""

from dataclasses import dataclass

from bot.store.sql import Database

_COLUMNS = "seq, customer, who, text, at, edited_at"
LATEST = f"""
SELECT {_COLUMNS} FROM note WHERE customer = $1 AND deleted_at IS NULL
ORDER BY at DESC, seq DESC LIMIT 20"""
ONE = f"SELECT {_COLUMNS} FROM note WHERE seq = $1 AND deleted_at IS NULL"
PUT = "INSERT INTO note (customer, who, text, at) VALUES ($1, $2, $3, $4)"
EDIT = """
UPDATE note SET text = $3, edited_at = $4 WHERE seq = $1 AND who = $2 AND deleted_at IS NULL"""
DELETE = """
UPDATE note SET text = '', deleted_at = $3 WHERE seq = $1 AND who = $2 AND deleted_at IS NULL"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A row of table note. Moments are Unix seconds."""

    seq: int
    customer: str
    who: str  # userid
    text: str
    at: float
    edited_at: float | None


async def latest(database: Database, customer: str) -> list[Note]:
    """The newest 20 notes about a customer, the newest first."""
    return [Note(**row) for row in await database.rows(LATEST, customer)]


async def one(database: Database, seq: int) -> Note | None:
    """The note with this number; None: there is none, or it is deleted."""
    rows = await database.rows(ONE, seq)
    return Note(**rows[0]) if rows else None


async def put(database: Database, customer: str, who: str, text: str, at: float) -> None:
    await database.change(PUT, customer, who, text, at)


async def edit(database: Database, seq: int, who: str, text: str, at: float) -> bool:
    """Change a note's text. Returns False if `who` did not write it, or it is deleted."""
    return bool(await database.change(EDIT, seq, who, text, at))


async def delete(database: Database, seq: int, who: str, at: float) -> bool:
    """Delete a note with its text. Returns False if `who` did not write it, or it is deleted."""
    return bool(await database.change(DELETE, seq, who, at))
