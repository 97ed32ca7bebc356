"""A long-running process: its log, its event loop, and how it is told to end."""

import asyncio
import logging
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from errno import errorcode
from textwrap import indent
from traceback import format_tb
from typing import Any, TypeVar, cast

import orjson
from aiohttp.http import HttpProcessingError

from bot.clock import SystemClock
from bot.errors import BotError, WeComError

T = TypeVar("T")
log = logging.getLogger(__name__)
FILES = 65_536
_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_GRADES = ((50, 2), (40, 3), (30, 4), (20, 6), (0, 7))
_USUAL = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def run_until_told(work: Coroutine[Any, Any, T]) -> T | None:
    """Run `work`; returns None after Ctrl-C, or when told to end as services are."""
    _open_files()
    told_to_end = (KeyboardInterrupt, asyncio.CancelledError)
    with suppress(*told_to_end), asyncio.Runner(loop_factory=_fast_loop()) as runner:
        return runner.run(_main(work))
    return None


def _open_files() -> None:
    """Ask for more than the 1,024 files of which systemd and shells let a process open, unless it
    asks: each page that somebody has open is one, and then no callback came in."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit, setrlimit
    except ImportError:  # Windows
        return
    few, most = getrlimit(RLIMIT_NOFILE)
    wanted = FILES if most == RLIM_INFINITY else min(FILES, most)
    if few != RLIM_INFINITY and few < wanted:
        with suppress(OSError, ValueError):  # macOS allows less than it says
            setrlimit(RLIMIT_NOFILE, (wanted, most))


async def _main(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.current_task()
    assert task is not None  # this is a coroutine
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_unheard)
    with suppress(NotImplementedError):  # Windows
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


async def feed_watchdog(environ: Mapping[str, str]) -> None:
    """Tell systemd that the loop turns, if its WatchdogSec= asks: it then restarts a process that
    hangs in a handler for ever."""
    address, span_us = environ.get("NOTIFY_SOCKET", ""), environ.get("WATCHDOG_USEC", "")
    if not (address and span_us.isdecimal()):
        return
    if address.startswith("@"):  # of Linux, without a file
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        while True:
            with suppress(OSError):  # systemd itself was restarted
                line.sendto(b"WATCHDOG=1", address)
            await SystemClock().sleep(int(span_us) / 3e6)  # three times before it is too late


def _unheard(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log a failure that nobody awaits; asyncio would print the task with its error's words."""
    error = context.get("exception")
    told = "a task failed that nobody waits for" if error else context["message"]
    log.error(told, exc_info=error, extra={"action": "loop"})


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        from uvloop import new_event_loop
    except ImportError:
        return None
    return cast(Callable[[], asyncio.AbstractEventLoop], new_event_loop)


def traced(error: BaseException) -> str:
    """A traceback in which errors tell their kind but not their words: a database quotes the row
    (DETAIL: Key (phone)=(138…)), others quote what somebody wrote."""
    return "".join(_traced(error, set())).rstrip()


def _traced(error: BaseException, told: set[int]) -> Iterator[str]:
    told.add(id(error))
    hidden = error.__suppress_context__
    before = error.__cause__ or (None if hidden else error.__context__)
    if before is not None and id(before) not in told:
        yield from _traced(before, told)
        yield "which led to\n"
    yield from format_tb(error.__traceback__)
    kind = type(error)
    yield " ".join(filter(None, (f"{kind.__module__}.{kind.__qualname__}", _said(error)))) + "\n"
    for one in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield indent("".join(_traced(one, told)), "  | ")


def _said(error: BaseException) -> str:
    """The part that quotes nobody: codes, and our own errors, which tell a cure."""
    match error:
        case WeComError():
            return f"{error.api}: errcode {error.errcode}"
        case OSError(errno=int(number)):
            return errorcode.get(number, str(number))
        case sqlite3.Error():
            return getattr(error, "sqlite_errorname", "")
        case _ if type(error) is BotError:
            return str(error)
    return getattr(error, "sqlstate", None) or ""


class _Discreet(logging.Formatter):
    def formatException(self, ei: Any) -> str:
        return traced(ei[1])


class _Formatter(_Discreet):
    """A line, with what was given as `extra` behind it: action=send errcode=45009 …"""

    def format(self, record: logging.LogRecord) -> str:
        line, *traceback = super().format(record).split("\n")
        extra = (f"{key}={value}" for key, value in _extra(record).items())
        return "\n".join([" ".join([line, *extra]), *traceback])


class _JsonFormatter(_Discreet):
    """One object a line, for programs; a traceback stands in it too."""

    def format(self, record: logging.LogRecord) -> str:
        told = _extra(record) | {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(told, default=str).decode()


class _Graded(logging.Formatter):
    """For systemd's journal, which takes each line for a mere notice unless it begins with how
    grave it is (sd-daemon(3)): `journalctl -p err` found nothing."""

    def __init__(self, form: logging.Formatter) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        grade = next(grade for level, grade in _GRADES if record.levelno >= level)
        return "\n".join(f"<{grade}>{line}" for line in self._form.format(record).split("\n"))


FORMATTERS: dict[str, logging.Formatter] = {"text": _Formatter(_FORMAT), "json": _JsonFormatter()}


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _USUAL}


def formatter(form: str, environ: Mapping[str, str], stream: int = 2) -> logging.Formatter:
    """
    Args:
        form: one of `FORMATTERS`.
        stream: the file descriptor that is written to.
    """
    found = FORMATTERS[form]
    if not (journal := environ.get("JOURNAL_STREAM")):
        return found
    there = os.fstat(stream)  # what systemd gave us may be led into a file meanwhile
    return _Graded(found) if journal == f"{there.st_dev}:{there.st_ino}" else found


def log_to_stderr(level: str, form: str = "text") -> None:
    """
    Args:
        form: one of `FORMATTERS`.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(form, os.environ))
    logging.basicConfig(level=level, handlers=[handler])
    sys.excepthook = _end
    for library in ("aiosqlite", "tortoise"):  # at DEBUG they log values: words, names, tokens
        logging.getLogger(library).setLevel("INFO")
    # Otherwise two lines for each sweep, and one for each that is skipped while the last one runs.
    logging.getLogger("apscheduler").setLevel("ERROR")
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    # A page of traceback each second while the server is away; whoever calls it gets the error
    # anyway.
    logging.getLogger("asyncpg.pool").setLevel("CRITICAL")


def _end(*failed: Any) -> None:
    """Log what nobody caught, and end; Python would print its words."""
    log.critical("the program failed, and ends", exc_info=failed, extra={"action": "end"})


def _is_ours(record: logging.LogRecord) -> bool:
    """Not the malformed requests of strangers, whose own bytes aiohttp would print at length."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
