"""Complaints: who has waited for an answer since when; one closes a case with a reason."""

from collections.abc import Iterable
from urllib.parse import urlencode

from aiohttp import web

from bot.clock import moment
from bot.customers.complaining import answering_hours
from bot.store.customers.cases import FIRST, LAST, Case, Cases, Place
from bot.store.desk.staff import Role
from bot.store.touch.brakes import BrakeKind, Brakes
from bot.web.route import Route
from bot.web.visit import Visit

PAGE = 50
DAYS = (7, 30, 90)
DAY_S = 86_400
CHANNELS = {
    "kf": ("微信客服", "customer service"),
    "contact": ("单聊", "chat with a member"),
    "group": ("客户群", "customer group"),
    "phone": ("电话或当面", "by phone or in person"),
}


def routes() -> Iterable[Route]:
    path = "/console/complaints"
    yield Route("GET", path, show, Role.LEADER)
    yield Route("GET", path + "/{case}", look, Role.LEADER)
    yield Route("POST", path + "/{case}/answered", answered, Role.LEADER)
    yield Route("POST", path + "/{case}/close", close, Role.LEADER)


async def show(visit: Visit) -> web.Response:
    """Open cases, the oldest first; ?state=closed: closed ones, the newest first."""
    office, sight = visit.office, visit.me.sight
    cases, closed = Cases(office.database), visit.asked("state") == "closed"
    place = _place(visit) or (LAST if closed else FIRST)
    if closed:
        found = await cases.closed(sight, before=place, number=PAGE + 1)
    else:
        found = await cases.open(sight, after=place, number=PAGE + 1)
    last = found[PAGE - 1] if len(found) > PAGE else None
    days = visit.number("days", 30)
    days = days if days in DAYS else 30
    return visit.html(
        "console/complaints.html",
        closed=closed, found=found[:PAGE], days=days, choices=DAYS, channels=CHANNELS,
        more=urlencode({"state": "closed" if closed else "", "at": last.at, "id": last.seq})
        if last else "",
        answering=await cases.answering(sight, office.clock.timestamp() - days * DAY_S),
        rules=office.settings.complaints, left=_left(visit, found),
        names=await office.names(),
    )  # fmt: skip


def _place(visit: Visit) -> Place | None:
    try:
        return Place(float(visit.asked("at")), visit.number("id"))
    except ValueError:
        return None


def _left(visit: Visit, cases: Iterable[Case]) -> dict[int, float]:
    """`seq` → seconds of working time until the leader is told; without cases of which nobody
    will be, or was."""
    office, rules = visit.office, visit.office.settings.complaints
    calendar, now = office.touching.plans.calendar, office.clock.now()
    hours = answering_hours(rules, office.zone, lambda day: calendar.day(day).works)
    return {
        one.seq: max(rules.answer_min * 60 - hours.between(moment(at), now).total_seconds(), 0.0)
        for one in cases
        if (at := one.waiting_since) is not None and not one.late
    }


async def look(visit: Visit) -> web.Response:
    """One case, with all that the customer wrote."""
    case = await _case(visit)
    if case is None:
        return _none(visit)
    office = visit.office
    unsure = await Brakes(office.database).standing(  # what was said before is not for one tap
        kind=BrakeKind.COMPLAINT, customer=case.customer, reach=office.reach(visit.me.sight),
        sounds=True,
    )  # fmt: skip
    return visit.html(
        "console/complaint.html",
        case=case, words=await Cases(office.database).words(case.seq), unsure=bool(unsure),
        names=await office.names(), channels=CHANNELS, wrong="",
        left=_left(visit, [case]).get(case.seq),
    )  # fmt: skip


async def answered(visit: Visit) -> web.Response:
    """Somebody answered by telephone or in the shop; what staff send in the chat we see."""
    case, office = await _case(visit), visit.office
    if case is None:
        return _none(visit)
    await Cases(office.database).answer(case.seq, visit.me.id, office.clock.timestamp())
    await visit.note("complaint.answer", case.customer)
    return visit.go(
        f"/console/complaints/{case.seq}", "已记下，不再催。", "Kept: nobody is reminded any more."
    )


async def close(visit: Visit) -> web.Response:
    case, office, why = await _case(visit), visit.office, visit.asked("why")
    if case is None:
        return _none(visit)
    if not why:
        return visit.wrong(
            "请写明怎么处理的：以后会有人问。", "Write down how it ended: somebody will ask."
        )
    lift, now = visit.asked("lift") == "yes", office.clock.timestamp()
    if not await Cases(office.database).close(case.seq, visit.me.id, why, now, lift=lift):
        return visit.wrong("这件投诉已经结案了。", "It is closed already.", 409)
    details = "恢复主动消息\nthey may be written to again" if lift else ""
    await visit.note("complaint.close", case.customer, why, details)
    return visit.go("/console/complaints", "已结案。", "Closed.")


async def _case(visit: Visit) -> Case | None:
    """The case; None: it does not exist, or they may not see it."""
    return await Cases(visit.office.database).find(visit.me.sight, visit.seq("case"))


def _none(visit: Visit) -> web.Response:
    return visit.wrong(
        "没有这件投诉，或者不归您管。", "There is no such complaint, or it is not yours.", 404
    )
