"""A worksheet (.xlsx) or .csv file that people have filled in → its cells, as text."""

import csv
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable
from datetime import datetime, time
from decimal import Decimal
from io import StringIO
from pathlib import Path
from zipfile import BadZipFile

from bot.errors import Complaint, ConfigError
from bot.sheets.sheet import ENDINGS, unescaped
from bot.sheets.worksheet import (
    CURE,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    UNREADABLE,
    TooLarge,
    slimmed,
)

Grid = list[list[str]]
EXACT = 10**15  # from here on Excel keeps no longer each digit of a number
RETYPE = "Format the column as text and type it again"
# A formula that finds nothing, a column too narrow, a number shortened: 1.23457E+17.
_NOTHING = re.compile(r"#(?:N/A|[A-Z]+[!?]|DIV/0!|##+)")
_MARKS = re.compile(r"\((?:必填|选填)\)|[\s()*:]+")  # of forms, in wide signs as well
_SHORTENED = re.compile(r"-?\d(?:\.\d+)?E\+\d+")
ONE_SHEET = "Put all that is to be taken into one sheet, or save each as a file"


def grid_of(
    path: Path, wanted: Callable[[Grid], bool] = bool, left_out: list[Complaint] | None = None
) -> Grid:
    """The rows of a .csv, or of an .xlsx those of the first sheet that is `wanted`; of its first
    one, if none is.

    Args:
        left_out: is told which sheets with something in them are not read.

    Raises:
        ConfigError: it is neither, or cannot be read.
    """
    if path.suffix.lower() not in ENDINGS:
        raise no_table(path, "is neither .xlsx nor .csv", "Save it as .xlsx or .csv")
    if path.suffix.lower() != ".xlsx":
        return _text(path, wanted)
    grids = _worksheets(path)
    read = next((name for name, grid in grids.items() if wanted(grid)), next(iter(grids)))
    others = [name for name, grid in grids.items() if name != read and any(map(any, grid))]
    if others and left_out is not None:
        problem = f"only its sheet {read} is read, not {'、'.join(others)}"
        left_out.append(Complaint(path.name, "*", problem, ONE_SHEET))
    return grids[read]


def plain_title(title: str) -> str:
    """A column's title as it is compared: ＊手机号（必填）： is 手机号."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", title).casefold())


def remedy(text: str) -> str:
    """What to do about a cell in which Excel shows #N/A or 1.23457E+17; "": it is as meant."""
    if _NOTHING.fullmatch(text):
        return "Type what should stand here"
    return RETYPE if _SHORTENED.fullmatch(text) else ""


def shortened(value: float) -> str:
    """As Excel shows a number from EXACT on; a file may hold one that no float can be."""
    return f"{Decimal(value):.14E}"


def no_table(path: Path, problem: str, cure: str) -> ConfigError:
    return ConfigError([Complaint(path.name, "*", problem, cure)])


def _worksheets(path: Path) -> dict[str, Grid]:
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of extensions that we do not need
            book = openpyxl.load_workbook(
                slimmed(path), read_only=True, data_only=True, keep_links=False
            )
        grids, left = dict[str, Grid](), MOST_CELLS
        for sheet in book.worksheets:
            grid = grids[sheet.title] = []
            for row in sheet.iter_rows(values_only=True):
                grid.append([_cell(value) for value in row])
                left -= len(row) + 1
                if left < 0:
                    problem = f"over {MOST_CELLS} cells, up to its sheet {sheet.title}"
                    raise TooLarge(problem, CURE)
        book.close()
        if not grids:
            raise ValueError("no sheet is in it")
    except TooLarge as error:
        raise no_table(path, error.problem, error.cure) from None
    except BadZipFile:
        raise no_table(path, "is no .xlsx inside", "Save it as .xlsx anew") from None
    except (OSError, *UNREADABLE) as error:
        raise no_table(path, f"cannot be read: {error}", "Save it as .xlsx anew") from None
    return grids


def _cell(value: object) -> str:
    if isinstance(value, str):
        return unescaped(value)
    if isinstance(value, int | float) and abs(value) >= EXACT:
        return shortened(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return "" if value is None else str(value)


def _text(path: Path, wanted: Callable[[Grid], bool]) -> Grid:
    """Excel in China saves CSV in GB18030 unless told otherwise. Others part cells by tabs or
    semicolons: of these the first is taken whose grid is `wanted`."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        problem = error.strerror or "cannot be read"
        raise no_table(path, problem, "Name a file that is there") from None
    for encoding in () if b"\0" in raw else ("utf-8-sig", "gb18030"):  # nor in UTF-16
        try:
            text = raw.decode(encoding)
            readers = (csv.reader(StringIO(text, newline=""), delimiter=one) for one in ",\t;")
            grids = (_within(path, reader) for reader in readers)
            first = next(grids)
            return first if wanted(first) else next(filter(wanted, grids), first)
        except (UnicodeDecodeError, csv.Error):
            continue
    raise no_table(path, "is no CSV in UTF-8 or GB18030", "Save it as .xlsx")


def _within(path: Path, rows: Iterable[list[str]]) -> Grid:
    """All of a .csv, taken row by row: other threads may run in between."""
    grid, full, cells, nothing = Grid(), 0, 0, list[str]()
    for row in rows:
        filled = len(row) - row.count("")
        grid.append(row if filled else nothing)
        full, cells = full + bool(filled), cells + filled
        if filled > MOST_COLUMNS:
            raise no_table(path, f"has over {MOST_COLUMNS} columns", CURE)
        if full > MOST_ROWS:
            raise no_table(path, f"has over {MOST_ROWS} rows", CURE)
        if cells > MOST_CELLS:
            raise no_table(path, f"over {MOST_CELLS} cells", CURE)
    return grid
