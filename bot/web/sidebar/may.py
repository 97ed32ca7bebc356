"""May I write to them now? What the touch policy says, in one line and with all reasons."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from bot.store.customers.talk import Line, talk, unanswered
from bot.store.desk.staff import Role
from bot.store.sql import given
from bot.store.states import TouchState
from bot.store.touch.facts import PEOPLE
from bot.touch.advice import WORTH, Advice, Adviser
from bot.touch.policy import Allow, Refuse
from bot.touch.touch import Scenario, Touch
from bot.touch.verdicts import PROFILE
from bot.web.route import Route
from bot.web.sidebar.subject import Subject, subject_of
from bot.web.visit import Visit

SCENARIOS = (  # that a person may have in mind; the first one where the customer wrote first
    (Scenario.REPLY, "回复他", "an answer"),
    (Scenario.AFTER_SALES, "售后回访", "after sales"),
    (Scenario.REMINDER, "重要提醒", "a reminder"),
    (Scenario.HOLIDAY, "节日问候", "a holiday"),
    (Scenario.PROMOTION, "大促活动", "a sale"),
)
SPANS = {"hour": ("这小时", "This hour"), "day": ("今天", "Today"), "week": ("本周", "This week"),
         "month": ("本月", "This month")}  # fmt: skip
EARLIEST = ("；最早 ", "; not before ")  # in what a rule says, before its moment
MOST = 3  # reasons
BRAKES = ("complaint", "opt_out")
FRESH_S = 48 * 3600.0  # how long what they wrote wants an answer


def routes() -> Iterable[Route]:
    yield Route("GET", "/sidebar/may", may, Role.MEMBER)


async def may(visit: Visit) -> web.Response:
    """?scenario= is what one has in mind."""
    subject = await subject_of(visit, "customer", "guest")
    lines = await talk(visit.office.database, subject.id, visit.me.id)
    return visit.html(
        "sidebar/may.html", subject=subject, **await permission(visit, subject, lines)
    )


async def permission(visit: Visit, subject: Subject, lines: Sequence[Line]) -> dict[str, Any]:
    """What may.html shows in full and allowed.html in one line."""
    office, at = visit.office, visit.office.clock.now()
    rows = await office.database.rows(PEOPLE, given([subject.id]))
    fresh = [line for line in unanswered(lines) if line.at > at.timestamp() - FRESH_S]
    default = Scenario.REPLY if fresh else Scenario.REMINDER
    known = {scenario.value: scenario for scenario, *_ in SCENARIOS}
    scenario = known.get(visit.asked("scenario"), default)
    touch = Touch(
        plan="", slot="", customer=subject.id, scenario=scenario, script="", due_at=at,
        deadline=at + WORTH,
    )  # fmt: skip
    adviser = Adviser(office.database, office.touching.rules.policy, at)
    advice = await adviser.advise(touch, at)
    rule = advice.verdict.rule if isinstance(advice.verdict, Refuse) else ""
    best = rows[0]["best_from"] if rows else None
    paused = advice.planned[0] if advice.planned else None
    return {
        "advice": advice,
        "scenario": scenario,
        "scenarios": SCENARIOS,
        "spans": SPANS,
        "library": office.desk.edition.library,
        "answers": rule == "staffed" or (bool(fresh) and scenario is Scenario.REPLY),
        "wanted": bool(fresh),
        "brakes": advice.held if rule in BRAKES else (),
        "reasons": reasons(advice),
        "coming": next((one for one in advice.planned if not one.paused), paused),
        "on_its_way": TouchState.TAKEN,
        "yes": isinstance(advice.verdict, Allow),
        "best": None if best is None else (best, rows[0]["best_to"]),
        "soon": advice.allowed_at or datetime.fromtimestamp(0, UTC),
        "ours": max((line.at for line in lines if line.speaker != "customer"), default=None),
        "wrote": max((line.at for line in lines if line.speaker == "customer"), default=None),
    }


def reasons(advice: Advice) -> list[tuple[str, str]]:
    """What holds it back. If there is a moment at which nothing does, the page shows only that:
    each rule alone would give an earlier one."""
    told = [(PROFILE.sub("", one.zh), PROFILE.sub("", one.en)) for one in advice.held]
    if advice.allowed_at:
        told = [(zh.partition(EARLIEST[0])[0], en.partition(EARLIEST[1])[0]) for zh, en in told]
    return list(dict.fromkeys(told))[:MOST]
