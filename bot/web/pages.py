"""All pages of the engine in one table, each with its permissions."""

from collections.abc import Iterable
from itertools import chain

from aiohttp import web

from bot.store.desk.staff import Role
from bot.web import login
from bot.web.assets import PREFIX
from bot.web.console import (
    answers,
    audit,
    caps_changing,
    cases,
    channels,
    customer,
    customers,
    data,
    doctor,
    field_import,
    figures,
    group_questions,
    group_rules,
    groups,
    handovers,
    moments,
    outbox,
    overview,
    people,
    personas,
    plan_changing,
    plan_making,
    plan_page,
    plans,
    referral,
    segments,
    settings,
    stores,
    syncing,
    teaching,
    todos,
    unanswered,
    words,
)  # fmt: skip
from bot.web.console.scripts import (
    approving,
    editing,
    history,
    listing,
    moving,
    pictures,
    taking_back,
)
from bot.web.office import Office
from bot.web.route import Route, add_routes
from bot.web.sidebar import (
    complaint,
    confirm,
    frame,
    group,
    group_answers,
    may,
    now,
    opt_out,
    own,
    sent,
    taking,
    todo,
)  # fmt: skip
from bot.web.sidebar import customer as beside
from bot.web.sidebar import fields as beside_fields
from bot.web.sidebar import referral as inviting
from bot.web.sidebar import scripts as sidebar_scripts
from bot.web.visit import Visit

PARTS = (
    login,
    overview,
    figures,
    todos,
    answers,
    teaching,
    listing,
    history,
    approving,
    editing,
    plan_making,
    plan_changing,
    plans,
    plan_page,
    moments,
    customers,
    segments,
    field_import,
    syncing,
    channels,
    group_questions,
    group_rules,
    referral,
    groups,
    cases,
    stores,
    handovers,
    customer,
    moving,
    taking_back,
    pictures,
    unanswered,
    outbox,
    doctor,
    settings,
    caps_changing,
    personas,
    words,
    data,
    people,
    audit,
    frame,
    now,
    may,
    beside,
    complaint,
    confirm,
    opt_out,
    inviting,
    beside_fields,
    sent,
    taking,
    sidebar_scripts,
    todo,
    group,
    group_answers,
    own,
)  # fmt: skip


def routes() -> list[Route]:
    return [*chain.from_iterable(part.routes() for part in PARTS), *_common()]


def add_pages(app: web.Application, office: Office) -> None:
    app.on_shutdown.append(office.live.close)
    app.router.add_get(PREFIX + "{rest:.+}", office.assets.get)
    add_routes(app, office, routes())


def _common() -> Iterable[Route]:
    yield Route("GET", "/", _start, None)
    for part in ("console", "sidebar"):
        yield Route("GET", f"/{part}/{{rest:.*}}", _nothing, Role.MEMBER)
    yield Route("GET", "/live", _live, Role.MEMBER)
    yield Route("GET", "/jobs/{id}", _job, Role.MEMBER)
    yield Route("POST", "/jobs/{id}/cancel", _cancel, Role.MEMBER)


async def _start(visit: Visit) -> web.Response:
    return visit.go("/console")


async def _nothing(visit: Visit) -> web.Response:
    typed = visit.request.rel_url
    if typed.raw_path.endswith("/"):
        query = typed.raw_query_string
        return visit.go(typed.raw_path.rstrip("/") + (f"?{query}" if query else ""))
    return visit.wrong("没有这一页。", "There is no such page.", 404)


async def _live(visit: Visit) -> web.StreamResponse:
    return await visit.office.live.stream(visit.request)


async def _job(visit: Visit) -> web.Response:
    job = visit.office.jobs.find(visit.part("id"), visit.me.id)
    if job is None:
        return visit.wrong("这项工作已不在。", "This work is gone.", 404)
    return visit.html(f"jobs/{job.kind}.html", job=job)


async def _cancel(visit: Visit) -> web.Response:
    if job := visit.office.jobs.find(visit.part("id"), visit.me.id):
        job.cancel()
        await job.ended()
    return await _job(visit)
