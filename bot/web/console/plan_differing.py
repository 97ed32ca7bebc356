"""Says in plain words what a change of a plan changes."""

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from bot.plans import parts
from bot.plans.desk import PlanEntry
from bot.store.desk.audit import fields_changed
from bot.telling.plans import EVENTS, UNTITLED, event, hours, on, shifted
from bot.web.console.audit_words import named, valued
from bot.web.console.plan_stores import titled
from bot.web.visit import Visit

LISTS = ("step", "post", "names", "groups", "stores")
BETWEEN = " | "  # the parts of a post


class Differing(NamedTuple):
    what: str
    old: str  # "" = nothing
    new: str


def told_of(table: Mapping[str, Any], chats: Mapping[str, str] = UNTITLED) -> dict[str, str]:
    """The keys of a plan, as the audit log keeps them.

    Args:
        chats: the names of its groups, by id.
    """
    usual = {} if table.get("kind") == "group" else {"to": "customer"}
    groups = {"groups": [chats.get(one, one) for one in table.get("groups", ())]}
    return {
        name: value if isinstance(value, str) else "\n".join(map(_line, value))
        for name, value in {**usual, **table, **groups}.items()
        if value
    }


def _line(value: Any) -> str:
    """An entry of a list; a step reads 7: care/day7, 10:00-12:00"""
    if not isinstance(value, dict):
        return str(value)
    if "scripts" in value:
        day, missed = str(value.get("on", "")), "missed" * bool(value.get("missed"))
        span = (value.get("hours") or _after(day), value.get("deadline", ""))
        return BETWEEN.join([value["title"], day, *span, " ".join(value["scripts"]), missed])
    day, *more = (str(value.get(name, "")) for name in ("day", "script", "hours", "deadline"))
    return f"{day}: {', '.join(part for part in more if part)}"


def _after(day: str) -> str:
    """The hours of a post that names none: from the time in its cron line on."""
    found = re.match(r"(\d+) (\d+) ", day)
    return f"{int(found[2]):02}:{int(found[1]):02}-24:00" if found else ""


def differing(
    visit: Visit, entry: PlanEntry, table: Mapping[str, Any], chats: Mapping[str, str]
) -> list[Differing]:
    called, said = named(visit), saying(visit)
    found = []
    for what, old, new in fields_changed(told_of(entry.table or {}, chats), told_of(table, chats)):
        if what in LISTS:
            old, new = others(old, new)
        found.append(Differing(called(what), said(what, old), said(what, new)))
    return found


def others(old: str, new: str) -> tuple[str, str]:
    """The lines of each list that the other lacks; all lines if only their order changed."""
    was, now = old.split("\n"), new.split("\n")
    gone = "\n".join(one for one in was if one not in now)
    come = "\n".join(one for one in now if one not in was)
    return (gone, come) if gone or come else (old, new)


def saying(visit: Visit) -> Callable[[str, str], str]:
    """A function that says in words what a key of a plan says."""
    plans, library = visit.office.touching.plans, visit.office.desk.edition.library
    segments, plain = plans.book.segments, valued(visit)
    dates, titles = segments.words.dates, segments.words.date_titles

    def said(what: str, text: str) -> str:
        if not text:
            return visit.t("所有客户", "every customer") if what == "whom" else ""
        with suppress(ValueError, LookupError):
            match what:
                case "whom":
                    return segments.titles[text]
                case "script":
                    return library[text].title
                case "on" if own := _own_date(text, dates):
                    name, days = own
                    return visit.t(*shifted(event(name, titles=titles), days))
                case "on":
                    return visit.t(*on(parts.when(text), plans.calendar))
                case "after":
                    return visit.t(*event(*parts.after(text), titles=titles))
                case "stores":
                    return "\n".join(map(titled(visit), text.split("\n")))
                case "step" | "post":
                    return entries(visit, what, text)
        return plain(what, text)

    return said


def _own_date(text: str, dates: Collection[str]) -> tuple[str, int] | None:
    """A customer's own date, and days after it; None: it is one day for all."""
    with suppress(ValueError):
        name, days = parts.relative(text)
        if name in EVENTS or name in dates:
            return name, days
    return None


def entries(visit: Visit, what: str, text: str) -> str:
    """Steps, posts and groups as `told_of` keeps them, in words: one a line.

    Raises:
        ValueError: one of them is unreadable.
    """
    told = {"step": _step, "post": _post}.get(what, lambda _, line: line)
    return "\n".join(told(visit, line) for line in text.split("\n") if line)


def _step(visit: Visit, line: str) -> str:
    day, _, rest = line.partition(": ")
    script, *span = rest.split(", ")
    wanted = next((one for one in span if "-" in one or one == "any"), None)
    deadline = next((one for one in span if one != wanted), None)
    zh, en = hours(parts.span(wanted, deadline))
    title = _title(visit, script)
    return visit.t(f"{day} 天后：{title}，{zh}", f"day {day}: {title}, {en}")


def _post(visit: Visit, line: str) -> str:
    title, day, wanted, deadline, scripts, missed = line.rsplit(BETWEEN, 5)
    zh, en = on(parts.when(day), visit.office.touching.plans.calendar)
    until = hours(parts.span(wanted or None, deadline or None))
    said = visit.t("、", ", ").join(_title(visit, one) for one in scripts.split())
    more = visit.t("，当天的汇总", ", the digest of the day") if missed else ""
    return (
        visit.t(f"{title}：{zh}，{until[0]}，{said}", f"{title}: {en}, {until[1]}, {said}") + more
    )


def _title(visit: Visit, script: str) -> str:
    library = visit.office.desk.edition.library
    return library[script].title if script in library else script
