"""`huashu complaints list|open|answered|close`: who complained, who has to answer, how it ended.

These print what customers wrote. They work beside a running bot.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cli.plain import Root, plainly, print_lines, print_objects
from bot.cli.records import AsJson, Last, ask_store, load_settings
from bot.cli.touch import told_at
from bot.clock import SystemClock
from bot.errors import BotError, Declined, nobody
from bot.store.customers.cases import Answering, Case, Cases
from bot.store.database import opened
from bot.telling.words import span

app = typer.Typer(help="Complaints (投诉): answered in time, and closed.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As `list` shows it.")]
Who = Annotated[str, typer.Option("--by", help="Who says so; kept with it.")]
_DAYS = 30


@app.command("list")
def list_cases(
    root: Root = Path(),
    closed: Annotated[bool, typer.Option("--closed", help="Those that are closed.")] = False,
    last: Last = 100,
    as_json: AsJson = False,
) -> None:
    """Open cases, the oldest first; and how quickly those of the last 30 days were answered."""
    with plainly():
        settings, now = load_settings(root), SystemClock().timestamp()

        async def ask() -> tuple[list[Case], Answering]:
            cases = Cases(opened())
            found = await (cases.closed if closed else cases.open)(None, number=last)
            return found, await cases.answering(None, now - _DAYS * 86_400)

        found, answering = ask_store(settings, ask)
    if as_json:
        print_objects(*found)
        return
    zone = ZoneInfo(settings.zone)
    lines = [line for one in found for line in _told(one, now, zone)] or ["没有 None."]
    print_lines(*lines, "", _sum(answering))


@app.command("open")
def open_case(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="external_userid.")],
    who: Who,
    words: Annotated[str, typer.Option("--words", help="What they said, as they said it.")],
    root: Root = Path(),
) -> None:
    """Open a case for a complaint by telephone or in the shop. Nothing more is sent to them
    unasked, and whoever serves them is told."""
    with plainly():
        at, by, said = SystemClock().timestamp(), _said(who, "--by"), _said(words, "--words")
        settings = load_settings(root)
        number = ask_store(settings, lambda: Cases(opened()).begin(customer, by, said, at))
        if number is None:
            raise nobody(customer)
    typer.echo(f"{number}: 已记下，主动消息已停 kept; we do not write first.")


@app.command()
def answered(number: Number, who: Who, root: Root = Path()) -> None:
    """Note that somebody has called them, or spoken to them in the shop."""
    with plainly():
        at, by = SystemClock().timestamp(), _said(who, "--by")
        settings = load_settings(root)
        if not ask_store(settings, lambda: Cases(opened()).answer(number, by, at)):
            raise _none(number)
    typer.echo(f"{number}: 已联系 answered.")


@app.command()
def close(
    number: Number,
    who: Who,
    why: Annotated[str, typer.Option("--why", help="How it ended; kept with it.")],
    lift: Annotated[
        bool,
        typer.Option(
            "--lift/--keep-brake", help="Whether they may be written to again: ask them first."
        ),
    ],
    root: Root = Path(),
) -> None:
    """Close a case that is settled."""
    with plainly():
        at, by, reason = SystemClock().timestamp(), _said(who, "--by"), _said(why, "--why")
        settings = load_settings(root)
        if not ask_store(
            settings, lambda: Cases(opened()).close(number, by, reason, at, lift=lift)
        ):
            raise _none(number)
    brake = "已解除 the brake is lifted" if lift else "仍然停发 the brake stays"
    typer.echo(f"{number}: 已结案 closed; {brake}.")


def _none(number: int) -> Declined:
    return Declined(
        f"没有编号是 {number} 的未结投诉，huashu complaints list 可查",
        f"no open complaint has the number {number}: `huashu complaints list`",
    )


def _said(text: str, option: str) -> str:
    if not text.strip():
        raise BotError(f"{option} 不能为空 must not be empty: it is kept with it.")
    return text.strip()


def _told(one: Case, now: float, zone: ZoneInfo) -> Iterator[str]:
    member = one.member or "值班同事 whoever is on duty"
    yield (
        f"{one.seq}  {one.name or '-'} ({one.customer})  {told_at(one.at, zone)}  ← {member}"
        + ("  疑似不满 sounds displeased" if one.sounds else "")
        + (f"  {one.times} 条 messages" if one.times > 1 else "")
    )
    yield f"    {one.words}"
    if one.closed_at:
        yield f"    {told_at(one.closed_at, zone)} 结案 closed  {one.closed_by}  {one.reason}"
    elif one.waiting_since:
        told = one.escalated_to or "值班同事 whoever is on duty"
        late = f"，超时，已告诉 late, told: {told}" if one.escalated_at else ""
        yield f"    等了 waiting {span(now - one.waiting_since, 'zh')}{late}"
    else:
        yield f"    已有人回 answered  {one.answered_by}"


def _sum(found: Answering) -> str:
    def took(seconds: float | None) -> str:
        return "-" if seconds is None else f"{seconds / 60:.0f} min"

    return (
        f"{_DAYS} 天 days: {found.cases} 件 cases, {found.sounding} 疑似 may be, "
        f"{found.open} 未结 open, "
        f"{found.late} 超时 late; 首次回复 first answer {took(found.answer_s)} (90%: "
        f"{took(found.slow_s)}), 结案 closed {took(found.close_s)} (中位数 medians)"
    )
