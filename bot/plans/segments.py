"""config/segments.toml: conditions with names. Every mistake becomes a complaint."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any as Anything

from bot.files.reader import Reader, Rule, setting
from bot.plans.condition import (
    EVERYONE,
    AddedBefore,
    AddedWithin,
    All,
    Any,
    BornIn,
    Field,
    Friends,
    HeardWithin,
    Node,
    Not,
    OneOf,
    SilentFor,
    Tagged,
)
from bot.plans.contradiction import possible
from bot.profile.stage import STAGES, stage_of
from bot.scripts.entry import unknown

FILE = "config/segments.toml"
_DAYS = Rule(lambda days: 0 <= days <= 36_500, "Write a number of days, 0 or more")
_TABLES = ("known", "segment")
_FIELDS: tuple[Field, ...] = ("stage", "source", "member", "store")
_JOINED = ("any", "all", "not", "birthday_month")
_MONTHS = 'Write birthday_month = [5, 6], or "this" for the month that is now'
_LEAST = Rule(lambda least: least >= 0, "Write 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What segments and plans may name, as the company spells it ([known] of the file)."""

    tags: tuple[str, ...] = ()  # 客户标签
    stages: tuple[str, ...] = ()  # of the company's own, beside those of bot.profile.stage
    dates: tuple[str, ...] = ()  # "milk_powder": when it was last bought, as signals report it
    date_titles: dict[str, str] = field(default_factory=dict)  # what people call them


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    title: str = ""
    any_tag: tuple[str, ...] = ()
    all_tags: tuple[str, ...] = ()
    no_tag: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    member: tuple[str, ...] = ()
    store: tuple[str, ...] = ()
    added_within_days: int | None = setting(None, rule=_DAYS)
    added_before_days: int | None = setting(None, rule=_DAYS)
    heard_within_days: int | None = setting(None, rule=_DAYS)
    silent_for_days: int | None = setting(None, rule=_DAYS)
    friends: int | None = setting(None, rule=_LEAST)  # members who have them, at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    words: Words = Words()
    titles: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, Node] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.conditions

    def __getitem__(self, name: str) -> Node:
        return self.conditions[name]


def read_segments(reader: Reader, table: Mapping[str, Anything]) -> Segments:
    """The file's `table`; what has a mistake is left out, and complained of."""
    for key in [one for one in table if one not in _TABLES]:
        reader.complain(key, *unknown(key, _TABLES))
    known = reader.part(table.get("known", {}), "known")
    words = reader.read(Words, known, "known.") or Words()
    for name in [one for one in words.date_titles if one not in words.dates]:
        reader.complain(f"known.date_titles.{name}", *unknown(name, words.dates))
    tables = {name: entry for name, _, entry in reader.named(table, "segment")}
    maker = _Maker(reader, words, tables)
    conditions = {name: node for name in tables if (node := maker.named(name)) is not None}
    titles = {name: str(entry.get("title", name)) for name, entry in tables.items()}
    return Segments(words=words, titles=titles, conditions=conditions)


