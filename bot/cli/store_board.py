"""`huashu stores board` and `remind`: who of which store has not confirmed a task, and why."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.members import one_as_spelled
from bot.cli.plain import Root, plainly, print_lines, print_objects
from bot.cli.records import AsJson, ask_store, load_settings
from bot.clock import SystemClock
from bot.errors import BotError
from bot.plans.condition import OfStores
from bot.store.database import opened
from bot.store.stores.board import Account, Standing, StoreBoard, Task
from bot.stores.execution import FORMULA, STANDINGS, cure, score
from bot.wecom.mass_messages import REMINDERS

Plan = Annotated[str, typer.Argument(metavar="PLAN", help="The plan's id.")]
Slot = Annotated[str, typer.Option(help="Which occasion, as 2026-09-25; else the latest.")]


def board(
    plan: Plan,
    root: Root = Path(),
    slot: Slot = "",
    standing: Annotated[Standing | None, typer.Option(help="Only these accounts.")] = None,
    name: Annotated[str, typer.Option(help="Part of a store's id or name.")] = "",
    as_json: AsJson = False,
) -> None:
    """Each account of each store: confirmed or why not, whom it reached, its score."""
    with plainly():
        settings = load_settings(root)

        async def ask() -> tuple[str, dict[Standing, int], list[Account]]:
            look, after, found = StoreBoard(opened()), "", list[Account]()
            task = await _task(look, plan, slot)
            while True:
                page = await look.page(
                    task, standing=standing or "", name=name, after=after, limit=1000
                )
                found += page.items
                if not (after := page.after):
                    return task.slot, await look.count(task), found

        which, counts, accounts = ask_store(settings, ask)
        if as_json:
            for one in accounts:
                row = asdict(one) | {"score": score(one), "cure": cure(one)[0]}
                print_objects(row)
            return
        print_lines(*_told(plan, which, counts, accounts))


def remind(
    plan: Plan,
    root: Root = Path(),
    slot: Slot = "",
    member: Annotated[str, typer.Option(help="Only them: a userid.")] = "",
) -> None:
    """Have WeCom remind those who have not confirmed: in working hours, three times at most."""
    with plainly():
        settings = load_settings(root)
        member = one_as_spelled(settings, member)

        async def ask() -> list[str]:
            look = StoreBoard(opened())
            task, now = await _task(look, plan, slot), SystemClock().timestamp()
            return await look.remind(task, now, most=REMINDERS, member=member)

        whom = ask_store(settings, ask)
        typer.echo(f"上班时间会催 {len(whom)} 人 are reminded at the next working hour.")


async def _task(look: StoreBoard, plan: str, slot: str) -> Task:
    """The task of a plan for all stores: of this slot, or the latest.

    Raises:
        BotError: the plan has no tasks yet.
    """
    slots = await look.slots(plan)
    if not slots and not slot:
        raise BotError(f"计划还没有建任务 no tasks yet of plan {plan!r}: `huashu plans list`")
    return Task(plan=plan, slot=slot or slots[0], stores=OfStores(("all",)))


def _told(
    plan: str, slot: str, counts: dict[Standing, int], accounts: list[Account]
) -> Iterator[str]:
    told = (f"{zh} {en} {counts[one]}" for one, (zh, en, _) in STANDINGS.items() if one in counts)
    yield f"{plan} {slot}：{'，'.join(told)}"
    for one in accounts:
        zh, en, _ = STANDINGS[one.standing]
        points = score(one)
        result = f"  送达 reached {one.sent}/{one.customers}" if one.customers else ""
        result += f"，限额 quota {one.quota}" if one.quota else ""
        result += f"，不是好友 no friends {one.lost}" if one.lost else ""
        result += "" if points is None else f"  {points} 分"
        yield f"    {one.store} {one.name}  {one.member or '-'}  {zh} {en}{result}"
        if one.created_at and one.confirmed_at:
            took = one.confirmed_at - one.created_at
            yield f"        用时 took {timedelta(seconds=round(took.total_seconds()))}"
        why = "；".join(words for words in (one.zh, cure(one)[0]) if words)
        if why:
            yield f"        {why}"
    yield FORMULA[0]
