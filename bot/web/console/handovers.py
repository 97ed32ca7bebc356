"""A member leaves or goes on leave: who gets which customers, and how far it is (leaders)."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from aiohttp import web

from bot.handover.handovers import Draft
from bot.store.customers.views import CustomerViews
from bot.store.desk import staff
from bot.store.desk.staff import Role
from bot.store.handover.handovers import Handover, left_of
from bot.store.handover.moved import moved, with_each
from bot.store.states import HandoverKind, HandoverState, ItemState
from bot.web.route import Route
from bot.web.visit import Visit

PATH = "/console/handovers"
PAGE, DAY_S = 50, 86_400
KINDS = {
    HandoverKind.STAYS: (
        "在职转交", "stays",
        "人还在公司（转岗、调店）。企业微信会问每位客户，24 小时内可以拒绝。",
        "They stay in the company. WeCom asks each customer, who may refuse for 24 hours.",
    ),
    HandoverKind.LEFT: (
        "已离职", "has left",
        "已在企业微信后台办理离职。客户同样有 24 小时可以拒绝。",
        "They were removed from WeCom's address book. Customers may refuse for 24 hours, too.",
    ),
    HandoverKind.COVER: (
        "休假代班", "on leave",
        "客户关系不动，提醒和待办由代班同事处理，回来后全部交还。",
        "Customers stay theirs; a colleague has the reminders and to-dos until they are back.",
    ),
}  # fmt: skip
STATES = {
    HandoverState.PLANNED: ("还没开始", "to begin", "info"),
    HandoverState.RUNNING: ("进行中", "going on", "warn"),
    HandoverState.DONE: ("已完成", "done", "good"),
    HandoverState.OVER: ("已结束", "over", ""),
}
FATES = {
    ItemState.PLANNED: ("待提交", "to be asked", "info"),
    ItemState.WAITING: ("等客户 24 小时", "waiting, 24 h", "warn"),
    ItemState.TAKEN: ("已接替", "taken over", "good"),
    ItemState.REFUSED: ("客户拒绝", "refused", "bad"),
    ItemState.FULL: ("接替同事已满", "limit reached", "bad"),
    ItemState.IMPOSSIBLE: ("转不了", "not possible", "bad"),
    ItemState.COVERED: ("代班中", "covered", "info"),
    ItemState.BACK: ("已交还", "given back", ""),
}
THINGS = {
    "reminder": ("提醒", "reminders"), "todo": ("待办和承诺", "to-dos and promises"),
    "case": ("处理中的投诉和疑似不满", "open complaints and what sounds so"),
    "touch": ("待发消息", "messages to come"),
}  # fmt: skip
NOT_ALL = ("没转完", "not all handed over", "warn")


def told(one: Handover, counts: Counter[ItemState]) -> tuple[str, str, str]:
    """Its state."""
    return NOT_ALL if one.state is HandoverState.DONE and left_of(counts) else STATES[one.state]


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, show, Role.LEADER)
    yield Route("GET", PATH + "/new", new, Role.LEADER)
    yield Route("POST", PATH, begin, Role.LEADER)
    yield Route("GET", PATH + "/{id}", one, Role.LEADER)
    yield Route("POST", PATH + "/{id}/cancel", cancel, Role.LEADER)
    yield Route("POST", PATH + "/{id}/again", again, Role.LEADER)


async def show(visit: Visit) -> web.Response:
    table = visit.office.moving.handovers.table
    found = await table.all(visit.me.sight)
    return visit.html(
        "console/handovers.html",
        found=found, counts=await table.counts([one.id for one in found]),
        names=await visit.office.names(), kinds=KINDS, told=told, fates=FATES,
    )  # fmt: skip


async def new(visit: Visit, wrong: str = "") -> web.Response:
    """First ask who leaves, then who takes over."""
    office, leaver = visit.office, visit.asked("leaver")
    with_customers = {*await CustomerViews(office.database).members()}
    everybody = await staff.everybody(office.database)
    people = {person.id for person in everybody if person.in_wecom} | with_customers
    seen = sorted(one for one in people if visit.me.sees(one))
    estate = None
    if leaver in seen:
        estate = await office.moving.handovers.estate(leaver)
    return visit.html(
        "console/handover_new.html",
        status=422 if wrong else 200, wrong=wrong, people=seen, leaver=leaver, estate=estate,
        candidates=[c for c in estate.candidates if visit.me.sees(c.member)] if estate else [],
        takers=visit.several("taker"), kind=visit.number("kind"), asked=visit.asked, kinds=KINDS,
        names=await office.names(),
    )  # fmt: skip


async def begin(visit: Visit) -> web.Response:
    leaver, kind = visit.asked("leaver"), visit.number("kind")
    takers = [*filter(None, visit.several("taker"))]
    if not leaver or not visit.me.sees(leaver) or kind not in set(HandoverKind):
        return visit.wrong("请选择要交接的同事。", "Choose who hands over.")
    if not all(map(visit.me.sees, takers)):
        return visit.wrong("只能交给您管理的同事。", "Only to members of your own team.")
    if not takers:
        said = visit.t("请至少选一位接手的同事。", "Choose at least one who takes over.")
        return await new(visit, said)
    until = _day(visit, visit.asked("until"))
    if kind == HandoverKind.COVER and until is None:
        return await new(visit, visit.t("请填写哪天回来。", "Fill in when they are back."))
    draft = Draft(
        leaver=leaver, kind=HandoverKind(kind), takers=takers, who=visit.me.id,
        why=visit.asked("why")[:200], words=visit.asked("words"), until=until,
        known_first=visit.asked("known_first") == "1",
    )  # fmt: skip
    made = await visit.office.moving.handovers.plan(draft)
    names = await visit.office.names()
    told = "→ " + visit.t("、", ", ").join(names.get(one, one) for one in takers)
    await visit.note("handover.begin", leaver, draft.why, told)
    await visit.office.moving.begin()
    return visit.go(f"{PATH}/{made.id}", "交接已开始。", "The handover has begun.")


def _day(visit: Visit, text: str) -> float | None:
    """The beginning of that day, in the company's zone."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=visit.office.zone).timestamp()
    except ValueError:
        return None


