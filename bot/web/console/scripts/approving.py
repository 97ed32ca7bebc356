"""Approving all that waits at once: after an import nobody wants to press a thousand buttons."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import orjson
from aiohttp import web

from bot.scripts.checks.words import blank_in
from bot.scripts.forbidding import said
from bot.scripts.layers import build
from bot.scripts.reading import Shelf
from bot.scripts.version import Version
from bot.settings import Settings
from bot.store.desk.staff import Role
from bot.store.scripts import script_states
from bot.store.scripts.script_states import Open
from bot.store.scripts.versions import Act
from bot.web.console.scripts.rights import approves
from bot.web.jobs import Job
from bot.web.route import Route
from bot.web.visit import Visit

T = TypeVar("T")
AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    number: int
    left: Mapping[str, str]  # id → title of those with mistakes, blanks or forbidden words


def routes() -> Iterable[Route]:
    yield Route("POST", "/console/scripts/approve-all", approve_all, Role.OPERATOR)


def allowed(visit: Visit, waiting: Iterable[Open]) -> list[Open]:
    """Those that this user may approve."""
    return [one for one in waiting if one.submitted and approves(visit, one.author)]


async def approve_all(visit: Visit) -> web.Response:
    office = visit.office
    mine = allowed(visit, await script_states.open_versions(office.database))
    if not mine:
        return visit.wrong("没有等您批准的话术。", "Nothing waits for you.", 409)
    act = Act(who=visit.me.id, at=office.clock.timestamp(), note=visit.asked("why"))
    path = office.settings.root / office.settings.library

    async def work(job: Job) -> Approved:
        job.zh, job.en, job.total = "正在检查……", "Checking …", len(mine)
        shelf, good, left = Shelf(path), list[Open](), dict[str, str]()
        for some in batched(mine):
            versions = [*map(_version, some)]
            wrong = await asyncio.to_thread(faulty, shelf, versions, office.settings)
            for one in some:
                if one.script in wrong or unfilled(one.content):
                    left[one.script] = orjson.loads(one.content).get("title", "")
                else:
                    good.append(one)
            job.done += len(some)
        pairs = [(one.script, one.version) for one in good]
        number = await script_states.approve_many(office.database, pairs, act)
        await visit.note("script.approve", f"{number} 条", act.note)
        office.live.tell("scripts")
        return Approved(number=number, left=left)

    job = office.jobs.start("script_approval", visit.me.id, work)
    return visit.html("jobs/script_approval.html", job=job)


def faulty(shelf: Shelf, some: Sequence[Version], settings: Settings) -> set[str]:
    """Those of them that have mistakes or forbidden words; for a thread."""
    shelf.complaints.clear()
    built = [script for one in some if (script := build(shelf, one))]
    # A script with forbidden words needs a reason, so one approves it by itself.
    places = {told.file for told in (*shelf.complaints, *said(settings.root, built))}
    return {one.script for one in some if one.place in places}


def unfilled(content: str) -> bool:
    """Whether a customer would read 【待填】: whoever wants that approves the script by itself."""
    record = orjson.loads(content)
    return any(map(blank_in, (record["reply"], *record.get("replies", ()))))


def _version(one: Open) -> Version:
    return Version(script=one.script, number=one.version, content=one.content)


def batched(every: Sequence[T]) -> Iterable[Sequence[T]]:
    for start in range(0, len(every), AT_ONCE):
        yield every[start : start + AT_ONCE]
