"""Worksheets that we write for people: .xlsx or .csv, in which no cell is a formula.

A nickname or a reply may begin with a sign that spreadsheets calculate with. In .xlsx a cell is
text by itself. A .csv knows no types: there a quote (') stands before such words, as one would
type it. Whoever copies out of a .csv leaves it out; `unguarded` does.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any, Protocol
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from bot.errors import BotError
from bot.store.database import create_private

ENDINGS = (".xlsx", ".csv")
# What a spreadsheet takes for a formula, the wide ones of Chinese keyboards too.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# No spreadsheet can hold these.
CONTROL = dict.fromkeys({*range(32), *range(127, 160)} - {ord("\t"), ord("\n")}, " ")
LONGEST = 32_767  # characters in a cell of Excel
FAST = 1  # of 9: how long one looks for what can be packed


class Sheet(Protocol):
    def add(self, cells: Sequence[str], /) -> None: ...


def calculates(text: str) -> bool:
    """Whether a spreadsheet might take `text` for a formula."""
    return text.lstrip().startswith(FORMULA)


def guarded(text: str) -> str:
    """As it stands in a .csv."""
    text = text.translate(CONTROL)
    return f"'{text}" if calculates(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given, of what it made."""
    return text[1:] if text.startswith("'") and calculates(text[1:]) else text


def written(rows: Iterable[Sequence[str]]) -> str:
    """The text of a .csv."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([*map(guarded, row)] for row in rows)
    return text.getvalue()


@contextmanager
def opened(path: Path, title: str, *, freeze: str = "A2") -> Iterator[Sheet]:
    """A sheet to which rows are added, the titles first; written when the block ends well.

    Args:
        title: of the worksheet; a .csv has none.
        freeze: the first cell that moves when one scrolls; a .csv has none.

    Raises:
        BotError: the name of the file has another ending.
        OSError: it cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise BotError(f"{path}: 请用 .csv 或 .xlsx use a name that ends with .csv or .xlsx")
    create_private(path)
    if ending == ".xlsx":
        with TemporaryFile() as rows:
            yield (book := _Workbook(rows))
            book.save(path, title, freeze)
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # Excel wants the mark
        yield _Csv(csv.writer(file))


class _Csv:
    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def add(self, cells: Sequence[str]) -> None:
        self._writer.writerow([*map(guarded, cells)])


class _Workbook:
    """openpyxl makes all but the rows: for 50,000 of them it takes eight times as long. They are
    written one by one to a file beside, so that a million fit."""

    def __init__(self, rows: IO[bytes]) -> None:
        self._rows, self._number = rows, 0

    def add(self, cells: Sequence[str]) -> None:
        self._number += 1
        row = "".join(
            f'<c r="{_column(place)}{self._number}" t="inlineStr" s="{calculates(text):d}"><is>'
            f'<t xml:space="preserve">{escape(text.translate(CONTROL)[:LONGEST])}</t></is></c>'
            for place, text in enumerate(cells)
            if text
        )
        self._rows.write(f'<row r="{self._number}">{row}</row>'.encode())

    def save(self, path: Path, title: str, freeze: str) -> None:
        with (
            ZipFile(_frame(title, freeze)) as frame,
            ZipFile(path, "w", ZIP_DEFLATED, compresslevel=FAST) as made,
        ):
            for name in frame.namelist():
                before, begins, rest = frame.read(name).partition(b"<sheetData>")
                with made.open(name, "w") as part:
                    part.write(before + begins)
                    if begins:
                        self._rows.seek(0)
                        copyfileobj(self._rows, part)
                        part.write(rest[rest.index(b"</sheetData>") :])


@cache
def _column(place: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(place + 1))


def _frame(title: str, freeze: str) -> BytesIO:
    """A book with one cell, whose style is number 1: it calculates nothing."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book, file = Workbook(write_only=True), BytesIO()
    sheet = book.create_sheet(title)
    sheet.freeze_panes = freeze
    write_text(cell := WriteOnlyCell(sheet), FORMULA[0])
    sheet.append([cell])
    book.save(file)
    return file


def write_text(cell: Any, text: str) -> None:
    """Into a cell of openpyxl, and always as text: also when somebody edits it in Excel."""
    if text:
        cell.value = text.translate(CONTROL)
        cell.data_type = "s"
        cell.quotePrefix = calculates(text)
