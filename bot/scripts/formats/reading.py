"""Reads a library from a folder or from one file, whose ending tells its format."""

import os
from collections.abc import Iterable
from pathlib import Path

from bot.errors import Complaint
from bot.scripts.formats import jsonl, xlsx
from bot.scripts.formats.row import Row
from bot.scripts.known import Known
from bot.scripts.reading import HANDOVER, Reading, Shelf
from bot.scripts.tuning import SYNONYMS

ENDINGS = (".toml", ".jsonl", ".xlsx")


def read_library(path: Path, *, beside: Path | None = None, lenient: bool = False) -> Reading:
    """Read a folder of TOML files, or one .toml, .jsonl or .xlsx file. Never raises for its
    content: what is wrong is among the complaints.

    Args:
        beside: the folder whose `_shared.jinja` and attached files a single file uses; None: its
            own. A handover.toml or synonyms.toml there is read, too.
        lenient: for trying out a .jsonl or .xlsx file: title, category and words may be missing,
            any id will do, unknown fields are passed over.
    """
    return gather(path, beside=beside, lenient=lenient).reading()


def gather(
    path: Path,
    *,
    beside: Path | None = None,
    lenient: bool = False,
    known: Known | None = None,
) -> Shelf:
    """Read as `read_library` does, for callers that want the shelf itself.

    Args:
        known: what an earlier reading has made; unchanged scripts are taken from it.
    """
    if path.is_dir():
        shelf = Shelf(path, known)
        shelf.read_folder()
        return shelf
    folder = beside or path.parent
    shelf = Shelf(folder, known)
    for name in (HANDOVER, SYNONYMS):
        if (folder / name).is_file():
            shelf.read_toml(folder / name, name)
    if path.suffix.lower() == ".toml":
        shelf.read_toml(path, path.name)
        return shelf
    fill(shelf, read_rows(path, shelf.complaints, lenient=lenient), lenient=lenient)
    return shelf


def read_rows(path: Path, complaints: list[Complaint], *, lenient: bool = False) -> Iterable[Row]:
    """The rows of a .jsonl or .xlsx file.

    What is wrong with the file as a whole is appended to `complaints`.
    """
    if path.suffix.lower() == ".xlsx":
        return xlsx.read_rows(path, complaints, lenient=lenient)
    if path.suffix.lower() == ".jsonl":
        try:
            return jsonl.read_rows(path.name, path.read_bytes(), lenient=lenient)
        except OSError as error:
            complaints.append(_unreadable(path, error.strerror or "unreadable"))
    else:
        there = os.path.exists(path)
        problem = "not a format we know" if there else "No such file or directory"
        complaints.append(_unreadable(path, problem))
    return ()


def fill(shelf: Shelf, rows: Iterable[Row], *, lenient: bool = False) -> None:
    """Put the script of every row that is in use on the shelf, or complaints about it."""
    for row in rows:
        if row.off:
            continue
        if lenient and row.table:
            _complete(row)
        if row.table or not row.complaints:
            row.need()
            told: list[Complaint] = []
            shelf.take(row.file, row.table, 0, told, row.place)
            row.take(one for one in told if not (lenient and one.key == "script 0.id"))
        shelf.complaints += row.complaints


def _complete(row: Row) -> None:
    """Fill in category, title and words where a row that is only tried out lacks them."""
    table = row.table
    first = next(iter(table.get("ask", ())), table.get("id", ""))
    for key, value in (
        ("category", "faq"),
        ("title", first),
        ("say", [table.get("title", first)]),
    ):
        if value and key not in table:
            table[key] = value


def _unreadable(path: Path, problem: str) -> Complaint:
    cure = f"Name a folder of TOML files, or a file that ends with {' or '.join(ENDINGS)}"
    return Complaint(file=path.name, key="*", problem=problem, cure=cure)
