"""Moments (客户朋友圈): thirty days of an account with its mix, drafts, who has not posted, and
unanswered comments."""

import secrets
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from bot.errors import Declined
from bot.moments.judging import Held
from bot.moments.mix import NAMES, Kind
from bot.moments.rules import PICTURES, Draft, wrong
from bot.store.desk.staff import Role
from bot.store.moments.moments import Post
from bot.store.states import PartState, PostState
from bot.telling.complaints import line
from bot.web.route import Route
from bot.web.seen import mark, overtaken
from bot.web.visit import Visit

PATH = "/console/moments"
FORETOLD = 20  # accounts of a draft for which the list says whether they could post it
BEFORE, AFTER, MEMBERS = 15, 14, 200
STATES = {
    PartState.WAITING: ("等待", "waiting", "info"),
    PartState.HELD: ("先不发", "held back", "warn"),
    PartState.ASKING: ("正在请求", "being asked for", "info"),
    PartState.ASKED: ("等同事发表", "to be posted", "warn"),
    PartState.CONFIRMED: ("已发表", "posted", "good"),
    PartState.MISSED: ("没有发表", "not posted", "bad"),
    PartState.REFUSED: ("不发", "refused", "bad"),
    PartState.WITHDRAWN: ("已撤回", "withdrawn", ""),
}  # fmt: skip
TONES = {Kind.PERSONA: "good", Kind.PRODUCT: "info", Kind.PROMOTION: "warn", Kind.SERVICE: ""}


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, show, Role.OPERATOR)
    yield Route("GET", PATH + "/new", begin, Role.OPERATOR)
    yield Route("POST", PATH + "/new", write, Role.OPERATOR)
    yield Route("GET", PATH + "/post/{id}", one, Role.OPERATOR)
    yield Route("GET", PATH + "/post/{id}/change", change, Role.OPERATOR)
    yield Route("POST", PATH + "/post/{id}/approve", approve, Role.OPERATOR)
    yield Route("POST", PATH + "/post/{id}/withdraw", withdraw, Role.OPERATOR)
    yield Route("POST", PATH + "/comments/{seq}/done", done, Role.OPERATOR)


async def show(visit: Visit) -> web.Response:
    """?member= is the account; default: the first of those that post."""
    office, desk = visit.office, visit.office.moments
    today = office.today
    first, last = today - timedelta(days=BEFORE), today + timedelta(days=AFTER)
    everything = await desk.table.between(f"{first}", f"{last}")
    busy = {part.member for post in everything for part in post.parts}
    accounts = list(dict.fromkeys([*sorted(busy), *await _accounts(visit)]))
    member = visit.asked("member") or (accounts[0] if accounts else "")
    posts = [post for post in everything if post.part(member)]
    days = [first + timedelta(days=ahead) for ahead in range(BEFORE + AFTER + 1)]
    late = [
        (post, part) for post in everything for part in post.parts
        if part.state is PartState.ASKED
    ]  # fmt: skip
    held = [
        (post, (await desk.foretold(post)).get(member))
        for post in posts
        if (part := post.part(member)) and part.state is PartState.HELD
    ]
    return visit.html(
        "console/moments.html",
        member=member, accounts=accounts, names=await office.names(), days=days, today=today,
        by_day={day: [post for post in posts if post.day == f"{day}"] for day in days},
        seen=seen,
        drafts=[
            (post, await _held_back(visit, post))
            for post in everything if post.state is PostState.DRAFT
        ],
        held=held,
        late=late, comments=await desk.table.unanswered(),
        mix=await desk.judge.mix(member, today), rules=desk.rules,
        kinds=NAMES, tones=TONES, states=STATES, Kind=Kind,
        PostState=PostState, PartState=PartState,
        complaints=[line(one, visit.language) for one in desk.judge.book.complaints],
    )  # fmt: skip


async def _held_back(visit: Visit, post: Post) -> list[tuple[str, Held]]:
    """Accounts that could not post it now; if it has very many, only its own page says so."""
    if len(post.parts) > FORETOLD:
        return []
    foretold = await visit.office.moments.foretold(post)
    return [(one, why) for one, why in foretold.items() if why]


async def _accounts(visit: Visit) -> list[str]:
    return await visit.office.moments.table.accounts(MEMBERS)


async def begin(visit: Visit) -> web.Response:
    return await _form(visit, [])


async def change(visit: Visit) -> web.Response:
    """The form with what a draft says."""
    post = await visit.office.moments.table.get(visit.part("id"))
    if post is None or not changes_here(post):
        return visit.wrong("没有这份草稿。", "There is no such draft.", 404)
    return await _form(visit, [], post, now=post)


def seen(post: Post) -> str:
    """A mark of what its page says goes out."""
    return mark(_written(post))


def _written(post: Post) -> object:
    members = [part.member for part in post.parts]
    return post.kind, post.text, post.files, post.segment, post.day, post.slot, members


def changes_here(post: Post) -> bool:
    """Drafts of config/moments.toml are changed there."""
    return post.state is PostState.DRAFT and post.id.isalnum()


