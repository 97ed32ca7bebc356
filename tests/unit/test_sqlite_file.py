"""Errors name the cause of what is wrong with the SQLite file."""

import os
import sqlite3
from errno import ENOSPC, EROFS
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from tortoise.exceptions import OperationalError

from bot.errors import ConfigError
from bot.scheduler import every, guarded
from bot.site import come_again
from bot.store.database import open_database
from bot.store.sqlite_file import damage, opening, trouble
from tests.closed import closed


def failed(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "free", "told"),
    [
        (failed(sqlite3.SQLITE_IOERR_SHMSIZE), 4, "the disk is full. Make room"),
        (failed(sqlite3.SQLITE_IOERR_SHMSIZE), 400, "the disk fails: disk I/O error. Look at"),
        (failed(sqlite3.SQLITE_READONLY), 4, "cannot be written: disk I/O error. Let the user"),
        (OSError(ENOSPC, "No space left on device"), 400, "the disk is full. Make room"),
        (OSError(EROFS, "Read-only file system"), 400, "the disk is mounted read-only. Mount it"),
    ],
)
async def test_an_error_of_the_disk_is_that_it_is_full_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, free: int, told: str
) -> None:
    """One looked for permissions that were right."""
    disk = [4096, 4096, 1000, free, free, 0, 0, 0, 0, 255]  # in blocks of 4 KiB
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(disk))
    with pytest.raises(ConfigError, match=told):
        async with opening(tmp_path / "a.db"):
            raise error


async def test_a_disk_that_is_full_later_is_told_where_nothing_else_is_wrong(
    tmp_path: Path,
) -> None:
    """`huashu admin-link` showed a page of traceback."""
    path = tmp_path / "a.db"
    with pytest.raises(ConfigError, match="the disk is full") as raised:
        async with open_database(f"sqlite://{path}") as connection:
            await connection.execute_query("PRAGMA max_page_count = 1")
            await connection.execute_script("CREATE TABLE more (a TEXT)")
    assert raised.value.complaints[0].file == str(path)
    full = failed(sqlite3.SQLITE_FULL)
    with pytest.raises(ExceptionGroup, match="tasks"):
        async with open_database(f"sqlite://{path}"):
            raise ExceptionGroup("tasks", [full, ZeroDivisionError()])
    with pytest.raises(ConfigError, match="the disk is full"):
        async with open_database(f"sqlite://{path}"):
            raise ExceptionGroup("tasks", [full, ExceptionGroup("more", [full])])


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (sqlite3.SQLITE_BUSY, "another program has locked the file. Try again; if it stays so"),
        (sqlite3.SQLITE_CORRUPT_INDEX, "the file is damaged, or no database. Put the last backup"),
        (sqlite3.SQLITE_IOERR_READ, "the disk fails: disk I/O error. Look at dmesg"),
    ],
)
async def test_what_happens_to_the_file_in_the_middle_of_a_command_is_told(
    tmp_path: Path, code: int, told: str
) -> None:
    """`huashu todos done` beside a long writer, or on a damaged file, ended in a traceback."""
    url = f"sqlite://{tmp_path / 'a.db'}"
    with pytest.raises(ConfigError, match=told) as raised:
        async with open_database(url):
            raise OperationalError(failed(code))  # as Tortoise wraps it
    assert raised.value.complaints[0].file == str(tmp_path / "a.db")
    with pytest.raises(OperationalError):
        async with open_database(url):
            raise OperationalError(failed(sqlite3.SQLITE_ERROR))  # a mistake of ours


async def test_a_damaged_page_is_told_of_everywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The doctor said nothing, sweeps "DatabaseError", and each callback had a page of traceback
    in the log."""
    path = tmp_path / "a.db"
    async with open_database(f"sqlite://{path}") as connection:
        [page] = await connection.execute_query_dict(
            "SELECT rootpage FROM sqlite_master WHERE name = 'event'"
        )
    assert [*damage(path), *damage(tmp_path / "none.db")] == []
    assert os.listdir(tmp_path) == ["a.db"]
    with path.open("r+b") as file:
        file.seek((page["rootpage"] - 1) * 4096)
        file.write(b"x" * 4096)
    assert [one.problem for one in damage(path)] == ["the file is damaged, or no database"]
    with pytest.raises(ConfigError, match="the file is damaged"):
        async with open_database(f"sqlite://{path}") as connection:
            ask = partial(connection.execute_query_dict, "SELECT * FROM event")

            async def answer(_: web.Request) -> web.Response:
                return web.json_response(await ask())

            await guarded(every(5, "sweep", ask))()
            request = make_mocked_request("GET", "/")
            assert (await come_again(request, answer)).status == 503
            await ask()
    cure = "the file is damaged, or no database. Put the last backup in its place"
    for told in ("a sweep failed: ", "the database could not be used: "):
        assert f"{told}{cure}" in caplog.text


def disk(free: int, flags: int = 0) -> os.statvfs_result:
    return os.statvfs_result([4096, 4096, 1000, free, free, 0, 0, 0, flags, 255])


@pytest.mark.parametrize(
    ("free", "flags", "told"),
    [
        (400, 0, []),
        (4, 0, ["the disk is full"]),
        (400, os.ST_RDONLY, ["the disk is mounted read-only"]),
    ],
)
def test_what_is_in_the_way_is_seen_without_opening_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, flags: int, told: list[str]
) -> None:
    """All lines of the doctor were green while callbacks were refused; and of a disk that the
    kernel had made read-only one looked for the user with the right."""
    monkeypatch.setattr(os, "statvfs", lambda _: disk(free, flags))
    monkeypatch.setattr(os, "access", lambda *_, **__: not flags)
    assert [one.problem for one in trouble(tmp_path / "var/a.db")] == told
    assert list(tmp_path.iterdir()) == []


async def test_a_companion_that_is_closed_is_named(tmp_path: Path) -> None:
    """Root had run it once: of -lock the check said nothing, and no start worked; for -wal it
    named the file, which was open."""
    for part in ("wal", "lock"):
        (companion := tmp_path / f"a.db-{part}").touch()
        with closed(companion), pytest.raises(ConfigError) as raised:
            assert [one.file for one in trouble(tmp_path / "a.db")] == [str(companion)]
            async with opening(tmp_path / "a.db"):
                raise failed(sqlite3.SQLITE_CANTOPEN)
        assert [one.file for one in raised.value.complaints] == [str(companion)]
