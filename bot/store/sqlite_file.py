"""Tells what is wrong with the file of an SQLite database, and what to do about it."""

import errno
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from tortoise.exceptions import OperationalError

from bot.clock import SystemClock
from bot.errors import Complaint, ConfigError, leaves
from bot.files.textfile import may

# Low bytes of https://sqlite.org/rescode.html → what is wrong, and its cure.
_FULL = ("the disk is full", "Make room on it")
FROZEN = (
    "the disk is mounted read-only",
    "Mount it for writing; one that fails becomes so by itself: look at dmesg",
)
_DAMAGED = (
    "the file is damaged, or no database",
    "Put the last backup in its place: docs/operations.md",
)
_LOCKED = (
    "another program has locked the file",
    "Try again; if it stays so, end what beside the bot has it open",
)
_DAMAGES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_CURES = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
}
# What SQLite says as well if there is no room for the companions -wal and -shm, 32 KiB the latter.
_FILLED, _ROOM = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN), 64 * 1024
_REACHING = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)
# These pass when somebody makes room, or releases a lock.
PASSING = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, *_REACHING}
MOVED = "the database's file was deleted, moved or replaced"
BACK = (
    'Put it back; before you restart, see "Deleted by mistake" in docs/operations.md: what was '
    "deleted the process that runs alone still has."
)
LOOK_S = 3.0  # some 500 MB of a file
_STEPS = 10_000  # of SQLite's machine, between two looks at the time


@asynccontextmanager
async def opening(path: Path) -> AsyncIterator[None]:
    """Turn trouble with the file into a complaint; a mistake of ours stays an exception.

    Raises:
        ConfigError: the disk is full, the file is damaged or locked, or we may not write to it.
    """
    try:
        yield
    except (sqlite3.DatabaseError, OperationalError) as error:
        if (told := _complaint(path, error)) is None:
            raise
        raise told from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _wrong(path, *_FULL) from error
        if error.errno == errno.EROFS:  # not each that became so says it to statvfs
            raise _wrong(path, *FROZEN) from error
        raise _unreachable(path, error.strerror or type(error).__name__) from error


@asynccontextmanager
async def lasting(path: Path) -> AsyncIterator[None]:
    """Turn trouble with the file while it is open into a complaint, if nothing else is wrong.

    Raises:
        ConfigError: as of `opening`.
    """
    try:
        yield
    except Exception as error:
        told = [_complaint(path, one) for one in leaves(error)]
        if told[0] is None or None in told:
            raise
        raise told[0] from error


def unwritable(path: Path) -> Iterator[Complaint]:
    """Complaints if this user may not write the file, its companions or into its folder; nothing
    is opened or made."""
    whole, why = path.resolve(), os.strerror(errno.EACCES)
    companions = (whole.with_name(f"{whole.name}-{part}") for part in ("wal", "shm", "lock"))
    if not may(_there(path), os.W_OK | os.X_OK):
        yield from _unreachable(path, why).complaints
        return
    for one in (path, *companions):
        if os.path.exists(one) and not may(one, os.W_OK):
            yield from _unreachable(one, why).complaints


def trouble(path: Path) -> Iterator[Complaint]:
    """Complaints about what would keep us from writing now; the file is not opened."""
    yield from unwritable(path)
    if _is_full(path):
        yield from _wrong(path, *_FULL).complaints


def damage(path: Path) -> Iterator[Complaint]:
    """Complaints about damaged pages of the file, as far as `LOOK_S` seconds allow to look; may
    run beside a bot."""
    if not may(path, os.R_OK):
        return
    try:
        with looking(path) as file:
            whole = file.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.DatabaseError as error:
        # Of a file that is full, locked, or too large others tell.
        whole = code_of(error)[0] not in _DAMAGES
    if not whole:
        yield from _wrong(path, *_DAMAGED).complaints


@contextmanager
def looking(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, to be read beside a bot; a question that takes longer than `LOOK_S` seconds fails.

    Raises:
        sqlite3.DatabaseError: there is no such file, or it is locked or damaged.
    """
    clock = SystemClock()
    until = clock.timestamp() + LOOK_S
    with closing(sqlite3.connect(address(path), uri=True)) as file:
        file.execute("PRAGMA query_only = 1")  # mode=ro would leave the companions behind
        file.set_progress_handler(lambda: clock.timestamp() > until, _STEPS)
        yield file


def address(path: Path) -> str:
    """The address by which SQLite opens a file and never makes a new one.

    Where the file has gone, a new one would delete the -wal too, which may be all that is left.
    """
    return f"{path.resolve().as_uri()}?mode=rw"


def file_at(path: str) -> tuple[int, int]:
    """The identity of the file that is at `path` now; (0, 0): there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


def moved() -> sqlite3.OperationalError:
    """The error for a file that was moved or replaced while it is open.

    SQLite says so itself only without a WAL. With one it goes on writing into a file that is lost
    with the process, or that a restart does not find.
    """
    error = sqlite3.OperationalError(MOVED)
    error.sqlite_errorcode = sqlite3.SQLITE_READONLY_DBMOVED
    return error


def amiss(error: BaseException) -> str:
    """The trouble with the file and its cure; "" = the error is about something else."""
    code, cause = code_of(error)
    if code in _CURES:
        return ". ".join(_CURES[code])
    return cause if code in _REACHING else ""


def is_frozen(path: Path) -> bool:
    """Whether the disk is mounted read-only: no right and no user helps then."""
    return os.name == "posix" and bool(os.statvfs(_there(path)).f_flag & os.ST_RDONLY)


def _there(path: Path) -> Path:
    """The nearest folder above that exists."""
    return next(one for one in path.resolve().parents if os.path.exists(one))


def _complaint(path: Path, error: BaseException) -> ConfigError | None:
    """The complaint that an error of SQLite stands for; None: it is not about the file."""
    code, cause = code_of(error)
    if code in _FILLED and _is_full(path):
        return _wrong(path, *_FULL)
    if code == sqlite3.SQLITE_IOERR and not is_frozen(path):
        return _wrong(path, f"the disk fails: {cause}", "Look at dmesg, and see to the disk")
    if code in _REACHING:  # SQLite does not say which of the file and its companions
        closed = [*unwritable(path)]
        return ConfigError(closed) if closed else _unreachable(path, cause)
    return _wrong(path, *_CURES[code]) if code in _CURES else None


def code_of(error: BaseException) -> tuple[int, str]:
    """SQLite's code and message of an error that Tortoise may have wrapped; 0: not SQLite's."""
    cause = error.args[0] if isinstance(error, OperationalError) and error.args else error
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF, str(cause)


def _is_full(path: Path) -> bool:
    """Whether the disk is full for anybody but root."""
    if os.name != "posix":
        return False
    disk = os.statvfs(_there(path))
    return disk.f_bavail * disk.f_frsize < _ROOM or (disk.f_files > 0 and disk.f_favail == 0)


def _unreachable(path: Path, why: str) -> ConfigError:
    if is_frozen(path):
        return _wrong(path, *FROZEN)
    cure = "Let the user that the bot runs as write to the file and its folder"
    return _wrong(path, f"the file cannot be written: {why}", cure)


def _wrong(path: Path, problem: str, cure: str) -> ConfigError:
    return ConfigError([Complaint(str(path), "*", problem, f"{cure}.")])
