"""How a commit of the journal is written to SQLite and to PostgreSQL."""

import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence, Set
from typing import Any, Protocol, TypeVar

from aiosqlite import Connection
from tortoise import BaseDBAsyncClient
from tortoise.backends.sqlite.client import SqliteClient

from bot.store.commits_postgres import BY_ROW, LATEST, SETS
from bot.store.postgres import full
from bot.store.sqlite_file import PASSING, code_of, file_at, moved
from bot.store.statements import Statement
from bot.store.touch.statements import TouchStatement

log = logging.getLogger(__name__)

T = TypeVar("T")
Row = tuple[Any, ...]
Table = tuple[Statement | TouchStatement, list[Row]]
# Tables where it matters what was there before: nobody may go on with it twice.
INSERTS = frozenset({Statement.PUT_EVENTS, Statement.PUT_HISTORY, Statement.PUT_MESSAGES})
TRIES = 5  # tries of one commit, if others write the same rows in another order


class Collided(Exception):
    """Another transaction has just done the same: look again."""


def passing(error: Exception) -> str:
    """The database's message if the error will pass, once somebody makes room or releases a lock;
    else ""."""
    if isinstance(error, sqlite3.OperationalError):
        return str(error) if code_of(error)[0] in PASSING else ""
    return full(error)


class Commits(Protocol):
    @property
    def lost(self) -> bool:
        """Whether what is written goes into a file that nobody will open again."""
        ...

    async def __call__(self, tables: list[Table]) -> Set[str]:
        """Commit all of it or nothing; returns the ids that were not there before."""


def commits_of(connection: BaseDBAsyncClient) -> Commits:
    if connection.capabilities.dialect == "postgres":
        return PostgresCommits(connection)
    assert isinstance(connection, SqliteClient)  # the only other kind
    return SqliteCommits(connection)


class SqliteCommits:
    """Row by row, in one call for each table: nothing is quicker here."""

    def __init__(self, connection: SqliteClient) -> None:
        self._connection = connection
        self._file = file_at(connection.filename)

    @property
    def lost(self) -> bool:
        return file_at(self._connection.filename) != self._file

    async def __call__(self, tables: list[Table]) -> Set[str]:
        if self.lost:
            raise moved()
        fresh: set[str] = set()
        async with self._connection.acquire_connection() as sqlite:
            await sqlite.execute("BEGIN IMMEDIATE")
            try:
                for statement, rows in tables:
                    noted = noting(rows, sqlite, fresh) if statement in INSERTS else rows
                    await sqlite.executemany(statement.value, noted)
                await sqlite.commit()
            except BaseException:
                await sqlite.rollback()
                raise
        return fresh


def noting(rows: list[Row], connection: Connection, fresh: set[str]) -> Iterator[Row]:
    """`rows` one by one, for executemany; those that were not there before are added to `fresh`.

    `executemany` asks for the next row once the last one is in the table, or was there already.
    """
    changes = connection.total_changes
    for row in rows:
        yield row
        if connection.total_changes > changes:
            changes += 1
            fresh.add(row[0])


class PostgresCommits:
    """One statement for each table whose rows come in hundreds, else row by row without waiting
    for answers in between."""

    lost = False

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        from asyncpg import exceptions  # only installed with PostgreSQL

        self._connection = connection
        self._again = (exceptions.DeadlockDetectedError, exceptions.SerializationError)
        self._nul = exceptions.CharacterNotInRepertoireError
        self._legible = False  # from the first NUL on, every text is checked

    async def __call__(self, tables: list[Table]) -> Set[str]:
        async def work(driver: Any) -> Set[str]:
            return await self.execute(driver, tables)

        return await self.attempt(work)

    async def attempt(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Run it in a transaction; once more if it collided with another one."""
        for left in reversed(range(TRIES)):
            try:
                async with self._connection.acquire_connection() as driver, driver.transaction():
                    return await work(driver)
            except (*self._again, Collided) as error:
                if not left:
                    raise
                log.info("a commit is tried again: %s", error, extra={"action": "commit"})
            except self._nul:  # no text of PostgreSQL holds a NUL; SQLite's do
                if not left:
                    raise
                self._legible = True
        raise AssertionError("the last try returns or raises")

    async def execute(self, driver: Any, tables: list[Table]) -> Set[str]:
        fresh: set[str] = set()
        for statement, rows in tables:
            if self._legible:
                rows = [*map(_legible, rows)]
            if isinstance(statement, Statement) and (text := SETS.get(statement)):
                found = await driver.fetch(text, *_columns(statement, rows))
                fresh.update(row["id"] for row in found)
            else:
                await driver.executemany(BY_ROW[statement], rows)
        return fresh


def _columns(statement: Statement, rows: list[Row]) -> Iterator[Sequence[Any]]:
    """`rows` as one list for each column. PostgreSQL changes no row twice in one statement: of
    rows with the same key the last counts, as it would row by row."""
    key = LATEST.get(statement)
    if key is not None:
        rows = [*{row[key]: row for row in rows}.values()]
    return zip(*rows, strict=True)


def _legible(row: Row) -> Row:
    return tuple(one.replace("\0", "\ufffd") if isinstance(one, str) else one for one in row)
