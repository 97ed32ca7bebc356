"""`huashu scripts`: for the people who write the words."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from bot.cli.plain import plainly
from bot.scripts.library import Library
from bot.scripts.matcher import Decision, Matcher

app = typer.Typer(help="Check, list and try the scripts.", no_args_is_help=True)
Folder = Annotated[
    Path, typer.Option("--library", help="The folder of scripts.", file_okay=False, exists=True)
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
_HERE = Path("scripts_library")
_BANDS = {
    "answer": "回答 answer",
    "ask": "反问 ask",
    "handover": "转人工 handover",
    "silent": "不回复 silent",
}


@app.command()
def check(library: Folder = _HERE) -> None:
    """Name every mistake with its file, its id and the cure."""
    from bot.scripts.check import check as find_mistakes

    complaints = find_mistakes(library)
    for complaint in complaints:
        typer.echo(str(complaint), err=True)
    if complaints:
        raise typer.Exit(1)
    typer.echo("No mistakes.")


@app.command("list")
def show(library: Folder = _HERE) -> None:
    """Every script: id, category, title."""
    with plainly():
        for script in Library.load(library):
            typer.echo(f"{script.id:<32} {script.category:<10} {script.title}")


@app.command()
def match(text: str, library: Folder = _HERE, as_json: AsJson = False) -> None:
    """What would be answered to TEXT, and why."""
    with plainly():
        decision = Matcher(Library.load(library)).decide(text)
    typer.echo(orjson.dumps(decision).decode() if as_json else _told(decision))


def _told(decision: Decision) -> str:
    lines = [f"规整后 normalised: {decision.normalised or '(空 nothing)'}"]
    for found in decision.candidates:
        how = f"{found.score:.2f}  {found.tier:<8}"
        lines.append(f"候选 candidate:    {how} {found.script_id}  ← {found.example}")
    chosen = f" → {decision.match.script_id}" if decision.match else ""
    lines += [
        f"结果 decision:     {_BANDS[decision.band]}{chosen}",
        f"原因 reason:       {decision.reason_zh}",
        f"                   {decision.reason_en}",
    ]
    return "\n".join(lines)
