"""One plan on one page: what it says, to whom, when, and what came of it."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from itertools import zip_longest

from aiohttp import web

from bot.plans.occasions import next_of
from bot.plans.plan import Addressed, Plan, Programme
from bot.store.desk import audit
from bot.store.desk.staff import Role
from bot.store.plans.results import PlanResults
from bot.store.plans.trials import tried_of
from bot.store.states import PlanState
from bot.telling.complaints import line
from bot.telling.plans import times
from bot.telling.rules import counted_by_words, held_back
from bot.touch.touch import Scenario
from bot.web.console.audit_words import worded
from bot.web.console.plan_groups import called
from bot.web.console.plan_names import occasion_of
from bot.web.console.plan_saying import meant, sayings
from bot.web.console.plan_stores import titled
from bot.web.console.plan_twins import twins_of
from bot.web.console.plans import KINDS, NAMES, STATES, deeds_of
from bot.web.console.reminding import reminded
from bot.web.console.settings import SCENARIOS
from bot.web.route import Route
from bot.web.visit import Visit
from bot.wecom.mass_messages import REMINDERS

BEFORE, AHEAD = timedelta(days=60), timedelta(days=31)
NEAR = (timedelta(days=-7), timedelta(days=7))  # days that are shown at once
STEPS = 12  # of what people did to it
REASONS = {Scenario.PERSONAL: ("私人问候", "personal"), **SCENARIOS}


def routes() -> Iterable[Route]:
    path = "/console/plans/{id}"
    yield Route("GET", path, show, Role.OPERATOR)
    yield Route("POST", path, remind, Role.OPERATOR)


async def show(visit: Visit) -> web.Response:
    office, plan_id = visit.office, visit.part("id")
    if plan_id in office.desk.referral_book.titles:  # its rewards are messages of a plan, too
        return visit.go(f"/console/referral/{plan_id.partition(':')[2]}")
    touching = office.touching
    entry = await touching.desk.plan(plan_id)
    plan, wrong = await _read(visit, plan_id, entry.table)
    results = PlanResults(office.database)
    today = office.today
    days = await touching.month.days(today - BEFORE, today + AHEAD, plan_id)
    near = [one for one in days if NEAR[0] <= one.day - today <= NEAR[1]]
    values = {}
    if plan is not None:
        whom = await meant(visit, plan)
        plans = touching.plans
        moments = times(plan, plans.calendar, plans.book.segments.words.date_titles)
        values = {
            "whom": whom,
            "segment": _segment(visit, plan),
            "stores": [*map(titled(visit), plan.stores)] if isinstance(plan, Addressed) else [],
            "groups": await _groups(visit, plan) if isinstance(plan, Programme) else (),
            "to_member": isinstance(plan, Addressed) and plan.to == "member",
            "moments": [
                (day, hours, sayings(visit, plan, scripts, whom.first), turn)
                for (day, hours, scripts), turn in zip_longest(moments, _turns(visit, plan))
            ],
        }
    return visit.html(
        "console/plan.html",
        entry=entry, plan=plan, wrong=wrong, values=values, kinds=KINDS, states=STATES,
        reasons=REASONS, PlanState=PlanState, found=await results.of(plan_id),
        tried=await tried_of(office.database, plan_id),
        days=days, near=near, today=today, slot=partial(occasion_of, visit),
        unconfirmed=await results.unconfirmed(plan_id), most=REMINDERS,
        twins=await twins_of(visit, plan) if plan else (),
        deeds=await audit.of(office.database, plan_id, "plan", visit.me.sight, STEPS),
        deeds_of=deeds_of, deed_names=NAMES, told=worded(visit), by_words=counted_by_words,
        held_back=held_back,
        names=await office.names(),
    )  # fmt: skip


async def _read(visit: Visit, plan_id: str, table: object) -> tuple[Plan | None, list[str]]:
    """The plan as it is followed, or as written if it is stopped; else what is wrong with it."""
    touching = visit.office.touching
    if why := touching.ahead.failed.get(plan_id):  # as would who is meant by it
        return None, [visit.t(
            "这个计划排不出来，每小时会再试一次；别的计划照常。多半是人群或话术太多：拆成几个计划，或写简单些。"
            f"还不行，请技术同事看日志里的 a plan cannot be planned（{why}）。",
            "This plan cannot be planned, and is tried again each hour; all others are planned. "
            "Most likely it names too many people, tags or scripts: make several of it, or a "
            "simpler one. If that does not help, let whoever runs the bot look into its log for "
            f"“a plan cannot be planned” ({why}).",
        )]  # fmt: skip
    for plan in touching.plans.book.plans:
        if plan.id == plan_id:
            return plan, []
    if not isinstance(table, dict):
        return None, []
    found = await touching.desk.propose(plan_id, table)
    if isinstance(found, tuple):
        return None, [line(one, visit.language) for one in found]
    return found, []


def _segment(visit: Visit, plan: Plan) -> tuple[str, str]:
    """Its name and title; "" is everybody."""
    name = plan.segment if isinstance(plan, Addressed) else ""
    return name, visit.office.touching.plans.book.segments.titles.get(name, name)


def _turns(visit: Visit, plan: Plan) -> list[tuple[date, str] | None]:
    """For each post with several scripts: its next day, and the script whose turn it is."""
    office = visit.office
    calendar, now = office.touching.plans.calendar, office.clock.now()
    return [
        next_of(post, now, calendar, office.zone) if len(post.scripts) > 1 else None
        for post in (plan.posts if isinstance(plan, Programme) else ())
    ]


async def _groups(visit: Visit, plan: Programme) -> tuple[str, ...]:
    names = await called(visit, plan.groups)
    return plan.names + tuple(names.get(one, one) for one in plan.groups)


async def remind(visit: Visit) -> web.Response:
    """Remind all who have not confirmed in the next working hour; three times a task at most."""
    plan_id = visit.part("id")
    await visit.office.touching.desk.plan(plan_id)
    now = visit.office.clock.timestamp()
    whom = await PlanResults(visit.office.database).remind(plan_id, now, REMINDERS)
    return await reminded(visit, whom, "plan.remind", plan_id, "plans:changed")
