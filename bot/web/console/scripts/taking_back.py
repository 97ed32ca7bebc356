"""Takes back the import of a wrong file (撤销这次导入) as one deed: new scripts go, changed ones
are as before, and what somebody has changed since stays."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import orjson
from aiohttp import web

from bot.context import SPOKEN
from bot.errors import BotError
from bot.retiring import uses_of
from bot.scripts.library import Library
from bot.scripts.reading import Shelf
from bot.scripts.version import Kind, Version
from bot.store.desk.staff import Role
from bot.store.models import VersionState
from bot.store.scripts import imports, script_states
from bot.store.scripts.imports import BACK, Brought
from bot.store.scripts.versions import Act
from bot.web.console.scripts.approving import batched, faulty
from bot.web.route import Route
from bot.web.visit import Visit

PATH = "/console/scripts/import/back"
# What becomes of a script: it is retired; it is as before; its version is withdrawn; it stays,
# since somebody changed it, a plan or file uses it, or the old words are forbidden; or nothing is
# left to do.
Fate = Literal["retired", "before", "withdrawn", "changed", "planned", "faulty", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    script: str
    title: str
    fate: Fate
    puts: Version | None  # the version that comes into force
    version: Version  # the import's


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, page, Role.OPERATOR)
    yield Route("POST", PATH, take_back, Role.OPERATOR)


async def page(visit: Visit) -> web.Response:
    """?seq= is the number of an import."""
    file, effects = await _effects(visit)
    if not effects:
        return visit.wrong("没有这次导入。", "There is no such import.", 404)
    fates = ("retired", "before", "withdrawn", "changed", "planned", "faulty", "done")
    by_fate = {
        fate: {one.script: one.title for one in effects if one.fate == fate} for fate in fates
    }
    return visit.html(
        "console/scripts/take_back.html",
        file=file, by_fate=by_fate, seq=visit.number("seq"),
        number=sum(len(by_fate[fate]) for fate in fates[:3]),
    )  # fmt: skip


async def take_back(visit: Visit) -> web.Response:
    """`why` is kept with each version and in the audit log."""
    office, why = visit.office, visit.asked("why")
    if not why:
        return visit.wrong("请写一句原因。", "Say why, in a few words.")
    since = await script_states.mark(office.database)
    file, effects = await _effects(visit)
    put = [one.puts for one in effects if one.puts]
    withdrawn = [one.version for one in effects if one.fate == "withdrawn"]
    if not put and not withdrawn:
        return visit.wrong("没有要撤销的了。", "There is nothing to take back.", 409)
    act = Act(who=visit.me.id, at=office.clock.timestamp(), note=f"{BACK}{file}：{why}")
    try:
        await imports.take_back(office.database, put, withdrawn, act, since=since)
    except BotError:
        return visit.wrong(
            "这期间有人批准了话术，请刷新再看一遍。",
            "Somebody has approved scripts meanwhile: reload, and look once more.", 409,
        )  # fmt: skip
    number = len(put) + len(withdrawn)
    await visit.note("script.undo", file, why, f"{number} 条\n{number}")
    office.live.tell("scripts")
    return visit.go(
        f"{PATH}?seq={visit.number('seq')}", f"已撤销 {number} 条，几秒后生效。",
        f"Taken back: {number}, in force within seconds.",
    )  # fmt: skip


async def _effects(visit: Visit) -> tuple[str, Sequence[Effect]]:
    office = visit.office
    file, brought = await imports.brought(office.database, visit.number("seq"))
    found = [_effect(one, office.editions.base) for one in brought]
    used = uses_of(
        [one.script for one in found if one.fate == "retired"],
        office.settings, office.touching.plans.book.plans,
        office.desk.edition.library,
    )  # fmt: skip
    found = [replace(one, fate="planned", puts=None) if one.script in used else one
             for one in found]  # fmt: skip
    worded = [one.puts for one in found if one.puts and one.puts.kind is Kind.WORDS]
    shelf = Shelf(office.settings.root / office.settings.library)
    wrong = set[str]()
    for some in batched(worded):
        wrong |= await asyncio.to_thread(faulty, shelf, some, office.settings)
    return file, [
        replace(one, fate="faulty", puts=None) if one.script in wrong else one for one in found
    ]


def _effect(one: Brought, base: Library) -> Effect:
    """The effect, before we know whether it may be retired, or the old words may be said."""
    script = one.version.script
    puts: Version | None = None
    fate: Fate
    if one.state > VersionState.APPROVED or (one.later or "").startswith(BACK):
        fate = "done"
    elif one.later is not None:
        fate = "changed"
    elif one.state < VersionState.APPROVED:
        fate = "withdrawn"
    else:
        puts = one.before or Version(
            script=script, number=0, kind=Kind.FILE if script in base else Kind.RETIRED
        )
        fate = "retired" if puts.kind is Kind.RETIRED else "before"
        if puts.kind is Kind.RETIRED and script in SPOKEN:
            puts, fate = None, "faulty"  # the bot cannot do without it
    title = orjson.loads(one.version.content).get("title", "")
    return Effect(script=script, title=title, fate=fate, puts=puts, version=one.version)
