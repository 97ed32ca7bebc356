"""The cue files → cues in an index by their first characters."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Literal

from bot.scripts.recognise.cue import Cue, compile_cue

Certainty = Literal["sure", "unless_matched"]
ASKING = "asking"  # not a kind: what makes a clause a question


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    name: str
    zh: str
    en: str
    surest: Certainty  # it is never surer than this


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cues that say the same; two of them are no better evidence than the heavier one."""

    kind: str
    name: str
    weight: float  # 1 is enough to be sure
    asked: float  # the weight inside a question
    unless: bool = False  # a harmless phrase: other cues of its kind inside it do not count


@dataclass(slots=True, kw_only=True)
class Cues:
    kinds: dict[str, Kind] = field(default_factory=dict)  # most urgent first
    index: dict[str, list[tuple[Cue, Group]]] = field(default_factory=dict)
    tiles: dict[str, str] = field(default_factory=dict)  # a word of small talk → its kind
    longest_tile: int = 0


def read_cues() -> Cues:
    """What ships in cues/. Raises `ValueError` with the file and the cue that is broken."""
    folder = files(__package__) / "cues"
    main = tomllib.loads((folder / "kinds.toml").read_text("utf-8"))
    cues = Cues()
    for name, texts in main["kinds"].items():
        cues.kinds[name] = Kind(name=name, **texts)
    for name in (*cues.kinds, ASKING):
        file = folder / f"{name}.toml"
        if not file.is_file():
            continue
        sets = main["sets"]
        for group, source in _sources(name, tomllib.loads(file.read_text("utf-8")), sets):
            try:
                cue = compile_cue(source, sets)
            except ValueError as error:
                raise ValueError(f"cues/{name}.toml: {group.name}: {source}: {error}") from error
            for start in cue.starts:
                cues.index.setdefault(start, []).append((cue, group))
    for name, words in main["tiles"].items():
        for word in words.split():
            cues.tiles[word.replace("_", " ")] = name
    cues.longest_tile = max(map(len, cues.tiles))
    return cues


def _sources(
    kind: str, tables: Mapping[str, Any], sets: dict[str, str]
) -> Iterator[tuple[Group, str]]:
    for name, table in tables.items():
        if name == "sets":
            sets |= table
            continue
        weight = table.get("weight", 1.0)
        group = Group(
            kind=kind,
            name=name,
            weight=weight,
            asked=table.get("asked", weight),
            unless=name == "unless",
        )
        for source in table["says"].split():
            yield group, source
