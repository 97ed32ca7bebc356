"""How a long-running process writes its log."""

import asyncio
import json
import logging
import os
import socket
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, setrlimit

import pytest
from asyncpg import UniqueViolationError
from tortoise.exceptions import IntegrityError

from bot.app import background
from bot.clock import turn
from bot.errors import Refused
from bot.process import FORMATTERS, feed_watchdog, formatter, run_until_told, traced


def database_error() -> Exception:
    said = "duplicate key\nDETAIL:  Key (phone)=(13800000001) already exists."
    try:
        try:
            raise UniqueViolationError(said)
        except UniqueViolationError as error:
            raise IntegrityError(error) from error
    except IntegrityError as error:
        return error


@pytest.mark.parametrize("failed", [False, True])
def test_json_has_what_the_line_has_and_no_more(failed: bool) -> None:
    record = logging.makeLogRecord({
        "name": "bot.sending.sender", "levelname": "WARNING", "created": 0.25,
        "msg": "not sent%s", "args": ("; `huashu doctor` tells why",),
        "action": "send", "errcode": 60020, "members": {"liming"},
    })  # fmt: skip
    if failed:
        try:
            raise ExceptionGroup("two", [database_error()])
        except ExceptionGroup as error:
            record.exc_info = (type(error), error, error.__traceback__)
    line, told = FORMATTERS["text"].format(record), FORMATTERS["json"].format(record)
    assert "\n" not in told
    found = json.loads(told)
    trace = found.pop("traceback", "")
    assert ("asyncpg.exceptions.UniqueViolationError 23505" in trace) is failed
    assert ("IntegrityError" in trace) is failed
    assert "138" not in trace, "a database quotes the row: a customer's phone was logged"
    assert found == {
        "time": "1970-01-01T00:00:00.250000+00:00", "level": "WARNING",
        "logger": "bot.sending.sender", "message": "not sent; `huashu doctor` tells why",
        "action": "send", "errcode": 60020, "members": "{'liming'}",
    }  # fmt: skip
    assert all(str(value) in line for key, value in found.items() if key != "time")


def test_the_journal_took_an_error_for_a_notice(tmp_path: Path) -> None:
    record = logging.makeLogRecord({"levelname": "ERROR", "levelno": 40, "msg": "not sent\nyet"})
    with (tmp_path / "log").open("wb") as log:
        there = os.fstat(log.fileno())
        environ = {"JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino}"}
        graded = formatter("text", environ, log.fileno()).format(record)
        assert [line[:3] for line in graded.split("\n")] == ["<3>", "<3>"]
        environ["JOURNAL_STREAM"] += "1"  # stdout goes there, what we write does not
        assert formatter("text", environ, log.fileno()) is FORMATTERS["text"]


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        (OSError(28, "No space left on device", "/srv/wm138"), "builtins.OSError ENOSPC"),
        (OSError("wm138"), "builtins.OSError"),
        (
            Refused(40058, "wm138", "message/send"),
            "bot.errors.Refused message/send: errcode 40058",
        ),
        (ValueError("wm138"), "builtins.ValueError"),
    ],
)
def test_a_traceback_told_no_code_by_which_to_find_the_cause(failed: Exception, told: str) -> None:
    assert traced(failed) == told


def test_a_thousand_open_pages_kept_callbacks_out() -> None:
    """systemd gives 1,024 files to who does not ask for more."""
    before = getrlimit(RLIMIT_NOFILE)
    setrlimit(RLIMIT_NOFILE, (512, before[1]))
    try:
        run_until_told(turn())
        assert getrlimit(RLIMIT_NOFILE)[0] > 512
    finally:
        setrlimit(RLIMIT_NOFILE, before)


async def test_systemd_heard_nothing_of_a_loop_that_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so it could not tell one that hangs."""
    monkeypatch.chdir(tmp_path)  # the whole path may be longer than that of a socket
    loop, address = asyncio.get_running_loop(), "notify"
    await feed_watchdog({"NOTIFY_SOCKET": address})  # without WatchdogSec= nobody waits for it
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        systemd.setblocking(False)
        environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "3000"}
        async with asyncio.timeout(60), background(partial(feed_watchdog, environ)):
            assert [await loop.sock_recv(systemd, 99) for _ in range(2)] == [b"WATCHDOG=1"] * 2


def test_so_of_sqlite() -> None:
    with closing(sqlite3.connect(":memory:")) as database, pytest.raises(sqlite3.Error) as failed:
        database.execute("SELECT * FROM wm138")
    assert traced(failed.value).endswith("sqlite3.OperationalError SQLITE_ERROR")


def test_the_loop_printed_what_an_error_said_that_nobody_waited_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def forgets() -> None:
        loop = asyncio.get_running_loop()
        lost = loop.create_future()
        lost.set_exception(database_error())
        del lost
        loop.call_soon(int, "wm138")
        await turn()

    run_until_told(forgets())
    told = [FORMATTERS["json"].format(record) for record in caplog.records]
    assert len(told) == 2
    assert "138" not in "".join(told)
    assert "23505" in told[0]
