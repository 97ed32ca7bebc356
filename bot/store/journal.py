"""Writes events, decisions and what becomes of messages, many in one commit.

A commit costs one disk sync however much is in it, so whatever is asked for during one commit
becomes the next one. A `Write` is on disk whole or not at all. Planning, caps and pages have
transactions of their own beside it (sql.py).
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence, Set
from itertools import chain
from typing import Any, Protocol, TypedDict, Unpack

from tortoise import BaseDBAsyncClient

from bot.clock import SystemClock, turn
from bot.store.commits import Row as Row
from bot.store.commits import Table, commits_of, passing
from bot.store.sql import Database
from bot.store.sqlite_file import BACK, MOVED
from bot.store.statements import Statement
from bot.store.touch.statements import TouchRows, TouchStatement

log = logging.getLogger(__name__)

Then = Callable[[Set[str]], None]
AGAIN_S = 0.5
SLOW_S = 10.0  # a commit that takes longer is being blocked; SQLite itself gives up then
HELP = (
    "Make room on the database's disk, look at dmesg whether it fails, or end what else has the "
    "database open, or holds a lock in it."
)
MOST = 512  # writes in one commit: limits how long the slowest caller waits
TURNS = 3  # turns of the event loop in which others may join a commit


class Rows(TypedDict, total=False):
    """In the column order of their statement."""

    events: Sequence[Row]
    history: Sequence[Row]  # events that nobody will handle
    messages: Sequence[Row]
    finished: Sequence[Row]
    settled: Sequence[Row]
    sessions: Sequence[Row]
    cursors: Sequence[Row]
    customers: Sequence[Row]
    todos: Sequence[Row]
    closed_todos: Sequence[Row]  # (at, conversation)
    learned: Sequence[Row]


class Write:
    """Rows for one atomic change; tables that it does not name cost nothing.

    `then` is called right after the commit, in commit order, with the ids of events and messages
    that were not there before. It must be quick and must not raise.

    Args:
        more: rows about customers and touches.
    """

    __slots__ = ("more", "rows", "then")

    def __init__(
        self, *, more: TouchRows | None = None, then: Then | None = None, **rows: Unpack[Rows]
    ) -> None:
        self.rows, self.more, self.then = rows, more, then


class Fence(Protocol):
    async def commit(self, writes: list[Write]) -> Set[str]:
        """Commit `gather(writes)`, but without outcomes of events that are settled already."""


class Writes(Protocol):
    """The part of a journal for whoever only writes."""

    async def write(self, write: Write) -> object: ...


class Journal:
    """
    Args:
        slow_s: a commit that takes longer is logged.

    Attributes:
        trouble: why nothing can be written just now; "" = it can.
        hindered: how often it could not, and then could again.
    """

    def __init__(self, connection: BaseDBAsyncClient, *, slow_s: float = SLOW_S) -> None:
        self._database, self._execute = Database(connection), commits_of(connection)
        self._loop = asyncio.get_running_loop()  # asking for it is a system call in Python 3.11
        self._waiting: list[tuple[Write, asyncio.Future[Set[str]] | None]] = []
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False
        self.commits = self.hindered = 0  # so far
        self._slow_s, self.trouble = slow_s, ""
        self.fence: Fence | None = None  # where several processes take events from one stream

    async def write(self, write: Write) -> Set[str]:
        """Return once `write` is on disk, with the ids that were new."""
        done: asyncio.Future[Set[str]] = self._loop.create_future()
        self._add(write, done)
        return await done

    def post(self, write: Write) -> None:
        """As `write`, without waiting: for what may be lost with the process, because the next
        start redoes it."""
        self._add(write, None)

    def _add(self, write: Write, done: asyncio.Future[Set[str]] | None) -> None:
        if self._closed:  # as of those that waited when it was: the program ends
            if done is not None:
                done.cancel()
            return
        if not self._waiting:
            self._idle.clear()
            self._work.set()
        self._waiting.append((write, done))

    async def run(self) -> None:
        """Commit until cancelled.

        If the disk is full, or another program has locked the file, it tries until it can write,
        since much of this is known here alone. Any other error ends this, and with it the program.
        """
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
            self._idle.set()  # nobody shall wait for what will never be written
            for _, done in self._waiting:
                if done is not None:
                    done.cancel()

    async def _let_others_join(self) -> None:
        """Wait a few turns of the loop for as long as more keeps coming: fewer commits."""
        seen = 0
        while seen < len(self._waiting) < MOST:
            seen = len(self._waiting)
            for _ in range(TURNS):
                await turn()

    @property
    def lost(self) -> bool:
        """The database's file is no longer the one that was opened, whose content ends with the
        process."""
        return self._execute.lost

    async def look(self) -> None:
        """Check that the file is still there, and say so even if nobody writes."""
        if self.lost and not self.trouble:
            self.post(Write())

    async def drain(self) -> None:
        """Wait until nothing waits."""
        await self._idle.wait()

    async def rows(self, text: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of a single statement; sweeps write this way too."""
        return await self._database.rows(text, *values)

    async def _commit(self, batch: list[tuple[Write, asyncio.Future[Set[str]] | None]]) -> None:
        try:
            writes = [write for write, _ in batch]
            while (fresh := await self._written(writes)) is None:
                await SystemClock().sleep(AGAIN_S)  # a disk keeps real time
        except BaseException as error:
            for _, done in batch:
                if done is not None and not done.done():
                    done.set_exception(error)
                    done.exception()  # the caller may be gone; the error also ends `run`
            raise
        self.commits += 1
        if self.trouble:
            self.trouble = ""
            self.hindered += 1
            log.warning("writing goes on", extra={"action": "commit"})
        for write, done in batch:
            if write.then is not None:
                write.then(fresh)
            if done is not None and not done.done():
                done.set_result(fresh)

    async def _written(self, writes: list[Write]) -> Set[str] | None:
        """As `write` returns; None: it has to be tried again."""
        slow = self._loop.call_later(
            self._slow_s, self._held_up, f"the database has not answered for {self._slow_s:g} s"
        )
        try:
            if self.fence is not None:
                return await self.fence.commit(writes)
            return await self._execute(gather(writes))
        except Exception as error:
            if not (why := passing(error)):
                raise
            self._held_up(why)
            return None
        finally:
            slow.cancel()

    def _held_up(self, why: str) -> None:
        if not self.trouble:
            log.critical(
                "nothing can be written until somebody helps: %s. %s",
                why, BACK if why == MOVED else HELP, extra={"action": "commit"},
            )  # fmt: skip
        self.trouble = why


