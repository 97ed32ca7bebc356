"""How one version of a script differs from another, field by field, for people to read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

import orjson

from bot.scripts.formats import cells
from bot.scripts.formats.table import table_of
from bot.scripts.script import Script
from bot.store.desk.audit import Changed, fields_changed

Mark = Literal["same", "ins", "del"]
Piece = tuple[Mark, str]
FIELDS = (
    "title", "category", "ask", "keywords", "not_for", "say", "attachments", "when.channel",
    "when.tags", "when.hours", "when.from", "when.until", "persona", "then",
)  # fmt: skip
_ALIKE = 0.4  # lines with less in common are shown as two


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    field: str
    lines: tuple[tuple[Piece, ...], ...]


def fields_of(content: str) -> dict[str, Sequence[str]]:
    """Each field of a stored version as lines."""
    record = orjson.loads(content) if content else {}
    record["say"] = record.get("replies") or [record.get("reply", "")]
    record["ask"] = record.get("examples", [])
    return _lines(record)


def title_in(contents: Iterable[str]) -> str:
    """The title of a script that is not in force: that of the first version that has one."""
    said = (fields_of(one).get("title", ()) for one in contents)
    return next((line for lines in said for line in lines if line), "")


def fields_in(script: Script) -> dict[str, Sequence[str]]:
    return _lines(table_of(script))


def changes(old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]) -> list[Change]:
    found = []
    for field in FIELDS:
        before, after = old.get(field, ()), new.get(field, ())
        if list(before) != list(after):
            found.append(Change(field=field, lines=tuple(_compared(before, after))))
    return found


def noted(before: Script | None, after: Mapping[str, Sequence[str]]) -> list[Changed]:
    """For the audit log: how it differs from what is in force."""
    old = fields_in(before) if before else {}
    return fields_changed(*({name: "\n".join(one[name]) for name in one} for one in (old, after)))


def _lines(table: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    when = table.get("when") or {}
    flat: dict[str, Any] = {
        **{name: table.get(name) for name in FIELDS if "." not in name},
        **{f"when.{name}": value for name, value in when.items()},
    }
    flat["attachments"] = cells.ATTACHMENTS.write(table.get("attachments") or []).splitlines()
    return {
        name: [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
        for name, value in flat.items()
        if value
    }


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[Piece, ...]]:
    """Leaves equal lines out, unless there are few."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            continue
        gone, come = before[start:end], after[first:last]
        if len(gone) == len(come):
            for one, other in zip(gone, come, strict=True):
                yield from _within(one, other)
            continue
        yield from ((("del", one),) for one in gone)
        yield from ((("ins", one),) for one in come)


def _within(one: str, other: str) -> Iterator[tuple[Piece, ...]]:
    """What changed within a line, if old and new have enough in common."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < _ALIKE:
        yield (("del", one),)
        yield (("ins", other),)
        return
    pieces: list[Piece] = []
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(("same", one[start:end]))
        else:
            pieces += [("del", one[start:end])] if end > start else []
            pieces += [("ins", other[first:last])] if last > first else []
    yield tuple(pieces)
