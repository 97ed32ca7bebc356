"""What is wrong with the file of SQLite is told."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tortoise.exceptions import OperationalError

from bot.errors import Complaint, ConfigError

# Low bytes of https://sqlite.org/rescode.html → what is wrong, and its cure.
_FULL = ("the disk is full", "Make room on it")
_DAMAGED = (
    "the file is damaged, or no database",
    "Put the last backup in its place: docs/operations.md",
)
_LOCKED = ("another program has locked the file", "End what else has it open")
_CURES = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
}
_REACHING = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)


@asynccontextmanager
async def opening(path: Path) -> AsyncIterator[None]:
    """What stands between us and the file becomes a complaint; a mistake of ours stays one.

    Raises:
        ConfigError: the disk is full, the file is damaged or locked, or we may not write to it.
    """
    try:
        yield
    except (sqlite3.DatabaseError, OperationalError) as error:
        cause = error.args[0] if isinstance(error, OperationalError) else error
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code in _REACHING:
            raise _unreachable(path, str(cause)) from error
        if code not in _CURES:
            raise
        problem, cure = _CURES[code]
        raise _wrong(path, problem, cure) from error
    except OSError as error:
        raise _unreachable(path, error.strerror or type(error).__name__) from error


def _unreachable(path: Path, why: str) -> ConfigError:
    cure = "Let the user that the bot runs as write to the file and its folder"
    return _wrong(path, f"the file cannot be written: {why}", cure)


def _wrong(path: Path, problem: str, cure: str) -> ConfigError:
    return ConfigError([Complaint(str(path), "*", problem, f"{cure}.")])
