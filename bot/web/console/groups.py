"""Customer groups (客户群): the board with WeCom's seven figures, and one group."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from urllib.parse import quote, urlencode

from aiohttp import web

from bot.groups.kinds import Kind, Stage
from bot.store.desk.audit import Changed
from bot.store.desk.staff import Role
from bot.store.groups.board import board, messages_of
from bot.store.groups.calendar import programme
from bot.store.groups.figures import GroupFigures
from bot.store.groups.groups import Groups
from bot.store.groups.questions import GroupQuestions
from bot.store.groups.views import Group, GroupFilter, GroupViews
from bot.store.states import PlanState, TouchState
from bot.web.console.group_rules import WORDS, sorted_of, welcomings
from bot.web.customer_card import titles
from bot.web.route import Route
from bot.web.visit import Visit

KINDS = {
    "": ("未分类", "no kind"), Kind.FLASH: ("快闪群", "flash"),
    Kind.WELFARE: ("福利群", "welfare"),
    Kind.GROWTH: ("成长群", "growth"), Kind.LEARNING: ("学习群", "learning"),
    Kind.VIP: ("VIP 群", "VIP"), Kind.STORE: ("门店群", "store"),
}  # fmt: skip
STAGES = {
    "": ("还没判断", "not judged", ""), Stage.NEW: ("新群", "new", "info"),
    Stage.GROWING: ("成长期", "growing", "good"), Stage.MATURE: ("成熟期", "mature", "good"),
    Stage.SILENT: ("沉寂", "silent", "warn"), Stage.CLOSING: ("收尾", "closing", "bad"),
}  # fmt: skip
SCENES = {1: ("被邀请", "invited"), 2: ("链接", "by a link"), 3: ("扫码", "by a code")}
POSTED = {
    TouchState.WAITING: ("等待", "waiting", "info"),
    TouchState.TAKEN: ("等群主确认", "asked", "warn"),
    TouchState.SENT: ("已发", "posted", "good"), TouchState.DROPPED: ("没发", "dropped", ""),
    TouchState.REFUSED: ("没发", "refused", ""), TouchState.CLAIMED: ("等待", "waiting", "info"),
}  # fmt: skip
BOARD_DAYS, GROUP_DAYS = 30, 14
SHOWN_S, AHEAD_S = 14 * 86_400, 3 * 86_400  # of the programme


def routes() -> Iterable[Route]:
    path = "/console/groups"
    yield Route("GET", path, show, Role.MEMBER)
    yield Route("POST", path + "/switch", switch, Role.OPERATOR)
    yield Route("GET", path + "/{id}", one, Role.MEMBER)
    yield Route("POST", path + "/{id}/kind", set_kind, Role.OPERATOR)


def _days(visit: Visit, number: int) -> list[datetime]:
    """Beginnings of the last days up to yesterday: WeCom reports a day when it is over."""
    office = visit.office
    days = (office.today - timedelta(days=back) for back in range(number, 0, -1))
    return [datetime.combine(day, time(), office.zone) for day in days]


async def show(visit: Visit) -> web.Response:
    """Members see the groups that they own."""
    office, sight = visit.office, visit.me.sight
    owners = sight
    asked = visit.asked("owner")
    if asked and visit.me.sees(asked):
        owners = (asked,)
    kind, stage = visit.asked("kind"), visit.asked("stage")
    which = GroupFilter(
        owners=owners, kind=kind, stage=stage, name=visit.asked("name")[:64],
        needing=visit.asked("need") == "1",
    )  # fmt: skip
    days = _days(visit, BOARD_DAYS)
    first, last = f"{days[0]:%Y-%m-%d}", f"{days[-1]:%Y-%m-%d}"
    sums = await board(office.database, first, last, GroupFilter(owners=owners))
    views = GroupViews(office.database)
    page = await views.page(office.clock.now(), which, after=visit.asked("after"))
    calendar = []
    if kind:
        now = office.clock.timestamp()
        calendar = await programme(office.database, kind, now - SHOWN_S, now + AHEAD_S, owners)
    library = office.desk.edition.library
    return visit.html(
        "console/groups.html",
        calendar=calendar, titles={
            post.script: library[post.script].title if post.script in library else post.script
            for _, posts in calendar for post in posts
        },
        sums=sums, page=page, names=await office.names(), kinds=KINDS, stages=STAGES,
        kind=kind, stage=stage, name=visit.asked("name"), owner=asked, need=which.needing,
        ticked=set(visit.request.query.getall("group", [])),
        needs=await views.needs(one.chat_id for one in page.items),
        asked=await GroupQuestions(office.database).count(sight),
        chart=_chart(sums.days), last=sums.days.get(last),
        messages=await messages_of(office.database, page.items, last, first),
    )  # fmt: skip


def _chart(days: object) -> dict[str, list[int]]:
    """By day: members, those who spoke, and messages."""
    told = sorted(days.items()) if isinstance(days, dict) else []
    seconds = [int(datetime.fromisoformat(f"{day}T12:00+00:00").timestamp()) for day, _ in told]
    return {
        "x": seconds,
        "messages": [figures.messages for _, figures in told],
        "speakers": [figures.speakers for _, figures in told],
        "new_members": [figures.new_members for _, figures in told],
    }


async def _group(visit: Visit) -> Group | None:
    found = await GroupViews(visit.office.database).one(visit.part("id"), visit.office.clock.now())
    seen = found and (visit.me.sees(found.owner) or any(map(visit.me.sees, found.admins)))
    return found if seen else None


async def one(visit: Visit) -> web.Response:
    group = await _group(visit)
    if group is None:
        return visit.wrong("没有这个群。", "There is no such group.", 404)
    views = GroupViews(visit.office.database)
    posts = await views.posts(group.chat_id)
    asked = await GroupQuestions(visit.office.database).open(chat_id=group.chat_id, limit=50)
    made = group.created_at and f"{group.created_at.astimezone(visit.office.zone):%Y-%m-%d}"
    days = await views.days(group.chat_id, _days(visit, GROUP_DAYS))
    return visit.html(
        "console/group.html",
        group=group, names=await visit.office.names(), kinds=KINDS, stages=STAGES, scenes=SCENES,
        people=await views.people(group.chat_id, after=visit.asked("after")),
        days=[day for day in days if not made or day.day >= made], posts=posts,
        titles=titles(visit, [one.script for one in posts] + [one.script for one in asked]),
        sorted=await sorted_of(visit.office, group.chat_id), words=WORDS,
        welcomings=await welcomings(visit.office, group.kind), posted=POSTED,
        TouchState=TouchState, PlanState=PlanState, now=visit.office.clock.timestamp(),
        asked=asked,
    )  # fmt: skip


async def set_kind(visit: Visit) -> web.Response:
    """Set the kind; "auto" leaves it to the rules of config/groups.toml."""
    group, kind = await _group(visit), visit.asked("kind")
    if group is None:
        return visit.wrong("没有这个群。", "There is no such group.", 404)
    if kind not in {*KINDS, "auto"}:
        return visit.wrong("没有这种类型。", "There is no such kind.")
    by_hand = kind != "auto"
    await GroupFigures(visit.office.database).set_kind(
        group.chat_id, kind if by_hand else group.kind, by_hand=by_hand
    )
    change = Changed("kind", group.kind, kind)
    await visit.note("group.kind", group.chat_id, details=group.name, changes=[change])
    return visit.go(f"/console/groups/{group.chat_id}")


async def switch(visit: Visit) -> web.Response:
    """Switch the bot off in the ticked groups, or on again; they stay ticked, in case of a slip.
    Or make a plan for them."""
    chats = visit.several("group")
    if not chats:
        return visit.wrong("请先勾选群。", "Tick the groups first.")
    if visit.asked("do") == "plan":
        form = urlencode({"kind": "group", "groups": " ".join(chats)})
        return visit.go(f"/console/plans/new?{form}")
    on = visit.asked("do") == "on"
    news = await switched(visit, chats, on=on)
    asked = {
        name: visit.asked(name) for name in ("name", "kind", "stage", "need", "owner", "after")
    }
    query = [*((name, value) for name, value in asked.items() if value)]
    query += [("group", chat) for chat in chats]
    done = (
        (f"{len(news)} 个群里打开了机器人。", f"The bot is on again. Groups: {len(news)}.") if on
        else (f"{len(news)} 个群里关掉了机器人。", f"The bot is off. Groups: {len(news)}.")
    )  # fmt: skip
    if visit.asked("back"):
        return visit.go(f"/console/groups/{quote(chats[0], safe='')}", *done)
    return visit.go(f"/console/groups?{urlencode(query)}", *done)


async def switched(visit: Visit, chats: Iterable[str], *, on: bool) -> set[str]:
    """Switch the bot on or off in these groups at once; returns those for which that is new."""
    office = visit.office
    news = await Groups(office.database).switch(chats, None if on else office.clock.timestamp())
    await office.desk.refresh(office.database)
    for chat in sorted(news):
        await visit.note("group.on" if on else "group.off", chat)
    return news
