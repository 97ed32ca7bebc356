"""Plans and the month that results: what goes out, to how many, and what is held back."""

from calendar import Calendar as Weeks
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from aiohttp import web

from bot.plans.desk import PlanEntry
from bot.plans.month import Coming
from bot.store.desk.audit import Changed
from bot.store.desk.staff import Role
from bot.store.plans.plans import TOGETHER_S
from bot.store.states import PlanState
from bot.telling.complaints import line
from bot.telling.rules import held_back
from bot.web.console.overview import day_of
from bot.web.console.plan_names import called
from bot.web.route import Route
from bot.web.visit import Visit

KINDS = {
    "campaign": ("节日与活动", "campaign"), "sequence": ("跟进流程", "sequence"),
    "reminder": ("提醒", "reminder"), "group": ("群节目", "group programme"),
}  # fmt: skip
STATES = {
    PlanState.ACTIVE: ("进行中", "active", "good"),
    PlanState.PAUSED: ("已暂停", "paused", "warn"),
    PlanState.STOPPED: ("已停止", "stopped", ""),
}
ENDS = {"pause": PlanState.PAUSED, "resume": PlanState.ACTIVE, "stop": PlanState.STOPPED}
DEEDS = tuple(ENDS)
EVERY = "*"  # no plan has this id
FROM = {  # what one can do to plans in which states; to all at once only in the first
    "pause": (PlanState.ACTIVE,), "resume": (PlanState.PAUSED, PlanState.STOPPED),
    "stop": (PlanState.ACTIVE, PlanState.PAUSED),
}  # fmt: skip
TO_ALL = ("pause", "resume")
NAMES = {"pause": ("暂停", "Pause"), "resume": ("继续", "Resume"), "stop": ("停止", "Stop")}
TOGETHER = timedelta(seconds=TOGETHER_S)
COMING = 7  # days from today on, which come first


def routes() -> Iterable[Route]:
    yield Route("GET", "/console/plans", show, Role.OPERATOR)
    yield Route("GET", "/console/plans/day/{day}", show_day, Role.OPERATOR)
    yield Route("GET", "/console/plans/{id}/{do}", ask, Role.OPERATOR)
    yield Route("POST", "/console/plans/{id}/{do}", steer, Role.OPERATOR)


async def show(visit: Visit) -> web.Response:
    """?month=2026-11; default: this month."""
    office = visit.office
    today = office.today
    first = day_of(f"{visit.asked('month')}-01") or today.replace(day=1)
    days = [*Weeks().itermonthdates(first.year, first.month)]
    coming = [today + timedelta(days=n) for n in range(COMING + 1)]
    coming = coming if days[0] <= today <= days[-1] else []  # the page is of another month
    found = await office.touching.month.days(days[0], max([days[-1], *coming]))
    calendar = office.touching.plans.calendar
    entries = await office.touching.desk.plans()
    return visit.html(
        "console/plans.html",
        first=first, today=today, days=[calendar.day(day) for day in days],
        by_day={day: [row for row in found if row.day == day] for day in (*days, *coming)},
        coming=[calendar.day(day) for day in coming],
        called=called(visit, {entry.id: entry.title for entry in entries}), entries=entries,
        kinds=KINDS, states=STATES, PlanState=PlanState, failed=office.touching.ahead.failed,
        complaints=[line(one, visit.language) for one in office.touching.plans.complaints],
        deeds_of=deeds_of, deed_names=NAMES,
        before=_shifted(first, -1), after=_shifted(first, 1),
    )  # fmt: skip


def deeds_of(entry: PlanEntry) -> list[str]:
    """What one can do to it: nothing once it is over."""
    return [] if entry.is_over else [do for do, states in FROM.items() if entry.state in states]


def _shifted(first: date, by: int) -> str:
    months = first.year * 12 + first.month - 1 + by
    return f"{months // 12:04}-{months % 12 + 1:02}"


