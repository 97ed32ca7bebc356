"""The audit log: who did what on the pages."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from urllib.parse import urlencode

from aiohttp import web

from bot.store.desk import audit
from bot.store.desk.audit import Changed
from bot.store.desk.staff import Role
from bot.web.console.audit_subjects import called, subjects
from bot.web.console.audit_words import named, worded
from bot.web.console.overview import day_of
from bot.web.console.plan_differing import LISTS, entries, others, saying
from bot.web.route import Route
from bot.web.visit import Visit

PAGE = 50
DAYS = (date(1970, 1, 2), date(2199, 12, 30))  # every day there is


def routes() -> Iterable[Route]:
    yield Route("GET", "/console/audit", show, Role.LEADER)


async def show(visit: Visit) -> web.Response:
    database, me = visit.office.database, visit.me
    act, who, words = visit.asked("act"), visit.asked("who"), visit.asked("q")
    first, last = sorted(
        (day_of(visit.asked("from")) or DAYS[0], day_of(visit.asked("to")) or DAYS[1])
    )
    wanted = {name: visit.asked(name) for name in ("act", "who", "from", "to", "q")}
    found = await audit.page(
        database, me.sight, before=visit.number("before", audit.LAST), act=act, who=who,
        days=visit.office.figures.bounds(first, last), words=words,
        called=await called(visit, words) if words else (), limit=PAGE + 1,
    )  # fmt: skip
    acts = [row["act"] for row in await database.rows(audit.ACTS)]
    return visit.html(
        "console/audit.html",
        found=found[:PAGE], more=found[PAGE - 1]["seq"] if len(found) > PAGE else None,
        acts=acts, wanted=wanted, asked=urlencode(wanted), told=worded(visit),
        names=await visit.office.names(),
        subject_of=await subjects(visit, found),
        changes=audit.changes_of, what=named(visit), said=_said(visit),
    )  # fmt: skip


def _said(visit: Visit) -> Callable[[Changed], tuple[str, str]]:
    """A function that says in words what was before and what is now."""
    said = saying(visit)

    def told(one: Changed) -> tuple[str, str]:
        if one.what in LISTS:
            with suppress(ValueError):  # long values are cut when stored
                old, new = others(one.old, one.new)
                return entries(visit, one.what, old), entries(visit, one.what, new)
        old, new = (said(one.what, text) if text else "" for text in (one.old, one.new))
        return old, new

    return told
