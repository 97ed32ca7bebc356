"""`huashu moments`: planned moments (客户朋友圈), their mix, and why one waits."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer

from bot.cli.members import one_as_spelled
from bot.cli.plain import HARMLESS, By, Root, plainly, print_lines
from bot.cli.plans import look
from bot.cli.records import ask_store, load_settings
from bot.clock import SystemClock
from bot.moments.desk import MomentDesk
from bot.moments.judging import Judge
from bot.moments.mix import NAMES
from bot.moments.rules import MomentBook
from bot.plans.segments import tagged
from bot.store.database import opened
from bot.store.handover.handovers import HandoverTable
from bot.store.moments.moments import MomentTable, Post
from bot.store.states import PartState, PostState
from bot.touch.calendar import Calendar, read_days
from bot.touch.reading import read_rules

T = TypeVar("T")
app = typer.Typer(help="Moments (客户朋友圈): plans, approval, why.", no_args_is_help=True)
PostId = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")]
_STATES = {
    PostState.DRAFT: "待审批 draft", PostState.APPROVED: "已审批 approved",
    PostState.ENDED: "已结束 ended", PostState.WITHDRAWN: "已撤回 withdrawn",
}  # fmt: skip
_PARTS = {
    PartState.WAITING: "等待 waiting", PartState.HELD: "先不发 held back",
    PartState.ASKING: "正在请求 being asked for", PartState.ASKED: "等同事发表 to be posted",
    PartState.CONFIRMED: "已发表 posted", PartState.MISSED: "没有发表 not posted",
    PartState.REFUSED: "不发 refused", PartState.WITHDRAWN: "已撤回 withdrawn",
}  # fmt: skip


@app.command("list")
def list_moments(
    root: Root = Path(),
    member: Annotated[str, typer.Option(help="Only this account's: a userid.")] = "",
    days: Annotated[int, typer.Option(help="So many before and after today.", min=1)] = 15,
) -> None:
    """What is planned and what was posted, by day; with --member the mix too."""
    with plainly():
        settings = load_settings(root)
        zone, member = ZoneInfo(settings.zone), one_as_spelled(settings, member)
        today = SystemClock().now().astimezone(zone).date()

        async def ask(desk: MomentDesk) -> list[str]:
            span = timedelta(days=days)
            posts = await desk.table.between(f"{today - span}", f"{today + span}", member)
            told = [line for post in posts for line in _told(post, zone)]
            if member:
                now = await desk.judge.mix(member, today)
                told.append(
                    f"{member}: 人设 persona {now.persona}/{now.total} ({now.percent}%)，"
                    f"至少 at least {now.need}%"
                )
            return told

        told = _with(root, ask)
        typer.echo("\n".join(told).translate(HARMLESS) or "没有朋友圈 No moments.")


@app.command()
def why(post: PostId, root: Root = Path()) -> None:
    """Why a moment waits, for each account, and whether it could go now."""
    with plainly():
        zone = ZoneInfo(load_settings(root).zone)

        async def ask(desk: MomentDesk) -> list[str]:
            found = await desk.known(post)
            told = [*_told(found, zone)]
            for member, held in (await desk.foretold(found)).items():
                told.append(f"{member} 现在 now：{held.zh if held else '可以发 it may go'}")
                told += [f"    {held.en}"] if held else []
            return told

        print_lines(*_with(root, ask))


@app.command()
def approve(post: PostId, root: Root = Path(), by: By = "") -> None:
    """Let a draft go out at its slot."""
    with plainly():

        async def ask(desk: MomentDesk) -> datetime:
            return await desk.approve(post, by)

        when = _with(root, ask)
        typer.echo(f"{post}: {when:%Y-%m-%d %H:%M} 请同事发表 its members are asked then.")


def _with(root: Path, work: Callable[[MomentDesk], Awaitable[T]]) -> T:
    """Do `work` with the desk of the workspace's moments, its database open."""
    settings, environ = load_settings(root), dict[str, str]()
    zone, clock = ZoneInfo(settings.zone), SystemClock()
    plans = look(settings.root, settings.library, settings.zone, Calendar(read_days(root, [])))
    book = MomentBook(settings.root, lambda: tagged(plans.segments))
    book.open()
    rules = read_rules(settings.root, environ, [])
    caps = rules.caps.in_force.caps if rules else ()

    async def ask() -> T:
        table = MomentTable(opened())
        leavers = {one.leaver for one in await HandoverTable(opened()).going()}
        judge = Judge(
            table=table, book=book, caps=lambda: caps, hands_over=leavers.__contains__, zone=zone
        )
        desk = MomentDesk(table, judge, clock, zone)
        await desk.adopt()
        return await work(desk)

    return ask_store(settings, ask)


def _told(post: Post, zone: ZoneInfo) -> Iterator[str]:
    slot = post.slot or "自动 auto"
    if post.due_at is not None:
        slot = f"{datetime.fromtimestamp(post.due_at, zone):%H:%M}"
    kind = "/".join(NAMES[post.kind])
    yield f"{post.day} {slot}  {post.id}  {kind}  {_STATES[post.state]}  {post.text[:30]}"
    for part in post.parts:
        why = f"：{part.zh}" if part.zh else ""
        seen = f"，{part.shown} 位客户看到 see it" if part.state is PartState.CONFIRMED else ""
        yield f"    {part.member}  {_PARTS[part.state]}{seen}{why}"
        if part.en:
            yield f"        {part.en}"
