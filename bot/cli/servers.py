"""What stays running: the bot, the mock WeCom server, and both in a demonstration."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast

import typer
from aiohttp.http import HttpProcessingError

from bot.cli.plain import Root, plainly
from bot.clock import MovableClock, SystemClock
from bot.settings import Settings

T = TypeVar("T")
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def demo(
    port: Annotated[
        int | None, typer.Option(help="The bot's; else 8080, or any free one with --once.")
    ] = None,
    mock_port: Annotated[
        int | None, typer.Option(help="The mock WeCom server's; else 8081, or any free one.")
    ] = None,
    pages_port: Annotated[
        int | None,
        typer.Option(help="For the bot's pages in the client; else 8082, or any free one."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="At full speed, then stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One object per exchange.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the database.")] = False,
    speed: Annotated[float, typer.Option(help="2 is twice as fast.", min=0.1)] = 1.0,
    log: Annotated[Level, typer.Option(envvar="HUASHU_LOG", help="To stderr.")] = "ERROR",
) -> None:
    """Watch customers being welcomed and answered, on a mock WeCom server."""
    from bot.demo import play

    _log(log)
    usual, mock_usual, pages_usual = (0, 0, 0) if once else (8080, 8081, 8082)
    story = play(
        port=usual if port is None else port,
        mock_port=mock_usual if mock_port is None else mock_port,
        frame_port=pages_usual if pages_port is None else pages_port,
        once=once,
        as_json=as_json,
        keep=keep,
        speed=speed,
    )
    with plainly():
        raise typer.Exit(_run(story) or 0)


def run(
    root: Root = Path(),
    port: Annotated[int | None, typer.Option(help="Instead of the port in bot.toml.")] = None,
) -> None:
    """Serve a company: listen to WeCom and answer."""
    with plainly():
        settings = Settings.load(root.resolve(), os.environ)
        from bot.app import serve

        if port is not None:
            settings = replace(settings, server=replace(settings.server, port=port))
        _log(settings.logging.level)
        _run(serve(settings, _tell_link))


def admin_link(root: Root = Path()) -> None:
    """A link by which one person becomes the console's admin, once, within a day."""
    with plainly():
        settings = Settings.load(root.resolve(), os.environ)
        _tell_link(asyncio.run(_new_link(settings)))


async def _new_link(settings: Settings) -> str:
    from bot.app import database_url
    from bot.store.database import open_database
    from bot.web.login import new_once

    server = settings.server
    async with open_database(database_url(settings)):
        return await new_once(
            SystemClock(), server.public_url or f"http://{server.host}:{server.port}"
        )


def _tell_link(link: str) -> None:
    typer.echo(f"控制台管理员链接，一天内有效，只能用一次 · the console's admin link:\n  {link}")


def mock(
    port: Annotated[int, typer.Option(help="0: any free port.")] = 8081,
    bot: Annotated[
        str, typer.Option(help="Where the bot listens (http://127.0.0.1:8080), for its pages.")
    ] = "",
    pages_port: Annotated[
        int, typer.Option(help="Where the client shows them: the bot's public_url.")
    ] = 8082,
) -> None:
    """A WeCom server to try things on, with its client; steer it under /_mock/."""
    with plainly():
        _log("INFO")
        _run(_mock(port, bot, pages_port if bot else None))


async def _mock(port: int, bot: str, pages_port: int | None) -> None:
    from bot.mockwecom.corp import MockCorp
    from bot.mockwecom.server import MockServer

    corp = MockCorp(clock=MovableClock())
    async with MockServer(corp, port=port, frame_port=pages_port) as server:
        typer.echo(f"WeCom (mock) at {server.url}, its controls at {server.url}/_mock/")
        typer.echo(f"Its client at {server.url}/client")
        if server.frame:
            server.frame.target = bot.rstrip("/")
            typer.echo(f"Pages of {bot} at {server.frame.url}: set it as public_url")
        await asyncio.Event().wait()


def _run(work: Coroutine[Any, Any, T]) -> T | None:
    """None after Ctrl-C, or when told to end as services are."""
    told_to_end = (KeyboardInterrupt, asyncio.CancelledError)
    with suppress(*told_to_end), asyncio.Runner(loop_factory=_fast_loop()) as runner:
        return runner.run(_until_told(work))
    return None


async def _until_told(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.current_task()
    assert task is not None  # this is a coroutine
    with suppress(NotImplementedError):  # Windows
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        from uvloop import new_event_loop
    except ImportError:
        return None
    return cast(Callable[[], asyncio.AbstractEventLoop], new_event_loop)


class _Formatter(logging.Formatter):
    """A line, with what was given as `extra` behind it: action=send errcode=45009 …"""

    _usual = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        line, *traceback = super().format(record).split("\n")
        extra = (f"{key}={value}" for key, value in vars(record).items() if key not in self._usual)
        return "\n".join([" ".join([line, *extra]), *traceback])


def _log(level: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter(_FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
    for library in ("aiosqlite", "tortoise"):  # at DEBUG they log values: words, names, tokens
        logging.getLogger(library).setLevel("INFO")
    # Two lines a sweep otherwise, and one for each that is left out while the last is at work.
    logging.getLogger("apscheduler").setLevel("ERROR")
    logging.getLogger("aiohttp.server").addFilter(_is_ours)


def _is_ours(record: logging.LogRecord) -> bool:
    """Not the malformed requests of strangers, whose own bytes aiohttp would print at length."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
