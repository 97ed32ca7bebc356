"""`huashu scripts calibrate`: finds out how sure a library's answers have to be."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.plain import FolderAlone, plainly
from bot.errors import Complaint, ScriptError
from bot.events import Channel
from bot.scripts.calibration import WRONG, bars_of, trials_of
from bot.scripts.decision import Bars
from bot.scripts.library import Library
from bot.scripts.lines import read_questions
from bot.scripts.matcher import Matcher
from bot.scripts.tuning import BARS, bars_text

_HEAD = (
    "回答的把握要多大：`huashu scripts calibrate` 从问法和题库算出，改了话术请再算一次。",
    "How sure an answer has to be: by `huashu scripts calibrate`; run it after each change.",
)


def calibrate(
    library: FolderAlone = Path("scripts_library"),
    questions: Annotated[
        Path | None,
        typer.Option(help='JSON Lines {"text", "id", "kind"} whose right scripts are known.'),
    ] = None,
    wrong: Annotated[
        float, typer.Option(help="The share of messages that may be answered wrong.", min=0, max=1)
    ] = WRONG,
    channel: Annotated[
        list[str] | None, typer.Option(help="Another share for one channel: bot=0.01")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
) -> None:
    """Find the bars of this library for a rate of wrong answers, and write bars.toml."""
    with plainly():
        shares = {"": wrong, **_shares(channel or [])}
        matcher = Matcher(Library.load(library), bars={})
        trials = trials_of(matcher, read_questions(questions) if questions else ())
        bars: dict[str, Bars] = {}
        for name, share in shares.items():
            bars[name] = bars_of(trials, share)
        text = bars_text(bars, (*_HEAD, f"答错 wrong: {wrong:g}"))
    if not dry_run:
        (library / BARS).write_text(text, "utf-8")
    typer.echo(text.rstrip())


def _shares(given: list[str]) -> dict[str, float]:
    """Channel → share of wrong answers, from entries like "bot=0.01".

    Raises:
        ScriptError: a channel or a share cannot be read.
    """
    shares: dict[str, float] = {}
    known = [str(one) for one in Channel]
    for entry in given:
        name, _, value = entry.partition("=")
        try:
            share = float(value)
        except ValueError:
            share = -1.0
        if name not in known or not 0 <= share <= 1:
            cure = f"Write one of {', '.join(known)} and a share: bot=0.01"
            raise ScriptError([Complaint("--channel", entry, "no channel and share", cure)])
        shares[name] = share
    return shares
