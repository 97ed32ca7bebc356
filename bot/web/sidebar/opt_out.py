"""A customer says where we cannot hear it that they want no more messages: a member notes it."""

from collections.abc import Iterable

from aiohttp import web

from bot.errors import Declined
from bot.store.customers.card import profile
from bot.store.desk.staff import Role
from bot.store.touch.brakes import BrakeKind, Brakes, BrakeStep
from bot.web.route import Route
from bot.web.sidebar.subject import subject_of
from bot.web.visit import Visit

LONGEST = 500  # characters


def routes() -> Iterable[Route]:
    yield Route("POST", "/sidebar/customer/opt-out", opt_out, Role.MEMBER)


async def opt_out(visit: Visit) -> web.Response:
    """Their words are kept with it, if any are given."""
    subject, office = await subject_of(visit, "customer"), visit.office
    words, at = visit.asked("words")[:LONGEST], office.clock.timestamp()
    step = BrakeStep(
        customer=subject.id, kind=BrakeKind.OPT_OUT, active=True, who=visit.me.id, why=words, at=at
    )
    changed = await Brakes(office.database).turn(step)
    if changed is None:
        raise Declined("还不认识这位客户，请稍后再试。", "We do not know them yet: try later.")
    if changed:
        await visit.note("brake.opt_out", subject.id, words)
    return visit.html(
        "customer/opt_out.html", subject=subject, trigger="customer:changed",
        profile=await profile(office.database, subject.id), forgotten=False,
    )  # fmt: skip
