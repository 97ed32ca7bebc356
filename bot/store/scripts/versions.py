"""Scripts in the database: who wrote which version, who approved it, and what is in force.

A version is never changed and never deleted; what people do with it is added as a step. Each
function needs an open database (`open_database`), and writes in one short transaction that begins
with its write, so the bot never waits for a person.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.clock import moment
from bot.errors import BotError, Complaint, ScriptError
from bot.scripts.version import Kind, Version
from bot.store.database import opened
from bot.store.models import ScriptStepRow, ScriptVersionRow, VersionState
from bot.store.postgres import STEP
from bot.store.sql import Source, given

Judge = Callable[[Version], Awaitable[Sequence[Complaint]]]  # what is wrong with it, if approved

_LONGEST_ID = 120  # characters, as wide as the column
_FROM = {  # state → those that a version must be in to come to it
    VersionState.SUBMITTED: (VersionState.DRAFT,),
    VersionState.APPROVED: (VersionState.SUBMITTED,),
    VersionState.REJECTED: (VersionState.SUBMITTED,),
    VersionState.WITHDRAWN: (VersionState.DRAFT, VersionState.SUBMITTED),
}


# Each change begins with one of these, which decides at once.
NEW_VERSION = """
    INSERT INTO script_version (script, version, kind, content, state)
    SELECT CAST($1 AS TEXT), coalesce(max(version), 0) + 1, $2, $3, $4
    FROM script_version WHERE script = CAST($1 AS TEXT)
    RETURNING version"""
ROLL_BACK = """
    INSERT INTO script_version (script, version, kind, content, state)
    SELECT script, (SELECT max(version) + 1 FROM script_version WHERE script = old.script),
           kind, content, state
    FROM script_version AS old WHERE script = $1 AND version = $2 AND state = 2
    RETURNING version"""
MOVE_VERSION = """
    UPDATE script_version SET state = CAST($1 AS SMALLINT)
    WHERE script = $2 AND version = $3
        AND state IN (SELECT CAST(value AS SMALLINT) FROM texts($4))
        AND (CAST($1 AS SMALLINT) <> 2 OR NOT EXISTS (
            SELECT 1 FROM script_version AS later
            WHERE later.script = $2 AND later.version > $3 AND later.state = 2))
    RETURNING version"""
APPROVED_SINCE = """
    SELECT step.seq, script, version, kind, content
    FROM script_step AS step JOIN script_version USING (script, version)
    WHERE step.state = 2 AND step.seq > $1 ORDER BY step.seq LIMIT 500"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who did something with a version, when and why."""

    who: str
    at: float  # Unix seconds
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    state: str  # that the version came to: draft, submitted, approved, rejected or withdrawn
    who: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A version with all that people did with it."""

    version: Version
    steps: tuple[Step, ...]  # the first is its author's; the last tells its state
    in_force: bool


async def draft(script: str, content: str, act: Act, *, judge: Judge) -> int:
    """Add a version, in force only once it is submitted and approved. Returns its number.

    Args:
        content: one line of JSON Lines.

    Raises:
        ScriptError: there are mistakes in it.
        BotError: the id is too long.
    """
    if len(script) > _LONGEST_ID:
        raise BotError(f"The id {script} is too long: use {_LONGEST_ID} characters at most.")
    rows = await ScriptVersionRow.filter(script=script).order_by("-version").limit(1)
    number = rows[0].version + 1 if rows else 1
    await _pass(Version(script=script, number=number, content=content), judge)
    return await _add(script, Kind.WORDS, content, act, VersionState.DRAFT)


async def submit(script: str, number: int, act: Act) -> None:
    """Ask for approval.

    Raises:
        BotError: there is no such version, or it is no draft.
    """
    await _move(script, number, VersionState.SUBMITTED, act)


async def approve(script: str, number: int, act: Act, *, judge: Judge) -> None:
    """Approve a submitted version: the bot takes it up within seconds.

    Raises:
        ScriptError: there are mistakes in it, by now.
        BotError: it was not submitted, or a later one was approved before it.
    """
    await _pass(await _version(script, number), judge)
    await _move(script, number, VersionState.APPROVED, act)


async def reject(script: str, number: int, act: Act) -> None:
    """Turn a submitted version down.

    Raises:
        BotError: there is no such version, or it was not submitted.
    """
    await _move(script, number, VersionState.REJECTED, act)


async def withdraw(script: str, number: int, act: Act) -> None:
    """Take a version back before anybody has judged it.

    Raises:
        BotError: there is no such version, or it was judged already.
    """
    await _move(script, number, VersionState.WITHDRAWN, act)


async def retire(script: str, act: Act, *, judge: Judge) -> int:
    """Retire a script, even if the files have it. Returns the number of the new version.

    Raises:
        ScriptError: the bot cannot do without it.
    """
    await _pass(Version(script=script, number=0, kind=Kind.RETIRED), judge)
    return await _add(script, Kind.RETIRED, "", act, VersionState.APPROVED)


async def roll_back(script: str, to: int, act: Act, *, judge: Judge) -> int:
    """Approve version `to`, which was in force before, once more; 0 is the script of the files.
    Returns the number of the new version.

    Raises:
        ScriptError: there are mistakes in it, by now.
        BotError: there is no such version, or it never was approved.
    """
    if to == 0:
        await _pass(Version(script=script, number=0, kind=Kind.FILE), judge)
        return await _add(script, Kind.FILE, "", act, VersionState.APPROVED)
    await _pass(await _version(script, to), judge)
    async with in_transaction("default") as transaction:
        await _one_by_one(transaction)
        rows = await transaction.execute_query_dict(opened().text(ROLL_BACK), [script, to])
        if rows:
            number = int(rows[0]["version"])
            await _note(script, number, VersionState.APPROVED, act)
            return number
    raise BotError(f"Version {to} of {script} never was in force: {_SHOWN.format(script)}")


async def history(script: str) -> list[Edit]:
    """Every version of this id, the newest first."""
    return await _edits(await ScriptVersionRow.filter(script=script).order_by("-version"))


async def contents(scripts: Iterable[str]) -> dict[str, list[str]]:
    """The contents of all versions of these scripts, by id, the newest first."""
    rows = await ScriptVersionRow.filter(script__in=[*{*scripts}]).order_by("-version")
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.script, []).append(row.content)
    return found


async def waiting(number: int) -> list[Edit]:
    """The newest `number` versions that are drafts or submitted, the oldest first."""
    open_states = (VersionState.DRAFT, VersionState.SUBMITTED)
    rows = ScriptVersionRow.filter(state__in=open_states).order_by("-seq").limit(number)
    return await _edits((await rows)[::-1])


class Approved:
    """The versions in force, kept in memory; `refresh` reads what was approved since."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._last = 0  # step that was read
        self._versions: dict[str, Version] = {}

    async def refresh(self) -> bool:
        """Read what was approved since the last time. Returns whether there was anything."""
        before = self._last
        # In pages: the event loop makes objects of the rows.
        while rows := await self._source.rows(APPROVED_SINCE, self._last):
            for row in rows:
                self._versions[row["script"]] = Version(
                    script=row["script"],
                    number=row["version"],
                    kind=Kind(row["kind"]),
                    content=row["content"],
                )
            self._last = rows[-1]["seq"]
        return self._last > before

    def __iter__(self) -> Iterator[Version]:
        return iter(tuple(self._versions.values()))


