"""All scripts, by category and state, with a search while one types."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson
from aiohttp import web

from bot.scripts.edition import Edition
from bot.scripts.script import CATEGORIES, Script
from bot.store.desk.staff import Role
from bot.store.scripts import script_states
from bot.store.scripts.script_states import Open
from bot.store.scripts.uses import NEVER, uses_of
from bot.web.console.scripts.approving import allowed
from bot.web.console.scripts.catalogue import (
    DATABASE,
    Folders,
    counted,
    folders,
    group_of,
    picked,
    placed,
)
from bot.web.route import Route
from bot.web.visit import Visit

PAGE = 50
FOUND = 100  # results of a search


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    id: str
    title: str
    category: str
    words: str  # the first wording
    examples: int
    limited: bool  # has conditions
    stored: bool
    state: str  # "force", "new" (never in force), "retired"
    open: Open | None  # a draft, or a version that waits for approval or was rejected
    hit: str  # where the search found it; "" in the title


def routes() -> Iterable[Route]:
    yield Route("GET", "/console/scripts", page, Role.MEMBER)
    yield Route("GET", "/console/scripts/rows", rows, Role.MEMBER)


async def page(visit: Visit) -> web.Response:
    found = await _found(visit)
    return visit.html("console/scripts/list.html", **found)


async def rows(visit: Visit) -> web.Response:
    """The results of a search, and how many are in which category."""
    return visit.html("console/scripts/searched.html", **await _found(visit))


async def _found(visit: Visit) -> dict[str, Any]:
    office, edition = visit.office, visit.office.desk.edition
    force = await office.catalogue.of(edition)
    waiting = await office.catalogue.waiting(office.database)
    rejected = office.catalogue.rejected
    query, state = visit.asked("q"), visit.asked("state")
    category, group, place = visit.asked("category"), visit.asked("group"), visit.asked("place")
    after = visit.asked("after")
    categories, groups = Folders()

    def sifted(every: Iterable[Line]) -> tuple[Folders, list[Line]]:
        """For a thread, since there may be thousands."""
        told = [one for one in every if _fits(one, state, "", "", place)]
        counts = Counter((one.category, group_of(one.id)) for one in told)
        fitting = [one for one in told if _fits(one, state, category, group, place)]
        return folders(counts, category), fitting

    if query:
        some = {**rejected, **waiting}
        (categories, groups), lines = await asyncio.to_thread(
            lambda: sifted(_searched(edition, query, some))
        )
        lines = lines[:FOUND]
    elif state == "retired":  # of a retired script only the id is left
        gone = await script_states.retired(office.database)
        lines = [_retired(one) for one in gone if one not in edition.library and one > after]
    elif state in ("draft", "submitted", "rejected"):
        some = dict(rejected if state == "rejected" else waiting)
        (categories, groups), lines = await asyncio.to_thread(
            lambda: sifted(_lines(edition, sorted(some), some))
        )
        lines = [one for one in lines if one.id > after]
    else:
        new = () if state else office.catalogue.new(edition.library)
        shelves = placed([*force, *new], place)
        categories, groups = folders(counted(shelves), category)
        ids = picked(shelves, category=category, group=group, after=after)
        lines = _lines(edition, islice(ids, PAGE + 1), waiting)
    more = not query and len(lines) > PAGE
    shown = lines[: PAGE if more else None]
    await office.figures.count()  # with what was said a moment ago
    return {
        "lines": shown,
        "next": lines[PAGE - 1].id if more else "",
        "waiting": sum(1 for one in waiting.values() if one.submitted),
        "drafts": sum(1 for one in waiting.values() if not one.submitted),
        "rejected": sum(1 for one in rejected.values() if one.author == visit.me.id),
        "mine": len(allowed(visit, waiting.values())),
        "total": len(edition.library),
        "listed": sum(number for _, number in categories) or len(lines),
        "categories": categories,
        "groups": groups,
        "names": CATEGORIES,
        "uses": await uses_of(office.database, [line.id for line in shown], office.today),
        "never": NEVER,
        "q": query, "after": after, "state": state,
        "category": category, "group": group, "place": place,
    }  # fmt: skip


def _searched(edition: Edition, query: str, waiting: Mapping[str, Open]) -> list[Line]:
    """What ?q= finds: in words of scripts in force, in ids, and in drafts never in force."""
    hits = edition.matcher.search.find(query, FOUND)
    seen = {one.script_id: one.text if one.field != "title" else "" for one in hits}
    folded = query.casefold()
    named = sorted(one.id for one in edition.library if folded in one.id and one.id not in seen)
    seen |= dict.fromkeys(named, "")
    fresh = (_fresh(waiting[one]) for one in sorted(waiting) if one not in edition.library)
    return [
        *(_in_force(edition.library[one], waiting.get(one), hit) for one, hit in seen.items()),
        *(one for one in fresh if folded in f"{one.id} {one.title} {one.words}".casefold()),
    ]


def _lines(edition: Edition, ids: Iterable[str], waiting: Mapping[str, Open]) -> list[Line]:
    """The lines of scripts that are in force or wait for it."""
    return [
        _in_force(edition.library[one], waiting.get(one))
        if one in edition.library
        else _fresh(waiting[one])
        for one in ids
    ]


def _fits(line: Line, state: str, category: str, group: str, place: str) -> bool:
    states = {
        "": True,
        "force": line.state == "force",
        "draft": bool(line.open and not (line.open.submitted or line.open.rejected)),
        "submitted": bool(line.open and line.open.submitted),
        "rejected": bool(line.open and line.open.rejected),
        "retired": line.state == "retired",
    }
    return (
        states.get(state, False)
        and (not category or line.category == category)
        and (not group or group_of(line.id) == group)
        and (not place or line.stored == (place == "database"))
    )


def _in_force(script: Script, waiting: Open | None, hit: str = "") -> Line:
    return Line(
        id=script.id, title=script.title, category=script.category,
        words=script.say[0].source, examples=len(script.examples),
        limited=script.when.weight > 0 or script.when.first_day is not None,
        stored=script.file.startswith(DATABASE), state="force", open=waiting, hit=hit,
    )  # fmt: skip


def _fresh(version: Open) -> Line:
    record = orjson.loads(version.content or "{}")
    return Line(
        id=version.script, title=record.get("title", ""), category=record.get("category", ""),
        words=record.get("reply", ""), examples=len(record.get("examples", ())),
        limited=bool(record.get("when")),
        stored=True, state="new", open=version, hit="",
    )  # fmt: skip


def _retired(script: str) -> Line:
    return Line(
        id=script, title=script, category="", words="", examples=0, limited=False,
        stored=True, state="retired", open=None, hit="",
    )  # fmt: skip
