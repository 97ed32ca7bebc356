"""The form of a plan: its fields, and what they come to as the keys of a plan's file."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, NamedTuple

from bot.errors import Complaint
from bot.touch.calendar import Calendar
from bot.touch.calendar.company import public_occasions

STEPS = 5  # of a sequence, at most
SHIFT = 60  # days before or after, at most
LATER = 7  # days after its own on which a message is still worth something, at most
OF_STEP = ("day", "say", "from", "till", "last_day", "last_at")
STEP_FIELDS = tuple(f"{name}{number}" for number in range(1, STEPS + 1) for name in OF_STEP)
FIRST = ("kind", "title", "scenario", "whom", "to", "script")
SECOND = (
    "mode", "date", "festival", "shift", "side", "weekday", "monthday", "about", "begin", "tag",
    "silent", "from", "till", "last_day", "last_at", "cron", *STEP_FIELDS,
)  # fmt: skip
MODES = ("date", "festival", "weekly", "monthly")  # how a campaign names its day
BEGINS = ("added", "bought", "silent", "tagged")  # and the names of dates
USUAL_AT = "10:00"
# Where the key of a complaint stands in the form.
_OF_STEP = {"day": "day", "hours": "from", "deadline": "last_at"}
_FIELDS = {"on": "on", "after": "begin", "hours": "from", "deadline": "last_at"}


class Festival(NamedTuple):
    id: str
    zh: str
    en: str
    day: date  # the next
    ours: bool  # a day of the company


class Given(dict[str, str]):
    """What the form says; "" where it says nothing."""

    def __missing__(self, name: str) -> str:
        return ""

    def number(self, name: str, default: int = 0) -> int:
        text = self[name]
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else default


def festivals(calendar: Calendar, today: date) -> list[Festival]:
    """Those of the calendar that come again, the nearest first."""
    public = {one.id for one in public_occasions()}
    found = []
    for name in calendar.ids:
        with suppress(LookupError):  # it does not come again
            day = calendar.next(name, today - timedelta(days=1))
            names = calendar.names(name)
            found.append(Festival(name, names.zh, names.en, day, name not in public))
    return sorted(found, key=lambda one: one.day)


def table_of(given: Given) -> dict[str, Any]:
    """What is empty is left out: whoever reads plans tells what is missing."""
    table = {name: given[name] for name in ("kind", "title", "scenario", "whom", "to")}
    kind = table["kind"]
    if kind == "sequence":
        table |= {"after": _begin(given)}
        return {**_filled(table), "step": [*_steps(given)]}
    table["script"] = given["script"]
    table["on"] = _about(given) if kind == "reminder" else _day(given)
    return _filled({**table, "hours": _hours(given), "deadline": _deadline(given)})


def _filled(table: dict[str, str]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if value}


def _steps(given: Given) -> Iterator[dict[str, Any]]:
    for number in range(1, STEPS + 1):
        if script := given[f"say{number}"]:
            own = {"hours": _hours(given, number), "deadline": _deadline(given, number)}
            yield {"day": given.number(f"day{number}"), "script": script, **_filled(own)}


def _begin(given: Given) -> str:
    match given["begin"]:
        case "silent":
            return f"silent {given.number('silent', 60)} days"
        case "tagged":
            return f"tagged {given['tag']}".strip()
        case other:
            return other


def _about(given: Given) -> str:
    return _shifted(given, given["about"])


def _shifted(given: Given, name: str) -> str:
    days = given.number("shift")
    sign = "+" if given["side"] == "after" else "-"
    return f"{name} {sign} {days}" if name and days else name


def _day(given: Given) -> str:
    hour, _, minute = (given["from"] or USUAL_AT).partition(":")
    at = f"{minute.removeprefix('0') or 0} {hour.removeprefix('0') or 0}"
    match given["mode"]:
        case "festival":
            return _shifted(given, given["festival"])
        case "weekly":
            return f"{at} * * {given['weekday'] or 'mon'}"
        case "monthly":
            return f"{at} {given.number('monthday', 1)} * *"
        case "cron":  # of a plan that was not made with this form
            return given["cron"]
    return given["date"]


def _hours(given: Given, step: int | str = "") -> str:
    begin, end = given[f"from{step}"], given[f"till{step}"]
    return f"{begin or '00:00'}-{end or '24:00'}" if begin or end else ""


def _deadline(given: Given, step: int | str = "") -> str:
    days, at = given.number(f"last_day{step}"), given[f"last_at{step}"]
    return f"+{days} days {at}".strip() if days else at


def field_of(one: Complaint) -> str:
    """At which field of the form it is told."""
    key = one.key
    if key.startswith("step["):
        number, _, name = key.removeprefix("step[").partition("].")
        return f"{_OF_STEP.get(name, 'say')}{int(number) + 1}"
    if key == "step":
        return "say1"
    return _FIELDS.get(key, "script" if key.startswith("say") else key)


def is_of_when(one: Complaint) -> bool:
    """Whether it is mended in the second step."""
    return one.key in _FIELDS or one.key.startswith("step")
