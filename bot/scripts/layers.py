"""Lays scripts approved in the database over those of the files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import Complaint, ScriptError
from bot.scripts.formats import jsonl
from bot.scripts.formats.reading import gather
from bot.scripts.known import Known
from bot.scripts.library import Library
from bot.scripts.reading import Shelf, told_once
from bot.scripts.script import Script
from bot.scripts.version import Kind, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    scripts: Sequence[Script] = ()  # each replaces the script of its id, or adds one
    hidden: Mapping[str, str] = field(default_factory=dict)  # id → the version that retired it


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a script comes from. Files are named as in complaints."""

    place: str  # "faq/money.toml", "database:faq/refund@3"
    over: str = ""  # the file whose script of the same id is hidden
    retired: bool = False  # there is no script of this id; `place` is what hides it


def lay_over(base: Library, overlay: Overlay) -> Library:
    """The base with the overlay's scripts: each in the place of the one that it replaces, new ones
    at the end by their ids; hidden ones are left out."""
    over = {script.id: script for script in overlay.scripts}
    below = [over.pop(script.id, script) for script in base if script.id not in overlay.hidden]
    new = [over[one] for one in sorted(over) if one not in overlay.hidden]
    return base.with_scripts([*below, *new])


def origins(base: Library, overlay: Overlay) -> dict[str, Origin]:
    """Where every script comes from, by its id; retired ones are among them."""
    files = {script.id: script.file for script in base}
    found = {one: Origin(place=file) for one, file in files.items()}
    for script in overlay.scripts:
        found[script.id] = Origin(place=script.file, over=files.get(script.id, ""))
    for one, place in overlay.hidden.items():
        found[one] = Origin(place=place, over=files.get(one, ""), retired=True)
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """Both layers as they were read, mistakes included."""

    base: Library
    overlay: Overlay
    complaints: tuple[Complaint, ...]

    def library(self, required: Iterable[str] = ()) -> Library:
        """The library of both layers.

        Args:
            required: ids of scripts that have to be there.

        Raises:
            ScriptError: something is wrong in either layer, or a required script is missing.
        """
        if self.complaints:
            raise ScriptError(told_once(self.complaints))
        library = lay_over(self.base, self.overlay)
        library.require(required)
        return library


def read_layers(
    path: Path, versions: Iterable[Version] = (), *, known: Known | None = None
) -> Layers:
    """Read the library at `path` and approved versions. Never raises for their content: mistakes
    are among the complaints.

    Args:
        versions: those in force in the database, one of each id.
        known: the scripts of an earlier reading; those that have not changed are taken from it.
    """
    known = known or Known()
    shelf = gather(path, known=known)
    overlay = _overlay(shelf, versions)
    reading = shelf.reading()
    if not reading.complaints:
        known.end()
    base = Library.of(reading)
    return Layers(base=base, overlay=overlay, complaints=reading.complaints)


def _overlay(shelf: Shelf, versions: Iterable[Version]) -> Overlay:
    scripts: list[Script] = []
    hidden: dict[str, str] = {}
    for version in versions:
        if version.kind is Kind.RETIRED:
            hidden[version.script] = version.place
        elif version.kind is Kind.WORDS and (script := build(shelf, version)):
            scripts.append(script)
    return Overlay(scripts=scripts, hidden=hidden)


def build(shelf: Shelf, version: Version) -> Script | None:
    """The script of a version, with the phrases of `shelf`, which also gets its mistakes. None: it
    cannot be built."""
    row = jsonl.row_of(version.place, "", version.content)
    row.table["id"] = version.script
    script = None
    if not row.complaints:
        row.need()
        told: list[Complaint] = []
        script = shelf.build(row.file, row.table, 0, told)
        row.take(told)
    shelf.complaints += row.complaints
    return script
