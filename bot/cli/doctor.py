"""`huashu doctor`: what is set wrongly between us and WeCom, and where to click."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.plain import HARMLESS, Root, print_objects
from bot.cli.telling import folded
from bot.clock import SystemClock
from bot.errors import ConfigError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.doctor import Line, Shown
    from bot.wecom.jssdk import Signature

MARKS = {"green": "✓", "amber": "!", "red": "✗", "unknown": "?"}
COLUMNS = 76  # of a line of text in the terminal, without its indent
GOT = "TIMESTAMP,NONCE,SIGNATURE that the page got"


def doctor(
    root: Root = Path(),
    page: Annotated[str, typer.Option(help="A page inside WeCom, or its sign-in link.")] = "",
    config: Annotated[str, typer.Option(help=f"{GOT} for config.")] = "",
    agent: Annotated[str, typer.Option(help=f"{GOT} for agentConfig.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Name what is set wrongly between us and WeCom, and where to click. Nothing is sent."""
    from bot.doctor import Shown

    shown = Shown(config=_got(config, "--config"), agent=_got(agent, "--agent"))
    if page and "://" not in page:
        raise typer.BadParameter("write the whole address: https://…", param_hint="--page")
    if not asyncio.run(tell(_lines(root.resolve(), page, shown), as_json=as_json)):
        raise typer.Exit(1)


async def _lines(root: Path, page: str, shown: "Shown") -> AsyncGenerator["Line", None]:
    """The doctor's lines; if the settings cannot be used, only a line for each mistake in them."""
    from bot.doctor import complaint

    try:
        settings = Settings.load(root, os.environ)
    except ConfigError as error:
        for one in error.complaints:
            yield complaint(one)
        return
    async with aclosing(ask(settings, page, shown)) as lines:
        async for line in lines:
            yield line


def ask(
    settings: Settings, page: str = "", shown: "Shown | None" = None
) -> AsyncGenerator["Line", None]:
    """The doctor's lines, each as soon as it is known.

    Args:
        page: the address of a page inside WeCom, or its sign-in link, to be looked at, too.
        shown: signatures that this page got, to be compared with ours.
    """
    from bot.doctor import Shown, examine

    return examine(settings, SystemClock(), page=page, shown=shown or Shown())


async def tell(lines: AsyncGenerator["Line", None], *, as_json: bool = False) -> bool:
    """Print each line as it comes. Returns False if one of them is red."""
    async with aclosing(lines):  # `huashu doctor | head` ends in the middle
        return await _tell(lines, as_json=as_json)


async def _tell(lines: AsyncGenerator["Line", None], *, as_json: bool) -> bool:
    well, heading = True, ""
    async for line in lines:
        well = well and line.state.value != "red"
        if as_json:
            print_objects(line.fields())
            continue
        before, heading = heading, f"{MARKS[line.state.value]} {line.title.zh} {line.title.en}"
        if heading != before:  # settings have a line for each mistake
            typer.echo(heading)
        told = [line.zh, line.en]
        if line.click.zh:
            told += [f"→ {line.click.zh}", f"→ {line.click.en}"]
        if line.link and line.cause:
            told.append(line.link)
        for text in dict.fromkeys(told):  # some have but one language
            for part in folded(text.translate(HARMLESS), COLUMNS):
                typer.echo(f"  {part}")
        if line.exact:
            typer.echo(f"  {line.exact.translate(HARMLESS)}")  # to be copied: never folded
    return well


def _got(text: str, option: str) -> "Signature | None":
    """The signature that somebody copied from a page; None: there is none.

    Raises:
        BadParameter: `text` is not of the form TIMESTAMP,NONCE,SIGNATURE.
    """
    from bot.wecom.jssdk import Signature

    if not text:
        return None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or not parts[0].isdecimal():
        raise typer.BadParameter(f"write {GOT}", param_hint=option)
    return Signature(timestamp=int(parts[0]), nonce=parts[1], signature=parts[2])
