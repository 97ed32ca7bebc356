"""`huashu plans`: the plans, and when each fires next."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import typer

from bot.cli.layered import Stored, stored
from bot.cli.lazily import lazily
from bot.cli.plain import Root, plainly, print_lines, print_objects
from bot.cli.plan_states import Kept, standings_of
from bot.cli.records import AsJson
from bot.clock import SystemClock
from bot.errors import ConfigError
from bot.files.reader import Reader
from bot.plans.book import Book, read_book
from bot.plans.plan import (
    Addressed,
    Campaign,
    OnCron,
    OnOccasion,
    Plan,
    Programme,
    Reminder,
    Sequence,
    Span,
    When,
    by_calendar,
)
from bot.plans.when import coming
from bot.scripts.layers import lay_over, read_layers
from bot.store.plans.plans import bodies_of
from bot.touch.calendar import Calendar, read_days
from bot.touch.hours import Hours
from bot.touch.reading import read_rules

app = typer.Typer(
    help="Plans (触达计划): whom, when, which script.",
    cls=lazily({verb: f"plan_states:{verb}" for verb in ("pause", "resume", "stop")}),
    no_args_is_help=True,
)
_NEXT = 3  # days that are told
_OWN = {"birthday": "生日 birthday", "added": "加好友 added", "bought": "下单 bought"}
_TO = {"customer": "客户 customers", "member": "同事的待办 to-dos for members"}


def look(
    root: Path, library: str, zone: str, calendar: Calendar, found: Stored | None = None
) -> Book:
    """The plans and segments of the workspace, with every mistake in them.

    Args:
        root: the workspace.
        library: its folder of scripts, from `root`.
        zone: the company's time zone: "Asia/Shanghai".
        found: what the database holds; None: it is asked.

    Raises:
        BotError: the database with approved scripts cannot be opened.
    """
    rules = read_rules(root, os.environ, [])  # mistakes in them are told with the settings
    folder, company = root / library, ZoneInfo(zone)
    found = stored(folder) if found is None else found
    layers = read_layers(folder, found.versions)
    return read_book(
        root,
        scripts={one.id: one for one in lay_over(layers.base, layers.overlay)},
        calendar=calendar,
        today=SystemClock().now().astimezone(company).date(),
        zone=company,
        hours=Hours(rules.manners.windows, calendar) if rules else None,
        bodies=bodies_of(found.plans),
    )


@app.command("list")
def show(root: Root = Path(), as_json: AsJson = False) -> None:
    """Every plan: the next days on which it fires, whether it is followed, what became of it."""
    with plainly():
        root = root.resolve()
        reader = Reader("config/bot.toml", {}, [])
        table = reader.table(root, needed=True)
        complaints = list(reader.complaints)
        zone = str(table.get("zone", "Asia/Shanghai"))
        if zone not in available_timezones():
            reader.complain("zone", f"{zone!r} cannot be used", "Write one like Asia/Shanghai")
            raise ConfigError(reader.complaints)
        calendar = Calendar(read_days(root, complaints))
        library = str(table.get("library", "scripts_library"))
        found = stored(root / library)
        book = look(root, library, zone, calendar, found)
        if complaints := [*complaints, *book.complaints]:
            raise ConfigError(complaints)
        teller = _Teller(book, calendar, ZoneInfo(zone))
        kept = Kept(found.plans, standings_of(root / library))
        stopped = kept.unread({plan.id for plan in book.plans})
        if as_json:
            print_objects(*({**teller.row(one), **kept.row(one.id)} for one in book.plans))
            print_objects(
                *({"id": one, "title": kept.title(one), **kept.row(one)} for one in stopped)
            )
            return
        for plan in book.plans:
            print_lines(teller.told(plan), *kept.told(plan.id, ZoneInfo(zone)))
        for one in stopped:
            print_lines(f"{one}  {kept.title(one)}", *kept.told(one, ZoneInfo(zone)))
        if not book.plans and not stopped:
            typer.echo("没有计划 No plans.")


class _Teller:
    """Tells of plans, for people (`told`) and for programs (`row`)."""

    def __init__(self, book: Book, calendar: Calendar, zone: ZoneInfo) -> None:
        self._book, self._calendar, self._zone = book, calendar, zone
        self._now = SystemClock().now()

    def told(self, plan: Plan) -> str:
        lines = [f"{plan.id}  {plan.title}  ({plan.scenario})  → {self._whom(plan)}"]
        lines += [f"    {line}" for line in self._moments(plan)]
        return "\n".join(lines)

    def row(self, plan: Plan) -> Mapping[str, Any]:
        row = {"id": plan.id, "kind": type(plan).__name__.lower(), "title": plan.title}
        row |= {"scenario": plan.scenario, "digest": plan.digest}
        days = {one.title: self._days(one.on, one.span) for one in by_calendar(plan)}
        return row | {"next": days}

    def _whom(self, plan: Plan) -> str:
        match plan:
            case Programme():
                return f"客户群 groups: {'、'.join((*plan.groups, *plan.names))}"
            case Addressed():
                segment = self._book.segments.titles.get(plan.segment, plan.segment)
                stores = f"，门店 stores {'、'.join(plan.stores)}" if plan.stores else ""
                return f"{segment or '所有人 everyone'}{stores}，{_TO[plan.to]}"
        return ""

    def _moments(self, plan: Plan) -> Iterator[str]:
        """Lines on when a plan fires, a line for each of its parts."""
        match plan:
            case Campaign():
                yield self._fires(plan.on, plan.span)
            case Programme():
                for post in plan.posts:
                    yield f"{post.title}：{self._fires(post.on, post.span)}"
            case Reminder():
                days = f" {plan.days:+} 天 days" if plan.days else ""
                day = f"{_OWN.get(plan.date, plan.date)}{days}"
                yield f"每位客户自己的日子 each customer's own: {day}{_hours(plan.span)}"
            case Sequence():
                silent = f"{plan.after_days} 天没说话 days of silence"
                event = silent if plan.after == "silent" else _OWN.get(plan.after, plan.after)
                days = "、".join(str(step.day) for step in plan.steps)
                yield f"{event} 之后第 {days} 天 days after"

    def _fires(self, on: When, span: Span) -> str:
        days = "  ".join(self._days(on, span))
        return f"{self._named(on)}：{days or '不再有 never again'}{_hours(span)}"

    def _days(self, on: When, span: Span) -> list[str]:
        days = coming(on, span, self._now, _NEXT, self._calendar, self._zone)
        return [str(day) for day in days]

    def _named(self, on: When) -> str:
        match on:
            case OnOccasion(occasion=occasion, days=days):
                name = self._calendar.names(occasion).zh
                return f"{name} {days:+} 天 days" if days else name
            case OnCron(line=line):
                return line
        return "那天 once"


def _hours(span: Span) -> str:
    if span.start is None:
        return "  时段内 in any window"
    end = span.end or (None if span.deadline_days else span.deadline_at)
    return f"  {span.start:%H:%M}–{f'{end:%H:%M}' if end else '24:00'}"
