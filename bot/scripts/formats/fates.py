"""Tells what an import would make of each row of a file, before anything is written."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from bot.errors import Complaint
from bot.files.textfile import line_of, parse_toml, read_text
from bot.scripts.checks.many import Verdict, weigh
from bot.scripts.formats import jsonl
from bot.scripts.formats.reading import read_rows
from bot.scripts.formats.row import Row
from bot.scripts.formats.table import table_of
from bot.scripts.library import Library
from bot.scripts.reading import Shelf
from bot.scripts.script import Script

Kind = Literal["new", "changed", "same", "fault", "off"]  # off: its sheet says: not in use
_BEGINNING = re.compile(r"^\[\[ *script *\]\]", re.MULTILINE)
_ROW = re.compile(r"(?:row|line) (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What an import would make of one row."""

    source: Row
    row: int  # its number, or the line on which it begins; 0: not known
    id: str
    title: str
    kind: Kind
    content: str = ""  # if new or changed: the script as a line of JSON Lines
    old: Script | None = None  # if changed: the script in force
    new: Script | None = None  # if new or changed
    complaints: Sequence[Complaint] = ()
    warnings: Sequence[Complaint] = ()  # it may be taken all the same


def rows_of(path: Path, complaints: list[Complaint]) -> list[Row]:
    """The rows of an .xlsx, .jsonl or .toml file.

    What is wrong with the file as a whole is appended to `complaints`.
    """
    if path.suffix.lower() == ".toml":
        return list(_tables(path, complaints))
    rows = list(read_rows(path, complaints))
    if not rows and not complaints:
        cure = "Write one in each row below the headers"
        complaints.append(Complaint(path.name, "*", "there is no script in it", cure))
    return rows


def fates(
    rows: Sequence[Row],
    library: Path,
    there: Mapping[str, Script],
    waiting: Mapping[str, str],
) -> Iterator[Fate]:
    """What would become of each row, in the order of the rows.

    Args:
        library: the folder whose shared phrases and attached files the rows use.
        there: the scripts in force, by id.
        waiting: the drafts: id → content, a line of JSON Lines. A row equal to one is "same".
    """
    shelf = Shelf(library)
    for row in rows:
        told: list[Complaint] = []
        script = None
        if not row.off and (row.table or not row.complaints):
            row.need()
            script = shelf.take(row.file, row.table, 0, told, row.place)
            row.take(_at_the_id(one, row) for one in told)
        yield _fate(row, script, there, waiting)


def weighed(some: Sequence[Fate], library: Library, *, root: Path, today: date) -> list[Fate]:
    """The same fates, each with what `huashu scripts check` would say of its script; a script that
    cannot be said becomes a fault.

    Args:
        library: all scripts in force.
        root: the workspace, with config/ and handlers/.
    """
    scripts = [one.new for one in some if one.new]
    found = weigh(scripts, library, root=root, today=today) if scripts else {}
    return [_weighed(one, found[one.id]) if one.id in found else one for one in some]


def _weighed(one: Fate, verdict: Verdict) -> Fate:
    if one.new is None:
        return one  # not to be written: another row of this id is
    if verdict.refused:
        told = [one.source.named(each) for each in (*verdict.refused, *verdict.told)]
        return replace(one, kind="fault", content="", old=None, new=None, complaints=told)
    return replace(one, warnings=[one.source.named(each) for each in verdict.told])


def _fate(
    row: Row, script: Script | None, there: Mapping[str, Script], waiting: Mapping[str, str]
) -> Fate:
    found = _ROW.search(row.place)
    number = int(found[1]) if found else 0
    script_id, title = str(row.table.get("id", "")), str(row.table.get("title", ""))
    if row.off:
        title = title or next(iter(row.table.get("ask", ())), "")
        return Fate(source=row, row=number, id=script_id, title=title, kind="off")
    if script is None or row.complaints:
        return Fate(
            source=row, row=number, id=script_id, title=title, kind="fault",
            complaints=row.complaints,
        )  # fmt: skip
    content = jsonl.write_scripts([script]).decode().rstrip()
    old = there.get(script.id)
    if waiting.get(script.id) == content or (old and table_of(old) == table_of(script)):
        return Fate(source=row, row=number, id=script.id, title=title, kind="same")
    kind: Kind = "changed" if old else "new"
    return Fate(
        source=row, row=number, id=script.id, title=title, kind=kind, content=content, old=old,
        new=script,
    )  # fmt: skip


def _at_the_id(told: Complaint, row: Row) -> Complaint:
    """A complaint about a whole script, such as an id that is there twice, moved to its id."""
    script_id = str(row.table.get("id", "")).strip()
    return replace(told, key=f"{script_id}.id") if told.key == script_id else told


def _tables(path: Path, complaints: list[Complaint]) -> Iterator[Row]:
    """The [[script]] tables of a TOML file, each with the line on which it begins, if certain."""
    try:
        text = read_text(path, path.name, complaints)
        if text is None:
            return
        tables: Any = parse_toml(text).get("script", [])
    except tomllib.TOMLDecodeError as error:
        problem = f"not TOML: {error}"
        complaints.append(Complaint(path.name, line_of(error), problem, "Mend this place"))
        return
    if not isinstance(tables, list) or not tables:
        complaints.append(Complaint(path.name, "*", "no scripts here", "Write [[script]]"))
        return
    starts = [text.count("\n", 0, found.start()) + 1 for found in _BEGINNING.finditer(text)]
    sure = len(starts) == len(tables)
    for number, table in enumerate(tables):
        row = Row(file=path.name, place=f"line {starts[number]}" if sure else "", names={})
        if isinstance(table, dict):
            row.table = table
        else:
            row.complain("", "not a table", "Write [[script]] and its keys below it")
        yield row
