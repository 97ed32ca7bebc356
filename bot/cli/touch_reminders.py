"""`huashu touch remind` and `huashu touch reminders`: reminders that staff set, in plain words.

The time is shown as it was understood before it is saved. They work beside a running bot.
"""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer

from bot.cli.members import one_as_spelled
from bot.cli.plain import By, Root, goes_on, plainly, print_lines, print_objects
from bot.cli.records import AsJson, ask_store
from bot.cli.touch import Shop, open_shop, told_at
from bot.clock import SystemClock
from bot.errors import Declined
from bot.store.database import opened
from bot.store.desk.reminders import Reminder
from bot.store.states import ReminderState
from bot.touch.phrases import Recurrence, Unclear, understand
from bot.touch.reminders import Draft, Reminders

T = TypeVar("T")
Id = Annotated[str, typer.Argument(metavar="ID", help="As `reminders` shows it.")]
_STATES = {
    ReminderState.OPEN: "待办 open",
    ReminderState.DONE: "已完成 done",
    ReminderState.DROPPED: "已取消 dropped",
}

reminders = typer.Typer(help="Reminders of staff: list them, tick them off, put them off.")


def remind(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="external_userid.")],
    when: Annotated[
        str, typer.Argument(metavar="WHEN", help="明天下午三点, 每月1号, tomorrow 3pm.")
    ],
    say: Annotated[str, typer.Option("--say", help="What to say: the id of a script.")] = "",
    text: Annotated[str, typer.Option("--text", help="Or words of your own.")] = "",
    member: Annotated[
        str, typer.Option(help="Whom to remind, by userid.", show_default="who serves them")
    ] = "",
    to_customer: Annotated[
        bool, typer.Option("--to-customer", help="Send the script to the customer instead.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Save without asking.")] = False,
    by: By = "",
    root: Root = Path(),
) -> None:
    """Remind a member of a customer, once or regularly; the time as understood is shown first."""
    with plainly():
        shop = open_shop(root)
        member = one_as_spelled(shop.settings, member)
        draft = Draft(
            customer=customer, when=when, member=member, script=say, words=text,
            to="customer" if to_customer else "member", who=by,
        )  # fmt: skip
        # Tell what is wrong before asking whether to save it.
        _ask(shop, lambda service: service.ready(draft))
        print_lines(*_understood(shop, when))
        if not yes and not typer.confirm("保存吗 Save it?", default=True):
            raise typer.Exit(1)
        made = _ask(shop, lambda service: service.create(draft))
    typer.echo(f"已保存 saved: {made.id}, {told_at(made.due_at, shop.zone)}, {made.member}")


@reminders.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    root: Root = Path(),
    member: Annotated[str, typer.Option(help="Only of this one, by userid.")] = "",
    customer: Annotated[str, typer.Option(help="Only about this one.")] = "",
    as_json: AsJson = False,
) -> None:
    """What is due, then what is to come; `done`, `later` and `drop` change one."""
    if goes_on(context, root):
        return
    with plainly():
        shop = open_shop(root)
        member = one_as_spelled(shop.settings, member)

        async def both(service: Reminders) -> tuple[list[Reminder], list[Reminder]]:
            due = await service.due(member, customer=customer)
            return due, await service.coming(member, customer=customer)

        due, coming = _ask(shop, both)
    if as_json:
        print_objects(*due, *coming)
        return
    lines = [line for one in due for line in _told(one, "! ", shop.zone)]
    lines += [line for one in coming for line in _told(one, "  ", shop.zone)]
    print_lines(*(lines or ["没有提醒 No reminders."]))


@reminders.command()
def done(reminder: Id, by: By = "", root: Root = Path()) -> None:
    """Tick one off; one that recurs comes again."""
    _change(root, lambda service: service.done(reminder, by))


@reminders.command()
def later(
    reminder: Id,
    when: Annotated[str, typer.Argument(metavar="WHEN", help="明天下午三点, tomorrow 3pm.")],
    root: Root = Path(),
) -> None:
    """Put one off."""
    _change(root, lambda service: service.later(reminder, when))


@reminders.command()
def drop(reminder: Id, by: By = "", root: Root = Path()) -> None:
    """End one for good."""
    _change(root, lambda service: service.drop(reminder, by))


def _change(root: Path, change: Callable[[Reminders], Awaitable[Reminder]]) -> None:
    with plainly():
        shop = open_shop(root)
        one = _ask(shop, change)
    when = f", {told_at(one.due_at, shop.zone)}" if one.state is ReminderState.OPEN else ""
    typer.echo(f"{one.id}: {_STATES[one.state]}{when}")


def _ask(shop: Shop, work: Callable[[Reminders], Awaitable[T]]) -> T:
    async def ask() -> T:
        return await work(
            Reminders(
                opened(), SystemClock(), shop.zone,
                calendar=lambda: shop.calendar, library=lambda: shop.library,
                fields=lambda: shop.policy.fields,
            )
        )  # fmt: skip

    return ask_store(shop.settings, ask)


def _understood(shop: Shop, when: str) -> Iterator[str]:
    """Lines that tell how `when` was understood.

    Raises:
        Declined: it was not; says what to write instead.
    """
    meaning = understand(when, now=SystemClock().now(), zone=shop.zone, calendar=shop.calendar)
    if isinstance(meaning, Unclear):
        raise Declined(meaning.zh, meaning.en)
    first = meaning.first if isinstance(meaning, Recurrence) else None
    then = f"，第一次 first {told_at(first, shop.zone)}" if first else ""
    yield f"{meaning.zh} = {meaning.en}{then}"
    yield from (f"    {one.zh} ({one.en})" for one in meaning.assumed)


def _told(one: Reminder, mark: str, zone: ZoneInfo) -> Iterator[str]:
    again = f"  {one.zh}" if one.again else ""
    to = "  → 客户 customer" if one.receiver == "customer" else ""
    yield f"{mark}{one.id}  {told_at(one.due_at, zone)}{again}  {one.customer}  {one.member}{to}"
    yield f"      {one.script or one.words}"
