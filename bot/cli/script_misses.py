"""`huashu scripts misses`: the questions that no script answered, and what to write for them.

It prints what customers wrote. It works beside a running bot.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cli.layered import load
from bot.cli.plain import HARMLESS, Root, plainly, print_objects
from bot.cli.records import ask_store, load_settings
from bot.clock import SystemClock
from bot.scripts.library import Library
from bot.scripts.lines import read_questions
from bot.scripts.matcher import Matcher
from bot.scripts.misses import Cluster, Draft, Miss, cluster, is_missed, offered
from bot.scripts.script import Facts
from bot.settings import Settings
from bot.store.database import opened
from bot.store.scripts.unanswered import unanswered

_SHOWN = 3  # questions of a cluster


def show(
    root: Root = Path(),
    days: Annotated[int, typer.Option(help="So many days back.", min=1, max=3650)] = 30,
    queries: Annotated[
        Path | None,
        typer.Option(help='From this file of unanswered questions ({"text": …, "id": null}).'),
    ] = None,
    top: Annotated[int, typer.Option(help="So many clusters, the biggest.", min=1)] = 20,
    as_json: Annotated[
        bool, typer.Option("--json", help="For programs: each cluster whole, one a line.")
    ] = False,
) -> None:
    """Unanswered questions by what they ask, each with the script to add them to, or a draft."""
    now = SystemClock().now()
    with plainly():
        if queries:
            zone, (library, known) = ZoneInfo("UTC"), load(root / "scripts_library")
            misses = _from_file(queries, Matcher(library, learned=known.learned), now)
        else:
            settings = load_settings(root)
            zone, (library, known) = ZoneInfo(settings.zone), load(root / settings.library)
            matcher = Matcher(library, learned=known.learned)
            misses = _from_store(settings, matcher, now - timedelta(days=days))
    clusters = cluster(misses, [example for script in library for example in script.examples])
    if as_json:
        print_objects(*clusters)
        return
    told = [
        "\n".join(_told(number, one, library, zone))
        for number, one in enumerate(clusters[:top], 1)
    ]
    if len(clusters) > top:
        rest = sum(one.size for one in clusters[top:])
        told.append(f"还有 {len(clusters) - top} 类 {rest} 次 more clusters and questions: --top")
    typer.echo("\n\n".join(told).translate(HARMLESS) or "都答上了 Nothing was missed.")


def _from_file(path: Path, matcher: Matcher, now: datetime) -> list[Miss]:
    """Every question of a file, whether the scripts answer it or not."""
    return [
        Miss(text=one.text, at=now, offered=offered(matcher.decide(one.text)))
        for one in read_questions(path)
    ]


def _from_store(settings: Settings, matcher: Matcher, since: datetime) -> list[Miss]:
    """Questions since then that had no answer, and that today's scripts do not answer either."""
    zone = ZoneInfo(settings.zone)
    misses = []
    for one in ask_store(settings, lambda: unanswered(opened(), since.timestamp())):
        facts = Facts(channel=one.channel, now=one.at.astimezone(zone))
        decision = matcher.decide(one.text, facts=facts)
        if is_missed(decision):
            misses.append(Miss(text=one.text, at=one.at, offered=offered(decision)))
    return misses


def _told(number: int, one: Cluster, library: Library, zone: ZoneInfo) -> Iterator[str]:
    first, last = (f"{at.astimezone(zone):%Y-%m-%d}" for at in (one.first_at, one.last_at))
    yield f"{number}. {one.size} 次 times  {first} → {last}"
    yield from (f"   「{text}」" for text in one.examples[:_SHOWN])
    if one.nearest:
        title = library[one.nearest].title
        yield f"   加进已有话术的 ask: add to the script {one.nearest}  {title}"
    if one.draft:
        yield "   写一条新话术 write a new script:"
        yield from (f"     {line}" for line in _toml(one.draft))


def _toml(draft: Draft) -> Iterator[str]:
    yield "[[script]]"
    yield 'id = "faq/…"'
    yield f"title = {_quoted(draft.title)}"
    yield 'category = "faq"'
    yield f"ask = {_listed(draft.ask)}"
    if draft.keywords:
        yield f"keywords = {_listed(draft.keywords)}"
    yield 'say = ["…"]'


def _listed(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _quoted(text: str) -> str:
    """`text` in quotes as JSON has it, which TOML reads as well."""
    return json.dumps(text, ensure_ascii=False)
