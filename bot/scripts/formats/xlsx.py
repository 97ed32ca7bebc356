"""Reads worksheets that people have filled in → rows. openpyxl is imported when it is needed."""

import warnings
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from bot.errors import Complaint
from bot.scripts.entry import unknown
from bot.scripts.formats.cells import BadCell, text_of
from bot.scripts.formats.columns import (
    COLUMNS,
    SAMPLE,
    Column,
    is_note,
    is_off,
    is_state,
    named,
)
from bot.scripts.formats.row import NEEDED, Row
from bot.sheets.sheet import unescaped
from bot.sheets.worksheet import UNREADABLE, TooLarge, slimmed

MOST_CELLS: Final = 500_000  # 50,000 scripts of ten columns; each takes half a kilobyte
_LAST_COLUMN = 16_384  # of Excel's; a file made by hand can have more, which have no letters
_HEADER_WITHIN = 20  # rows
# Keys whose items may be spread over several columns, and over several rows.
_LISTS = ("ask", "keywords", "not_for", "say", "attachments")
_TALK = frozenset({"ask", "say"})
_LEAST_NAMES = 3  # a row with fewer of our names is no row of headers


def read_rows(path: Path, complaints: list[Complaint], *, lenient: bool = False) -> Iterator[Row]:
    """A row for each script on every sheet that has our headers, those not in use as well.

    What is wrong with the file or its headers is appended to `complaints`. If a sheet lacks a
    column that every script needs, that is told once and its rows are left out, unless `lenient`.
    A sheet of questions and answers needs no column for ids, since those of most companies have
    none: id and title are then made of the first question, the same each time.
    """
    book = _opened(path, complaints)
    if book is None:
        return
    made: dict[str, str] = {}
    sheets = [
        _Sheet(path.name, sheet, made, among_others=len(book.worksheets) > 1, lenient=lenient)
        for sheet in book.worksheets
    ]
    filled = [sheet for sheet in sheets if sheet.find_header(complaints)]
    if not filled and not complaints:
        titles = ", ".join(column.title for column in COLUMNS[:6])
        cure = f"Write a row with {titles}; `huashu scripts template` makes such a file"
        complaints.append(Complaint(path.name, "*", "no row of headers on any sheet", cure))
    for sheet in filled:
        yield from sheet.rows() if sheet.whole else ()
    book.close()


def _opened(path: Path, complaints: list[Complaint]) -> Any:
    import openpyxl

    cure = "Open it in Excel or WPS and save it as .xlsx"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of extensions that we do not need
            return openpyxl.load_workbook(slimmed(path, most_cells=MOST_CELLS), keep_links=False)
    except TooLarge as error:
        complaints.append(Complaint(path.name, "*", error.problem, error.cure))
    except OSError as error:
        complaints.append(Complaint(path.name, "*", error.strerror or "unreadable", cure))
    except UNREADABLE as error:
        complaints.append(Complaint(path.name, "*", f"no worksheet: {error}", cure))
    return None


class _Cell(NamedTuple):
    value: Any
    kind: str  # openpyxl's data_type: "f" is a formula, "e" an error


