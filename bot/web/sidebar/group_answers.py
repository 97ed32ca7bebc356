"""Tab 群: one mass message answers its questions; the group's owner confirms it."""

from collections.abc import Iterable
from secrets import token_hex

from aiohttp import web

from bot.errors import Declined
from bot.store.desk.staff import Role
from bot.store.groups.questions import GroupQuestion, GroupQuestions
from bot.web.group_answering import Draft, collect, draft, folds, held_of, withdraw
from bot.web.route import Route
from bot.web.sidebar import group
from bot.web.sidebar.subject import Subject, subject_of
from bot.web.sidebar.tabs import panel
from bot.web.visit import Visit

PATH = "/sidebar/group/answers"


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, show, Role.MEMBER)
    yield Route("POST", f"{PATH}/preview", preview, Role.MEMBER)
    yield Route("POST", PATH, answer_all, Role.MEMBER)
    yield Route("POST", f"{PATH}/withdraw", take_back, Role.MEMBER)


async def _open(visit: Visit, subject: Subject) -> list[GroupQuestion]:
    questions = GroupQuestions(visit.office.database)
    return await questions.open(chat_id=subject.id, limit=group.WAITING)


async def show(visit: Visit) -> web.Response:
    subject = await subject_of(visit, "group")
    waiting = await _open(visit, subject)
    if not waiting or not (owner := waiting[0].owner):
        raise Declined("没有等着回答的问题。", "No question waits.")
    return panel(
        visit, subject, "sidebar/group_answers.html",
        asked=folds(visit, waiting), owner=owner,
        names=await visit.office.names(), key=token_hex(16), now=visit.office.clock.timestamp(),
        prefix=PATH, held=await held_of(visit, owner, waiting),
    )  # fmt: skip


async def _draft(visit: Visit, subject: Subject) -> Draft:
    waiting = await _open(visit, subject)
    return await draft(visit, waiting[0].owner if waiting else "", waiting)


async def preview(visit: Visit) -> web.Response:
    subject = await subject_of(visit, "group")
    return visit.html("group_answer_preview.html", draft=await _draft(visit, subject))


async def answer_all(visit: Visit) -> web.Response:
    found = await _draft(visit, await subject_of(visit, "group"))
    if found.wrong:
        return visit.wrong(*found.wrong[0])
    await collect(visit, found)
    return await group.group(visit)


async def take_back(visit: Visit) -> web.Response:
    subject = await subject_of(visit, "group")
    await withdraw(visit, None, chat_id=subject.id)
    return await group.group(visit)
