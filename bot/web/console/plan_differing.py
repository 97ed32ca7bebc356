"""What a change of a plan changes, in the words of people."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from bot.plans import parts
from bot.plans.desk import PlanEntry
from bot.store.desk.audit import fields_changed
from bot.web.console.audit_words import named, valued
from bot.web.console.plan_words import EVENTS, event, hours, on, shifted
from bot.web.visit import Visit


class Differing(NamedTuple):
    what: str
    old: str  # "" = nothing
    new: str


def told_of(table: Mapping[str, Any]) -> dict[str, str]:
    """The keys of a plan, as the audit log keeps them."""
    usual = {} if table.get("kind") == "group" else {"to": "customer"}
    return {
        name: value if isinstance(value, str) else "\n".join(map(_line, value))
        for name, value in {**usual, **table}.items()
    }


def _line(value: Any) -> str:
    """An entry of a list; of a step: 7: care/day7, 10:00-12:00"""
    if not isinstance(value, dict):
        return str(value)
    day, *more = (str(value.get(name, "")) for name in ("day", "script", "hours", "deadline"))
    return f"{day}: {', '.join(part for part in more if part)}"


def differing(visit: Visit, entry: PlanEntry, table: Mapping[str, Any]) -> list[Differing]:
    called, said = named(visit), saying(visit)
    found = []
    for what, old, new in fields_changed(told_of(entry.table or {}), told_of(table)):
        if what == "step":
            old, new = others(old, new)
        found.append(Differing(called(what), said(what, old), said(what, new)))
    return found


def others(old: str, new: str) -> tuple[str, str]:
    """Of two lists those lines that the other has not; all, where their order alone is new."""
    was, now = old.split("\n"), new.split("\n")
    gone = "\n".join(one for one in was if one not in now)
    come = "\n".join(one for one in now if one not in was)
    return (gone, come) if gone or come else (old, new)


def saying(visit: Visit) -> Callable[[str, str], str]:
    """What a key of a plan says, in words."""
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
                case "step":
                    return steps(visit, text)
        return plain(what, text)

    return said


def _own_date(text: str, dates: Collection[str]) -> tuple[str, int] | None:
    """A date of each customer's own, and days after it; None: it is a day for all."""
    with suppress(ValueError):
        name, days = parts.relative(text)
        if name in EVENTS or name in dates:
            return name, days
    return None


def steps(visit: Visit, text: str) -> str:
    """Steps as `told_of` keeps them, in words: one a line.

    Raises:
        ValueError: there is one that nobody can read.
    """
    return "\n".join(_step(visit, line) for line in text.split("\n") if line)


def _step(visit: Visit, line: str) -> str:
    day, _, rest = line.partition(": ")
    script, *span = rest.split(", ")
    wanted = next((one for one in span if "-" in one or one == "any"), None)
    deadline = next((one for one in span if one != wanted), None)
    library = visit.office.desk.edition.library
    title = library[script].title if script in library else script
    zh, en = hours(parts.span(wanted, deadline))
    return visit.t(f"{day} 天后：{title}，{zh}", f"day {day}: {title}, {en}")
