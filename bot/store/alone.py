"""Lets only one process work on a SQLite file; commands of people may run beside it."""

import errno
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.clock import SystemClock
from bot.errors import Complaint, ConfigError
from bot.store.postgres import LOOK_S
from bot.store.sqlite_file import opening

if sys.platform != "win32":
    import fcntl

log = logging.getLogger(__name__)

KILLED_S = 2.0  # a process that was killed just now is gone by then
_CANNOT_LOCK = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}  # a file system that knows no locks


@asynccontextmanager
async def working_alone(url: str, *, patience_s: float = KILLED_S) -> AsyncIterator[None]:
    """While this is open, no other process that asks for it works on the SQLite file at `url`.

    The kernel locks a file of its own beside the database, so the lock ends with the process,
    whatever ends that. Windows has no such lock. For PostgreSQL see `postgres.held`.

    Raises:
        ConfigError: another process works on the file, or we may not write beside it.
    """
    if not url.startswith("sqlite://"):
        yield
        return
    path = _resolved(url)
    lock = path.with_name(f"{path.name}-lock")
    async with opening(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        clock = SystemClock()
        until = clock.timestamp() + patience_s
        while not _taken(file):
            if clock.timestamp() >= until:
                raise _in_use(path)
            await clock.sleep(LOOK_S)
        yield
    finally:
        os.close(file)


def in_use(path: Path) -> bool:
    """Whether a process works on the database at `path`, be its file there or not."""
    lock = path.resolve()
    try:
        file = os.open(lock.with_name(f"{lock.name}-lock"), os.O_RDWR)
    except OSError:
        return False
    try:
        return not _taken(file)
    finally:
        os.close(file)


def _resolved(url: str) -> Path:
    """The path of the file itself, wherever links lead to it from."""
    return Path(url.removeprefix("sqlite://")).resolve()


def _taken(file: int) -> bool:
    if sys.platform != "win32":
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in _CANNOT_LOCK:
                raise
            log.warning("a second process here would not be refused: %s", error.strerror)
    return True


def _in_use(path: Path) -> ConfigError:
    cure = "Stop it, or name another folder with --root."
    return ConfigError([Complaint(str(path), "*", "another process works on this database", cure)])
