"""Lists imports of scripts (导入), and takes one back. All versions of an import were written at
one moment by one person, and the note of their first step names the file."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import BotError
from bot.scripts.version import Kind, Version
from bot.store.models import VersionState
from bot.store.scripts.script_states import MARK, STEP_MANY, one_by_one
from bot.store.scripts.versions import Act
from bot.store.sql import Database, given, one_number

BY = "导入 "  # before the name of the file, in the note of each step
BACK = "撤销导入 "  # likewise, in the notes of steps that took an import back
_FIRST = """
NOT EXISTS (SELECT 1 FROM script_step AS f
            WHERE f.script = s.script AND f.version = s.version AND f.seq < s.seq)"""
LATEST = f"""
SELECT min(s.seq) AS seq, s.who AS who, s.at AS at, s.note AS note, count(*) AS number
FROM script_step AS s WHERE s.note LIKE '{BY}%' AND {_FIRST}
GROUP BY s.who, s.at, s.note ORDER BY min(s.seq) DESC LIMIT $1"""
ONE = "SELECT who, at, note FROM script_step WHERE seq = $1"
OF = f"""
SELECT v.script AS script, v.version AS version, v.state AS state, v.content AS content,
       b.kind AS kind, b.content AS before,
       (SELECT f.note FROM script_version AS l JOIN script_step AS f
            ON f.script = l.script AND f.version = l.version
        WHERE l.script = v.script AND l.version > v.version AND l.state < 3
        ORDER BY f.seq LIMIT 1) AS later
FROM script_step AS s
JOIN script_version AS v ON v.script = s.script AND v.version = s.version
LEFT JOIN script_version AS b ON b.script = v.script AND b.state = 2 AND b.version = (
    SELECT max(o.version) FROM script_version AS o
    WHERE o.script = v.script AND o.version < v.version AND o.state = 2)
WHERE s.who = $1 AND s.at = $2 AND s.note = $3 AND {_FIRST}
ORDER BY s.seq"""
PUT_BACK = """
INSERT INTO script_version (script, version, kind, content, state)
SELECT CAST(value ->> 0 AS TEXT),
       (SELECT max(version) FROM script_version WHERE script = CAST(value ->> 0 AS TEXT)) + 1,
       CAST(value ->> 1 AS TEXT), CAST(value ->> 2 AS TEXT), 2
FROM given($1) RETURNING script, version"""
WITHDRAW = """
UPDATE script_version SET state = 4 WHERE state < 2 AND (script, version) IN (
    SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS INTEGER) FROM given($1))
RETURNING script, version"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    seq: int  # of its first step
    who: str
    at: float  # Unix seconds
    file: str
    number: int  # of scripts


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What an import did to one script."""

    version: Version
    state: VersionState  # by now
    before: Version | None  # the version in force before it; None: none of the database's
    later: str | None  # the note of a version that was written since; None: there is none


async def latest(database: Database, most: int) -> list[Import]:
    """The last imports, the newest first."""
    return [
        Import(
            seq=row["seq"], who=row["who"], at=row["at"], number=row["number"],
            file=row["note"].removeprefix(BY),
        )
        for row in await database.rows(LATEST, most)
    ]  # fmt: skip


async def brought(database: Database, seq: int) -> tuple[str, list[Brought]]:
    """The file of an import, and what it did to each script, in order; ("", []): there is no such
    import."""
    ones = await database.rows(ONE, seq)
    if not ones or not ones[0]["note"].startswith(BY):
        return "", []
    rows = await database.rows(OF, ones[0]["who"], ones[0]["at"], ones[0]["note"])
    return ones[0]["note"].removeprefix(BY), [
        Brought(
            version=Version(script=row["script"], number=row["version"], content=row["content"]),
            state=VersionState(row["state"]),
            before=Version(
                script=row["script"], number=0, kind=Kind(row["kind"]), content=row["before"]
            ) if row["kind"] else None,
            later=row["later"],
        )
        for row in rows
    ]  # fmt: skip


async def take_back(
    database: Database, put: Sequence[Version], withdrawn: Sequence[Version], act: Act, *,
    since: int,
) -> None:  # fmt: skip
    """Take an import back, all of it or nothing.

    Args:
        put: comes into force again, each as a new version, whatever its number.
        withdrawn: versions that nobody has judged yet: they are withdrawn.
        since: `script_states.mark` of when the import was looked at.

    Raises:
        BotError: something was approved since then.
    """
    async with database.transaction() as transaction:
        await one_by_one(database, transaction)
        anew = [(one.script, str(one.kind), one.content) for one in put]
        pairs = [(one.script, one.number) for one in withdrawn]
        done = [
            (VersionState.APPROVED, await transaction.rows(PUT_BACK, given(anew))),
            (VersionState.WITHDRAWN, await transaction.rows(WITHDRAW, given(pairs))),
        ]
        if await one_number(transaction, MARK) != since:
            raise BotError(
                "Somebody has approved scripts meanwhile: look at the import once more."
            )
        for state, rows in done:
            steps = given([row["script"], row["version"]] for row in rows)
            await transaction.rows(STEP_MANY, steps, int(state), act.who, act.note, act.at)
