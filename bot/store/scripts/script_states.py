"""Lists scripts of the database by state (drafts, waiting, rejected, retired), and writes or
approves many versions at once, as an import does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.errors import BotError
from bot.scripts.version import Kind
from bot.store.models import VersionState
from bot.store.postgres import STEP
from bot.store.scripts.versions import Act
from bot.store.sql import Database, Source, given, one_number

# The newest version of each script, if it is in one of these states.
_NEWEST = """
SELECT v.script AS script, v.version AS version, v.state AS state, v.content AS content,
       s.who AS who, s.at AS at,
       (SELECT f.who FROM script_step AS f WHERE f.script = v.script AND f.version = v.version
        ORDER BY f.seq LIMIT 1) AS author
FROM script_version AS v
JOIN script_step AS s ON s.script = v.script AND s.version = v.version AND s.state = v.state
WHERE v.state IN ({states}) AND NOT EXISTS (
    SELECT 1 FROM script_version AS later
    WHERE later.script = v.script AND later.version > v.version)
ORDER BY v.seq DESC LIMIT $1"""
OPEN, REJECTED = _NEWEST.format(states="0, 1"), _NEWEST.format(states="3")
RETIRED = """
SELECT v.script AS script, v.version AS version FROM script_version AS v
WHERE v.kind = 'retired' AND v.state = 2 AND NOT EXISTS (
    SELECT 1 FROM script_version AS later
    WHERE later.script = v.script AND later.version > v.version AND later.state = 2)
ORDER BY v.script LIMIT $1"""
STEPS = "SELECT coalesce(max(seq), 0) AS seq FROM script_step"
MARK = "SELECT coalesce(max(seq), 0) AS seq FROM script_step WHERE state = 2"
PUT_MANY = """
INSERT INTO script_version (script, version, kind, content, state)
SELECT CAST(value ->> 0 AS TEXT),
       coalesce((SELECT max(version) FROM script_version
                 WHERE script = CAST(value ->> 0 AS TEXT)), 0) + 1,
       $2, CAST(value ->> 1 AS TEXT), $3
FROM given($1) RETURNING script, version"""
STEP_MANY = """
INSERT INTO script_step (script, version, state, who, note, at)
SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS INTEGER), $2, $3, $4, $5
FROM given($1) RETURNING seq"""
APPROVE_MANY = """
UPDATE script_version SET state = 2
WHERE state = 1 AND (script, version) IN (
    SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS INTEGER) FROM given($1))
  AND NOT EXISTS (
    SELECT 1 FROM script_version AS later WHERE later.script = script_version.script
    AND later.version > script_version.version AND later.state = 2)
RETURNING script, version"""
MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The newest version of a script: a draft, submitted or rejected."""

    script: str
    version: int
    submitted: bool
    rejected: bool  # if neither, it is a draft
    content: str
    who: str  # took the last step
    author: str
    at: float


async def open_versions(database: Database) -> list[Open]:
    """Drafts and submitted versions without a later one, the newest first."""
    return [*map(_open, await database.rows(OPEN, MOST))]


async def rejected(database: Database) -> list[Open]:
    """Rejected versions without a later one, the newest first."""
    return [*map(_open, await database.rows(REJECTED, MOST))]


def _open(row: Mapping[str, Any]) -> Open:
    return Open(
        script=row["script"], version=row["version"], content=row["content"],
        submitted=row["state"] == VersionState.SUBMITTED,
        rejected=row["state"] == VersionState.REJECTED,
        who=row["who"], at=row["at"], author=row["author"],
    )  # fmt: skip


async def retired(database: Database) -> list[str]:
    """The ids of the retired scripts, in order."""
    return [str(row["script"]) for row in await database.rows(RETIRED, MOST)]


async def steps(database: Database) -> int:
    """A number that grows whenever anybody does anything with a version."""
    return await one_number(database, STEPS)


async def mark(database: Database) -> int:
    """A number that grows whenever a version is approved."""
    return await one_number(database, MARK)


async def approve_many(database: Database, versions: Sequence[tuple[str, int]], act: Act) -> int:
    """Approve submitted versions, each judged already. Returns how many were still waiting."""
    state = int(VersionState.APPROVED)
    async with database.transaction() as transaction:
        await one_by_one(database, transaction)
        rows = await transaction.rows(APPROVE_MANY, given(versions))
        steps = [(row["script"], row["version"]) for row in rows]
        await transaction.rows(STEP_MANY, given(steps), state, act.who, act.note, act.at)
    return len(rows)


async def put_many(
    database: Database, contents: Sequence[tuple[str, str]], act: Act, *, state: VersionState,
    since: int, held: Sequence[tuple[str, str]] = (),
) -> int:  # fmt: skip
    """Write new versions of many scripts, all of them or none. Returns how many of `contents`.

    Args:
        contents: id and content, a line of JSON Lines; judged already.
        state: what they become: approved, and so in force at once; submitted; or drafts.
        since: `mark` of when they were judged.
        held: more scripts, which are submitted whatever `state` is.

    Raises:
        BotError: something was approved since then.
    """
    async with database.transaction() as transaction:
        await one_by_one(database, transaction)
        put = [
            (to, some, await transaction.rows(PUT_MANY, given(some), str(Kind.WORDS), int(to)))
            for to, some in ((VersionState.SUBMITTED, held), (state, contents))
        ]
        if await one_number(transaction, MARK) != since:
            raise BotError("Somebody has approved scripts meanwhile: look at the file once more.")
        for to, some, rows in put:
            versions = {row["script"]: row["version"] for row in rows}
            steps = [(script, versions[script]) for script, _ in some]  # in the file's order
            note = [int(to), act.who, act.note, act.at]
            await transaction.rows(STEP_MANY, given(steps), *note)
    return len(contents)


async def one_by_one(database: Database, transaction: Source) -> None:
    """Wait until no other process writes steps: who has read one never looks for earlier ones."""
    if database.postgres:
        await transaction.rows(STEP)