class _Maker:
    def __init__(
        self, reader: Reader, words: Words, tables: Mapping[str, Mapping[str, Anything]]
    ) -> None:
        self._reader, self._words, self._tables = reader, words, tables
        self._made: dict[str, Node | None] = {}
        self._open: list[str] = []  # being made now: one that comes up again is a circle
        self._lacking: set[str] = set()  # those that name one which cannot be made

    def named(self, name: str) -> Node | None:
        if name in self._made:
            return self._made[name]
        key, before = f"segment.{name}", len(self._reader.complaints)
        self._open.append(name)
        node: Node | None = self._joined(self._tables[name], f"{key}.")
        self._open.pop()
        if len(self._reader.complaints) > before or name in self._lacking:
            node = None
        elif node == EVERYONE:
            cure = "Write one; a plan that leaves whom out is for everyone"
            self._reader.complain(key, "has no condition", cure)
            node = None
        elif node is not None and not possible(node):
            cure = "No customer can be all of this at once: take one of the conditions out"
            self._reader.complain(key, "nobody can ever be in it", cure)
            node = None
        self._made[name] = node
        return node

    def _joined(self, table: Mapping[str, Anything], at: str) -> Node:
        plain = {key: value for key, value in table.items() if key not in _JOINED}
        entry = self._reader.read(_Entry, plain, at)
        parts = list(self._parts(entry, at)) if entry else []
        if "birthday_month" in table:
            parts += self._months(table["birthday_month"], at + "birthday_month")
        for word, join in (("any", Any), ("all", All)):
            if word in table:
                parts.append(join(tuple(self._list(table[word], at + word))))
        if "not" in table:
            parts += [Not(part) for part in self._one(table["not"], at + "not")]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _parts(self, entry: _Entry, at: str) -> Iterator[Node]:
        for name in ("any_tag", "all_tags", "no_tag"):
            self._check(getattr(entry, name), self._words.tags, at + name, "tags")
        own = self._words.stages
        found = {"stage": tuple(stage_of(one, own) for one in entry.stage)}
        self._check(found["stage"], (*own, *STAGES), at + "stage", "stages")
        if entry.any_tag:
            yield Any(tuple(map(Tagged, entry.any_tag)))
        yield from map(Tagged, entry.all_tags)
        yield from (Not(Tagged(tag)) for tag in entry.no_tag)
        for field_name in _FIELDS:
            if values := found.get(field_name) or getattr(entry, field_name):
                yield OneOf(field_name, values)
        for days, kind in (
            (entry.added_within_days, AddedWithin),
            (entry.added_before_days, AddedBefore),
            (entry.heard_within_days, HeardWithin),
            (entry.silent_for_days, SilentFor),
            (entry.friends, Friends),
        ):
            if days is not None:
                yield kind(days)

    def _check(self, used: Sequence[str], known: Sequence[str], key: str, kind: str) -> None:
        for one in used:
            if one not in known:
                problem, cure = unknown(one, known)
                more = f"; or add it to {kind} under [known], spelled as in WeCom"
                self._reader.complain(
                    key, problem, cure + more if known else more[2:].capitalize()
                )

    def _months(self, value: Anything, key: str) -> list[Node]:
        if value == "this":
            return [BornIn((0,))]
        if (
            not isinstance(value, list)
            or not value
            or not all(type(month) is int and 1 <= month <= 12 for month in value)
        ):
            self._reader.complain(key, f"{value!r} are no months", _MONTHS)
            return []
        return [BornIn(tuple(sorted(set(value))))]

    def _list(self, value: Anything, key: str) -> list[Node]:
        if not isinstance(value, list) or not value:
            self._reader.complain(key, "is no list", 'Write ["vip", {any_tag = ["…"]}]')
            return []
        return [
            node for number, one in enumerate(value) for node in self._one(one, f"{key}[{number}]")
        ]

    def _one(self, value: Anything, key: str) -> list[Node]:
        """A segment by its name, or conditions written in its place."""
        if value == {}:  # it would mean everybody
            self._reader.complain(key, "has no condition", 'Write {any_tag = ["…"]}')
            return []
        if isinstance(value, dict):
            return [self._joined(value, key + ".")]
        if not isinstance(value, str):
            self._reader.complain(key, "is neither a name nor a table", 'Write "vip" or {…}')
        elif value in self._open:
            circle = " → ".join([*self._open[self._open.index(value) :], value])
            self._reader.complain(key, f"goes round in a circle: {circle}", "Take one name out")
        elif value not in self._tables:
            self._reader.complain(key, *unknown_segment(value, self._tables))
        elif (node := self.named(value)) is not None:
            return [node]
        else:
            self._lacking.update(self._open)
        return []


def unknown_segment(name: str, known: Iterable[str]) -> tuple[str, str]:
    """Problem and cure."""
    known = list(known)
    if not known:
        return f"unknown segment: {name}", f"Write [segment.{name}] into {FILE}"
    problem, cure = unknown(name, known)
    return problem.replace("unknown", "unknown segment"), f"{cure}; they stand in {FILE}"


def tagged(segments: Segments) -> dict[str, tuple[str, ...]]:
    """Segments that ask for one of some tags and nothing else: WeCom itself can select by them."""
    found = {name: _tags(node) for name, node in segments.conditions.items()}
    return {name: tags for name, tags in found.items() if tags}


def _tags(node: Node) -> tuple[str, ...]:
    match node:
        case Tagged(tag=tag):
            return (tag,)
        case All(parts=(part,)):
            return _tags(part)
        case Any(parts=parts):
            inner = [_tags(part) for part in parts]
            return tuple(tag for tags in inner for tag in tags) if all(inner) else ()
    return ()
