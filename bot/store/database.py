"""Opens the database, brings its tables up to date, and runs set-based statements."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from tortoise import BaseDBAsyncClient
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext

from bot.errors import Complaint, ConfigError
from bot.files.private import create_private, keep_private
from bot.store import postgres, structure
from bot.store.hosts import primary
from bot.store.sql import Database
from bot.store.sqlite_file import lasting, opening
from bot.store_url import is_postgres

APPS = {
    "huashu": {
        # The models that are queried through Tortoise; each column costs thirty filters of memory.
        # The other tables are defined by models too: see tables.py.
        "models": ["bot.store.models"],
        "default_connection": "default",
        "migrations": "bot.store.migrations",
    }
}
# FULL: an acknowledged event survives a power cut. Tortoise's own journal limit of 16 KiB would
# truncate the WAL at every checkpoint.
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "journal_size_limit": 64 * 1024 * 1024,
    "wal_autocheckpoint": 4000,
    "busy_timeout": 10_000,
    "cache_size": -2_000,  # KiB; the system's cache holds the file as well
    "secure_delete": 1,  # who is forgotten leaves no words in free pages; not each SQLite does
}
READING = "reading"  # the second connection to a file; opened with the first read


def tortoise_config(url: str) -> dict[str, Any]:
    if is_postgres(url):
        engine, credentials = "tortoise.backends.asyncpg", postgres.credentials(url)
    else:
        engine = "tortoise.backends.sqlite"
        credentials = {"file_path": url.removeprefix("sqlite://"), **PRAGMAS}
    connections = {"default": {"engine": engine, "credentials": credentials}}
    if not is_postgres(url):  # which has a pool
        connections[READING] = {"engine": engine, "credentials": {**credentials, "query_only": 1}}
    return {
        "connections": connections,
        "apps": APPS,
        "use_tz": True,
    }


@asynccontextmanager
async def open_database(url: str, *, as_it_is: bool = False) -> AsyncIterator[BaseDBAsyncClient]:
    """Connect to `url` and migrate it.

    Args:
        url: `sqlite://PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`, several hosts with
            commas between them.
        as_it_is: for a moment, perhaps beside a bot of another version: nothing is migrated.

    Raises:
        ConfigError: it is neither, or cannot be reached, or is not of this version `as_it_is`.
    """
    if is_postgres(url):
        url = await primary(url)
        async with AsyncExitStack() as stack:
            async with postgres.reaching(url):
                connection = await stack.enter_async_context(migrated(url, as_it_is=as_it_is))
            async with postgres.lasting(url):
                yield connection
        return
    if not url.startswith("sqlite://"):
        kind, address, _ = url.partition("://")  # without one it may be anything, a secret too
        raise ConfigError(
            [
                Complaint(
                    "config/bot.toml",
                    "store.url",
                    f"{kind!r} is not supported" if address else "this value cannot be used",
                    'Write "sqlite://var/huashu.db", or "env:HUASHU_STORE_URL" for PostgreSQL.',
                )
            ]
        )
    path = Path(url.removeprefix("sqlite://"))
    async with AsyncExitStack() as stack:
        async with opening(path):
            create_private(path)
            keep_private(path)
            connection = await stack.enter_async_context(
                migrated(url, structure.lay_out, as_it_is=as_it_is)
            )
        async with lasting(path):
            yield connection


@asynccontextmanager
async def beside(path: Path) -> AsyncIterator[BaseDBAsyncClient]:
    """Open a new SQLite file of our own, or one made here, while this process works on a database
    of any kind: hidden from Tortoise's models, which know one kind at a time."""
    create_private(path)
    connection = SqliteClient(str(path), connection_name="beside", **PRAGMAS)
    await connection.create_connection(with_db=True)
    try:
        await structure.lay_out(connection)
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def migrated(
    url: str, begin: Callable[[BaseDBAsyncClient], Awaitable[None]] | None = None,
    *, as_it_is: bool = False,
) -> AsyncIterator[BaseDBAsyncClient]:  # fmt: skip
    """Connect to the database `url`, run `begin` on it, and apply the migrations it lacks."""
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(url))
        connection = context.connections.get("default")
        EXECUTOR_CACHE.clear()  # of a database of the other kind that was open in this process
        if begin is not None:
            await begin(connection)
        if as_it_is:
            await structure.demand_newest(connection)
        elif is_postgres(url):
            async with postgres.alone(connection):
                await migrate(connection)
                await postgres.unbound(connection)
        else:
            await migrate(connection)
        try:
            yield connection
        finally:
            if not is_postgres(url):  # of two that close at once neither is the last: -wal stays
                await context.connections.get(READING).close()


async def migrate(connection: BaseDBAsyncClient) -> None:
    """Apply the missing migrations. If none is missing they are not even read: they would stay in
    memory, with the code that reads them."""
    if not await structure.is_newest(connection):
        from tortoise.migrations.executor import MigrationExecutor

        # This only makes tables: with a connection, each step would prepare the queries of all
        # models again, which took most of the time.
        apps = {name: {**app, "default_connection": None} for name, app in APPS.items()}
        await MigrationExecutor(connection, apps).migrate()


def opened() -> Database:
    """The database that is open here."""
    connection = get_connection("default")
    if connection.capabilities.dialect == "postgres":
        return Database(connection)
    return Database(connection, get_connection(READING))