_SHOWN = "`huashu scripts history {}` shows what became of each."


async def _pass(version: Version, judge: Judge) -> None:
    if complaints := await judge(version):
        raise ScriptError(complaints)


async def _version(script: str, number: int) -> Version:
    row = await ScriptVersionRow.get_or_none(script=script, version=number)
    if row is None:
        raise BotError(f"There is no version {number} of {script}: {_SHOWN.format(script)}")
    return _version_of(row)


async def _one_by_one(transaction: BaseDBAsyncClient) -> None:
    """Have PostgreSQL commit steps in the order of their numbers: who has read one never looks for
    earlier ones. SQLite writes one transaction after another anyway."""
    if opened().postgres:
        await transaction.execute_query_dict(STEP)


async def _add(script: str, kind: Kind, content: str, act: Act, state: VersionState) -> int:
    values = [script, kind, content, state]
    async with in_transaction("default") as transaction:
        await _one_by_one(transaction)
        rows = await transaction.execute_query_dict(opened().text(NEW_VERSION), values)
        number = int(rows[0]["version"])
        await _note(script, number, state, act)
    return number


async def _move(script: str, number: int, state: VersionState, act: Act) -> None:
    allowed = given(_FROM[state])
    values = [state, script, number, allowed]
    async with in_transaction("default") as transaction:
        await _one_by_one(transaction)
        if await transaction.execute_query_dict(opened().text(MOVE_VERSION), values):
            await _note(script, number, state, act)
            return
    row = await ScriptVersionRow.get_or_none(script=script, version=number)
    known = VersionState(row.state).name.lower() if row else "not there"
    if state is VersionState.APPROVED and known == "submitted":
        known = "older than one that was approved since: edit that one"
    wish = state.name.lower()
    raise BotError(
        f"Version {number} of {script} cannot be {wish}, it is {known}. {_SHOWN.format(script)}"
    )


async def _note(script: str, number: int, state: VersionState, act: Act) -> None:
    await ScriptStepRow.create(
        script=script, version=number, state=state, who=act.who, note=act.note, at=act.at
    )


async def _edits(rows: Sequence[ScriptVersionRow]) -> list[Edit]:
    steps: dict[tuple[str, int], list[Step]] = defaultdict(list)
    in_force: dict[str, int] = {}
    scripts = {row.script for row in rows}
    for step in await ScriptStepRow.filter(script__in=scripts).order_by("seq"):
        state = VersionState(step.state)
        if state is VersionState.APPROVED:
            in_force[step.script] = step.version
        at = moment(step.at)
        steps[step.script, step.version].append(
            Step(state=state.name.lower(), who=step.who, at=at, note=step.note)
        )
    return [
        Edit(
            version=_version_of(row),
            steps=tuple(steps[row.script, row.version]),
            in_force=in_force.get(row.script) == row.version,
        )
        for row in rows
    ]


def _version_of(row: ScriptVersionRow) -> Version:
    return Version(script=row.script, number=row.version, kind=Kind(row.kind), content=row.content)
