"""`huashu groups`: customer groups (客户群), their figures, their stage and who is in them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli.lazily import lazily
from bot.cli.plain import Root, plainly, print_lines, print_objects
from bot.cli.records import AsJson, ask_store, load_settings
from bot.clock import SystemClock
from bot.errors import Complaint, ConfigError, Declined
from bot.groups.kinds import KINDS, STAGES, Kind, Stage
from bot.groups.rules import GroupBook, GroupRules, read_groups
from bot.members.names import Names
from bot.settings import Settings
from bot.store.database import opened
from bot.store.groups.board import Board, StoreSums, board, by_store
from bot.store.groups.views import Group, GroupDay, GroupFilter, GroupViews, Member, Post
from bot.store.states import TouchState

app = typer.Typer(
    help="Customer groups (客户群): figures, stage, members.",
    cls=lazily({verb: f"group_answers:{verb}" for verb in ("questions", "rules")}),
    no_args_is_help=True,
)
ChatId = Annotated[str, typer.Argument(metavar="CHAT_ID", help="wr…, as `list` shows it.")]
_SCENES = {1: "邀请 invited", 2: "链接 by a link", 3: "扫码 QR code"}
_POSTS = {
    TouchState.WAITING: "等待 waiting",
    TouchState.CLAIMED: "等待 waiting",
    TouchState.TAKEN: "在路上 on its way",
    TouchState.SENT: "已发出 posted",
    TouchState.DROPPED: "作罢 dropped",
    TouchState.REFUSED: "不发 refused",
}
_DAYS = 14


@app.command("list")
def list_groups(
    root: Root = Path(),
    owner: Annotated[str, typer.Option(help="Only theirs: a userid.")] = "",
    store: Annotated[str, typer.Option(help="Only of this store of config/groups.toml.")] = "",
    kind: Annotated[Kind | None, typer.Option(help="Only of this kind.")] = None,
    stage: Annotated[Stage | None, typer.Option(help="Only in this stage.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also dismissed ones.")] = False,
    as_json: AsJson = False,
) -> None:
    """Groups by name, each with its stage and why; then the sums."""
    with plainly():
        settings = load_settings(root)
        which = GroupFilter(
            owners=_owners(settings, owner, store), kind=kind or "", stage=stage or "",
            dismissed=everything,
        )  # fmt: skip
        now = SystemClock().now().astimezone(ZoneInfo(settings.zone))

        async def ask() -> tuple[list[Group], Board]:
            database, found, after = opened(), list[Group](), ""
            views = GroupViews(database)
            while True:
                page = await views.page(now, which, after=after, limit=500)
                found += page.items
                if not (after := page.after):
                    break
            first, last = (f"{now - timedelta(days=back):%Y-%m-%d}" for back in (7, 1))
            return found, await board(database, first, last, which)

        groups, sums = ask_store(settings, ask)
        if as_json:
            print_objects(*groups)
            return
        for one in groups:
            print_lines(*_told(one, settings))
        stores = by_store(sums.owners, _rules(settings).store_of)
        told = [*_sums(sums), *_stores(stores)]
        typer.echo("\n".join(told) if groups else "没有客户群 No groups.")


@app.command()
def show(chat_id: ChatId, root: Root = Path(), as_json: AsJson = False) -> None:
    """One group: its days, who contributes, who joined lately, what was posted."""
    with plainly():
        settings = load_settings(root)
        zone = ZoneInfo(settings.zone)
        now = SystemClock().now().astimezone(zone)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        days = [today - timedelta(days=back) for back in range(_DAYS, 0, -1)]

        async def ask() -> dict[str, Any]:
            views = GroupViews(opened())
            group = await views.one(chat_id, now)
            if group is None:
                raise _no_such(chat_id)
            return {
                "group": group,
                "days": await views.days(chat_id, days),
                "people": (await views.people(chat_id, limit=20)).items,
                "joined": await views.joined(chat_id, now - timedelta(days=7), 20),
                "posts": await views.posts(chat_id, 10),
            }

        found = ask_store(settings, ask)
        if as_json:
            print_objects(found)
        else:
            print_lines(*_whole(found, settings))


@app.command()
def sync(root: Root = Path()) -> None:
    """Ask WeCom for all groups and their figures now, as the bot does each night."""
    from bot.groups.figures import FigureBook
    from bot.groups.sync import GroupSync
    from bot.store.credentials import Credentials
    from bot.store.groups.figures import GroupFigures
    from bot.store.groups.groups import Groups
    from bot.wecom.group_chats import GroupChats
    from bot.wecom.opening import open_client

    with plainly():
        settings, clock = load_settings(root), SystemClock()
        book = GroupBook(settings.root)
        book.open()

        async def ask() -> tuple[int, int]:
            database = opened()
            async with open_client(settings, clock, Credentials()) as client:
                with typer.progressbar(length=100, label="客户群 groups") as bar:
                    groups = await GroupSync(client, Groups(database), clock).reconcile(
                        lambda share: bar.update(int(100 * share) - bar.pos)
                    )
                figures = FigureBook(
                    GroupChats(client), GroupFigures(database), book, clock,
                    ZoneInfo(settings.zone),
                )  # fmt: skip
                days = await figures.fetch()
                await figures.judge()
            return groups, days

        groups, days = ask_store(settings, ask)
        typer.echo(f"{groups} 个群 groups，{days} 天的数据 days of figures.")


@app.command("kind")
def set_kind(
    chat_id: ChatId,
    kind: Annotated[
        Kind | None,
        typer.Argument(metavar="KIND", help="Left out: the rules decide again."),
    ] = None,
    root: Root = Path(),
) -> None:
    """Say by hand of which kind a group is."""
    from bot.store.groups.figures import GroupFigures

    with plainly():
        settings = load_settings(root)

        async def ask() -> str:
            rules, database = _rules(settings), opened()
            group = await GroupViews(database).one(chat_id, SystemClock().now())
            if group is None:
                raise _no_such(chat_id)
            found = kind or rules.kind_of(group.name, group.owner)
            by_hand = kind is not None
            await GroupFigures(database).set_kind(chat_id, found, by_hand=by_hand)
            return f"{group.name or chat_id}: {KINDS[found]}"

        print_lines(ask_store(settings, ask))


def _no_such(chat_id: str) -> Declined:
    return Declined(
        f"没有这个群：{chat_id!r}，huashu groups list 可查",
        f"no such group: {chat_id!r}. `huashu groups list`",
    )


def _rules(settings: Settings) -> GroupRules:
    complaints: list[Complaint] = []
    rules = read_groups(settings.root, complaints)
    if complaints:
        raise ConfigError(complaints)
    return rules


def _owners(settings: Settings, owner: str, store: str) -> tuple[str, ...] | None:
    """The owners whose groups are meant: those of `store`, else `owner`; None: everybody.

    Raises:
        Declined: config/groups.toml has no such store.
    """
    if not store:
        return (owner,) if owner else None
    stores = _rules(settings).stores
    if store not in stores:
        some = "、".join(stores)
        raise Declined(
            f"没有这家店：{store!r}。"
            + (f"有：{some}" if some else "config/groups.toml 里还没有门店：写上 [stores] 一节"),
            f"no such store: {store!r}. "
            + (
                f"There are: {some}"
                if some
                else "There is none: write [stores] in config/groups.toml"
            ),
        )
    return stores[store]


def _told(one: Group, settings: Settings) -> Iterator[str]:
    owner = Names(settings.members).of(one.owner, one.owner)
    gone = "  已解散 dismissed" if one.dismissed_at else ""
    yield f"{one.name or '-'}  {one.chat_id}{gone}"
    yield (
        f"    {KINDS.get(one.kind, one.kind)}  群主 owner {owner}  {one.members} 人"
        f"（客户 customers {one.customers}），7 天来 joined {one.joined} 走 left {one.left}"
    )
    if one.figures:
        yield (
            f"    {one.day}  消息 messages {one.figures.messages}"
            f"  发言人 speakers {one.figures.speakers}"
        )
    yield f"    {STAGES.get(one.stage, one.stage)}：{one.zh}"
    if one.en:
        yield f"        {one.en}"


def _sums(sums: Board) -> Iterator[str]:
    stages = "、".join(f"{STAGES.get(name, name)} {n}" for name, n in sums.stages.items())
    yield ""
    yield f"{sums.groups} 个群 groups，{sums.members} 人（客户 customers {sums.customers}）"
    yield f"    {stages}"
    for day, one in sums.days.items():
        yield (
            f"    {day}  群 groups {one.chats} 新 new {one.new_chats} 活跃 active"
            f" {one.active_chats}  人 members {one.members} 新 new {one.new_members}"
            f" 发言 spoke {one.speakers}  消息 messages {one.messages}"
        )


def _stores(stores: Sequence[StoreSums]) -> Iterator[str]:
    for one in stores:
        if one.store:
            messages = sum(day.messages for day in one.days.values())
            yield (
                f"    {one.store}  {one.groups} 个群 groups，{one.members} 人 members，"
                f"一周消息 messages in the week {messages}"
            )


def _whole(found: Mapping[str, Any], settings: Settings) -> Iterator[str]:
    group: Group = found["group"]
    zone = ZoneInfo(settings.zone)
    yield from _told(group, settings)
    if group.notice:
        yield f"    群公告 notice: {group.notice}"
    yield ""
    yield "每天 by day"
    yield from (_day(one) for one in found["days"])
    yield ""
    yield "贡献 by contribution"
    yield from (_person(one, zone) for one in found["people"])
    yield ""
    yield "最近进群 joined lately"
    yield from (_person(one, zone) for one in found["joined"])
    yield ""
    yield "节目 posts"
    yield from (_post(one, zone) for one in found["posts"])


def _day(one: GroupDay) -> str:
    said = "" if one.messages is None else f"  消息 {one.messages} 发言 {one.speakers}"
    return f"    {one.day}  {one.members} 人  来 +{one.joined} 走 -{one.left}{said}"


def _person(one: Member, zone: ZoneInfo) -> str:
    name = one.nickname or one.name or "-"
    by = f" ← {one.invitor}" if one.invitor else ""
    did = f"  消息 {one.messages}" if one.messages else ""
    did += f"  邀请 brought {one.brought}" if one.brought else ""
    scene = _SCENES.get(one.join_scene, "")
    return f"    {name} ({one.userid})  {_time(one.joined_at, zone)} {scene}{by}{did}".rstrip()


def _post(one: Post, zone: ZoneInfo) -> str:
    state = _POSTS.get(TouchState(one.state), "")
    why = f"：{one.zh}" if one.zh else ""
    if one.settled_at and one.state == TouchState.SENT:
        said = "" if one.messages is None else f"当天消息 messages {one.messages}，"
        why += f"  ({said}一天内来 joined {one.joined} 走 left {one.left})"
    at = _time(one.settled_at or one.due_at, zone)
    return f"    {at}  {one.script}  {one.plan} → {one.member or '-'}  {state}{why}"


def _time(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
