"""Who did what on the pages."""

from collections.abc import Callable, Iterable
from contextlib import suppress

from aiohttp import web

from bot.store.desk import audit
from bot.store.desk.audit import Changed
from bot.store.desk.staff import Role
from bot.web.console.audit_subjects import subjects
from bot.web.console.audit_words import named, worded
from bot.web.console.plan_differing import LISTS, entries, others, saying
from bot.web.route import Route
from bot.web.visit import Visit

PAGE = 50


def routes() -> Iterable[Route]:
    yield Route("GET", "/console/audit", show, Role.LEADER)


async def show(visit: Visit) -> web.Response:
    database, me = visit.office.database, visit.me
    act, who = visit.asked("act"), visit.asked("who")
    found = await audit.page(
        database, me.sight, before=visit.number("before", audit.LAST), act=act, who=who,
        limit=PAGE + 1,
    )  # fmt: skip
    acts = [row["act"] for row in await database.rows(audit.ACTS)]
    return visit.html(
        "console/audit.html",
        found=found[:PAGE], more=found[PAGE - 1]["seq"] if len(found) > PAGE else None,
        acts=acts, act=act, who=who, told=worded(visit), names=await visit.office.names(),
        subject_of=await subjects(visit, found),
        changes=audit.changes_of, what=named(visit), said=_said(visit),
    )  # fmt: skip


def _said(visit: Visit) -> Callable[[Changed], tuple[str, str]]:
    """What was, and what is now."""
    said = saying(visit)

    def told(one: Changed) -> tuple[str, str]:
        if one.what in LISTS:
            with suppress(ValueError):  # it is kept short
                old, new = others(one.old, one.new)
                return entries(visit, one.what, old), entries(visit, one.what, new)
        old, new = (said(one.what, text) if text else "" for text in (one.old, one.new))
        return old, new

    return told
