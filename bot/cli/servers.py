"""Commands that keep running: the bot, the mock WeCom server, and the demo with both."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from bot.cli.plain import Root, plainly
from bot.clock import MovableClock, SystemClock
from bot.command import serve, tell_link
from bot.process import log_to_stderr, run_until_told
from bot.settings import Settings

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
PORT: Final[dict[str, Any]] = {"min": 0, "max": 65_535}


def demo(
    port: Annotated[
        int | None, typer.Option(help="The bot's; else 8080, or any free one with --once.", **PORT)
    ] = None,
    mock_port: Annotated[
        int | None,
        typer.Option(
            help="The mock WeCom server's; else 8081, or any free one beside another --port.",
            **PORT,
        ),
    ] = None,
    pages_port: Annotated[
        int | None,
        typer.Option(
            help="For the bot's pages in the client; else 8082, or any free one beside another "
            "port that you choose.",
            **PORT,
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="At full speed, then stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One object per exchange.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the database.")] = False,
    speed: Annotated[float, typer.Option(help="2 is twice as fast.", min=0.1)] = 1.0,
    log: Annotated[Level, typer.Option(envvar="HUASHU_LOG", help="To stderr.")] = "ERROR",
) -> None:
    """Watch customers being welcomed and answered, on a mock WeCom server."""
    from bot.demo import play

    log_to_stderr(log)
    usual, mock_usual, pages_usual = (0, 0, 0) if once else (8080, 8081, 8082)
    if port is not None:  # a second demo; the first one has 8081
        mock_usual = 0
    if (port, mock_port) != (None, None):
        pages_usual = 0
    story = play(
        port=usual if port is None else port,
        mock_port=mock_usual if mock_port is None else mock_port,
        frame_port=pages_usual if pages_port is None else pages_port,
        once=once,
        as_json=as_json,
        keep=keep,
        speed=speed,
    )
    with plainly(ports=("--port", "--mock-port", "--pages-port")):
        raise typer.Exit(run_until_told(story) or 0)


def run(
    root: Root = Path(),
    port: Annotated[
        int | None, typer.Option(help="Instead of the port in bot.toml.", **PORT)
    ] = None,
) -> None:
    """Serve a company: listen to WeCom and answer."""
    serve(root, port)


def admin_link(root: Root = Path()) -> None:
    """A link by which one person becomes the console's admin, once, within a day."""
    with plainly():
        settings = Settings.load(root.resolve(), os.environ)
        tell_link(asyncio.run(_new_link(settings)))
        if not settings.server.public_url:
            typer.echo("没有写 [server] public_url：只有在这台机器上打得开。", err=True)
            typer.echo("Without [server] public_url it opens on this machine alone.", err=True)


async def _new_link(settings: Settings) -> str:
    from bot.cli.records import store_url
    from bot.store.database import open_database
    from bot.web.login import new_once

    server = settings.server
    async with open_database(store_url(settings), as_it_is=True):
        return await new_once(
            SystemClock(), server.public_url or f"http://{server.host}:{server.port}"
        )


def mock(
    port: Annotated[int, typer.Option(help="0: any free port.", **PORT)] = 8081,
    bot: Annotated[
        str, typer.Option(help="Where the bot listens (http://127.0.0.1:8080), for its pages.")
    ] = "",
    pages_port: Annotated[
        int, typer.Option(help="Where the client shows them: the bot's public_url.", **PORT)
    ] = 8082,
) -> None:
    """A WeCom server to try things on, with its client; steer it under /_mock/."""
    with plainly(ports=("--port", "--pages-port")):
        log_to_stderr("INFO")
        run_until_told(_mock(port, bot, pages_port if bot else None))


async def _mock(port: int, bot: str, pages_port: int | None) -> None:
    from bot.mockwecom.corp import MockCorp
    from bot.mockwecom.server import MockServer

    corp = MockCorp(clock=MovableClock())
    async with MockServer(corp, port=port, frame_port=pages_port) as server:
        typer.echo(f"模拟企业微信 the mock WeCom: {server.url}")
        typer.echo(f"  操控 its controls: {server.url}/_mock/")
        typer.echo(f"  客户端 its client: {server.url}/client")
        if server.frame:
            server.frame.target = bot.rstrip("/")
            typer.echo(f"  {bot} 的页面，填进 pages, to be set as public_url: {server.frame.url}")
        await asyncio.Event().wait()
