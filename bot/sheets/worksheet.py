"""An .xlsx file without the cells that are only formatted, and refused where it is too large.

Excel and WPS keep each cell of a column that is formatted down to row 1,048,576, or of an area
with borders. openpyxl would make an object of each: minutes and gigabytes, in the bot's process.
"""

import re
import zlib
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

MOST_BYTES: Final = 200 * 2**20  # unpacked
MOST_CELLS: Final = 1_000_000  # 100,000 scripts of ten columns

_SHEET = re.compile(r"xl/worksheets/[^/]*\.xml")
_EMPTY_CELL = re.compile(rb"<c(?:\s[^<>]*)?(?:/>|></c>)")
_EMPTY_ROW = re.compile(rb"<row(?:\s[^<>]*)?(?:/>|>\s*</row>)")
_SIZE = re.compile(rb"<dimension\s[^<>]*/>")  # is what it was with them
_CELL = re.compile(rb"<(?:\w+:)?c[\s>]")
_CORNER = rb"([A-Z]{1,3})(\d{1,7})"
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^<>]*?ref=[\"']" + _CORNER + rb":" + _CORNER + rb"[\"']"
)
# What a file that is damaged, sealed with a password or made by hand lets zipfile, zlib, expat
# (SyntaxError) and openpyxl raise, beside OSError.
UNREADABLE = (
    *(BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, LookupError, TypeError),
    *(AttributeError, SyntaxError),
)


class TooLarge(ValueError):
    """`problem` and `cure` as of a complaint."""

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(problem)
        self.problem, self.cure = problem, cure


def slimmed(path: Path, *, most_cells: int = MOST_CELLS) -> BytesIO:
    """What openpyxl is to load instead.

    Args:
        most_cells: with something in them, or merged.

    Raises:
        TooLarge: it holds more than we take.
        OSError, or one of UNREADABLE: it cannot be read, or is no .xlsx.
    """
    slim, cells = BytesIO(), 0
    with ZipFile(path) as packed, ZipFile(slim, "w") as made:
        if sum(one.file_size for one in packed.infolist()) > MOST_BYTES:
            raise TooLarge(f"over {MOST_BYTES >> 20} MB unpacked", "Split it")
        for one in packed.infolist():
            with packed.open(one) as file:
                content = file.read(one.file_size)  # no more, if it lies about its size
            if _SHEET.fullmatch(one.filename):
                content = _EMPTY_ROW.sub(b"", _EMPTY_CELL.sub(b"", _SIZE.sub(b"", content)))
                cells += sum(1 for _ in _CELL.finditer(content))
                cells += sum(_size(*found.groups()) for found in _MERGED.finditer(content))
                if cells > most_cells:
                    problem = f"over {most_cells} cells"
                    raise TooLarge(problem, "Delete what is not needed, or split it")
            made.writestr(one.filename, content)
    slim.seek(0)
    return slim


def _size(left: bytes, top: bytes, right: bytes, bottom: bytes) -> int:
    """How many cells an area has; openpyxl makes an object of each that is merged."""
    return (_number(right) - _number(left) + 1) * (int(bottom) - int(top) + 1)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
