"""One text of SQL for SQLite and PostgreSQL.

Values are written $1, $2 … and may be repeated. Many rows are one value: `given($1)` reads the
JSON array and has one column, `value`; its fields are `CAST(value ->> 0 AS TEXT)` and so on, on
both. `given_as` names them all. `texts($1)` reads an array of texts; there `value` is the text.
The function `given` writes both. A line that ends with `--skip locked` skips rows that another
worker has locked; one with `--wait` waits for them, and locks them for this transaction.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path
from sqlite3 import Row
from typing import Any, Protocol, TypeVar

import orjson
from aiosqlite import connect
from tortoise import BaseDBAsyncClient
from tortoise.backends.sqlite.client import SqliteClient

from bot.store.postgres import END_TURN, TURN
from bot.store.sqlite_file import address

Rows = list[dict[str, Any]]
Turns = Callable[[], AbstractAsyncContextManager[None]]
T = TypeVar("T")
TRIES = 5  # tries of one transaction, if others write the same rows in another order
AT_LEISURE = "SET LOCAL idle_in_transaction_session_timeout = 0"  # nobody waits for readers
LONGEST_WORDS = 1000  # characters that are looked for
_WRITING = re.compile(r"\b(?:INSERT|UPDATE|DELETE)\b")


class Source(Protocol):
    """A database, or a transaction on it."""

    async def rows(self, text: str, *values: Any) -> Rows: ...


class Transaction(Source, Protocol):
    async def each(self, text: str, rows: Iterable[Sequence[Any]], /) -> None:
        """Run a writing statement once for each of `rows`."""


class Database:
    """
    Args:
        connection: Tortoise's own, which other parts may use at the same time.
        reading: one to the same file for reading alone, so that commits do not wait for slow
            pages. It sees what is committed at once.
    """

    def __init__(
        self, connection: BaseDBAsyncClient, reading: BaseDBAsyncClient | None = None
    ) -> None:
        self._connection, self._reading = connection, reading or connection
        self.postgres = connection.capabilities.dialect == "postgres"
        self._collided: tuple[type[Exception], ...] = ()
        if self.postgres:
            from asyncpg import exceptions  # only installed with PostgreSQL

            self._collided = (exceptions.DeadlockDetectedError,)
        self._texts: dict[str, str] = {}

    def text(self, text: str) -> str:
        """`text` as this database wants it."""
        found = self._texts.get(text)
        if found is None:
            if self.postgres:
                found = text.replace("given(", "jsonb_array_elements(")
                found = found.replace("texts(", "jsonb_array_elements_text(")
                found = found.replace("--skip locked", "FOR UPDATE SKIP LOCKED")
                found = found.replace("--wait", "FOR UPDATE").replace("folded(", "lower(")
            else:
                found = text.replace("given(", "json_each(").replace("texts(", "json_each(")
                found = found.replace("$", "?").replace("folded(", "(")
            self._texts[text] = found
        return found

    async def rows(self, text: str, *values: Any) -> Rows:
        """The rows that one statement returns. One that writes is a transaction of its own."""
        connection = self._connection if _writes(text) else self._reading
        # On PostgreSQL, execute_query drops what RETURNING returns; this does not.
        return await connection.execute_query_dict(self.text(text), [*values])

    async def change(self, text: str, *values: Any) -> int:
        """How many rows an INSERT, UPDATE or DELETE without RETURNING has changed."""
        if self.postgres:  # for an INSERT, Tortoise would tell none
            counted = f"WITH changed AS ({text} RETURNING 1) SELECT count(*) AS n FROM changed"
            return await one_number(self, counted, *values)
        number, _ = await self._connection.execute_query(self.text(text), [*values])
        return number

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction: all or nothing; on SQLite nobody else writes meanwhile."""
        async with self._connection.acquire_connection() as driver:
            if self.postgres:
                async with driver.transaction():
                    yield _Postgres(driver, self.text)
                return
            try:  # the thread begins it even if its caller is cancelled meanwhile
                await driver.execute("BEGIN IMMEDIATE")
                yield _Sqlite(driver, self.text)
                await driver.commit()
            except BaseException:
                await driver.rollback()
                raise

    async def atomic(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in a transaction; once more if PostgreSQL ended it for a deadlock."""
        for _ in range(TRIES - 1):
            try:
                async with self.transaction() as transaction:
                    return await work(transaction)
            except self._collided:
                continue
        async with self.transaction() as transaction:
            return await work(transaction)

    def turns(self, what: str) -> Turns:
        """Turns, of which only one at a time can be taken, among all who share the returned value
        and other processes on this database: for what WeCom would make twice.

        With SQLite there is no other process.
        """
        one = asyncio.Lock()  # each that waits at the server takes a connection

        @asynccontextmanager
        async def turn() -> AsyncIterator[None]:
            async with one:
                if not self.postgres:
                    yield
                    return
                async with self._connection.acquire_connection() as driver:
                    await driver.execute(TURN, what)
                    try:
                        yield
                    finally:
                        await driver.execute(END_TURN, what)

        return turn

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Source]:
        """Read all tables as of one moment, whatever others write meanwhile.

        It may take minutes, so it has a connection of its own.
        """
        if isinstance(self._connection, SqliteClient):
            place = address(Path(self._connection.filename))
            async with connect(place, uri=True, isolation_level=None) as driver:
                driver.row_factory = Row
                await driver.execute("PRAGMA query_only = 1")
                await driver.execute("BEGIN")
                yield _Sqlite(driver, self.text)
            return
        async with (
            self._connection.acquire_connection() as driver,
            driver.transaction(isolation="repeatable_read", readonly=True),
        ):
            await driver.execute(AT_LEISURE)
            yield _Postgres(driver, self.text)


async def one_number(source: Source, text: str, *values: Any) -> int:
    """The number that `text` asks for: one row of one column."""
    [row] = await source.rows(text, *values)
    [number] = row.values()
    return int(number)


class Queries:
    """The base of classes that read and write one subject."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def turns(self, what: str) -> Turns:
        """As `Database.turns` says."""
        return self._database.turns(what)


@cache
def _writes(text: str) -> bool:
    return _WRITING.search(text) is not None


class _Transaction:
    def __init__(self, driver: Any, text: Callable[[str], str]) -> None:
        self._driver, self._text = driver, text

    async def each(self, text: str, rows: Iterable[Sequence[Any]]) -> None:
        await self._driver.executemany(self._text(text), rows)


class _Postgres(_Transaction):
    async def rows(self, text: str, *values: Any) -> Rows:
        return [dict(row) for row in await self._driver.fetch(self._text(text), *values)]


class _Sqlite(_Transaction):
    async def rows(self, text: str, *values: Any) -> Rows:
        return [dict(row) for row in await self._driver.execute_fetchall(self._text(text), values)]


def like(text: str, pattern: str) -> str:
    """SQL: `text` matches the pattern, ignoring case.

    Args:
        text, pattern: SQL as well; parts of the pattern to be taken literally go through
            `literally`.
    """
    # SQLite's LIKE ignores case itself, and lower() would make a new text of every row.
    return f"folded({text}) LIKE folded({pattern}) ESCAPE '!'"


def literally(words: str) -> str:
    """`words` escaped for a pattern of `like`; the first of many, as SQLite takes no long ones."""
    return words[:LONGEST_WORDS].replace("!", "!!").replace("%", "!%").replace("_", "!_")


def given(several: Iterable[Any]) -> str:
    """Many rows, or texts, as one value."""
    return orjson.dumps([*several]).decode()


def whole(text: str, default: int = 0) -> int:
    """The number that a text from an address or a form holds, if a column can; else `default`."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else default


def given_as(number: int, columns: str) -> str:
    """SQL: the rows of value `number`, as a table with these columns: "seq BIGINT, name TEXT"."""
    read = [column.split(" ", 1) for column in columns.split(", ")]
    fields = (f"CAST(value ->> {at} AS {kind}) AS {name}" for at, (name, kind) in enumerate(read))
    return f"(SELECT {', '.join(fields)} FROM given(${number}))"
