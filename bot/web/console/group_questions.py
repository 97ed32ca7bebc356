"""Unanswered questions in groups, which one mass message for each owner answers."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from secrets import token_hex

from aiohttp import web

from bot.errors import Declined
from bot.store.desk.staff import Role
from bot.store.groups.answers import GroupAnswers
from bot.store.groups.questions import GroupQuestion, GroupQuestions
from bot.web.group_answering import Draft, collect, draft, folds, held_of, key_of, withdraw
from bot.web.route import Route
from bot.web.visit import Visit

PATH = "/console/groups/questions"
MOST = 500  # questions on the page, the oldest


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, show, Role.MEMBER)
    yield Route("POST", f"{PATH}/preview", preview, Role.MEMBER)
    yield Route("POST", f"{PATH}/answer", answer_all, Role.MEMBER)
    yield Route("POST", f"{PATH}/withdraw", take_back, Role.MEMBER)
    yield Route("POST", f"{PATH}/drop", drop, Role.MEMBER)


async def _open(visit: Visit) -> list[GroupQuestion]:
    questions = GroupQuestions(visit.office.database)
    return await questions.open(owners=visit.me.sight, limit=MOST)


async def show(visit: Visit) -> web.Response:
    """Members see the questions of the groups that they own."""
    office = visit.office
    waiting = sorted(await _open(visit), key=lambda one: (one.owner, one.at))
    owners = {
        owner: folds(visit, some) for owner, some in groupby(waiting, key=attrgetter("owner"))
    }
    return visit.html(
        "console/group_questions.html",
        owners=owners, total=len(waiting), most=MOST, names=await office.names(),
        keys={owner: token_hex(16) for owner in owners}, prefix=PATH,
        held={
            owner: await held_of(visit, owner, (one for fold in some for one in fold.questions))
            for owner, some in owners.items()
        },
        collected=await GroupAnswers(office.database).waiting(owners=visit.me.sight),
        archive=office.settings.archive is not None,
    )  # fmt: skip


async def _draft(visit: Visit) -> Draft:
    return await draft(visit, visit.asked("owner"), await _open(visit))


async def preview(visit: Visit) -> web.Response:
    return visit.html("group_answer_preview.html", draft=await _draft(visit))


async def answer_all(visit: Visit) -> web.Response:
    found = await _draft(visit)
    if found.wrong:
        return visit.wrong(*found.wrong[0])
    groups = await collect(visit, found)
    name = (await visit.office.names()).get(found.owner, found.owner)
    return visit.go(
        PATH, f"已收进一条群发，{name} 在企业微信里点确认后发到 {groups} 个群。",
        f"Collected: it goes into {groups} groups once {name} has confirmed it in WeCom.",
    )  # fmt: skip


async def take_back(visit: Visit) -> web.Response:
    await withdraw(visit, visit.me.sight)
    return visit.go(
        PATH, "已撤回，问题重新等回答。", "Withdrawn: the questions wait for an answer again."
    )


async def drop(visit: Visit) -> web.Response:
    """No answer is needed for `id`, or for those ticked in `fold`."""
    asked, fold, office = visit.asked("id"), visit.asked("fold"), visit.office
    chosen = [
        one
        for one in await _open(visit)
        if asked == one.id or (fold and fold == key_of(visit, one))
    ]
    if not chosen:
        raise Declined("已经有人处理了。", "Somebody has dealt with it already.")
    for one in chosen:
        await GroupQuestions(office.database).drop(one.id, visit.me.id, office.clock.timestamp())
        await visit.note("group.question.drop", one.chat_id, details=one.text)
    return visit.go(
        PATH,
        f"{len(chosen)} 个问题已标为不用回答。",
        f"No answer needed. Questions: {len(chosen)}.",
    )
