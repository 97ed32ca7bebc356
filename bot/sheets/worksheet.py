"""An .xlsx file with its cells and what is merged, and no more; refused where it is too large.

Excel and WPS keep each cell of a column that is formatted down to row 1,048,576, or of an area
with borders. openpyxl would make an object of each: minutes and gigabytes, in the bot's process.
So it would of a link or a merged area over the whole sheet, which takes a line to write.
"""

import re
import zlib
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

MOST_BYTES: Final = 200 * 2**20  # unpacked
MOST_CELLS: Final = 1_000_000  # 100,000 scripts of ten columns
MOST_TAGS: Final = 500_000  # of styles and the like; Excel has 65,490 formats

_SHEET = re.compile(r"xl/worksheets/[^/]*\.xml")
_STRINGS = "xl/sharedStrings.xml"
_KEPT = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/_rels/[^/]*\.rels"
    r"|xl/(?:(?:chartsheets|worksheets)/)?[^/]*\.xml"
)
_EMPTY_CELL = re.compile(rb"<c(?:\s[^<>]*)?(?:/>|></c>)")
_EMPTY_ROW = re.compile(rb"<row(?:\s[^<>]*)?(?:/>|>\s*</row>)")
_PREFIX = rb"((?:[^\s<>/:?!]+:)?)"  # of a namespace
_ROOT = re.compile(rb"<" + _PREFIX + rb"worksheet(?:\s[^<>]*)?>")
_ROWS = re.compile(rb"<" + _PREFIX + rb"sheetData(?:\s[^<>]*|/)?>")
_ELSE = re.compile(  # stands before or behind the rows, if anywhere
    rb"<" + _PREFIX + rb"(?:mergeCells|hyperlinks|dataValidations|conditionalFormatting|cols)\b"
)
_ROW = re.compile(rb"<" + _PREFIX + rb"row\b")
_CELL = re.compile(rb"<" + _PREFIX + rb"c[\s/>]")
_MERGED = re.compile(rb"<" + _PREFIX + rb"mergeCell\s[^<>]*?\bref\s*=\s*[\"']([^\"'<>]*)[\"']")
_AREA = re.compile(rb"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
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
            if not _KEPT.fullmatch(one.filename):
                continue
            with packed.open(one) as file:
                content = file.read(one.file_size)  # no more, if it lies about its size
            if b"\0" in content or b"<!DOCTYPE" in content:  # in which tags could hide
                raise ValueError(
                    f"{one.filename} is in another encoding, or defines its own words"
                )
            if _SHEET.fullmatch(one.filename):
                content, more = _rows_alone(content)
                if (cells := cells + more) > most_cells:
                    problem = f"over {most_cells} cells"
                    raise TooLarge(problem, "Delete what is not needed, or split it")
            elif _ROW.search(content) or _ELSE.search(content):
                raise ValueError(f"{one.filename} is a sheet under the name of another part")
            elif content.count(b"<") > (MOST_TAGS, 5 * most_cells)[one.filename == _STRINGS]:
                raise TooLarge("too many formats or names", "Copy the cells into a new file")
            made.writestr(one.filename, content)
    slim.seek(0)
    return slim


def _rows_alone(content: bytes) -> tuple[bytes, int]:
    """A sheet of its rows and of what is merged; how many cells that makes.

    Raises:
        ValueError: it has no rows, or among them what no sheet has there.
    """
    root, rows = _ROOT.search(content), _ROWS.search(content)
    if root is None or rows is None or content.rfind(b"</%bworksheet" % root[1]) < rows.end():
        raise ValueError("a sheet has no rows, or no end")
    prefix, begin = rows[1], rows.end()
    end = max(begin, content.rfind(b"</%bsheetData" % prefix))  # none: there is no row
    filled = _EMPTY_ROW.sub(b"", _EMPTY_CELL.sub(b"", content[begin:end]))
    if _ELSE.search(filled):
        raise ValueError("something stands among the rows of a sheet")
    cells, merged = sum(1 for _ in _CELL.finditer(filled)), list[bytes]()
    for found in _MERGED.finditer(content, end):
        if area := _AREA.fullmatch(found[2].upper().replace(b"$", b"")):
            cells += _size(*area.groups())
            merged.append(b'<%bmergeCell ref="%b"/>' % (prefix, area[0]))
    page = b"%b<%bsheetData>%b</%bsheetData>" % (root[0], prefix, filled, prefix)
    if merged:
        page += b"<%bmergeCells>%b</%bmergeCells>" % (prefix, b"".join(merged), prefix)
    return page + b"</%bworksheet>" % root[1], cells


def _size(left: bytes, top: bytes, right: bytes, bottom: bytes) -> int:
    """How many cells an area has; openpyxl makes an object of each that is merged."""
    return abs(_number(right) - _number(left) + 1) * abs(int(bottom) - int(top) + 1)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