STATEMENTS = {  # in an order in which each row finds what it refers to
    "events": Statement.PUT_EVENTS,
    "history": Statement.PUT_HISTORY,
    "messages": Statement.PUT_MESSAGES,
    "finished": Statement.FINISH_EVENTS,
    "settled": Statement.SETTLE_MESSAGES,
    "sessions": Statement.PUT_SESSIONS,
    "cursors": Statement.PUT_CURSORS,
    "customers": Statement.PUT_CUSTOMERS,
    "todos": Statement.PUT_TODOS,
    "closed_todos": Statement.CLOSE_TODOS,
    "learned": Statement.PUT_LEARNED,
}


def gather(writes: list[Write]) -> list[Table]:
    """One statement a table, with the rows of all writes."""
    found: dict[str, list[Row]] = {name: [] for name in STATEMENTS}
    for write in writes:
        tables: Mapping[str, Any] = write.rows
        for name, rows in tables.items():
            found[name] += rows
    gathered: list[Table] = [(STATEMENTS[name], rows) for name, rows in found.items()]
    if rarer := [write.more for write in writes if write.more]:
        gathered += (
            (statement, [*chain.from_iterable(more.get(statement, ()) for more in rarer)])
            for statement in TouchStatement
        )
    return [table for table in gathered if table[1]]