class _Sheet:
    """One worksheet: finds its headers, and reads the scripts below them."""

    def __init__(
        self, file: str, sheet: Any, made: dict[str, str], *, among_others: bool, lenient: bool
    ) -> None:
        self._file, self._sheet, self._lenient = file, sheet, lenient
        self._made = made  # ids made of questions → the place of their row, on any sheet
        self.whole = True  # it has all columns that it needs
        self._mark = f"{sheet.title} " if among_others else ""
        # Only cells that are filled: `cell` and `iter_rows` would create all up to the last one.
        # Cell and sheet refer to one another: taken out one by one, cells are freed at once.
        self._cells = dict[tuple[int, int], _Cell]()
        while sheet._cells:
            at, one = sheet._cells.popitem()
            if one.value is not None and at[1] <= _LAST_COLUMN:
                self._cells[at] = _Cell(one.value, one.data_type)
        self._filled = sorted({row for row, _ in self._cells})
        self._last_column = max((column for _, column in self._cells), default=0)
        last_row = max(self._filled, default=0)
        self._merged = {
            (row, column): (area.min_row, area.min_col)
            for area in sheet.merged_cells.ranges
            for row in range(area.min_row, min(area.max_row, last_row) + 1)
            for column in range(area.min_col, min(area.max_col, self._last_column) + 1)
        }
        self._header = 0  # its row
        self._states: list[int] = []  # the columns that tell which rows are in use
        self._columns: dict[int, Column] = {}

    def find_header(self, complaints: list[Complaint]) -> bool:
        """Find the row of headers: of the first 20 the one with most of our columns.

        What is wrong with it is appended to `complaints`. False: no row has three of our names.
        A title such as 客服话术, merged over all columns, counts as one column. Questions and
        answers alone are told what they lack.
        """
        first = {row: self._named(row) for row in self._filled if row <= _HEADER_WITHIN}
        found = [
            (len({one.key for one in names.values()}), len(names), -row)
            for row, names in first.items()
        ]
        _, most, row = max(found, default=(0, 0, 0))
        columns = first.get(-row, {})
        if most < _LEAST_NAMES and not _TALK.issubset(one.key for one in columns.values()):
            return False
        self._header, self._columns = -row, columns
        self._check_header(complaints)
        return True

    def _named(self, row: int) -> dict[int, Column]:
        """The columns that a row names, by number. A header that is merged over several names all
        of them if its key is one of `_LISTS`, else only the first."""
        found = {}
        for number in range(1, self._last_column + 1):
            column = named(self._header_text(row, number))
            if column and (self._origin(row, number)[1] == number or column.key in _LISTS):
                found[number] = column
        return found

    def _header_text(self, row: int, number: int) -> str:
        cell = self._cells.get(self._origin(row, number))
        value = cell.value if cell else None
        return unescaped(value).strip() if isinstance(value, str) else ""

    def _check_header(self, complaints: list[Complaint]) -> None:
        seen: set[str] = set()
        for number in range(1, self._last_column + 1):
            text, column = self._header_text(self._header, number), self._columns.get(number)
            place = f"{self._mark}row {self._header}, column {_letter(number)}"
            if column is None and is_state(text):
                self._states.append(number)
            elif column is None and text and not is_note(text):
                problem, cure = unknown(text, [one.title for one in COLUMNS])
                cure = f"{cure} A column for people alone begins with 备注"
                complaints.append(Complaint(self._file, place, problem, cure))
            elif column and column.key in seen and column.key not in _LISTS:
                cure = "Keep one of the two columns"
                complaints.append(Complaint(self._file, place, f"{text} is there twice", cure))
            seen |= {column.key} if column else set()
        made = ("id", "title") if "ask" in seen and "id" not in seen else ()
        needed = [one for one in COLUMNS if one.key in NEEDED and one.key not in made]
        missing = [one.title for one in needed if one.key not in seen]
        if missing and not self._lenient:
            self.whole = False
            complaints.append(self._without(missing))

    def _without(self, titles: Sequence[str]) -> Complaint:
        place, problem = f"{self._mark}row {self._header}", f"no column {'、'.join(titles)}"
        cure = "Write it into the row of headers; `huashu scripts template` has them all"
        return Complaint(self._file, place, problem, cure)

    def _origin(self, row: int, number: int) -> tuple[int, int]:
        """Where the content of a cell is: in the first of those that it is merged with."""
        return self._merged.get((row, number), (row, number))

    def rows(self) -> Iterator[Row]:
        """The scripts below the headers. One goes on in the next line if its id (or, without ids,
        its question) is merged with the one above."""
        keys = {column.key: number for number, column in reversed(self._columns.items())}
        anchor = keys.get("id", keys.get("ask"))
        row: Row | None = None
        for number in self._filled:
            if number <= self._header:
                continue
            goes_on = bool(row and anchor and self._origin(number, anchor)[0] < number)
            if row and goes_on:
                self._read(row, number, _LISTS)
                continue
            if row:
                yield self._completed(row, keys)
            if self._is_off(self._origin(number, anchor)[0] if anchor else number):
                row = None
                if off := self._off(number, anchor):
                    yield off
                continue
            row = self._row(number)
            if _is_sample(row) or not (row.table or row.complaints):
                row = None
        if row:
            yield self._completed(row, keys)

    def _row(self, number: int) -> Row:
        row = Row(file=self._file, place=f"{self._mark}row {number}", names={})
        self._read(row, number, ())
        return row

    def _off(self, number: int, anchor: int | None) -> Row | None:
        """The row of a script that is not in use, without complaints: nobody has to mend it. None
        for its further lines, and for samples."""
        if anchor and self._origin(number, anchor)[0] < number:
            return None
        row = replace(self._row(number), complaints=[], off=True)
        return row if row.table and not _is_sample(row) else None

    def _is_off(self, number: int) -> bool:
        cells = (self._cells.get(self._origin(number, one)) for one in self._states)
        return any(cell and is_off(str(cell.value)) for cell in cells)

    def _read(self, row: Row, number: int, only: Sequence[str]) -> None:
        """Read the cells of a line into `row`; `only` those of these keys if it is not empty, for
        a line that goes on with a script."""
        names = dict(row.names)
        for place, column in self._columns.items():
            origin = self._origin(number, place)
            if only and (column.key not in only or origin != (number, place)):
                continue
            name = f"column {_letter(place)} {column.title}"
            names.setdefault(column.key, name)
            row.names = names
            try:
                cell = self._cells.get(origin)
                text = _text(cell, column) if cell else ""
                value = column.kind.value(text) if text else None
            except BadCell as error:
                problem, cure = error.args
                row.complain(column.key, problem, cure, name)
                continue
            if value:
                names |= _put(row.table, column.key, value, name)

    def _completed(self, row: Row, columns: Container[str]) -> Row:
        """The same row, with id and title made of the first question where nobody wrote an id."""
        if "id" in row.table or "id" in row.told or "ask" not in columns:
            return row
        table, names = row.table, {"title": row.names["ask"], **row.names}
        row.names = {**names, "id": names["title"]}
        if title := table.setdefault("title", next(iter(table.get("ask", ())), "")):
            made = f"imported/{sha256(title.encode()).hexdigest()[:10]}"
            there = self._made.setdefault(made, row.place)
            if there == row.place:
                table["id"] = made
            else:
                cure = "Make one row of the two: the other answer goes into 回复2"
                row.complain("id", f"there already in {there}", cure)
        else:
            row.complain("title", "missing or empty", "Fill it in")
            row.told.add("id")
        return row


def _put(table: dict[str, Any], key: str, value: Any, name: str) -> dict[str, str]:
    """Put a value into a table. Returns what a complaint about it calls it (`Row.names`), if it is
    a wording: each has a column of its own."""
    if key == "say":
        table.setdefault(key, []).append(value)
        return {f"say[{len(table[key]) - 1}]": name}
    if key in _LISTS:
        table.setdefault(key, []).extend(value)
    elif key.startswith("when."):
        table.setdefault("when", {})[key.removeprefix("when.")] = value
    else:
        table[key] = value
    return {}


def _text(cell: _Cell, column: Column) -> str:
    if cell.kind == "f":
        raise BadCell("is a formula", "Copy the cell and paste it as a value")
    if cell.kind == "e":
        raise BadCell(f"is {cell.value}", "Type what should stand here")
    return text_of(cell.value, column.kind)


def _is_sample(row: Row) -> bool:
    return str(row.table.get("id", "")).startswith(SAMPLE)


def _letter(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number))
