"""Comparing customers with WeCom: how the last rounds went, what they found, and a round now."""

from collections.abc import Iterable

from aiohttp import web

from bot.store.customers.sync_rounds import Round, SyncRounds
from bot.store.desk.staff import Role
from bot.web.jobs import Job
from bot.web.route import Route
from bot.web.visit import Visit

PATH = "/console/customers/sync"
PAGE = 50
KINDS = {
    "added": ("新加的好友", "added", "good"), "lost": ("已不是好友", "no contact any more", "bad"),
    "tags": ("标签变了", "other tags", "info"),
}  # fmt: skip


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, show, Role.OPERATOR)
    yield Route("POST", PATH, begin, Role.OPERATOR)


async def show(visit: Visit) -> web.Response:
    """?round= is one of them, ?after= the last find of the page before."""
    store = SyncRounds(visit.office.database)
    rounds = await store.last(14)
    chosen = visit.number("round") or (rounds[0].seq if rounds else 0)
    found = await store.finds(chosen, visit.number("after"), PAGE + 1)
    return visit.html(
        "console/sync.html",
        rounds=rounds, chosen=chosen, found=found[:PAGE], kinds=KINDS,
        after=found[PAGE - 1]["seq"] if len(found) > PAGE else 0,
        names=await visit.office.names(), ready=visit.office.settings.app is not None,
    )  # fmt: skip


async def begin(visit: Visit) -> web.Response:
    if visit.office.settings.app is None:
        return visit.wrong("先在设置里填好应用。", "Fill in the app under Settings first.", 422)

    async def work(job: Job) -> Round:
        def progress(at: Round) -> None:
            job.total, job.done = 100, at.percent
            job.zh, job.en = f"已核对 {at.done} 位", f"{at.done} compared"

        return await visit.office.contacts.reconcile(progress)

    await visit.note("customers.sync", "")
    job = visit.office.jobs.start("contact_sync", visit.me.id, work)
    return visit.html("jobs/contact_sync.html", job=job)
