"""Worksheets that we write for people: .xlsx or .csv, in which no cell is a formula.

A nickname or a reply may begin with a sign that spreadsheets calculate with. In .xlsx a cell is
text by itself. A .csv knows no types: there a quote (') stands before such words, as one would
type it. Whoever copies out of a .csv leaves it out; `unguarded` does.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Protocol

from bot.errors import BotError
from bot.files.private import create_private, whole
from bot.sheets.worksheet import MOST_COLUMNS

ENDINGS = (".xlsx", ".csv")
# Signs that begin a formula, including the wide ones of Chinese keyboards.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# No spreadsheet can hold these: one in a nickname made the whole list unreadable.
CONTROL = dict.fromkeys(
    {*range(32), *range(127, 160), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF}
    - {ord("\t"), ord("\n")},
    " ",
)
# How Excel stores what XML cannot hold, such as _x000D_ for a carriage return. Halves of a sign
# stay as they are.
_ESCAPE = re.compile(r"_x(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")
WIDTH = 18  # of a column, in digits: for a moment such as 2027-02-22 16:20


# What is no text can be calculated with, and filtered by: a number, a day, or a moment in the zone
# in which it is told.
Cell = str | float | date | None
DAY, MOMENT = ("yyyy-mm-dd", "%Y-%m-%d"), ("yyyy-mm-dd hh:mm", "%Y-%m-%d %H:%M")


class Sheet(Protocol):
    def add(self, cells: Sequence[Cell], /) -> None: ...


def calculates(text: str) -> bool:
    """Whether a spreadsheet might take `text` for a formula."""
    return text.lstrip().startswith(FORMULA)


def guarded(text: str) -> str:
    """`text` as it is written into a .csv."""
    text = text.translate(CONTROL)
    return f"'{text}" if calculates(text) else text


def unguarded(text: str) -> str:
    """The inverse of `guarded`; shops' systems write ="13800138000" to the same end."""
    if text.startswith('="') and text.endswith('"'):
        return text[2:-1]
    return text[1:] if text.startswith("'") and calculates(text[1:]) else text


def unescaped(text: str) -> str:
    """A cell's text, of what openpyxl reads."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(CONTROL)


def written(rows: Iterable[Sequence[str]]) -> str:
    """The text of a .csv."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([*map(guarded, row)] for row in rows)
    return text.getvalue()


@contextmanager
def opened(
    path: Path, title: str, *, freeze: str = "A2", to_fill_in: bool = False
) -> Iterator[Sheet]:
    """A sheet to which rows are added, the titles first; written when the block ends well.

    Args:
        title: of the worksheet; a .csv has none.
        freeze: the first cell that moves when one scrolls; a .csv has none.
        to_fill_in: what people type into empty cells stays as it is, such as 021, 5.10 or 5-6;
            in a .csv nothing can be done about that.

    Raises:
        BotError: the name of the file has another ending.
        OSError: it cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise BotError(f"{path}: 请用 .csv 或 .xlsx use a name that ends with .csv or .xlsx")
    create_private(path)
    if ending == ".xlsx":
        book = _Workbook(title, freeze, to_fill_in)
        yield book
        packed = book.packed()
        with whole(path):
            path.write_bytes(packed)
        return
    # Excel wants the mark of UTF-8.
    with whole(path), path.open("w", encoding="utf-8-sig", newline="") as file:
        yield _Csv(csv.writer(file))


class _Csv:
    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def add(self, cells: Sequence[Cell]) -> None:
        self._writer.writerow([*map(self._told, cells)])

    def _told(self, cell: Cell) -> Cell:
        if isinstance(cell, date):
            return f"{cell:{_shape(cell)[1]}}"
        return guarded(cell) if isinstance(cell, str) else cell


def _shape(day: date) -> tuple[str, str]:
    return MOMENT if isinstance(day, datetime) else DAY


class _Workbook:
    """Writes row by row to a file beside it, so that a million rows fit."""

    def __init__(self, title: str, freeze: str, to_fill_in: bool) -> None:
        from openpyxl import Workbook
        from openpyxl.worksheet.dimensions import ColumnDimension

        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(title)
        self._sheet.freeze_panes = freeze
        self._sheet.sheet_format.defaultColWidth = WIDTH
        if to_fill_in:
            typed = ColumnDimension(self._sheet, index="A", min=1, max=MOST_COLUMNS, width=WIDTH)
            typed.number_format = "@"
            self._sheet.column_dimensions["A"] = typed

    def add(self, cells: Sequence[Cell]) -> None:
        from openpyxl.cell import WriteOnlyCell

        row: list[Any] = []
        for text in cells:
            # openpyxl would take it for a formula or an error. A cell for each takes half as long
            # again.
            if isinstance(text, date):
                cell = WriteOnlyCell(self._sheet, _of_no_zone(text))
                cell.number_format = _shape(text)[0]
                row.append(cell)
            elif not isinstance(text, str):
                row.append(text)
            elif calculates(text) or text.startswith("#"):
                write_text(cell := WriteOnlyCell(self._sheet), text)
                row.append(cell)
            else:
                row.append(text.translate(CONTROL) or None)
        self._sheet.append(row)

    def packed(self) -> bytes:
        packed = BytesIO()  # on a full disk a zip file that cannot be closed would raise once more
        self._book.save(packed)
        return packed.getvalue()


def _of_no_zone(day: date) -> date:
    """Excel knows none."""
    return day.replace(tzinfo=None) if isinstance(day, datetime) else day


def write_text(cell: Any, text: str) -> None:
    """Into a cell of openpyxl, and always as text: also when somebody edits it in Excel."""
    if text:
        cell.value = text.translate(CONTROL)
        cell.data_type = "s"
        cell.quotePrefix = calculates(text)
