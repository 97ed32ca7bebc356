"""What many commands share: options, and how they print."""

import getpass
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated

import orjson
import typer

from bot.command import plainly as plainly
from bot.errors import Complaint


def _there(folder: Path) -> Path:
    if not folder.exists():
        raise typer.BadParameter(f"there is no {folder}: run this in your workspace, or name it")
    return folder


Root = Annotated[Path, typer.Option("--root", help="The workspace.", file_okay=False)]
Folder = Annotated[
    Path, typer.Option("--library", help="The folder of scripts, or one file.", callback=_there)
]
FolderAlone = Annotated[
    Path,
    typer.Option("--library", help="The folder of scripts.", file_okay=False, callback=_there),
]


def login_or(name: str) -> str:
    """`name`, or if it is empty the login name of whoever runs the command.

    Raises:
        BadParameter: there is no login name, as in some containers.
    """
    try:
        return name or getpass.getuser()
    except (KeyError, OSError) as error:
        raise typer.BadParameter("your account has no name here, give yours") from error


By = Annotated[
    str, typer.Option("--by", help="Who says so.", show_default="you", callback=login_or)
]


def goes_on(context: typer.Context, root: Path) -> bool:
    """Whether a subcommand follows; a --root before it belongs to it."""
    if context.invoked_subcommand is None:
        return False
    context.default_map = {context.invoked_subcommand: {"root": root}}
    return True


# What a customer wrote must not control the terminal: no control characters but newline and tab.
HARMLESS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)], "�")


def day_told(day: date) -> str:
    """The day as "03-11 周三"."""
    return f"{day:%m-%d} 周{'一二三四五六日'[day.weekday()]}"


def print_lines(*lines: str) -> None:
    """Print lines that may hold a customer's words, without control characters."""
    typer.echo("\n".join(lines).translate(HARMLESS))


def print_objects(*found: object) -> None:
    """Print objects for programs: each as JSON on a line of its own."""
    for one in found:
        typer.echo(orjson.dumps(one).decode())


def complain(complaints: Iterable[Complaint], zh: str = "", en: str = "") -> None:
    """Print complaints on stderr, each in Chinese and below it in English.

    Args:
        zh: comes before each in Chinese.
        en: comes before each in English.
    """
    from bot.telling.complaints import both

    for one in complaints:
        typer.echo(both(one, zh, en).translate(HARMLESS), err=True)


def warn(complaints: Iterable[Complaint]) -> None:
    """Print complaints that stop nothing as warnings."""
    complain(complaints, "留意：", "Warning: ")
