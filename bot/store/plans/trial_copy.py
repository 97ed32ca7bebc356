"""Copies the database into an SQLite file in which plans are tried out."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import orjson

from bot.files.private import create_private
from bot.store.database import beside, open_database
from bot.store.own_file import own_file
from bot.store.scripts.pictures import TABLE
from bot.store.sql import Database
from bot.store.sqlite_file import address, lasting
from bot.store.tables import lines, putting, tables
from bot.store_url import is_postgres

# What the real bot has under way would be done a second time, and its tokens are its own.
CLEARED = (
    "DELETE FROM credential",
    "DELETE FROM media",
    "UPDATE cursor SET cursor = ''",
    "DELETE FROM event WHERE state = 0",
    "DELETE FROM message WHERE state < 2",
    "UPDATE touch SET state = 0 WHERE state = 5",
    "UPDATE mass_task SET state = 3 WHERE state < 3",
    "CREATE TABLE held (seq INTEGER PRIMARY KEY, rule TEXT, zh TEXT, en TEXT, at REAL)",
    # Asked for in each of thousands of moments: half a trial went into looking at all that waits.
    "CREATE INDEX touch_held ON touch (settled_at) WHERE state = 0 AND rule <> ''",
)


async def copy_database(url: str, target: Path) -> None:
    """Copy a database, whole and consistent, also while a bot works on it. What the bot has under
    way is cleared in the copy, or a trial would do it a second time.

    Args:
        url: of a SQLite file or of a PostgreSQL.
        target: the SQLite file to write.
    """
    if is_postgres(url):
        await poured(url, target)
    else:
        create_private(target)
        place = address(Path(url.removeprefix("sqlite://")))
        with (
            closing(sqlite3.connect(place, uri=True)) as read,
            closing(sqlite3.connect(target)) as written,
        ):
            read.backup(written)
    with closing(sqlite3.connect(target)) as written:
        for statement in CLEARED:
            written.execute(statement)
        written.commit()


@asynccontextmanager
async def copied(url: str, target: Path) -> AsyncIterator[Database]:
    """A copy as of `copy_database`, open, with the tables of this version."""
    await copy_database(url, target)
    if not is_postgres(url):
        async with open_database(f"sqlite://{target}"):
            pass
    async with lasting(target):
        with own_file(target) as database:
            yield database


async def poured(url: str, target: Path) -> None:
    """Copy every row of a PostgreSQL, except pictures, into a new SQLite file."""
    async with (
        open_database(url, as_it_is=True) as theirs,
        beside(target) as ours,
        Database(theirs).snapshot() as source,
        Database(ours).transaction() as written,
    ):
        for table in tables():
            if table.name == TABLE:  # nobody looks at them there
                continue
            put = putting(table, [*table.columns])
            async for page in lines(source, table):
                rows = map(orjson.loads, page)
                await written.each(put, [[*row.values()] for row in rows])
