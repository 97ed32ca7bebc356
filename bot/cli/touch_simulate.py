"""`huashu touch simulate`: what would go out in the coming days, and what would not, by day."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli.plain import Root, day_told, plainly, print_lines, print_objects
from bot.cli.records import AsJson, store_url
from bot.cli.touch import WAYS, no_such, open_shop
from bot.clock import SystemClock
from bot.touch.policy import Via

if TYPE_CHECKING:
    from bot.simulate import Simulation

_KINDS = {"workday": "", "weekend": "", "makeup": "调休上班 worked", "holiday": "放假 holiday"}


def simulate(
    days: Annotated[int, typer.Option(help="How many.", min=1, max=366)] = 30,
    plan: Annotated[
        list[str] | None, typer.Option(help="Tell of this one alone; may be given again.")
    ] = None,
    root: Root = Path(),
    as_json: AsJson = False,
) -> None:
    """What the plans would send in the coming days. Played on a mock WeCom; nothing is sent."""
    from bot.rehearse.stage import Company
    from bot.simulate import simulate as play

    logging.basicConfig(level=logging.ERROR)
    with plainly():
        shop = open_shop(root)
        known = [one.id for one in shop.book.plans]
        if unknown := next((one for one in plan or () if one not in known), None):
            raise no_such("这个计划", "plan", unknown, known)
        company = Company.of(shop.settings.root)
        start = SystemClock().now()
        found = asyncio.run(play(company, store_url(shop.settings), start, days, plan or ()))
        if as_json:
            print_objects(*rows(found, shop.zone))
        else:
            print_lines(*told(found, shop.zone))


def told(found: "Simulation", zone: ZoneInfo) -> Iterator[str]:
    """For people: the sums, then a calendar with what goes out on each day and what does not."""
    failed = sum(one.number for one in found.unsent)
    span = f"{found.start:%m-%d %H:%M} – {found.end:%m-%d %H:%M}"
    yield f"{span}，规则 profile「{found.profile}」"
    yield f"✓ 发 sent {len(found.sent)}  ✗ 不发 not sent {failed}"
    yield ""
    sent: dict[str, Counter[tuple[str, str, str]]] = {}
    for message in found.sent:
        day = f"{message.at.astimezone(zone):%Y-%m-%d}"
        sent.setdefault(day, Counter())[message.plan, message.script, message.via] += 1
    for number in range((found.end.date() - found.start.date()).days + 1):
        date_ = found.start.date() + timedelta(days=number)
        name = date_.isoformat()
        unsent = [one for one in found.unsent if one.day == name]
        going = sent.get(name, Counter())
        yield f"{_day(date_, found)}  ✓ {going.total()}  ✗ {sum(one.number for one in unsent)}"
        for (plan, script, via), count in going.most_common():
            yield f"    ✓ {count:>6}  {plan}  {script}  {WAYS.get(Via(via), via) if via else ''}"
        for one in unsent:
            yield f"    ✗ {one.number:>6}  {one.plan}  {one.rule}：{one.zh}"
            yield f"              {one.en}"


def _day(day: date, found: "Simulation") -> str:
    known = found.calendar.day(day)
    marks = [_KINDS[known.kind], known.name]
    marks += [found.calendar.names(one).zh for one in found.calendar.occasions(day)]
    marks += ["（预测 forecast）"] if known.forecast else []
    words = " ".join(dict.fromkeys(mark for mark in marks if mark))
    return f"{day_told(day)} {words}".rstrip()


def rows(found: "Simulation", zone: ZoneInfo) -> Iterator[Mapping[str, Any]]:
    """For programs: each message that would go out, then by day and reason what would not."""
    for message in found.sent:
        at = message.at.astimezone(zone).isoformat()
        yield {"result": "sent", **_plain(asdict(message)), "at": at}
    for one in found.unsent:
        yield {"result": "not_sent", **_plain(asdict(one)), "state": one.state.name.lower()}


def _plain(told: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: str(value) if name == "scenario" else value for name, value in told.items()}
