"""A customer complained where we cannot hear it: a member reports it, which opens a case."""

from collections.abc import Iterable

from aiohttp import web

from bot.errors import Declined
from bot.store.customers.cases import Cases
from bot.store.desk.staff import Role
from bot.web.route import Route
from bot.web.sidebar.subject import subject_of
from bot.web.visit import Visit

LONGEST = 500  # characters


def routes() -> Iterable[Route]:
    yield Route("POST", "/sidebar/customer/complaint", begin, Role.MEMBER)


async def begin(visit: Visit) -> web.Response:
    subject, office = await subject_of(visit, "customer"), visit.office
    if not (words := visit.asked("words")):
        raise Declined("请写下客户怎么说的。", "Write down what they said.")
    cases, at = Cases(office.database), office.clock.timestamp()
    seq = await cases.begin(subject.id, visit.me.id, words[:LONGEST], at)
    if seq is None:
        raise Declined("还不认识这位客户，请稍后再试。", "We do not know them yet: try later.")
    if visit.asked("answered") == "1":
        await cases.answer(seq, visit.me.id, at)
    await visit.note("complaint.open", subject.id, words[:LONGEST])
    return visit.html(
        "customer/complaint.html", subject=subject, case=await cases.of(subject.id),
        names=await office.names(),
        trigger="customer:changed",
    )  # fmt: skip
