"""Scripts: search as one types, favourites, and what is used most."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from heapq import nsmallest
from itertools import chain

from aiohttp import web

from bot.errors import Declined
from bot.scripts.decision import Hit
from bot.scripts.script import Script
from bot.scripts.searching.boosts import Boosts
from bot.store.desk.shelf import boosts_of, favour
from bot.store.desk.staff import Role
from bot.web.own import Shelf
from bot.web.route import Route
from bot.web.sidebar.offer import Offer, facts_for, offer
from bot.web.sidebar.subject import Subject, subject_of
from bot.web.sidebar.suggesting import suggest
from bot.web.sidebar.tabs import panel
from bot.web.visit import NO_STORE, Visit

SHOWN = 20
LOOKED_AT = 400  # of all, to show those of one category
ASKED_MOST = ("faq", "chat")  # stand first where nothing was used yet
NOT_FOR_STAFF = "system"  # what the program itself says
SCOPES = (
    ("", "全部", "All"), ("favourite", "收藏", "Favourites"), ("own", "我的", "Mine"),
    ("team", "团队", "Team"),
)  # fmt: skip
GROUPS = (
    ("faq", "咨询问答", "Questions"), ("greeting", "招呼语", "Greetings"),
    ("news", "资讯", "News"), ("chat", "日常聊天", "Chat"),
)  # fmt: skip


def routes() -> Iterable[Route]:
    yield Route("GET", "/sidebar/scripts", scripts, Role.MEMBER)
    yield Route("GET", "/sidebar/scripts/find", find, Role.MEMBER)
    yield Route("POST", "/sidebar/scripts/may", may_send, Role.MEMBER)
    yield Route("POST", "/sidebar/scripts/favour", change_favour, Role.MEMBER)


async def scripts(visit: Visit) -> web.Response:
    subject = await subject_of(visit)
    await asyncio.to_thread(visit.office.desk.edition.matcher.search.prepare)
    return panel(
        visit, subject, "sidebar/scripts.html", scopes=SCOPES, groups=GROUPS,
        offers=await _found(visit, subject), text="", scope="",
    )  # fmt: skip


async def find(visit: Visit) -> web.Response:
    """?q=&scope=: with each key that is pressed."""
    subject = await subject_of(visit)
    return visit.html(
        "sidebar/found.html", subject=subject, offers=await _found(visit, subject),
        text=visit.asked("q"), scope=visit.asked("scope"),
    )  # fmt: skip


async def _found(visit: Visit, subject: Subject) -> list[Offer]:
    boosts = await boosts_of(visit.office.database, visit.me.id, subject.tags)
    own = await visit.office.own.of(visit.me.id)
    text, scope = visit.asked("q"), visit.asked("scope")
    found: Sequence[tuple[Script, Hit | None]]
    if not text:
        found = [(one, None) for one in _at_hand(visit, subject, scope, boosts, own)]
    elif not (found := _matching(visit, subject, text, scope, boosts, own)):
        # If the letters are found nowhere, a whole question is understood like a customer's.
        meant = suggest(visit, subject, text, boosts)
        return [one for one in meant if _is_in(one.script, scope, boosts, own, visit.me.id)]
    return [_offer(visit, subject, script, hit, boosts, own) for script, hit in found]


def _matching(
    visit: Visit, subject: Subject, text: str, scope: str, boosts: Boosts, own: Shelf
) -> Sequence[tuple[Script, Hit | None]]:
    edition = visit.office.desk.edition
    library, search = edition.library, edition.matcher.search
    hits = [*own.search.find(text, SHOWN, boosts=boosts)]
    mine = {script.id: script for script in own.scripts}
    if scope not in ("own", "team"):
        facts = facts_for(visit, subject)
        most = LOOKED_AT if scope else SHOWN
        hits += search.find(text, most, facts=facts, boosts=boosts)
    pairs = [(mine.get(hit.script_id) or library[hit.script_id], hit) for hit in hits]
    fitting = [(one, hit) for one, hit in pairs if _is_in(one, scope, boosts, own, visit.me.id)]
    return nsmallest(SHOWN, fitting, key=lambda pair: -pair[1].score * boosts.factor(pair[0]))


def _at_hand(
    visit: Visit, subject: Subject, scope: str, boosts: Boosts, own: Shelf
) -> Sequence[Script]:
    facts, me = facts_for(visit, subject), visit.me.id
    every = chain(own.scripts, visit.office.desk.edition.library)
    fitting = (
        one for one in every if _is_in(one, scope, boosts, own, me) and one.when.holds(facts)
    )
    return replace(boosts, categories=ASKED_MOST).at_hand(fitting, SHOWN)


def _is_in(script: Script, scope: str, boosts: Boosts, own: Shelf, me: str) -> bool:
    personal = own.by_id.get(script.id)
    match scope:
        case "favourite":
            return script.id in boosts.favourites
        case "own":
            return personal is not None and personal.owner == me
        case "team":
            return personal is not None and personal.team
        case "":
            return script.category != NOT_FOR_STAFF
    return personal is None and script.category == scope != NOT_FOR_STAFF


def _offer(
    visit: Visit, subject: Subject, script: Script, hit: Hit | None, boosts: Boosts, own: Shelf
) -> Offer:
    personal = own.by_id.get(script.id)
    return offer(
        visit, subject, script, hit=hit, favourite=script.id in boosts.favourites,
        owner=personal.owner if personal else "", team=bool(personal and personal.team),
        forbidden=own.forbidden.get(script.id, ()),
    )  # fmt: skip


async def may_send(visit: Visit) -> web.Response:
    """Check `text` of a personal script just before it is sent: forbidden words may be newer than
    the page. An empty reason: nothing speaks against it."""
    own = await visit.office.own.of(visit.me.id)
    words = visit.office.own.forbidden(own.by_id.get(visit.asked("script")), visit.asked("text"))
    why = visit.t(
        f"没有发出：「{'」「'.join(words)}」现在不能说，改掉再发。",
        f"Not sent: {', '.join(words)} must not be said any more. Change it first.",
    )
    return web.json_response({"why": why if words else ""}, headers=NO_STORE)


async def change_favour(visit: Visit) -> web.Response:
    """Make a script a favourite, or no longer."""
    office, script = visit.office, visit.asked("script")
    own = await office.own.of(visit.me.id)
    if script not in office.desk.edition.library and script not in own.by_id:
        raise Declined("这条话术已经没有了，请刷新。", "This script is gone: reload.", 404)
    on = visit.asked("on") == "1"
    at = office.clock.timestamp() if on else None
    await favour(office.database, visit.me.id, script, at)
    return visit.html("sidebar/star.html", script=script, on=on)
