"""`huashu touch brakes|brake|lift|opt-out|opt-in`: customers to whom nothing is sent unasked, and
who decided so.

These print what customers wrote. They work beside a running bot, which obeys at once.
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
from bot.errors import BotError, nobody
from bot.store.database import opened
from bot.store.touch.brakes import Brake, BrakeKind, Brakes, BrakeStep

Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="external_userid.")]
Who = Annotated[str, typer.Option("--by", help="Who says so; kept with it.")]
Why = Annotated[str, typer.Option("--why", help="What they said, or what was agreed; kept.")]
_KINDS = {BrakeKind.COMPLAINT: "投诉 complaint", BrakeKind.OPT_OUT: "退订 opt-out"}
_MAYBE = {
    BrakeKind.COMPLAINT: "疑似不满 sounds displeased",
    BrakeKind.OPT_OUT: "疑似退订 may be an opt-out",
}


def brakes(
    root: Root = Path(),
    customer: Annotated[str, typer.Option(help="Of one, with all that was before.")] = "",
    last: Last = 100,
    as_json: AsJson = False,
) -> None:
    """Customers to whom nothing is sent unasked, since when and why, the newest first."""
    with plainly():
        settings = load_settings(root)

        async def ask() -> tuple[list[Brake], list[BrakeStep]]:
            table = Brakes(opened())
            found = await table.standing(customer=customer, number=last)
            return found, await table.steps(customer=customer, number=last) if customer else []

        found, steps = ask_store(settings, ask)
    if as_json:
        print_objects(*found, *steps)
        return
    zone = ZoneInfo(settings.zone)
    lines = [line for one in found for line in _told(one, zone)]
    lines += [_step(one, zone) for one in steps]
    print_lines(*(lines or ["没有 None."]))


def brake(customer: Customer, who: Who, why: Why = "", root: Root = Path()) -> None:
    """Send a customer who complained nothing unasked until somebody lifts it."""
    _turn(customer, BrakeKind.COMPLAINT, True, who, why, root)


def lift(customer: Customer, who: Who, why: Why, root: Root = Path()) -> None:
    """Lift it: the complaint is settled, and what is planned goes out again."""
    _turn(customer, BrakeKind.COMPLAINT, False, who, why, root)


def opt_out(customer: Customer, who: Who, why: Why = "", root: Root = Path()) -> None:
    """Note that a customer told somebody that they want no more messages."""
    _turn(customer, BrakeKind.OPT_OUT, True, who, why, root)


def opt_in(customer: Customer, who: Who, why: Why = "", root: Root = Path()) -> None:
    """Note that a customer told somebody that they want messages again."""
    _turn(customer, BrakeKind.OPT_OUT, False, who, why, root)


def _turn(customer: str, kind: BrakeKind, active: bool, who: str, why: str, root: Path) -> None:
    """Set a brake, or lift it if not `active`, and print what came of it."""
    with plainly():
        if not who.strip() or (kind is BrakeKind.COMPLAINT and not active and not why.strip()):
            raise BotError("--by 和 --why 不能为空 must not be empty: they are kept with it.")
        step = BrakeStep(
            customer=customer, kind=kind, active=active, who=who.strip()[:64], why=why.strip(),
            at=SystemClock().timestamp(),
        )  # fmt: skip
        changed = ask_store(load_settings(root), lambda: Brakes(opened()).turn(step))
        if changed is None:
            raise nobody(customer)
    state = "已停发 on" if active else "已解除 lifted"
    before = "" if changed else "，本来就是 as it was before"
    print_lines(f"{customer}: {_KINDS[kind]} {state}{before}.")


def _named(one: Brake | BrakeStep) -> str:
    return (_MAYBE if one.sounds else _KINDS)[one.kind]


def _told(one: Brake, zone: ZoneInfo) -> Iterator[str]:
    by = one.who or "客户 the customer"
    kind, since = _named(one), told_at(one.since, zone)
    yield f"{one.name or '-'} ({one.customer})  {kind}  {since} 起 since, {by}"
    if one.why:
        yield f"    {one.why}"


def _step(one: BrakeStep, zone: ZoneInfo) -> str:
    state = "停发 on" if one.active else "解除 lifted"
    told = f"    {told_at(one.at, zone)}  {_named(one)}  {state}"
    return f"{told}  {one.who or '客户 the customer'}  {one.why}".rstrip()
