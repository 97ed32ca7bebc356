"""Questions without an answer: added to a script, made into a new one, or put aside."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web

from bot.errors import BotError, Complaint, ScriptError
from bot.scripts.example import numberless
from bot.scripts.normalise import normalise
from bot.scripts.version import Kind, Version
from bot.store.desk.staff import Role
from bot.store.scripts import script_states, versions
from bot.store.scripts.script_states import Open
from bot.store.scripts.unanswered import aside, put_aside, unanswered
from bot.store.scripts.versions import Act
from bot.telling.complaints import words
from bot.web.console.scripts import board, form
from bot.web.console.scripts.board import Topic
from bot.web.console.scripts.editing import put, reviewed
from bot.web.console.scripts.forbidding import forbidden_in
from bot.web.console.scripts.preview import CHANNELS
from bot.web.console.scripts.rights import approves
from bot.web.console.scripts.standing import latest
from bot.web.route import Route
from bot.web.visit import Visit

DAYS = (7, 30, 90)
PAGE = 20  # clusters
FOUND = 6  # scripts
MOST_TEXTS = 30  # of one deed
_KNOWN = {
    "examples": ("这些问法已经在那条话术里了。", "That script has these already."),
    "not_for": ("已经是那条话术的反例了。", "They are its counter-examples already."),
}
_ADDED = {
    "examples": ("已加上，几秒后机器人就会回答。", "Added: the bot answers it in seconds."),
    "not_for": (
        "记下了，几秒后机器人不再这样答。",
        "Kept: in seconds the bot stops answering so.",
    ),
}
_ID = re.compile(r"(?<![\w-])[\w-]++(?:/[\w-]++)+")  # of a script


def routes() -> Iterable[Route]:
    yield Route("GET", "/console/unanswered", page, Role.OPERATOR)
    yield Route("GET", "/console/unanswered/topics", topics, Role.OPERATOR)
    yield Route("GET", "/console/unanswered/scripts", find, Role.OPERATOR)
    yield Route("POST", "/console/unanswered/add", add, Role.OPERATOR)
    yield Route("POST", "/console/unanswered/dismiss", dismiss, Role.OPERATOR)


async def page(visit: Visit) -> web.Response:
    """Show the frame at once; what takes time is loaded afterwards."""
    return visit.html("console/unanswered.html", days=_days(visit), choices=DAYS)


async def topics(visit: Visit) -> web.Response:
    office, days = visit.office, _days(visit)
    found = await _board(visit, days)
    first = visit.number("from")
    waiting = await script_states.open_versions(office.database)
    return visit.html(
        "console/topics.html",
        topics=found[first : first + PAGE], first=first, more=len(found) > first + PAGE,
        page_size=PAGE, total=len(found), times=sum(one.cluster.size for one in found),
        days=days, library=office.desk.edition.library, channels=CHANNELS,
        pending=pending(waiting), asked_as=asked_as, approves=approves(visit, visit.me.id),
    )  # fmt: skip


async def find(visit: Visit) -> web.Response:
    """Other scripts to which the questions may be added, while one types."""
    edition, query = visit.office.desk.edition, visit.asked("q")
    hits = await asyncio.to_thread(edition.matcher.search.find, query, FOUND) if query else []
    return visit.html(
        "console/found.html",
        found=[one.script_id for one in hits], place=visit.number("place"),
        library=edition.library,
    )  # fmt: skip


async def add(visit: Visit) -> web.Response:
    """`ask`s become questions of the script `id`, or with `never` its counter-examples: in force
    at once, or submitted."""
    texts, script_id = [*filter(None, map(numberless, _texts(visit)))], visit.asked("id")
    if not texts:
        return visit.wrong("请至少选一句问法。", "Choose a question at least.")
    newest, below = latest(await versions.history(script_id)), visit.office.editions.base
    going_on = newest is not None and not newest.in_force
    kind = newest.version.kind if newest else Kind.FILE
    if newest and kind is Kind.WORDS:
        content = newest.version.content
    elif kind is Kind.FILE and script_id in below:
        content = form.content_of(below[script_id])
    else:
        return visit.wrong("没有这条话术。", "There is no such script.", 404)
    record = orjson.loads(content)
    field, other = ("not_for", "examples") if visit.asked("never") else ("examples", "not_for")
    known = {normalise(one) for one in record.get(field, [])}
    fresh = [one for one in texts if normalise(one) not in known]
    if not fresh:  # pressed twice
        return _done(visit, *_KNOWN[field])
    said = {normalise(one) for one in fresh}
    record[other] = [one for one in record.get(other, []) if normalise(one) not in said]
    if refused := await _refused(visit, script_id, record, field, fresh):
        return refused
    content = orjson.dumps(record | {field: [*record.get(field, []), *fresh]}).decode()
    source = "来自问答记录" if visit.asked("seq") else "来自未答"
    at_once = approves(visit, visit.me.id) and not going_on
    try:
        await put(visit, script_id, content, "approve" if at_once else "submit", source)
    except ScriptError as error:
        return _wrong(visit, error.complaints)
    except BotError as error:
        return visit.wrong("没有加上：刚刚有人改过，请刷新。", f"Not added: {error}", 409)
    deed = "question.bar" if field == "not_for" else "question.add"
    await visit.note(deed, script_id, details="；".join(fresh))
    visit.office.live.tell("scripts")
    if at_once:
        return _done(visit, *_ADDED[field])
    return _done(visit, "已加上，等待批准。", "Added; it waits for approval.")


async def _refused(
    visit: Visit, script_id: str, record: Mapping[str, Any], field: str, fresh: Sequence[str]
) -> web.Response | None:
    """Refuse if another script has one of the questions `fresh`, or if words need a reason."""
    content = orjson.dumps({**record, field: fresh}).decode()
    version = Version(script=script_id, number=0, content=content)
    found = await asyncio.to_thread(reviewed, visit, version)
    place = f"{script_id}.{'ask' if field == 'examples' else field}"
    claims = [one for one in found.mistakes if one.key.startswith(place)]
    if claims:
        return _wrong(visit, claims)
    if await forbidden_in(visit, version):
        return visit.wrong(
            "没有加上：这条话术里有不能说的词，要写原因。请打开它，在「修改」里加上这句问法。",
            "Not added: the script holds forbidden words, which want a reason. Edit the script.",
        )
    return None


def _wrong(visit: Visit, complaints: Sequence[Complaint]) -> web.Response:
    told = "；".join("，".join(words(one, visit.language)) for one in complaints[:3])
    library = visit.office.desk.edition.library
    told = _ID.sub(lambda one: library[one[0]].title if one[0] in library else one[0], told)
    return visit.wrong(f"没有加上：{told}", f"Not added: {told}")


async def dismiss(visit: Visit) -> web.Response:
    texts, why = _texts(visit), visit.asked("why")
    if not why:
        return visit.wrong("请写一句原因。", "Say why, in a few words.")
    if not texts:
        return visit.wrong("没有选中问题。", "No question is chosen.")
    act = Act(who=visit.me.id, at=visit.office.clock.timestamp(), note=why)
    await put_aside(visit.office.database, texts, act)
    await visit.note("question.dismiss", texts[0][:200], why, details="；".join(texts))
    visit.office.live.tell("scripts")
    return _done(visit, "已忽略。", "Put aside.")


def asked_as(text: str) -> str:
    """As it is found among the keys of `pending`."""
    return normalise(numberless(text))


def _done(visit: Visit, zh: str, en: str) -> web.Response:
    return visit.told(zh, en, trigger="topics:changed")


async def _board(visit: Visit, days: int) -> Sequence[Topic]:
    office = visit.office
    kept, now, edition = office.board, office.clock.timestamp(), office.desk.edition
    async with kept.lock:  # seconds of work, where there are 10,000 scripts
        asked = await unanswered(office.database, now - days * 86_400, board.MOST)
        dropped = await aside(office.database)
        key = hash((edition.number, dropped, *asked))
        if key in kept.found:
            return kept.found[key]
        some, found = board.missed(asked, edition, office.zone, dropped), []
        while (more := await asyncio.to_thread(some)) is not None:
            found += more
        return kept.keep(key, await asyncio.to_thread(board.topics, found, edition))


def pending(waiting: Iterable[Open]) -> dict[str, str]:
    """Questions (normalised) of drafts and submitted versions → the script."""
    return {
        normalise(example): one.script
        for one in waiting
        for record in (orjson.loads(one.content or "{}"),)
        for example in (*record.get("examples", ()), *record.get("not_for", ()))
    }


def _texts(visit: Visit) -> list[str]:
    texts = [one.strip() for one in visit.several("ask") if one.strip()]
    return list(dict.fromkeys(texts))[:MOST_TEXTS]


def _days(visit: Visit) -> int:
    days = visit.number("days", DAYS[1])
    return days if days in DAYS else DAYS[1]
