"""`huashu handover`: a member leaves or goes on leave, and who gets what.

It works beside a running bot, which within seconds begins what was planned here, and asks WeCom.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer

from bot.cli.members import as_spelled
from bot.cli.plain import By, Root, plainly, print_lines, print_objects
from bot.cli.records import AsJson, ask_store, load_settings
from bot.cli.touch import told_at
from bot.clock import SystemClock
from bot.errors import Declined
from bot.handover.handovers import Draft, Handovers
from bot.handover.plan import shared_out
from bot.settings import Settings
from bot.store.database import opened
from bot.store.handover.candidates import Estate
from bot.store.handover.handovers import Handover, Item, left_of
from bot.store.states import HandoverKind, HandoverState, ItemState

T = TypeVar("T")
app = typer.Typer(help="Handovers (交接): a member leaves or is on leave.", no_args_is_help=True)
Which = Annotated[str, typer.Argument(metavar="HANDOVER", help="Its id, or who hands over.")]
_KINDS = {
    HandoverKind.STAYS: "在职转交 stays", HandoverKind.LEFT: "已离职 has left",
    HandoverKind.COVER: "休假代班 on leave",
}  # fmt: skip
_STATES = {
    HandoverState.PLANNED: "还没开始 to begin", HandoverState.RUNNING: "进行中 going on",
    HandoverState.DONE: "已完成 done", HandoverState.OVER: "已结束 over",
}  # fmt: skip
_FATES = {
    ItemState.PLANNED: "待提交 to be asked", ItemState.WAITING: "等客户 24 小时 waiting, 24 h",
    ItemState.TAKEN: "已接替 taken over", ItemState.REFUSED: "客户拒绝 refused",
    ItemState.FULL: "接替同事已满 limit reached", ItemState.IMPOSSIBLE: "转不了 not possible",
    ItemState.COVERED: "代班中 covered", ItemState.BACK: "已交还 given back",
}  # fmt: skip


@app.command()
def begin(
    leaver: Annotated[str, typer.Argument(metavar="MEMBER", help="Who hands over: a userid.")],
    to: Annotated[list[str], typer.Option("--to", help="Who takes over; may come again.")],
    left: Annotated[
        bool, typer.Option("--left", help="They were removed from the address book.")
    ] = False,
    leave_until: Annotated[
        str, typer.Option(help="They are on leave until this day, 2026-12-01: nothing moves.")
    ] = "",
    words: Annotated[str, typer.Option(help="To each customer, when it is done.")] = "",
    why: Annotated[str, typer.Option(help="Kept with it.")] = "",
    evenly: Annotated[
        bool, typer.Option("--evenly", help="Not first to who knows the customer already.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Begin without asking.")] = False,
    by: By = "",
    root: Root = Path(),
) -> None:
    """Hand everything of a member over; shows first who would get how much."""
    if left and leave_until:
        raise typer.BadParameter("choose one of --left and --leave-until")
    kind = HandoverKind.LEFT if left else HandoverKind.STAYS
    with plainly():
        settings = load_settings(root)
        leaver, *to = as_spelled(settings, leaver, *to)
        until = _day(leave_until, ZoneInfo(settings.zone)) if leave_until else None
        draft = Draft(
            leaver=leaver, kind=HandoverKind.COVER if until else kind, takers=to, words=words,
            why=why, who=by, known_first=not evenly, until=until,
        )  # fmt: skip
        estate = _ask(settings, lambda handovers: handovers.estate(leaver))
        print_lines(*_estate(estate, draft))
        if not yes and not typer.confirm("开始交接吗 Begin?", default=False):
            raise typer.Exit(1)
        made = _ask(settings, lambda handovers: handovers.plan(draft))
    typer.echo(f"{made.id}: 运行中的机器人几秒内开始 the running bot begins it within seconds.")


@app.command("list")
def show_list(root: Root = Path(), as_json: AsJson = False) -> None:
    """All handovers, those in progress first."""
    with plainly():
        settings = load_settings(root)

        async def both(handovers: Handovers) -> list[tuple[Handover, Counter[ItemState]]]:
            found = await handovers.table.all()
            counts = await handovers.table.counts([one.id for one in found])
            return [(one, counts[one.id]) for one in found]

        found = _ask(settings, both)
    if as_json:
        print_objects(*({"handover": one, "items": _worded(counts)} for one, counts in found))
        return
    lines = [_told(one, counts, ZoneInfo(settings.zone)) for one, counts in found]
    print_lines(*(lines or ["没有交接 No handovers."]))


@app.command()
def status(which: Which, root: Root = Path(), as_json: AsJson = False) -> None:
    """Each customer and group: its state, the reason, and whose it is now."""
    with plainly():
        settings = load_settings(root)

        async def items(handovers: Handovers) -> list[Item]:
            one = await _find(handovers, which)
            return await handovers.table.items(one.id, number=100_000)

        found = _ask(settings, items)
    if as_json:
        print_objects(*found)
        return
    lines = [
        f"{_FATES[item.state]}  {item.name or item.subject}  → {item.taker}"
        f"  现归 now {item.owner}  {f'{item.zh} {item.en}' if item.zh else ''}".rstrip()
        for item in found
    ]
    print_lines(*(lines or ["没有客户和群 No customers, no groups."]))


@app.command()
def cancel(which: Which, root: Root = Path()) -> None:
    """Call a handover off, or end a leave; what WeCom was asked for cannot be taken back."""
    with plainly():

        async def call_off(handovers: Handovers) -> Handover:
            return await handovers.cancel((await _find(handovers, which)).id)

        one = _ask(load_settings(root), call_off)
    typer.echo(f"{one.id}: {_STATES[HandoverState.OVER]}")


async def _find(handovers: Handovers, which: str) -> Handover:
    """The handover with this id, else the one by which this member hands over.

    Raises:
        Declined: there is none.
    """
    found = await handovers.table.get(which) or await handovers.table.of(which)
    if found is None:
        raise Declined(
            f"没有这个交接：{which!r}，huashu handover list 可查",
            f"no such handover: {which!r}. `huashu handover list`",
        )
    return found


def _ask(settings: Settings, work: Callable[[Handovers], Awaitable[T]]) -> T:
    async def ask() -> T:
        duty = settings.duty.members
        return await work(Handovers(opened(), SystemClock(), lambda: duty))

    return ask_store(settings, ask)


def _day(text: str, zone: ZoneInfo) -> float:
    """When this day begins, in Unix seconds.

    Raises:
        Declined: it is no date.
    """
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()
    except ValueError:
        raise Declined(
            f"{text!r}：请写日期，例如 2026-12-01", f"{text!r}: write a day, as in 2026-12-01"
        ) from None


def _estate(estate: Estate, draft: Draft) -> Iterator[str]:
    """Lines that tell what the member has, and how much of it each colleague would get."""
    yield (
        f"{_KINDS[draft.kind]}: 客户 customers {len(estate.customers)}, 群 groups"
        f" {len(estate.groups)}, 提醒 reminders {estate.reminders}, 待办 to-dos {estate.todos}"
    )
    given = shared_out(estate, draft.takers, known_first=draft.known_first)
    for taker in draft.takers:
        knows = sum(taker in some for some in estate.known.values())
        number = sum(1 for one in given if one.taker == taker)
        yield f"  → {taker}: {number} 个（已认识 knows {knows}）"


def _worded(counts: Counter[ItemState]) -> dict[str, int]:
    return {_FATES[state]: number for state, number in counts.items()}


def _told(one: Handover, counts: Counter[ItemState], zone: ZoneInfo) -> str:
    items = ", ".join(f"{fate} {number}" for fate, number in _worded(counts).items())
    state = _STATES[one.state]
    if one.state is HandoverState.DONE and left_of(counts):
        state = "没转完 not all handed over"
    return (
        f"{one.id}  {one.leaver}  {_KINDS[one.kind]}  {state}"
        f"  {told_at(one.begins_at, zone)}  暂管 meanwhile {one.holder}\n    {items or '-'}"
    )
