"""A SQLite file that a single task uses and then throws away: the copy for a trial."""

import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

from bot.store.sql import Database, Rows, Transaction

# Nobody reads it after a crash, or at the same time.
PRAGMAS = {
    "locking_mode": "EXCLUSIVE",
    "journal_mode": "MEMORY",
    "synchronous": "OFF",
    "cache_size": -32_000,  # KiB
}


class OwnFile(Database):
    """Its statements run directly, in the caller's thread: a trial runs some hundred thousand of
    them, and handing each to a thread and back took longer than most."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver
        self.postgres = False
        self._collided, self._texts = (), {}

    async def rows(self, text: str, *values: Any) -> Rows:
        return [dict(row) for row in self._driver.execute(self.text(text), values)]

    async def change(self, text: str, *values: Any) -> int:
        before = self._driver.total_changes
        self._driver.execute(self.text(text), values)
        return self._driver.total_changes - before

    async def each(self, text: str, rows: Iterable[Sequence[Any]]) -> None:
        self._driver.executemany(self.text(text), rows)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        self._driver.execute("BEGIN")
        try:
            yield self
            self._driver.commit()
        except BaseException:
            self._driver.rollback()
            raise

    snapshot = transaction


@contextmanager
def own_file(path: Path) -> Iterator[OwnFile]:
    """Open one that has our tables."""
    with closing(sqlite3.connect(path, isolation_level=None)) as driver:
        driver.row_factory = sqlite3.Row
        for name, value in PRAGMAS.items():
            driver.execute(f"PRAGMA {name} = {value}")
        yield OwnFile(driver)
