"""What a member sent from the sidebar becomes an event, like everything else that happens."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from bot.errors import Declined
from bot.events import StaffSent
from bot.scripts.files import kind_of
from bot.scripts.normalise import normalise
from bot.scripts.wording import words_of
from bot.store.customers.talk import conversation_of
from bot.store.desk.staff import Role
from bot.store.scripts.learned import LONGEST
from bot.web.route import Route
from bot.web.sidebar.subject import Subject, subject_of
from bot.web.todos import REMINDER, finish, task
from bot.web.visit import NO_STORE, Visit

NONCE = re.compile(r"[0-9a-f]{16,40}")
LONGEST_TEXT = 4000
LATE_S = 86_400  # a page tells for as long, again and again, what the server did not take
DAY = "private, max-age=86400"


def routes() -> Iterable[Route]:
    yield Route("POST", "/sidebar/sent", sent, Role.MEMBER)
    yield Route("POST", "/sidebar/media", media, Role.MEMBER)
    yield Route("GET", "/sidebar/picture", picture, None)


async def sent(visit: Visit) -> web.Response:
    """The client has put it into the chat `ago` seconds before this request. The same `nonce` is
    the same message."""
    subject = await subject_of(visit)
    if not NONCE.fullmatch(nonce := visit.asked("nonce")) or subject.kind == "nobody":
        raise Declined("没有记下：请刷新后再试。", "It was not noted: reload the page.")
    office, me, script = visit.office, visit.me, visit.asked("script")[:120]
    library = office.desk.edition.library
    question = normalise(visit.asked("question"))
    group = subject.kind == "group"
    answers = await conversation_of(office.database, visit.asked("about"), subject.id)
    ago = timedelta(seconds=min(max(visit.number("ago"), 0), LATE_S))
    event = StaffSent(
        id=f"staff:{me.id}:{nonce}",
        at=office.clock.now() - ago,
        conversation=subject.conversation(me.id),
        member=me.id,
        customer="" if group else subject.id,
        chat_id=subject.id if group else "",
        script=script,
        words=words_of(library[script]) if script in library else "",
        text=visit.asked("text")[:LONGEST_TEXT],
        edited=visit.asked("edited") == "1",
        question=question if len(question) <= LONGEST else "",
        answers=answers,
        todo=await _todo(visit, subject),
    )
    [fresh] = await office.inbox.put([event])
    if fresh and event.todo.startswith(REMINDER):
        await finish(visit, event.todo)
    return visit.told("已发出，已记下。", "Sent, and noted.", trigger="sent")


async def _todo(visit: Visit, subject: Subject) -> str:
    """The to-do that it does; "" if that is done already, another's, or about somebody else."""
    with suppress(Declined):
        if key := visit.asked("todo")[:64]:
            one = await task(visit, key)
            return one.id if one.customer == subject.id else ""
    return ""


async def media(visit: Visit) -> web.Response:
    """The mediaid under which WeCom knows a file of the library now."""
    file = visit.asked("file")
    if file not in visit.office.desk.edition.library.files:
        raise Declined("话术库里没有这个文件。", "There is no such file in the library.", 404)
    return web.json_response({"mediaid": await visit.office.media.ensure(file)}, headers=NO_STORE)


async def picture(visit: Visit) -> web.StreamResponse:
    """A picture of the library, which is meant for customers; WeCom fetches it as a stranger."""
    office, file = visit.office, visit.asked("file")
    known = file in office.desk.edition.library.files and kind_of(file) == "image"
    if not known or not office.seal.marked(file, visit.asked("key")):
        return web.Response(status=404)
    path: Path = office.settings.root / office.settings.library / file
    return web.FileResponse(path, headers={"Cache-Control": DAY})
