"""Mistakes that a user can mend are told in words; everything else keeps its traceback."""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.errors import BotError, Complaint

Root = Annotated[Path, typer.Option("--root", help="The workspace.", file_okay=False)]

# What a customer wrote must not steer the terminal: no control characters but newline and tab.
HARMLESS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)], "�")


def complain(complaints: Iterable[Complaint], zh: str = "", en: str = "") -> None:
    """On stderr, each in Chinese and below it in English; `zh` and `en` stand before it."""
    from bot.web.complaints import line

    for one in complaints:
        chinese, english = f"{zh}{line(one, 'zh')}", f"{en}{one}"
        typer.echo(f"{chinese}\n    {english}".translate(HARMLESS), err=True)


@contextmanager
def plainly() -> Iterator[None]:
    """Print what went wrong, without a traceback, and exit with 1."""
    told: list[str] = []
    try:
        yield
    except* BotError as group:
        told += [str(error) for error in _leaves(group)]
    except* OSError as group:
        told += [_port_in_use(error) for error in _leaves(group)]
    if told:
        for line in told:
            typer.echo(line, err=True)
        raise typer.Exit(1)


def _port_in_use(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        cure = "stop it, or choose with --port (the demo's others: --mock-port, --pages-port)"
        return f"{error.strerror}. Another program has this port: {cure}"
    raise error


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterable[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
