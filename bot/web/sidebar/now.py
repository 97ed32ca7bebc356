"""Tab 现在: what the customer wrote last, whether one may write to them, and what fits."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from bot.scripts.normalise import LONGEST
from bot.store.customers.cases import Cases
from bot.store.customers.talk import talk, unanswered
from bot.store.desk.shelf import boosts_of
from bot.store.desk.staff import Role
from bot.telling.words import written
from bot.web.route import Route
from bot.web.sidebar.may import permission
from bot.web.sidebar.subject import Subject, subject_of
from bot.web.sidebar.suggesting import suggest, wants_person
from bot.web.sidebar.tabs import panel
from bot.web.todos import due_of
from bot.web.visit import Visit

WAITING = 3  # of what they wrote last, at most
EARLIER = 8  # lines of what was said before


def routes() -> Iterable[Route]:
    yield Route("GET", "/sidebar/now", now, Role.MEMBER)
    yield Route("GET", "/sidebar/talk", fresh_talk, Role.MEMBER)
    yield Route("POST", "/sidebar/suggest", suggest_for, Role.MEMBER)


async def now(visit: Visit) -> web.Response:
    subject = await subject_of(visit, "customer", "guest")
    return panel(visit, subject, "sidebar/now.html", **await _talked(visit, subject))


async def fresh_talk(visit: Visit) -> web.Response:
    """The part that changes as the customer writes; empty if nothing is new."""
    subject = await subject_of(visit, "customer", "guest")
    found = await _talked(visit, subject)
    if visit.asked("seen") == found["seen"]:
        return web.Response(status=204)
    return visit.html("sidebar/talk.html", subject=subject, **found, trigger="talked")


async def _talked(visit: Visit, subject: Subject) -> dict[str, Any]:
    """What waits for an answer, apart from what was said before."""
    database = visit.office.database
    lines = await talk(database, subject.id, visit.me.id)
    if subject.kind == "guest":
        ours = f"kf:{subject.account}:"
        lines = [line for line in lines if line.conversation.startswith(ours)]
    waiting = [line for line in unanswered(lines) if line.text][-WAITING:]
    question = "\n".join(filter(None, (written(line.text) for line in waiting)))
    offers = []
    if question:
        boosts = await boosts_of(database, visit.me.id, subject.tags)
        offers = suggest(visit, subject, question[:LONGEST], boosts)
    wants = bool(question) and wants_person(visit, subject, question[:LONGEST])
    allowed = await permission(visit, subject, lines)
    verdict = "-".join(f"{allowed[name]:d}" for name in ("answers", "wanted", "yes"))
    case = await Cases(database).of(subject.id)
    complained_at = case.waiting_since if case else None
    late = case is not None and case.late
    sounds = case is not None and case.sounds
    verdict += f"-{complained_at or 0:.0f}-{late:d}-{sounds:d}"
    due = await due_of(visit, subject.id)
    owed = " ".join(one.id for one in due)
    last = f"{lines[-1].id}-{lines[-1].state}" if lines else ""
    return {
        **allowed,
        "earlier": [line for line in lines if line not in waiting][-EARLIER:],
        "waiting": waiting,
        "names": await visit.office.names(),
        "complained_at": complained_at,
        "sounds": sounds,
        "late": late,
        "question": question,
        "about": waiting[-1].id if waiting else "",
        "offers": offers,
        "wants_person": wants,
        "archive": visit.office.settings.archive is not None,
        "told": any(line.speaker == "customer" for line in lines),
        "due": due,
        "seen": f"{len(waiting)}-{verdict}-{allowed['soon']:%m%d%H%M}-{last}-{owed}",
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