async def show_day(visit: Visit) -> web.Response:
    """One day: each plan with its numbers, what is said and who comes first, and why messages were
    held back."""
    if (day := day_of(visit.part("day"))) is None:
        return visit.wrong("没有这一天。", "There is no such day.", 404)
    if not visit.partial:
        return visit.go(f"/console/plans?month={day:%Y-%m}")
    touching = visit.office.touching
    entries = await touching.desk.plans()
    titles = {entry.id: entry.title for entry in entries}
    rows, found = await touching.month.day(day)
    coming: defaultdict[str, list[Coming]] = defaultdict(list)
    for one in found:
        coming[one.plan].append(one)
    zone = visit.office.zone
    return visit.html(
        "console/plans_day.html",
        coming=coming, library=visit.office.desk.edition.library,
        clock=lambda at: f"{datetime.fromtimestamp(at, zone):%H:%M}",
        day=day, rows=rows, called=called(visit, titles),
        paused={entry.id for entry in entries if entry.state == PlanState.PAUSED},
        known=touching.plans.calendar.day(day), held_back=held_back,
    )  # fmt: skip


async def ask(visit: Visit) -> web.Response:
    do, every = visit.part("do"), visit.part("id") == EVERY
    entries = await _meant(visit)
    if not entries:
        return visit.wrong("没有这个操作。", "There is no such action.", 404)
    latest = max((one.changed_at for one in entries if one.changed_at), default=None)
    together = {
        one.id
        for one in entries
        if do == "pause" or not (latest and one.changed_at) or latest - one.changed_at < TOGETHER
    }
    return visit.html(
        "console/plan_steer.html", entries=entries, do=do, every=every, together=together,
        names=await visit.office.names(), PlanState=PlanState, deed_names=NAMES,
    )  # fmt: skip


async def steer(visit: Visit) -> web.Response:
    """Pause, resume or stop a plan, or all that were ticked; the reason is kept."""
    do, why, desk = visit.part("do"), visit.asked("why"), visit.office.touching.desk
    entries = await _meant(visit)
    if not entries:
        return visit.wrong("没有这个操作。", "There is no such action.", 404)
    if visit.part("id") == EVERY:
        entries = [one for one in entries if visit.asked(f"plan-{one.id}")]
        if not entries:
            return visit.wrong("请勾选计划。", "Tick the plans.")
    if not why:
        return visit.wrong("请写明原因：以后会有人问。", "Write down why: somebody will ask.")
    if any(one.state not in FROM[do] for one in entries):
        return await _overtaken(visit, entries[0])
    deeds = {"pause": desk.pause, "resume": desk.resume, "stop": desk.stop}
    try:
        for entry in entries:
            await deeds[do](entry.id, visit.me.id)
            state = Changed("state", entry.state.name.lower(), ENDS[do].name.lower())
            await visit.note(f"plan.{do}", entry.id, why, entry.title, [state])
    finally:  # if one of them fails, those before it are done
        await take_up(visit)
    return visit.told("已生效。", "Done.", trigger="sheet:close, plans:changed")


async def _overtaken(visit: Visit, entry: PlanEntry) -> web.Response:
    """Somebody was quicker. Else a stopped plan might be paused, and go out on the next resume."""
    names, (zh, en, _) = await visit.office.names(), STATES[entry.state]
    title, who = entry.title or entry.id, names.get(entry.who, entry.who)
    return visit.told(
        f"没有改动：“{title}”现在是“{zh}”（{who} 刚改的）。",
        f"Nothing was changed: {title} is {en} by now ({who}).",
        status=409, kind="bad", trigger="sheet:close, plans:changed",
    )  # fmt: skip


async def _meant(visit: Visit) -> list[PlanEntry]:
    """The plan of the path, or all to which the deed applies; none if there is no such deed."""
    plan, do, desk = visit.part("id"), visit.part("do"), visit.office.touching.desk
    if plan != EVERY:
        return [await desk.plan(plan)] if do in DEEDS else []
    if do not in TO_ALL:
        return []
    return [one for one in await desk.plans() if one.state is FROM[do][0] and not one.is_over]


async def take_up(visit: Visit) -> None:
    """Put changed plans in force at once for a person; otherwise we look every few seconds. What
    they plan follows by itself (Touching.replan), and pages say so."""
    touching = visit.office.touching
    for _ in range(2):
        await touching.plans.sweep()
    touching.plan_soon()
