"""Reaches a PostgreSQL that is the store, and makes it behave as SQLite does."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from bot.clock import SystemClock
from bot.errors import Complaint, ConfigError, leaves
from bot.store_url import INSTALL

if TYPE_CHECKING:
    from tortoise import BaseDBAsyncClient

CONNECTIONS = 10  # of one process, at most
SERVER = {
    "application_name": "huashu",
    "synchronous_commit": "on",  # an acknowledged event survives a power cut
    "jit": "off",  # our statements are short
    # Who stands still in a transaction holds its rows, and whoever has their share by then waits.
    "idle_in_transaction_session_timeout": "10s",
    "tcp_keepalives_idle": "10",  # what a machine held that lost its power is soon free
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
# Any numbers that others on the server will not take; no two of ours are the same.
MIGRATING, HOLDING, STEPPING, TURNS = 704881973, 704881974, 704881975, 704881976
LOCK = f"SELECT pg_advisory_lock({MIGRATING})"
UNLOCK = f"SELECT pg_advisory_unlock({MIGRATING})"
# Held by each process that works here, as long as it lives.
HOLD = f"SELECT pg_try_advisory_lock({HOLDING})"
HOLD_WITH_OTHERS = f"SELECT pg_try_advisory_lock_shared({HOLDING})"
# Steps of scripts are taken one by one.
STEP = f"SELECT pg_advisory_xact_lock({STEPPING})"
# And so are other things, each under a name of its own.
TURN = f"SELECT pg_advisory_lock({TURNS}, hashtext($1))"
END_TURN = f"SELECT pg_advisory_unlock({TURNS}, hashtext($1))"
REACH_S = 5.0  # a host that has not answered by then is passed over for the next
HELD_S, LOOK_S = 5.0, 0.2  # a process that was killed just now may still hold it
WATCH_S, ANSWER_S = 2.0, 10.0  # whether we still hold it; a server that does not answer is gone
ROOM = "Make room on its disk, or raise max_connections; then start again"
ASK = """
    SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync"""
# SQLite bounds no text; an id that is longer than its column must not stop everything here.
BOUNDED = """
    SELECT table_name, string_agg(
        format('ALTER COLUMN %I TYPE TEXT', column_name), ', ' ORDER BY column_name) AS change
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND data_type = 'character varying'
        AND table_name <> 'tortoise_migrations'
    GROUP BY table_name"""


def shown(url: str) -> str:
    """The URL of the database without user and password, for people.

    Raises:
        ConfigError: its port is no number.
    """
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])[0]
    return f"postgres://{host}:{_port(parts)}{parts.path}"


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or 5432
    except ValueError:  # it says what stands there: perhaps a piece of the password
        cure = "In the password write / as %2F, ? as %3F and # as %23"
        raise wrong("its port is no number", cure) from None


def credentials(url: str) -> dict[str, Any]:
    """The parts of `postgres://USER:PASSWORD@HOST:PORT/NAME`, as Tortoise wants them.

    `?host=` names a folder with a socket, `?sslmode=` is PostgreSQL's own (verify-full …). It
    names one host: `hosts.primary`.

    Raises:
        ConfigError: it names no database, or something else that nobody here understands.
    """
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = query.keys() - {"host", "sslmode"}
    if len(parts.path) < 2 or unknown:
        problem = f"{min(unknown)} is not known" if unknown else "names no database"
        raise wrong(problem, 'Write "env:HUASHU_STORE_URL": postgres://USER:PASSWORD@HOST/NAME')
    found: dict[str, Any] = {
        "host": query.get("host", parts.hostname or "127.0.0.1"),
        "port": _port(parts),
        "user": unquote(parts.username or "") or None,
        "password": unquote(parts.password or "") or None,
        "database": unquote(parts.path[1:]),
        "minsize": 1,
        "maxsize": CONNECTIONS,
        "server_settings": SERVER,
        "target_session_attrs": "read-write",
    }
    if "sslmode" in query:
        found["ssl"] = query["sslmode"]
    return found


@asynccontextmanager
async def reaching(url: str) -> AsyncIterator[None]:
    """Turn errors that keep us from reaching the database into a complaint.

    Raises:
        ConfigError: asyncpg is not there, or no such database answers, or not to us.
    """
    if find_spec("asyncpg") is None:
        raise wrong("PostgreSQL is spoken by asyncpg, which is not installed",
                     INSTALL)  # fmt: skip
    from asyncpg import exceptions
    from tortoise.exceptions import DBConnectionError

    place = shown(url)
    try:
        yield
    except exceptions.InvalidAuthorizationSpecificationError as error:
        problem = f"{place} refuses user or password"
        raise wrong(problem, "Look at the variable that holds the URL") from error
    except (DBConnectionError, exceptions.InvalidCatalogNameError) as error:
        raise wrong(f"there is no database {place}", "Make it: CREATE DATABASE …") from error
    except exceptions.TargetServerAttributeNotMatched as error:
        cure = "Is it a standby? Name the primary, or all hosts: …@HOST,HOST/NAME"
        raise wrong(f"{place} takes no writes", cure) from error
    except (OSError, exceptions.CannotConnectNowError, exceptions.InterfaceError,
            exceptions.ConnectionDoesNotExistError) as error:  # fmt: skip
        if isinstance(error, exceptions.InterfaceError) and not gone(error):
            raise
        problem = f"{place} does not answer: {type(error).__name__}"
        raise wrong(problem, "Is it running, and may this machine reach it?") from error
    except exceptions.InsufficientPrivilegeError as error:
        raise wrong(f"{place} refuses: {error}", "Grant it to the user of the URL") from error
    except exceptions.PostgresError as error:
        if not (said := full(error)):
            raise
        raise wrong(f"{place} has no room: {said}", ROOM) from error


@asynccontextmanager
async def lasting(url: str) -> AsyncIterator[None]:
    """Turn the end of the server while we work into a complaint: the process ends, and its
    supervisor starts it again. Nothing acknowledged is lost.

    Raises:
        ConfigError: the server has gone away, or has no room.
    """
    try:
        yield
    except Exception as error:
        found = [*leaves(error)]
        if not all(map(gone, found)):  # something else is wrong, too
            raise
        problem = f"{shown(url)} has gone away"
        cure = "Start again when it is back; systemd does so by itself"
        if lacking := [*filter(None, map(full, found))]:
            problem, cure = f"{shown(url)} has no room: {lacking[0]}", ROOM
        raise wrong(problem, cure) from error


def full(error: BaseException) -> str:
    """What the server says if it has no room on its disk, in its memory or for a connection, or
    takes no writes, as hosted ones do then; "" = the error is about something else."""
    if "asyncpg" not in sys.modules:
        return ""
    from asyncpg import exceptions
    from tortoise.exceptions import TransactionManagementError

    if isinstance(error, TransactionManagementError):  # as Tortoise tells of the last of these
        error = error.__cause__ or error
    said = str(error).partition("\n")[0]  # a hint may follow
    lacks = isinstance(
        error, exceptions.InsufficientResourcesError | exceptions.ReadOnlySQLTransactionError
    )
    if isinstance(error, exceptions.InternalServerError):  # a file that each connection needs
        lacks = said.startswith("could not write")
    return said if lacks else ""


def gone(error: BaseException) -> bool:
    """Whether the error says that the server ended, cannot be reached any more, or has no room."""
    if "asyncpg" not in sys.modules:
        return False
    from asyncpg import exceptions
    from tortoise.exceptions import DBConnectionError

    if isinstance(error, exceptions.InterfaceError):
        return any(word in str(error) for word in ("closed", "closing", "released"))
    if isinstance(error, OSError):  # TimeoutError is one: anybody may have run out of time
        return any(
            "asyncpg" in Path(one.filename).parts for one in extract_tb(error.__traceback__)
        )
    return bool(full(error)) or isinstance(
        error,
        exceptions.PostgresConnectionError | exceptions.OperatorInterventionError
        | exceptions.IdleInTransactionSessionTimeoutError | exceptions.InternalClientError
        | DBConnectionError,
    )  # fmt: skip


async def ask(url: str, query: str = ASK, within_s: float | None = None) -> dict[str, str]:
    """What `query` tells of the server; by default its version, and whether it syncs its writes.

    Raises:
        ConfigError: it cannot be reached, does not answer `within_s`, or has no such table yet.
    """
    async with reaching(url):
        import asyncpg

        given = credentials(url)
        kept = ("host", "port", "user", "password", "database", "ssl", "target_session_attrs")
        known = {name: given[name] for name in kept if name in given}
        driver = await asyncpg.connect(**known, timeout=REACH_S)
        try:
            return dict(await driver.fetchrow(query, timeout=within_s))
        except asyncpg.UndefinedTableError as error:
            raise wrong(f"{shown(url)} has no tables yet", "Run huashu run") from error
        finally:
            await driver.close()


@asynccontextmanager
async def alone(connection: "BaseDBAsyncClient") -> AsyncIterator[None]:
    """Of all programs on this database, only one at a time is in here."""
    async with connection.acquire_connection() as driver:
        await driver.execute(LOCK)
        try:
            yield
        finally:
            await driver.execute(UNLOCK)


@asynccontextmanager
async def held(
    connection: "BaseDBAsyncClient",
    *,
    shared: bool,
    patience_s: float = HELD_S,
    answer_s: float = ANSWER_S,
) -> AsyncIterator[None]:
    """While this is open, only those work on this database who share the work.

    It ends whoever is in it when the server does, for then another process may begin.

    Args:
        shared: with others that say so too. Whoever does not is the only one.
        answer_s: a server that does not answer for so long is gone.

    Raises:
        ConfigError: another process works here.
    """
    if connection.capabilities.dialect != "postgres":
        yield
        return
    clock = SystemClock()
    until = clock.timestamp() + patience_s
    async with connection.acquire_connection() as driver:  # it is let go with the connection
        while not await driver.fetchval(HOLD_WITH_OTHERS if shared else HOLD):
            if clock.timestamp() >= until:
                raise wrong("another process works on this database, and one of both shares no "
                             "work", "Stop it, or give both [inbox] url")  # fmt: skip
            await clock.sleep(LOOK_S)
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(_watch(connection, driver, answer_s, clock))
            try:
                yield
            finally:
                watching.cancel()


async def _watch(connection: Any, driver: Any, answer_s: float, clock: SystemClock) -> None:
    while True:
        await clock.sleep(WATCH_S)
        try:
            await driver.fetchval("SELECT 1", timeout=answer_s)
        except TimeoutError:
            connection._pool.terminate()  # we would end only when the system gives the line up
            raise


async def unbound(connection: "BaseDBAsyncClient") -> None:
    """Let every text column hold what SQLite's would."""
    for row in await connection.execute_query_dict(BOUNDED):
        await connection.execute_script(f'ALTER TABLE "{row["table_name"]}" {row["change"]}')


def wrong(problem: str, cure: str) -> ConfigError:
    return ConfigError([Complaint("config/bot.toml", "store.url", problem, cure)])
