"""Tab 群: how it is doing, who needs attention, what is posted next, and what is often asked."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from aiohttp import web

from bot.errors import Declined
from bot.plans.condition import Condition, Today
from bot.store.desk.staff import Role
from bot.store.groups.answers import GroupAnswers
from bot.store.groups.attention import SILENT_S, attention
from bot.store.groups.questions import GroupQuestions
from bot.store.groups.views import GroupViews
from bot.store.states import TouchState
from bot.store.touch.records import planned_for
from bot.web.console.groups import KINDS, STAGES, switched
from bot.web.customer_card import titles
from bot.web.route import Route
from bot.web.sidebar.offer import offer
from bot.web.sidebar.subject import subject_of
from bot.web.sidebar.tabs import panel
from bot.web.visit import Visit

AHEAD = timedelta(days=7)
SHOWN = 12  # people, before one asks for all
POSTS = 3  # of the past
WAITING = 50  # questions without an answer
READY = 5  # of them are shown with the answer that is proposed
VIP = "vip"  # the segment of those who are important
WHYS = {
    "complained": ("投诉过", "complained", "bad"),
    "displeased": ("疑似不满", "sounds displeased", "maybe"),
    "new": ("刚进群，还没打招呼", "new, not greeted", "good"),
    "opted_out": ("退订了，别推销", "opted out", "warn"),
    "unwanted": ("疑似退订，先别推销", "may want no more messages", "maybe"),
    "vip": ("VIP", "VIP", "good"),
    "silent": ("一个月没说话", "silent for a month", ""),
}


def routes() -> Iterable[Route]:
    yield Route("GET", "/sidebar/group", group, Role.MEMBER)
    yield Route("POST", "/sidebar/group/drop", drop, Role.MEMBER)
    yield Route("POST", "/sidebar/group/on", switch_on, Role.OPERATOR)


async def group(visit: Visit) -> web.Response:
    """?all=1: everybody who needs attention."""
    subject, office = await subject_of(visit, "group"), visit.office
    await asyncio.to_thread(office.desk.edition.matcher.search.prepare)
    now, views = office.clock.now(), GroupViews(office.database)
    found = await views.one(subject.id, now)
    assert found is not None  # the subject was found
    since = (now - timedelta(seconds=SILENT_S)).astimezone(office.zone)
    people = await attention(
        office.database, subject.id, visit.me.sight, now.timestamp(),
        since_day=f"{since:%Y-%m-%d}", vip=_important(visit),
    )  # fmt: skip
    planned = [
        one for one in await planned_for(office.database, subject.id)
        if one.touch.due_at <= now + AHEAD
    ]  # fmt: skip
    every_post = await views.posts(subject.id)
    posts = [one for one in every_post if one.state == TouchState.SENT][:POSTS]
    named = [*(one.touch.script for one in planned), *(one.script for one in posts)]
    every = visit.asked("all") == "1"
    asked = await GroupQuestions(office.database).open(chat_id=subject.id, limit=WAITING)
    library = office.desk.edition.library
    ready = {
        one.id: offer(visit, subject, library[one.script], question=one.text)
        for one in asked[:READY] if one.script in library
    }  # fmt: skip
    return panel(
        visit, subject, "sidebar/group.html", asked=asked, ready=ready, now=now.timestamp(),
        collected=await GroupAnswers(office.database).waiting(chat_id=subject.id),
        archive=office.settings.archive is not None, group=found, kinds=KINDS, stages=STAGES,
        people=people if every else people[:SHOWN], hidden=0 if every else len(people[SHOWN:]),
        whys=WHYS, planned=planned, posts=posts, titles=titles(visit, named),
        names=await office.names(), scopes=_scopes(visit, found.kind), taken=TouchState.TAKEN,
    )  # fmt: skip


async def switch_on(visit: Visit) -> web.Response:
    """Switch the bot on again in this group."""
    subject = await subject_of(visit, "group")
    await switched(visit, [subject.id], on=True)
    return await group(visit)


async def drop(visit: Visit) -> web.Response:
    """A question of the group needs no answer."""
    subject, office, asked = await subject_of(visit, "group"), visit.office, visit.asked("id")
    questions = GroupQuestions(office.database)
    waiting = {one.id for one in await questions.open(chat_id=subject.id, limit=WAITING)}
    if asked not in waiting:
        raise Declined("已经有人处理了。", "Somebody has dealt with it already.")
    await questions.drop(asked, visit.me.id, office.clock.timestamp())
    await visit.note("group.question.drop", subject.id, details=asked)
    return await group(visit)


def _important(visit: Visit) -> Condition | None:
    office = visit.office
    segments, calendar = office.touching.plans.book.segments, office.touching.plans.calendar
    if VIP not in segments:
        return None
    day = office.today
    return segments[VIP].sql(Today(day, office.zone, calendar))


def _scopes(visit: Visit, kind: str) -> list[tuple[str, str, str]]:
    """Scripts whose category is the kind of the group are its own; they come first."""
    library = visit.office.desk.edition.library
    own = any(script.category == kind for script in library) if kind else False
    zh, en = KINDS.get(kind, KINDS[""])
    return [
        *([(kind, f"{zh}专用", f"for {en} groups")] if own else []),
        ("faq", "咨询问答", "Questions"), ("greeting", "招呼语", "Greetings"),
        ("news", "资讯", "News"), ("", "全部", "All"),
    ]  # fmt: skip
