"""A new database gets its tables from `structure.sql`, not by one migration after another.

The migrations remain the authority: the file is what they make of an empty database, written by
`make structure`; a test compares both. If it is older than the newest migration, no harm is done:
the rest is migrated as in any database in use.
"""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from tortoise import BaseDBAsyncClient
from tortoise.exceptions import OperationalError

from bot.errors import Complaint, ConfigError, OldTables

STRUCTURE = Path(__file__).with_name("structure.sql")
MIGRATIONS = [*Path(__file__).with_name("migrations").glob("[0-9]*.py")]
HEAD = "-- What the migrations make of an empty SQLite database. Written by `make structure`.\n"
OBJECTS = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
APPLIED = "SELECT app, name FROM tortoise_migrations ORDER BY id"
NEWER = "Start that version, or put back the copy from before it: docs/operations.md."
OLDER = (
    "Start this version's `huashu run` first, which brings the tables up to date; beside a bot "
    "that still runs, use that bot's own huashu"
)
APPLY = "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES"


async def lay_out(connection: BaseDBAsyncClient) -> None:
    """Fill an empty SQLite database with its tables; leave any other as it is."""
    if not await connection.execute_query_dict("SELECT 1 FROM sqlite_master LIMIT 1"):
        script = STRUCTURE.read_text("utf-8")
        await connection.execute_script(f"BEGIN;\n{script}COMMIT;")


async def is_newest(connection: BaseDBAsyncClient) -> bool:
    """Whether every migration was applied.

    Raises:
        ConfigError: a migration was applied that this program does not know.
    """
    try:
        rows = await connection.execute_query_dict(APPLIED)
    except OperationalError:  # a database without tables
        return False
    applied, known = {row["name"] for row in rows}, {path.stem for path in MIGRATIONS}
    if unknown := applied - known:
        problem = f"this database was used by a newer version: {max(unknown)} is not known here"
        raise ConfigError([Complaint("config/bot.toml", "store.url", problem, NEWER)])
    return applied == known


async def demand_newest(connection: BaseDBAsyncClient) -> None:
    """Make sure that the database has the tables of this version.

    Raises:
        OldTables: it was not migrated to this version.
        ConfigError: it was migrated to a newer one.
    """
    if not await is_newest(connection):
        problem = "no bot of this version has run on this database yet"
        raise OldTables([Complaint("config/bot.toml", "store.url", problem, OLDER)])


async def written(connection: BaseDBAsyncClient) -> str:
    """The structure of a migrated SQLite database, as `structure.sql` has it."""
    objects = [row["sql"] for row in await connection.execute_query_dict(OBJECTS)]
    applied = await connection.execute_query_dict(APPLIED)
    rows = ",\n".join(
        f"    ('{row['app']}', '{row['name']}', CURRENT_TIMESTAMP)" for row in applied
    )
    return HEAD + "".join(f"{sql};\n" for sql in (*objects, f"{APPLY}\n{rows}"))


async def main() -> None:
    from bot.store.database import migrated  # which lays new databases out by this module

    with TemporaryDirectory() as folder:
        async with migrated(f"sqlite://{folder}/new.db") as connection:
            STRUCTURE.write_text(await written(connection), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
