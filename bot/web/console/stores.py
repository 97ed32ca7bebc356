"""A task for many stores: who has confirmed, who has not and why, and a reminder."""

from collections.abc import Iterable

from aiohttp import web

from bot.plans.condition import OfStores
from bot.plans.plan import Addressed, Campaign
from bot.plans.when import upcoming
from bot.store.desk.staff import Role
from bot.store.stores.board import Standing, StoreBoard, Task
from bot.stores.execution import FORMULA, STANDINGS, cure, score
from bot.web.console.plan_names import occasion_of
from bot.web.console.reminding import reminded
from bot.web.route import Route
from bot.web.visit import Visit
from bot.wecom.mass_messages import REMINDERS

OPEN = (Standing.ASKED, Standing.REMINDED)
WRONG = (Standing.LATE, Standing.FAILED, Standing.GONE, Standing.NO_MEMBER)
GOOD = (Standing.DONE, Standing.CONFIRMED)


def routes() -> Iterable[Route]:
    path = "/console/stores"
    yield Route("GET", path, show, Role.LEADER)
    yield Route("POST", path + "/remind", remind, Role.LEADER)


def _plans(visit: Visit) -> dict[str, Addressed]:
    """The plans for stores, by id."""
    plans = visit.office.touching.plans.book.plans
    return {one.id: one for one in plans if isinstance(one, Addressed) and one.stores}


async def _slots(visit: Visit, board: StoreBoard, plan: Addressed) -> list[str]:
    """Occasions with tasks, the latest first; without any, the next one."""
    if found := await board.slots(plan.id):
        return found
    if not isinstance(plan, Campaign):
        return []
    office = visit.office
    days = upcoming(plan.on, office.today, 1, office.touching.plans.calendar, office.zone)
    return [f"{day}" for day in days]


async def show(visit: Visit) -> web.Response:
    """Leaders see their own people, operators everybody."""
    board, plans = StoreBoard(visit.office.database, visit.me.sight), _plans(visit)
    asked = visit.asked("plan") or await board.latest(plans)
    plan = plans.get(asked) or next(iter(plans.values()), None)
    slots = await _slots(visit, board, plan) if plan else []
    slot = visit.asked("slot") if visit.asked("slot") in slots else next(iter(slots), "")
    standing, name = visit.asked("standing"), visit.asked("name")[:64]
    standing = standing if standing in {*Standing} else ""
    stores = len(visit.office.desk.voices)
    if plan is None or not slot:
        return visit.html("console/stores.html", plan=plan, plans=plans, slot="", stores=stores)
    task = Task(plan=plan.id, slot=slot, stores=OfStores(plan.stores))
    counts = await board.count(task)
    return visit.html(
        "console/stores.html",
        plan=plan, plans=plans, slot=slot, stores=stores,
        slots=[(one, occasion_of(visit, one)) for one in slots],
        page=await board.page(task, standing=standing, name=name, after=visit.asked("after")),
        counts=counts, standings=STANDINGS, standing=standing, name=name,
        sums={key: sum(counts.get(one, 0) for one in some)
              for key, some in (("open", OPEN), ("wrong", WRONG), ("good", GOOD))},
        all=sum(counts.values()), open=OPEN, most=REMINDERS,
        names=await visit.office.names(), cure=cure, score=score, formula=FORMULA,
    )  # fmt: skip


async def remind(visit: Visit) -> web.Response:
    """Remind one member, or all who have not confirmed; WeCom allows three times."""
    plan, slot, member = (visit.asked(name) for name in ("plan", "slot", "member"))
    chosen = _plans(visit).get(plan)
    if chosen is None or not slot:
        return visit.wrong("没有这个计划，请刷新。", "There is no such plan: reload.", 404)
    task = Task(plan=plan, slot=slot, stores=OfStores(chosen.stores))
    board = StoreBoard(visit.office.database, visit.me.sight)
    now = visit.office.clock.timestamp()
    whom = await board.remind(task, now, most=REMINDERS, member=member)
    return await reminded(visit, whom, "stores.remind", f"{plan} {slot}", "stores:changed")