async def _found(visit: Visit) -> Handover | None:
    found = await visit.office.moving.handovers.table.get(visit.part("id"))
    return found if found and visit.me.sees(found.leaver) else None


def _none(visit: Visit) -> web.Response:
    return visit.wrong("没有这个交接。", "There is no such handover.", 404)


async def one(visit: Visit) -> web.Response:
    found = await _found(visit)
    if found is None:
        return _none(visit)
    handovers = visit.office.moving.handovers
    asked = visit.number("state", -1)
    state = asked if asked in set(ItemState) else -1
    items = await handovers.table.items(
        found.id, state=state, after=visit.number("after"), number=PAGE + 1
    )
    counts = (await handovers.table.counts([found.id]))[found.id]
    left = left_of(counts)
    estate = await handovers.estate(found.leaver) if left else None
    database = visit.office.database
    return visit.html(
        "console/handover.html",
        one=found, items=items[:PAGE], more=items[PAGE - 1].seq if len(items) > PAGE else None,
        moved=await moved(database, found.id), things=THINGS,
        along=await with_each(database, found.id, [item.subject for item in items[:PAGE]]),
        counts=counts, state=state, left=left, names=await visit.office.names(), kinds=KINDS,
        told=told, fates=FATES, day_s=DAY_S, over=found.state is HandoverState.OVER,
        candidates=[c for c in estate.candidates if visit.me.sees(c.member)] if estate else [],
    )  # fmt: skip


async def cancel(visit: Visit) -> web.Response:
    found = await _found(visit)
    if found is None:
        return _none(visit)
    await visit.office.moving.handovers.cancel(found.id)
    await visit.office.moving.open()
    await visit.note("handover.cancel", found.leaver)
    return visit.go(f"{PATH}/{found.id}")


async def again(visit: Visit) -> web.Response:
    found, taker = await _found(visit), visit.asked("taker")
    if found is None:
        return _none(visit)
    if not visit.me.sees(taker):
        return visit.wrong("只能交给您管理的同事。", "Only to members of your own team.")
    number = await visit.office.moving.handovers.try_again(found.id, taker)
    await visit.office.moving.open()
    name = (await visit.office.names()).get(taker, taker)
    await visit.note("handover.again", found.leaver, details=f"{number} → {name}")
    return visit.go(f"{PATH}/{found.id}")
