"""`huashu scripts`: for the people who write the words."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Annotated

import orjson
import typer

from bot.cli.plain import plainly
from bot.clock import SystemClock
from bot.reader import Reader
from bot.scripts.library import Library
from bot.scripts.matcher import Decision, Matcher
from bot.scripts.renderer import Renderer
from bot.scripts.script import Attachment
from bot.settings import Company

app = typer.Typer(help="Check, list and try the scripts.", no_args_is_help=True)
Folder = Annotated[
    Path, typer.Option("--library", help="The folder of scripts, or one file.", exists=True)
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
_HERE = Path("scripts_library")
_BANDS = {
    "answer": "回答 answer",
    "ask": "反问 ask",
    "handover": "转人工 handover",
    "silent": "不回复 silent",
}
_INDENT = " " * 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One script that the customer would get, filled in with samples."""

    script: str
    wordings: tuple[str, ...]  # one of them is said
    attachments: tuple[Attachment, ...] = ()
    menu: tuple[str, ...] = ()  # the lines below the words
    hours: str = ""  # it is said in these only
    then: str = ""  # "person": who deals with the next message


@app.command()
def check(library: Folder = _HERE) -> None:
    """Name every mistake with its file, its id and the cure."""
    from bot.scripts.checks import check as find_mistakes

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
    """What would be answered to TEXT, and why; names are made up."""
    with plainly():
        scripts = Library.load(library)
        decision = Matcher(scripts).decide(text)
        replies = list(_replies(scripts, decision, _samples(library, text)))
    if as_json:
        typer.echo(orjson.dumps({**asdict(decision), "replies": replies}).decode())
    else:
        typer.echo("\n".join([_told(decision), *map(_shown, replies)]))


def _samples(library: Path, question: str) -> dict[str, object]:
    """A value for each variable; the company as the settings beside the library have it."""
    reader = Reader("config/bot.toml", os.environ, [])
    company: Company | None = None
    match reader.table(library.resolve().parent, needed=False):
        case {"company": dict(table)}:
            company = reader.read(Company, table)
    return {
        "customer": {"name": "王小明", "tags": ("VIP",)},
        "member": {"name": "小李"},
        "company": asdict(company or Company()),
        "now": SystemClock().now(),
        "question": question,
        "words": question,
        "why": "",
        "titles": (),
    }


def _replies(
    library: Library, decision: Decision, values: Mapping[str, object]
) -> Iterator[Reply]:
    said = {
        "answer": [decision.match.script_id] if decision.match else [],
        "ask": ["system/menu_head", "system/menu_tail"],
        "handover": ["system/handover", "system/handover_off_hours"],
        "silent": [],
    }[decision.band]
    for script in (library[one] for one in said if one in library):
        known = {**values, "persona": script.persona}
        offered = decision.candidates if script.id == "system/menu_head" else ()
        yield Reply(
            script=script.id,
            wordings=tuple(Renderer().fill(script, variant, known) for variant in script.say),
            attachments=script.attachments,
            menu=tuple(library[one.script_id].title for one in offered),
            hours="-".join(f"{end:%H:%M}" for end in script.when.hours or ()),
            then=script.then,
        )


def _shown(reply: Reply) -> str:
    several = "其中一种 one of these" if len(reply.wordings) > 1 else ""
    lines = [" ".join(filter(None, ("客户收到 reply:   ", reply.script, reply.hours, several)))]
    for words in reply.wordings:
        lines += [f"{_INDENT}│ {line}" for line in words.splitlines()]
    lines += [f"{_INDENT}{number}. {title}" for number, title in enumerate(reply.menu, 1)]
    lines += [f"{_INDENT}+ {' '.join(filter(None, astuple(one)))}" for one in reply.attachments]
    if reply.then == "person":
        lines.append(f"{_INDENT}→ 客户的下一句请人看 their next message goes to a person")
    return "\n".join(lines)


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
