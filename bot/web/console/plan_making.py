"""A plan in three steps: to whom and what, when, and what would come of it; then it is made."""

import asyncio
import secrets
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from bot.errors import BotError, Complaint, ConfigError
from bot.preflight import Preflight, Trial
from bot.settings import Settings
from bot.store.staff import Role
from bot.web.console.plans import KINDS, take_up
from bot.web.console.settings import SCENARIOS
from bot.web.jobs import Job
from bot.web.route import Route
from bot.web.visit import Visit

PATH = "/console/plans/new"
STEPS = 5  # of a sequence, at most
UNASKED = ("system/", "chat/", "faq/")  # answers: nobody sends them of their own accord
FIELDS = (
    "id", "kind", "title", "scenario", "whom", "to", "on", "after", "hours", "deadline", "script",
    *(f"{name}{number}" for name in ("day", "say") for number in range(1, STEPS + 1)),
)  # fmt: skip
# Which step asks for what, to lead back to where a mistake is.
WHO, WHEN, LOOK = 1, 2, 3
_ASKED_LATER = ("on", "after", "hours", "deadline", "step")


def routes() -> Iterable[Route]:
    yield Route(method="GET", path=PATH, answer=begin, needs=Role.OPERATOR)
    yield Route(method="POST", path=PATH, answer=go_on, needs=Role.OPERATOR)


async def begin(visit: Visit) -> web.Response:
    return await _page(visit, WHO)


async def _page(
    visit: Visit, step: int, wrong: Iterable[Complaint] = (), job: Job | None = None
) -> web.Response:
    office = visit.office
    book, calendar = office.touching.plans.book, office.touching.plans.calendar
    given = {name: visit.asked(name) for name in FIELDS}
    given["id"] = given["id"] or f"c{secrets.token_hex(4)}"
    wrong = [*wrong]
    return visit.html(
        "console/plan_new.html",
        status=422 if wrong else 200, step=step, given=given, wrong=wrong, job=job,
        kinds={name: words for name, words in KINDS.items() if name != "group"},
        scenarios={name: words for name, words in SCENARIOS.items() if name},
        segments=book.segments.titles, dates=book.segments.words.dates,
        scripts=sorted(
            (one.id, f"{one.title} · {one.id}")
            for one in office.desk.edition.library
            if not one.id.startswith(UNASKED)
        ),
        occasions=[(name, calendar.names(name)) for name in calendar.ids],
        steps=range(1, STEPS + 1),
    )  # fmt: skip


async def go_on(visit: Visit) -> web.Response:
    """`go` is the step to go to, or "make"."""
    go, plan_id = visit.asked("go", "1"), visit.asked("id")
    if go == "1":
        return await _page(visit, WHO)
    table = table_of(visit)
    found = await visit.office.touching.desk.propose(plan_id, table)
    complaints = found if isinstance(found, tuple) else ()
    early = [one for one in complaints if not one.key.startswith(_ASKED_LATER)]
    if early:
        return await _page(visit, WHO, early)
    if go == "2":
        return await _page(visit, WHEN)
    if complaints:
        return await _page(visit, WHEN, complaints)
    if go == "make":
        return await _make(visit, plan_id, table)
    return await _page(visit, LOOK, job=_fly(visit, plan_id, table))


async def _make(visit: Visit, plan_id: str, table: Mapping[str, Any]) -> web.Response:
    try:
        await visit.office.touching.desk.create(plan_id, table, visit.me.id)
    except ConfigError as error:
        return await _page(visit, WHO, error.complaints)
    await visit.note("plan.make", plan_id, details=str(table["title"]))
    await take_up(visit)
    return visit.go("/console/plans", "计划已建好。", "The plan is made.")


def table_of(visit: Visit) -> dict[str, Any]:
    """What the form says, as the keys of a plan's file; what is empty is left out."""
    names = ["kind", "title", "scenario", "whom", "to"]
    kind = visit.asked("kind")
    if kind == "sequence":
        steps = [
            {"day": visit.number(f"day{number}"), "script": visit.asked(f"say{number}")}
            for number in range(1, STEPS + 1)
            if visit.asked(f"say{number}")
        ]
        table = {name: visit.asked(name) for name in [*names, "after"]} | {"step": steps}
    else:
        names += ["on", "hours", "deadline", "script"]
        table = {name: visit.asked(name) for name in names}
    return {name: value for name, value in table.items() if value}


def _fly(visit: Visit, plan_id: str, table: Mapping[str, Any]) -> Job:
    """The preflight, in a thread of its own: the engine goes on meanwhile."""
    office = visit.office
    trial = Trial(
        office.settings.root, store_of(office.settings), library=office.desk.edition.library,
        policy=office.touching.rules.policy, zone=office.zone,
    )  # fmt: skip
    now = office.clock.now()
    stop = threading.Event()

    async def work(job: Job) -> Preflight:
        job.total = 100
        job.zh, job.en = (
            "正在试算：会发给谁、什么时候、为什么不发",
            "Working out who gets it, and when",
        )

        def tell(part: float) -> None:
            if stop.is_set():
                raise BotError("cancelled")
            job.done = int(100 * part)

        flight = trial.preflight(plan_id, now, proposed=table, tell=tell)
        try:
            return await asyncio.to_thread(asyncio.run, flight)
        finally:
            stop.set()

    return office.jobs.start("preflight", visit.me.id, work)


def store_of(settings: Settings) -> Any:
    """The database's file."""
    return settings.root / settings.store.url.removeprefix("sqlite://")
