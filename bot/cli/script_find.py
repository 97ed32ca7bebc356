"""`huashu scripts find`: what the sidebar's search shows for a text, unfinished or not."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from bot.cli.plain import Folder, plainly, print_lines
from bot.scripts.decision import Hit, Match
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.script import Script

_AROUND = 16  # characters of a long text that are shown on either side
_FIELDS = {"title": "标题", "example": "问法", "keyword": "关键词", "words": "话术"}


def find(
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT", help="Characters, pinyin, first letters, or a mixture; unfinished."
        ),
    ] = "",
    library: Folder = Path("scripts_library"),
    limit: Annotated[int, typer.Option(help="So many scripts.", min=1)] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="For programs, one a line.")] = False,
) -> None:
    """Scripts for TEXT as somebody types it: 退货运, tuihuoy, thyf, 退h."""
    with plainly():
        scripts = Library.load(library)
        found = Matcher(scripts).rank(text, limit)
    for match in found:
        script = scripts[match.script_id]
        told = _as_line(script, match) if as_json else _told(script, match)
        print_lines(told)
    if not found and not as_json:
        typer.echo("没有 None.")


def _as_line(script: Script, match: Match) -> str:
    told = {
        "id": script.id,
        "title": script.title,
        "category": script.category,
        "score": match.score,
        "tier": match.tier,
        "example": match.example,
        "hit": match.hit,
    }
    return orjson.dumps(told).decode()


def _told(script: Script, match: Match) -> str:
    hit = match.hit
    if hit and hit.field == "title":
        return f"{script.id:<28}  {_marked(hit)}"
    where = f"{_FIELDS[hit.field]} {hit.field}: {_marked(hit)}" if hit else match.example
    return f"{script.id:<28}  {script.title}  ← {where}"


def _marked(hit: Hit) -> str:
    """The text of a hit with 【】 around what was found; of a long text only what is near that."""
    first, last = (hit.spans[0][0], hit.spans[-1][1]) if hit.spans else (0, len(hit.text))
    start, end = max(0, first - _AROUND), min(len(hit.text), last + _AROUND)
    parts, done = ["…"] if start else [], start
    for here, behind in hit.spans:
        parts += [hit.text[done:here], "【", hit.text[here:behind], "】"]
        done = behind
    parts += [hit.text[done:end], "…" if end < len(hit.text) else ""]
    return "".join(parts)
