"""Every write of the running engine goes through here, and those that wait share one commit.

A commit costs one disk sync however much is in it, so whatever is asked for while one commit is
under way becomes the next one. Nothing is ever written beside the journal: what a caller put
together in one `Write` is on disk whole or not at all.
"""

import asyncio
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any

import orjson
from tortoise import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.clock import turn
from bot.store.statements import Statement

Row = tuple[Any, ...]
Then = Callable[[Set[str]], None]
MOST = 512  # writes in one commit: bounds how long the slowest caller waits
TURNS = 3  # of the event loop, in which those who are ready join a commit


@dataclass(slots=True, kw_only=True)
class Write:
    """Rows for one atomic change, in the column order of their statement.

    `then` is called right after the commit, in commit order, with the ids of events and messages
    that were not there before. It must be quick and must not raise.
    """

    events: Sequence[Row] = ()
    history: Sequence[Row] = ()  # events that nobody will handle
    messages: Sequence[Row] = ()
    finished: Sequence[Row] = ()
    settled: Sequence[Row] = ()
    sessions: Sequence[Row] = ()
    cursors: Sequence[Row] = ()
    customers: Sequence[Row] = ()
    todos: Sequence[Row] = ()
    closed_todos: Sequence[Row] = ()  # (conversation, at)
    then: Then | None = None


class Journal:
    def __init__(self, connection: BaseDBAsyncClient) -> None:
        self._connection = connection
        self._waiting: list[tuple[Write, asyncio.Future[Set[str]] | None]] = []
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    async def write(self, write: Write) -> Set[str]:
        """Return once `write` is on disk, with the ids that were new."""
        done: asyncio.Future[Set[str]] = asyncio.get_running_loop().create_future()
        self._add(write, done)
        return await done

    def post(self, write: Write) -> None:
        """The same without waiting, for what may be lost with the process: redone at restart."""
        self._add(write, None)

    def _add(self, write: Write, done: asyncio.Future[Set[str]] | None) -> None:
        if self._closed:
            raise RuntimeError("the journal is closed")
        self._waiting.append((write, done))
        self._idle.clear()
        self._work.set()

    async def run(self) -> None:
        """Commit until cancelled. A failing disk ends this, and with it the program."""
        try:
            while True:
                await self._work.wait()
                await self._let_others_join()
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._commit(batch)
                if not self._waiting:
                    self._work.clear()
                    self._idle.set()
        finally:
            self._closed = True
            self._idle.set()  # nobody waits for what will never be written
            for _, done in self._waiting:
                if done is not None:
                    done.cancel()

    async def _let_others_join(self) -> None:
        """Wait for as long as more keeps coming, a few turns of the loop: fewer commits."""
        seen = 0
        while seen < len(self._waiting) < MOST:
            seen = len(self._waiting)
            for _ in range(TURNS):
                await turn()

    async def drain(self) -> None:
        """Wait until nothing waits."""
        await self._idle.wait()

    async def read(self, query: str, values: list[Any]) -> list[dict[str, Any]]:
        """The rows of one statement of its own; sweeps write this way too."""
        return await self._connection.execute_query_dict(query, values)

    async def _commit(self, batch: list[tuple[Write, asyncio.Future[Set[str]] | None]]) -> None:
        statements = gather([write for write, _ in batch])
        try:
            fresh = await self._execute(statements)
        except BaseException as error:
            for _, done in batch:
                if done is not None and not done.done():
                    done.set_exception(error)
                    done.exception()  # the caller may be gone; the error itself ends `run`
            raise
        for write, done in batch:
            if write.then is not None:
                write.then(fresh)
            if done is not None and not done.done():
                done.set_result(fresh)

    async def _execute(self, statements: list[tuple[str, str]]) -> Set[str]:
        if len(statements) == 1:  # commits by itself
            return await returned(self._connection, *statements[0])
        fresh: set[str] = set()
        async with in_transaction() as transaction:
            for query, rows in statements:
                fresh |= await returned(transaction, query, rows)
        return fresh


TABLES = (  # in an order in which each finds what it refers to
    (Statement.PUT_EVENTS, attrgetter("events")),
    (Statement.PUT_HISTORY, attrgetter("history")),
    (Statement.PUT_MESSAGES, attrgetter("messages")),
    (Statement.FINISH_EVENTS, attrgetter("finished")),
    (Statement.SETTLE_MESSAGES, attrgetter("settled")),
    (Statement.PUT_SESSIONS, attrgetter("sessions")),
    (Statement.PUT_CURSORS, attrgetter("cursors")),
    (Statement.PUT_CUSTOMERS, attrgetter("customers")),
    (Statement.PUT_TODOS, attrgetter("todos")),
    (Statement.CLOSE_TODOS, attrgetter("closed_todos")),
)
# One statement must not name a row twice; the last one holds.
ONCE = frozenset(
    {
        Statement.SETTLE_MESSAGES,
        Statement.PUT_SESSIONS,
        Statement.PUT_CURSORS,
        Statement.PUT_CUSTOMERS,
        Statement.CLOSE_TODOS,
    }
)


def gather(writes: list[Write]) -> list[tuple[str, str]]:
    """One statement a table, with the rows of all writes."""
    statements = []
    for statement, rows_of in TABLES:
        rows = list(chain.from_iterable(map(rows_of, writes)))
        if rows and statement in ONCE:
            rows = list({row[0]: row for row in rows}.values())
        if rows:
            statements.append((statement.value, orjson.dumps(rows).decode()))
    return statements


async def returned(connection: BaseDBAsyncClient, query: str, rows: str) -> set[str]:
    return {row["id"] for row in await connection.execute_query_dict(query, [rows])}
