"""`huashu touch` answers three questions. May I write to this customer now? Whom does a plan
reach, and whom not? What goes out in the next weeks?"""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import typer

from bot.cli.layered import stored
from bot.cli.lazily import lazily
from bot.cli.plain import day_told
from bot.cli.records import load_settings
from bot.clock import SystemClock
from bot.errors import Complaint, ConfigError, Declined
from bot.files.reader import read_dotenv
from bot.members.names import Names
from bot.plans.book import Book, read_book
from bot.scripts.layers import read_layers
from bot.scripts.library import Library
from bot.settings import Settings
from bot.store.plans.plans import bodies_of
from bot.touch.calendar import Calendar, read_days
from bot.touch.policy import Via
from bot.touch.rulebook import read_policy
from bot.touch.touch import Scenario
from bot.touch.touch_policy import TouchPolicy

COMMANDS = {
    **{verb: f"touch_{verb}:{verb}" for verb in ("why", "preflight", "simulate")},
    "remind": "touch_reminders:remind",
    **{verb: f"touch_brakes:{verb}" for verb in ("brakes", "brake", "lift")},
    "opt-out": "touch_brakes:opt_out",
    "opt-in": "touch_brakes:opt_in",
    "reminders": "touch_reminders:reminders",
}
app = typer.Typer(
    help="Touches (触达): may I write, who gets it, what goes out.",
    cls=lazily(COMMANDS),
    no_args_is_help=True,
)
SCENARIOS: Mapping[Scenario, str] = {
    Scenario.REPLY: "客户先开口 reply",
    Scenario.AFTER_SALES: "售后回访 after_sales",
    Scenario.REMINDER: "重要提醒 reminder",
    Scenario.HOLIDAY: "重要节日 holiday",
    Scenario.PROMOTION: "大促 promotion",
    Scenario.FREE_MOMENT: "正有空 free_moment",
    Scenario.PERSONAL: "私人话题 personal",
}
WAYS: Mapping[Via, str] = {
    Via.SERVICE_SESSION: "微信客服会话 the open kf session",
    Via.STAFF_TASK: "企业群发，成员确认后发出 a task that the member confirms",
    Via.STAFF_NOTICE: "给成员的待办 a to-do for the member",
}


class Shop(NamedTuple):
    """What commands on touches need of a workspace."""

    settings: Settings
    zone: ZoneInfo
    library: Library
    book: Book
    calendar: Calendar
    policy: TouchPolicy


def open_shop(root: Path) -> Shop:
    """Read a workspace with what its database holds.

    Raises:
        BotError: something in it cannot be used.
    """
    settings = load_settings(root)
    zone = ZoneInfo(settings.zone)
    complaints: list[Complaint] = []
    calendar = Calendar(read_days(settings.root, complaints))
    folder = settings.root / settings.library
    found = stored(folder)
    library = read_layers(folder, found.versions).library()
    environ = {**read_dotenv(settings.root / ".env", []), **os.environ}
    names = Names(settings.members)
    policy = read_policy(settings.root, environ, zone, lambda one: names.of(one, one))
    book = read_book(
        settings.root, scripts={one.id: one for one in library}, calendar=calendar, zone=zone,
        today=SystemClock().now().astimezone(zone).date(), bodies=bodies_of(found.plans),
    )  # fmt: skip
    if complaints := [*complaints, *book.complaints]:
        raise ConfigError(complaints)
    return Shop(settings, zone, library, book, calendar, policy)


def no_such(zh: str, en: str, name: str, known: list[str]) -> Declined:
    """The error for a name that is not among the known ones, of which it tells twelve.

    Args:
        zh: what is named, in Chinese: 这个计划.
        en: the same in English: plan.
    """
    some = "、".join(known[:12]) + (" …" if len(known) > 12 else "")
    return Declined(
        f"没有{zh}：{name!r}。有：{some or '-'}",
        f"no such {en}: {name!r}. There are: {some or '-'}",
    )


def told_at(at: datetime | float, zone: ZoneInfo) -> str:
    """A moment as "03-11 周三 09:22"; a number is Unix seconds."""
    moment = at if isinstance(at, datetime) else datetime.fromtimestamp(at, zone)
    local = moment.astimezone(zone)
    return f"{day_told(local)} {local:%H:%M}"
