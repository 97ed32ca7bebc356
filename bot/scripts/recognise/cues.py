"""The cue files, ready to be looked up by the first two characters of what is said."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, NamedTuple, TypeVar

from bot.scripts.matching.hanzi import hanzi, pairs_of
from bot.scripts.recognise.cue import EDGES, read_cue

T = TypeVar("T")
Certainty = Literal["sure", "unless_matched"]
ASKING = "asking"  # not a kind: what makes a clause a question
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
# Few messages come near most of them; compiling all took half of the time that cues need to load.
_compiled = cache(re.compile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    zh: str
    en: str
    surest: Certainty  # it never becomes surer than this


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # there is one of each
class Group:
    """Cues that mean the same: several of them are no better evidence than the heaviest."""

    kind: str
    name: str
    weight: float  # 1 is enough to be sure
    asked: float  # the weight inside a question
    beside: float  # … and beside one, in another clause
    support: bool = False  # counts only beside other evidence of its kind
    unless: bool = False  # harmless phrases: cues of its kind that begin inside do not count


class Phrase(NamedTuple):
    group: Group
    head: str  # see `Cue`
    ends: bool  # a clause must end behind it
    open: bool  # a Latin word may go on behind it


Expression = tuple[str, Group]


@dataclass(slots=True)
class Cues:
    """Looked up by the first two characters, or the first one, of what is said."""

    kinds: dict[str, Kind] = field(default_factory=dict)  # most urgent first
    phrases: dict[str, tuple[Phrase, ...]] = field(default_factory=dict)
    # Those first characters → how long the phrases are, and the expressions.
    starts: dict[str, tuple[tuple[int, ...], tuple[Expression, ...]]] = field(default_factory=dict)
    tiles: dict[str, str] = field(default_factory=dict)  # a word of small talk → its kind
    tile_starts: frozenset[str] = frozenset()  # their first characters
    longest_tile: int = 0
    _held: dict[Any, Any] = field(default_factory=dict)  # what many have in common is held once

    def heard(self, said: str) -> Iterator[tuple[int, int, Group]]:
        """Which cues are in a folded message: start, end and group of each."""
        found, starts = self.phrases, self.starts
        for at, pair in enumerate((*pairs_of(said[1:-1]), said[-2:]), 1):
            for start in (pair, pair[0]):
                if start not in starts:
                    continue
                lengths, expressions = starts[start]
                for length in lengths:
                    if (piece := said[at : at + length]) in found:
                        for phrase in found[piece]:
                            if _fits(phrase, said, at, at + length):
                                yield at, at + length, phrase.group
                for expression, group in expressions:
                    if match := _compiled(expression).match(said, at):
                        yield at, match.end(), group

    def add(self, group: Group, source: str, sets: Mapping[str, str]) -> None:
        """Raises `ValueError` if the cue cannot be read."""
        cue = read_cue(source, sets)
        anywhere, at_end = (
            self._once((Phrase(group, cue.head, ends, cue.tail == "*"),)) for ends in (False, True)
        )
        for said in cue.phrases:
            words = said.rstrip("_")
            phrase = anywhere if said == words else at_end
            known = self.phrases.get(words)
            self.phrases[words] = self._once(known + phrase) if known else phrase
            lengths, expressions = self.starts.get(words[:2], ((), ()))
            if len(words) not in lengths:
                lengths = self._once((*lengths, len(words)))
                self.starts[words[:2]] = self._once((lengths, expressions))
        if cue.expression:
            told = ((cue.expression, group),)
            for start in cue.starts:
                lengths, expressions = self.starts.get(start, ((), ()))
                self.starts[start] = self._once((lengths, self._once(expressions + told)))

    def close(self) -> None:
        """No cue is added any more."""
        self._held.clear()

    def _once(self, value: T) -> T:
        held: T = self._held.setdefault(value, value)
        return held


def _fits(phrase: Phrase, said: str, at: int, end: int) -> bool:
    if phrase.head and (said[at - 1] not in EDGES or (phrase.head == "^" and at > 1)):
        return False
    if phrase.ends:
        return said[end] in EDGES
    if said[at] in _LATIN and said[at - 1] in _LATIN:
        return False
    return phrase.open or said[end - 1] not in _LATIN or said[end] not in _LATIN


@cache
def all_cues() -> Cues:
    """What ships in cues/.

    The first call takes some tenths of a second: it is for whoever builds a matcher, not for the
    first customer who writes.

    Raises:
        ValueError: names the file and the cue that is broken.
    """
    folder = files(__package__) / "cues"
    main = _read(folder / "kinds.toml")
    cues = Cues()
    cues.kinds = {name: Kind(**texts) for name, texts in main["kinds"].items()}
    for name in (*cues.kinds, ASKING):
        file = folder / f"{name}.toml"
        if file.is_file():
            for group, source in _sources(name, _read(file)):
                try:
                    cues.add(group, source, main["sets"])
                except ValueError as error:
                    place = f"cues/{name}.toml: {group.name}: {source}"
                    raise ValueError(f"{place}: {error}") from error
    cues.close()
    for name, words in main["tiles"].items():
        for word in words.split():
            said = read_cue(word, main["sets"]).phrases if "(" in word else (word,)
            cues.tiles |= {one.replace("_", " "): name for one in said}
    cues.longest_tile = max(map(len, cues.tiles))
    cues.tile_starts = frozenset(tile[0] for tile in cues.tiles)
    return cues


def _read(file: Traversable) -> dict[str, Any]:
    """Its characters in the form that messages have after folding."""
    return tomllib.loads(file.read_text("utf-8").translate(hanzi().forms))


def _sources(kind: str, tables: Mapping[str, Any]) -> Iterator[tuple[Group, str]]:
    for name, table in tables.items():
        weight = table.get("weight", 1.0)
        group = Group(
            kind=kind,
            name=name,
            weight=weight,
            asked=table.get("asked", weight),
            beside=table.get("beside", weight),
            support=table.get("support", False),
            unless=name == "unless",
        )
        for source in table["says"].split():
            yield group, source
