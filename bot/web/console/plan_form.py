"""The form of a plan: its fields, and how they become the keys of a plan's file."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, NamedTuple

from bot.errors import Complaint
from bot.store.sql import whole
from bot.touch.calendar import Calendar
from bot.touch.calendar.company import public_occasions

STEPS = 5  # of a sequence, or posts of a programme, at most
TURNS = 12  # scripts of a post, at most
SHIFT = 60  # days before or after, at most
LATER = 7  # days after its own for which a message keeps its worth, at most
OF_STEP = ("day", "say", "from", "till", "last_day", "last_at")
STEP_FIELDS = tuple(f"{name}{number}" for number in range(1, STEPS + 1) for name in OF_STEP)
OF_POST = (
    "post", "mode", "date", "festival", "shift", "side", "weekday", "monthday", "cron", "missed",
)  # fmt: skip
POST_FIELDS = tuple(f"{name}{number}" for number in range(1, STEPS + 1) for name in OF_POST)
FIRST = ("kind", "title", "scenario", "whom", "stores", "to", "script", "names", "groups")
SECOND = (
    "mode", "date", "festival", "shift", "side", "weekday", "monthday", "about", "begin", "tag",
    "silent", "from", "till", "last_day", "last_at", "cron", *STEP_FIELDS, *POST_FIELDS,
)  # fmt: skip
# Fields with several choices, which are separated by a blank; those of stores by lines, as a
# tag of theirs may hold a blank.
MANY = (
    "groups",
    "stores",
    *(f"{one}{n}" for one in ("weekday", "say") for n in ("", *range(1, STEPS + 1))),
)
MODES = ("date", "festival", "weekly", "monthly")  # how a campaign names its day
BEGINS = ("added", "bought", "silent", "tagged")  # or the name of a date
USUAL_AT = "10:00"
WEEK = 7
# The key of a complaint → its field in the form.
_OF_STEP = {"day": "day", "hours": "from", "deadline": "last_at"}
_OF_POST = {"title": "post", "on": "on", "hours": "from", "deadline": "last_at"}
_FIELDS = {"on": "on", "after": "begin", "hours": "from", "deadline": "last_at"}


class Festival(NamedTuple):
    id: str
    zh: str
    en: str
    day: date  # the next one
    ours: bool  # a day of the company


class Given(dict[str, str]):
    """What the form says; "" for an empty field."""

    def __missing__(self, name: str) -> str:
        return ""

    def number(self, name: str, default: int = 0) -> int:
        return whole(self[name], default)


def festivals(calendar: Calendar, today: date) -> list[Festival]:
    """The calendar's festivals that will come again, the nearest first."""
    public = {one.id for one in public_occasions()}
    found = []
    for name in calendar.ids:
        with suppress(LookupError):  # it does not come again
            day = calendar.next(name, today - timedelta(days=1))
            names = calendar.names(name)
            found.append(Festival(name, names.zh, names.en, day, name not in public))
    return sorted(found, key=lambda one: one.day)


def table_of(given: Given) -> dict[str, Any]:
    """Empty fields are left out: the reader of plans says what is missing."""
    plain = ("kind", "title", "scenario", "whom", "to")
    table: dict[str, Any] = {name: given[name] for name in plain}
    kind = given["kind"]
    if kind == "group":
        head = {name: given[name] for name in ("kind", "title", "scenario")}
        names = [one.strip() for one in given["names"].splitlines() if one.strip()]
        whom = {"names": names, "groups": given["groups"].split()}
        return {**_filled({**head, **whom}), "post": [*_posts(given)]}
    table["stores"] = given["stores"].splitlines()
    if kind == "sequence":
        table |= {"after": _begin(given)}
        return {**_filled(table), "step": [*_steps(given)]}
    table["script"] = given["script"]
    table["on"] = _about(given) if kind == "reminder" else _day(given)
    return _filled({**table, "hours": _hours(given), "deadline": _deadline(given)})


def _filled(table: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if value}


def _steps(given: Given) -> Iterator[dict[str, Any]]:
    for number in range(1, STEPS + 1):
        if script := given[f"say{number}"]:
            own = {"hours": _hours(given, number), "deadline": _deadline(given, number)}
            yield {"day": given.number(f"day{number}"), "script": script, **_filled(own)}


def posts_of(given: Given) -> list[int]:
    """The numbers of the posts that have something filled in."""
    return [n for n in range(1, STEPS + 1) if given[f"say{n}"] or given[f"post{n}"]]


def _posts(given: Given) -> Iterator[dict[str, Any]]:
    for n in posts_of(given):
        yield _filled(
            {
                "title": given[f"post{n}"] or given["title"], "on": _day(given, n),
                "hours": _hours(given, n), "deadline": _deadline(given, n),
                "scripts": given[f"say{n}"].split(), "missed": bool(given[f"missed{n}"]),
            }
        )  # fmt: skip


def closed_up(given: Given) -> Given:
    """The same without the gaps that emptied posts leave."""
    rows = (*STEP_FIELDS, *POST_FIELDS)
    closed = Given({name: text for name, text in given.items() if name not in rows})
    for new, old in enumerate(posts_of(given), 1):
        closed |= {f"{name}{new}": given[f"{name}{old}"] for name in (*OF_POST, *OF_STEP)}
    return closed


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


def _shifted(given: Given, name: str, number: int | str = "") -> str:
    days = given.number(f"shift{number}")
    sign = "+" if given[f"side{number}"] == "after" else "-"
    return f"{name} {sign} {days}" if name and days else name


def _day(given: Given, number: int | str = "") -> str:
    hour, _, minute = (given[f"from{number}"] or USUAL_AT).partition(":")
    at = f"{minute.removeprefix('0') or 0} {hour.removeprefix('0') or 0}"
    match given[f"mode{number}"]:
        case "festival":
            return _shifted(given, given[f"festival{number}"], number)
        case "weekly":
            days = given[f"weekday{number}"].split()
            return f"{at} * * {'*' if len(days) == WEEK else ','.join(days)}" if days else ""
        case "monthly":
            return f"{at} {given.number(f'monthday{number}', 1)} * *"
        case "cron":  # in a plan that was not made with this form
            return given[f"cron{number}"]
    return given[f"date{number}"]


def _hours(given: Given, step: int | str = "") -> str:
    begin, end = given[f"from{step}"], given[f"till{step}"]
    return f"{begin or '00:00'}-{end or '24:00'}" if begin or end else ""


def _deadline(given: Given, step: int | str = "") -> str:
    days, at = given.number(f"last_day{step}"), given[f"last_at{step}"]
    return f"+{days} days {at}".strip() if days else at


def field_of(one: Complaint) -> str:
    """The field of the form at which the complaint is shown."""
    key = one.key
    if key.startswith("step["):
        number, _, name = key.removeprefix("step[").partition("].")
        return f"{_OF_STEP.get(name, 'say')}{int(number) + 1}"
    if key.startswith("post["):
        number, _, name = key.removeprefix("post[").partition("].")
        return f"{_OF_POST.get(name, 'say')}{int(number) + 1}"
    if key in ("step", "post"):
        return "say1"
    return _FIELDS.get(key, "script" if key.startswith("say") else key)


def is_of_when(one: Complaint) -> bool:
    """Whether one corrects it in the second step."""
    return one.key in _FIELDS or one.key.startswith(("step", "post"))
