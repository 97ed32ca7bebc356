"""An existing plan as values of the form: the inverse of `plan_form.table_of`."""

import re
from collections.abc import Mapping
from typing import Any

from bot.plans import parts
from bot.plans.plan import OnCron, OnDate, OnOccasion, Span
from bot.telling.plans import WEEKDAYS
from bot.web.console.plan_form import STEPS, USUAL_AT, Given

_PLAIN = ("kind", "title", "scenario", "whom", "to", "script")
_SAID = (
    *_PLAIN, "stores", "say", "on", "after", "hours", "deadline", "step", "names", "groups",
    "post",
)  # fmt: skip
_LINE = re.compile(r"(\d+) (\d+) (\*|\d+) \* (\*|[\w,]+)")
_MOST = 28  # a day that each month has


def kept(table: Mapping[str, Any]) -> dict[str, Any]:
    """What the form does not ask for and a change leaves alone."""
    return {name: value for name, value in table.items() if name not in _SAID}


def filled(table: Mapping[str, Any]) -> Given:
    """The form's values. What it cannot express is left out; the caller compares the result."""
    given = Given({name: str(table.get(name, "")) for name in _PLAIN})
    given["script"] = _script(table)
    given["stores"] = "\n".join(table.get("stores", []))
    if table.get("kind") == "group":
        given["names"] = "\n".join(table.get("names", []))
        given["groups"] = " ".join(table.get("groups", []))
        for number, post in enumerate(table.get("post", [])[:STEPS], 1):
            given |= {f"{name}{number}": value for name, value in _post(post).items()}
        return given
    if table.get("kind") == "sequence":
        given |= _begin(str(table.get("after", "")))
        for number, step in enumerate(table.get("step", [])[:STEPS], 1):
            own = {"day": str(step.get("day", "")), "say": _script(step)}
            if (span := _span(step)) is not None:
                own |= _hours(span)
            given |= {f"{name}{number}": value for name, value in own.items()}
        return given
    span = _span(table)
    if span is not None:
        given |= _hours(span)
    if table.get("kind") == "reminder":
        given |= _relative(table.get("on"), "about")
    else:
        given |= _day(table.get("on"), given)
    return given


def _post(post: Mapping[str, Any]) -> dict[str, str]:
    span = _span(post)
    own = {} if span is None else _hours(span)
    said = {"post": str(post.get("title", "")), "say": " ".join(post.get("scripts", []))}
    missed = {"missed": "1"} if post.get("missed") else {}
    return {**own, **_day(post.get("on"), own), **said, **missed}


def _script(table: Mapping[str, Any]) -> str:
    say = table.get("say")
    if isinstance(say, list) and len(say) == 1 and not say[0].get("whom"):
        return str(say[0].get("script", ""))
    return str(table.get("script", ""))


def _begin(after: str) -> dict[str, str]:
    word, _, rest = after.partition(" ")
    if word == "silent":
        return {"begin": word, "silent": rest.removesuffix("days").removesuffix("day").strip()}
    if word == "tagged":
        return {"begin": word, "tag": rest.strip()}
    return {"begin": after}


def _span(table: Mapping[str, Any]) -> Span | None:
    try:
        return parts.span(table.get("hours"), table.get("deadline"))
    except ValueError:
        return None


def _hours(span: Span) -> dict[str, str]:
    hours = {"from": f"{span.start:%H:%M}" if span.start else "",
             "till": f"{span.end:%H:%M}" if span.end else ""}  # fmt: skip
    at = f"{span.deadline_at:%H:%M}" if span.deadline_at else ""
    return {**hours, "last_day": str(span.deadline_days), "last_at": at}


def _relative(on: Any, field: str) -> dict[str, str]:
    try:
        name, days = parts.relative(on)
    except ValueError:
        return {field: str(on or "")}
    return _shifted(field, name, days)


def _shifted(field: str, name: str, days: int) -> dict[str, str]:
    return {field: name, "shift": str(abs(days)), "side": "before" if days < 0 else "after"}


def _day(on: Any, given: Mapping[str, str]) -> dict[str, str]:
    try:
        when = parts.when(on)
    except ValueError:
        return {}
    match when:
        case OnDate(date=day):
            return {"mode": "date", "date": f"{day}"}
        case OnOccasion(occasion=name, days=days):
            return {"mode": "festival", **_shifted("festival", name, days)}
        case OnCron(line=line):
            return _cron(line, given)


def _cron(line: str, given: Mapping[str, str]) -> dict[str, str]:
    """Weekly or monthly, if its hour is that from which it is wanted; else as it is written."""
    found = _LINE.fullmatch(line)
    at = f"{int(found[2]):02}:{int(found[1]):02}" if found else ""
    wanted = given.get("from", "")
    hours = {} if wanted or at == USUAL_AT else {"from": at}
    if found and at == (wanted or at):
        days = [*WEEKDAYS] if found[4] == "*" else found[4].split(",")
        if found[3] == "*" and days == [one for one in WEEKDAYS if one in days]:
            return {"mode": "weekly", "weekday": " ".join(days), **hours}
        if found[4] == "*" and found[3].isdecimal() and 1 <= int(found[3]) <= _MOST:
            return {"mode": "monthly", "monthday": found[3], **hours}
    return {"mode": "cron", "cron": line}
