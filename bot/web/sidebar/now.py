"""Now: what the customer wrote last, what fits, and whether one may write to them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from bot.advice import WORTH, Adviser
from bot.scripts.normalise import LONGEST
from bot.store.facts import PEOPLE
from bot.store.shelf import boosts_of
from bot.store.sql import given
from bot.store.staff import Role
from bot.store.talk import talk, unanswered
from bot.touch.policy import Allow, Refuse
from bot.touch.touch import Scenario, Touch
from bot.web.route import Route
from bot.web.sidebar.subject import subject_of
from bot.web.sidebar.suggesting import suggest
from bot.web.sidebar.tabs import panel
from bot.web.visit import Visit

SCENARIOS = (  # that a person may have in mind; the first one where the customer wrote first
    (Scenario.REPLY, "回复他", "an answer"),
    (Scenario.AFTER_SALES, "售后回访", "after sales"),
    (Scenario.REMINDER, "重要提醒", "a reminder"),
    (Scenario.HOLIDAY, "节日问候", "a holiday"),
    (Scenario.PROMOTION, "大促活动", "a sale"),
)
SPANS = {"hour": ("这小时", "this hour"), "day": ("今天", "today"), "week": ("本周", "this week"),
         "month": ("本月", "this month")}  # fmt: skip
BRAKES = ("complaint", "opt_out")
FRESH_S = 48 * 3600.0  # so long what they wrote wants an answer


def routes() -> Iterable[Route]:
    for method, path, answer in (
        ("GET", "/sidebar/now", now),
        ("GET", "/sidebar/talk", fresh_talk),
        ("POST", "/sidebar/suggest", suggest_for),
        ("GET", "/sidebar/may", may),
    ):
        yield Route(method=method, path=path, answer=answer, needs=Role.MEMBER)


async def now(visit: Visit) -> web.Response:
    subject = await subject_of(visit, "customer")
    return panel(visit, subject, "sidebar/now.html", **await _talked(visit))


async def fresh_talk(visit: Visit) -> web.Response:
    """The part that changes as the customer writes; nothing if nothing is new."""
    subject = await subject_of(visit, "customer")
    found = await _talked(visit)
    if visit.asked("seen") == found["seen"]:
        return web.Response(status=204)
    return visit.html("sidebar/talk.html", subject=subject, **found)


async def _talked(visit: Visit) -> dict[str, Any]:
    subject = await subject_of(visit, "customer")
    database = visit.office.database
    lines = await talk(database, subject.id, visit.me.id)
    waiting = [line for line in unanswered(lines) if line.text]
    question = "\n".join(line.text for line in waiting[-3:])
    offers = []
    if question:
        boosts = await boosts_of(database, visit.me.id, subject.tags)
        offers = suggest(visit, subject, question[:LONGEST], boosts)
    return {
        "lines": lines,
        "names": await visit.office.names(),
        "question": question,
        "about": waiting[-1].id if waiting else "",
        "offers": offers,
        "waits": bool(waiting),
        "told": any(line.speaker == "customer" for line in lines),
        "seen": f"{len(waiting)}-{lines[-1].id}-{lines[-1].state}" if lines else "none",
    }


async def suggest_for(visit: Visit) -> web.Response:
    """For a question that was typed, pasted, or tapped in the talk."""
    subject = await subject_of(visit)
    text = visit.asked("text")[:LONGEST]
    boosts = await boosts_of(visit.office.database, visit.me.id, subject.tags)
    return visit.html(
        "sidebar/suggested.html", subject=subject, question=text, about=visit.asked("about"),
        offers=suggest(visit, subject, text, boosts) if text else [],
    )  # fmt: skip


async def may(visit: Visit) -> web.Response:
    """May I write to them now, as the touch policy sees it; ?scenario= is what one has in mind."""
    subject = await subject_of(visit, "customer")
    office, at = visit.office, visit.office.clock.now()
    rows = await office.database.rows(PEOPLE, given([(subject.id,)]))
    lines = await talk(office.database, subject.id, visit.me.id)
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
    answers = rule == "staffed" or (bool(fresh) and scenario is Scenario.REPLY)
    best = rows[0]["best_from"] if rows else None
    return visit.html(
        "sidebar/may.html", subject=subject, advice=advice, scenario=scenario,
        scenarios=SCENARIOS, spans=SPANS, answers=answers, waits=bool(fresh),
        brakes=advice.held if rule in BRAKES else (), yes=isinstance(advice.verdict, Allow),
        best=None if best is None else (best, rows[0]["best_to"]),
        soon=advice.allowed_at or datetime.fromtimestamp(0, UTC),
        ours=max((line.at for line in lines if line.speaker != "customer"), default=None),
        wrote=max((line.at for line in lines if line.speaker == "customer"), default=None),
    )  # fmt: skip