async def _form(
    visit: Visit,
    problems: list[tuple[str, str, str]],
    post: Post | None = None,
    *,
    now: Post | None = None,
) -> web.Response:
    """
    Args:
        post: fills the form; else what was sent does.
        now: what is there, if there is a draft already.
    """
    office = visit.office
    today = office.today
    names = ("kind", "text", "segment", "day", "slot", "id")
    given = {name: visit.asked(name) if post is None else getattr(post, name) for name in names}
    given["id"] = given["id"] or secrets.token_hex(6)
    given["day"] = given["day"] or f"{today + timedelta(days=1)}"
    chosen = [*visit.several("members"), visit.asked("member")]
    chosen = [part.member for part in post.parts] if post else [*filter(None, chosen)]
    accounts = dict.fromkeys([*await _accounts(visit), *chosen])
    titles = office.touching.plans.book.segments.titles
    return visit.html(
        "console/moment_new.html", status=422 if problems else 200,
        given=given, chosen=chosen, changing=now,
        seen=seen(now) if now else "",
        pictures=post.files if post else visit.several("files"),
        accounts=accounts, names=await office.names(), kinds=NAMES,
        segments={name: titles.get(name, name) for name in office.moments.segments},
        files=await _pictures(visit), problems={name: (zh, en) for name, zh, en in problems},
    )  # fmt: skip


async def _pictures(visit: Visit) -> list[str]:
    """The pictures of the library."""
    files = visit.office.desk.edition.library.files
    return sorted(one for one in files if one.lower().endswith(PICTURES))


async def write(visit: Visit) -> web.Response:
    desk = visit.office.moments
    known, problems = set(await _pictures(visit)), list[tuple[str, str, str]]()
    kind, text_day = visit.asked("kind"), visit.asked("day")
    try:
        day = date.fromisoformat(text_day)
    except ValueError:
        day = date.min
    today = visit.office.today
    if day < today:
        problems.append(("day", "请选今天或以后的一天。", "Choose today or a later day."))
    if kind not in {*Kind}:
        problems.append(("kind", "请选内容类型。", "Choose what kind it is."))
    draft = Draft(
        members=tuple(visit.several("members")),
        kind=Kind(kind) if kind in {*Kind} else Kind.PERSONA, text=visit.asked("text"),
        files=tuple(one for one in visit.several("files") if one in known),
        segment=visit.asked("segment"), day=day, slot=visit.asked("slot"),
    )  # fmt: skip
    problems += wrong(draft, desk.segments)
    post = visit.asked("id")
    if not post.isalnum() or len(post) > 32:
        raise Declined("这一页太旧了，请重新打开。", "This page is too old: open it again.")
    now = await desk.table.get(post)
    if now and overtaken(visit, _written(now)):
        zh = "您打开以后，别人改过这份草稿。您填的还在，再保存一次就换成您的。"
        en = (
            "Somebody has changed it since you opened it. What you filled in is still here; "
            "saved once more, it takes the place of theirs."
        )
        problems.append(("seen", zh, en))
    if problems:
        return await _form(visit, problems, now=now)
    await desk.write(post, draft, visit.me.id)
    await visit.note("moment.write", post, details=draft.text[:80])
    return visit.go(f"{PATH}/post/{post}", "已存成草稿。", "Saved as a draft.")


async def one(visit: Visit) -> web.Response:
    desk = visit.office.moments
    post = await desk.table.get(visit.part("id"))
    if post is None:
        return visit.wrong("没有这条朋友圈。", "There is no such moment.", 404)
    return visit.html(
        "console/moment.html",
        post=post, seen=seen,
        changes_here=changes_here(post), past=post.day < f"{visit.office.today}",
        slot=await desk.slot(post), foretold=await desk.foretold(post),
        names=await visit.office.names(), kinds=NAMES, tones=TONES, states=STATES,
        PostState=PostState, PartState=PartState,
    )  # fmt: skip


async def approve(visit: Visit) -> web.Response:
    return await _deed(visit, "approve")


async def withdraw(visit: Visit) -> web.Response:
    return await _deed(visit, "withdraw")


async def _deed(visit: Visit, deed: str) -> web.Response:
    post, desk = visit.part("id"), visit.office.moments
    found = await desk.table.get(post)
    if found is None:
        return visit.wrong("没有这条朋友圈。", "There is no such moment.", 404)
    details: Any = ""
    if deed == "approve":
        if overtaken(visit, _written(found)):
            raise Declined(
                "您打开以后，别人改过这份草稿：请看过现在的再批准。",
                "Somebody has changed it since you opened it: look at what it says now.",
            )
        details = f"{await desk.approve(post, visit.me.id):%Y-%m-%d %H:%M}"
    else:
        await desk.withdraw(post)
    await visit.note(f"moment.{deed}", post, details=details)
    return visit.go(f"{PATH}/post/{post}")


async def done(visit: Visit) -> web.Response:
    """Somebody answered the comment elsewhere, in the chat for example."""
    now = visit.office.clock.timestamp()
    if not await visit.office.moments.table.done(visit.seq("seq"), visit.me.id, now):
        return visit.wrong(
            "没有这条评论，或已处理。", "No such comment, or it is dealt with.", 404
        )
    await visit.note("moment.comment", visit.part("seq"))
    return visit.go(PATH)
