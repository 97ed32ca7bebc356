"""Teaching after a wrong answer: what a customer wrote becomes an example of the right script."""

import asyncio
from collections.abc import Iterable

from aiohttp import web

from bot.clock import moment
from bot.scripts.example import impersonal
from bot.scripts.matcher import Matcher
from bot.scripts.script import Facts
from bot.store.desk.staff import Role
from bot.store.scripts import script_states
from bot.store.scripts.answers import whole
from bot.web.console.answers import BECAME
from bot.web.console.scripts.preview import CHANNELS
from bot.web.console.unanswered import asked_as, pending
from bot.web.customer_card import titles
from bot.web.route import Route
from bot.web.visit import Visit

PATH = "/console/answers/teach"
OFFERED = 4  # scripts
LONGEST = 200  # characters of a question
WOULD = {
    "answer": ("回答", "answer", "good"),
    "ask": ("让客户选", "let them choose", "info"),
    "handover": ("交给同事", "call a person", "warn"),
    "silent": ("不回复", "be silent", ""),
}


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, page, Role.OPERATOR)
    yield Route("POST", f"{PATH}/now", now, Role.OPERATOR)


async def page(visit: Visit) -> web.Response:
    """?seq= the number of a message."""
    office = visit.office
    found = await whole(office.database, visit.number("seq"))
    if not found:
        return visit.wrong("这条消息已不在了。", "This message is gone.", 404)
    first, names = found[0], await office.names()
    text = impersonal("，".join(one.asked for one in found), (first.name,))
    return visit.html(
        "console/teach.html",
        found=found, first=first, ask=text[:LONGEST], longest=LONGEST, became=BECAME,
        names=names, channels=CHANNELS, titles=titles(visit, first.scripts),
        day=moment(first.at).astimezone(office.zone).date(),
    )  # fmt: skip


async def now(visit: Visit) -> web.Response:
    """What the bot would do about `ask` in `channel`, and to which scripts it may belong. By a
    form, so that no proxy logs what customers wrote."""
    office, text = visit.office, visit.asked("ask")[:LONGEST]
    local = office.now
    facts, matcher = Facts(channel=visit.asked("channel"), now=local), office.desk.edition.matcher
    decision = await asyncio.to_thread(Matcher.decide, matcher, text, facts=facts)
    ranked = await asyncio.to_thread(Matcher.rank, matcher, text, OFFERED, facts=facts)
    waiting = pending(await script_states.open_versions(office.database))
    offers = [one.script_id for one in ranked if one.script_id not in decision.scripts]
    menu = [one.script_id for one in decision.candidates] if decision.band == "ask" else ()
    return visit.html(
        "console/teach_now.html",
        text=text, decision=decision, would=WOULD[decision.band], offers=offers,
        chosen=decision.scripts or menu,
        waits=waiting.get(asked_as(text), ""), library=office.desk.edition.library,
    )  # fmt: skip
