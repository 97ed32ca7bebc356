"""An .xlsx file reduced to its cells and merged areas; refused if it is too large.

Excel and WPS keep each cell of a column that is formatted down to row 1,048,576, or of an area
with borders. openpyxl would make an object of each: minutes and gigabytes, in the bot's process.
So it would of a link or a merged area over the whole sheet, which takes a line to write.

Threads read them beside the event loop, and an expression holds all of them up while it runs: it
is given a piece at a time.
"""

import re
import zlib
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

MOST_BYTES: Final = 200 * 2**20  # unpacked
MOST_CELLS: Final = 1_000_000  # 100,000 customers of nine columns
MOST_ROWS: Final = 100_000  # of a sheet, with something in them
MOST_COLUMNS: Final = 200  # of a row, with something in them
MOST_TAGS: Final = 500_000  # of styles and the like; Excel has 65,490 formats
CURE: Final = "Delete what is not needed, or split it"

_SHEET = re.compile(r"xl/worksheets/[^/]*\.xml")
_STRINGS = "xl/sharedStrings.xml"
_KEPT = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/_rels/[^/]*\.rels"
    r"|xl/(?:(?:chartsheets|worksheets)/)?[^/]*\.xml"
)
# Those that tell their place, as not all programs have it: others stand where the next ones begin.
_EMPTY_CELL = re.compile(rb"<c\s(?=(?:[^<>]*\s)?r=)[^<>]*(?:/>|></c>)")
_EMPTY_ROW = re.compile(rb"<row\s(?=(?:[^<>]*\s)?r=)[^<>]*(?:/>|>\s*</row>)")
_PREFIX = rb"((?:[^\s<>/:?!]+:)?)"  # of a namespace
_ROOT = re.compile(rb"<" + _PREFIX + rb"worksheet(?:\s[^<>]*)?>")
_ROWS = re.compile(rb"<" + _PREFIX + rb"sheetData(?:\s[^<>]*|/)?>")
_ELSE = re.compile(  # stands before or behind the rows, if anywhere
    rb"<" + _PREFIX + rb"(?:mergeCells|hyperlinks|dataValidations|conditionalFormatting|cols)\b"
)
_ROW = re.compile(rb"<" + _PREFIX + rb"row\b")
_TAG = re.compile(rb"<")
_PIECE = 2**17  # bytes; it takes an expression some milliseconds
_CELL = re.compile(rb"<" + _PREFIX + rb"c[\s/>]")
_MERGED = re.compile(rb"<" + _PREFIX + rb"mergeCell\s[^<>]*?\bref\s*=\s*[\"']([^\"'<>]*)[\"']")
# Excel's "Strict Open XML" names the same by other addresses, which openpyxl does not know.
_STRICT = (
    (b"purl.oclc.org/ooxml/spreadsheetml/", b"schemas.openxmlformats.org/spreadsheetml/2006/"),
    (b"purl.oclc.org/ooxml/officeDocument/", b"schemas.openxmlformats.org/officeDocument/2006/"),
)
_NAMED = re.compile(rb"<(?:\w+:)?(?:sheet|Relationship)\s[^<>]*>")
_VALUE = re.compile(rb"\s([\w:]+)=\"([^\"]*)\"")
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
    with (
        ZipFile(path) as packed,
        ZipFile(slim, "w", ZIP_DEFLATED, compresslevel=1) as made,
    ):
        if sum(one.file_size for one in packed.infolist()) > MOST_BYTES:
            raise TooLarge(f"over {MOST_BYTES >> 20} MB unpacked", "Split it")
        titles = _titles(packed)
        for one in packed.infolist():
            if not _KEPT.fullmatch(one.filename):
                continue
            content, kept = _content(packed, one), list[bytes]()
            if b"\0" in content or b"<!DOCTYPE" in content:  # in which tags could hide
                raise ValueError(
                    f"{one.filename} is in another encoding, or defines its own words"
                )
            if _SHEET.fullmatch(one.filename):
                title = titles.get(one.filename, PurePosixPath(one.filename).stem)
                kept, more = _rows_alone(content, title)
                if (cells := cells + more) > most_cells:
                    raise TooLarge(f"over {most_cells} cells, up to its sheet {title}", CURE)
            elif any(
                _ROW.search(piece) or _ELSE.search(piece)
                for piece in _pieces(content, 0, len(content), _TAG)
            ):
                raise ValueError(f"{one.filename} is a sheet under the name of another part")
            elif content.count(b"<") > (MOST_TAGS, 5 * most_cells)[one.filename == _STRINGS]:
                raise TooLarge("too many formats or names", "Copy the cells into a new file")
            with made.open(one.filename, "w") as part:
                for piece in kept or [content]:
                    part.write(piece)
    slim.seek(0)
    return slim


def _content(packed: ZipFile, part: ZipInfo) -> bytes:
    with packed.open(part) as file:
        content = file.read(part.file_size)  # no more, if it lies about its size
    begin = content[:_PIECE]
    if not any(strict in begin for strict, _ in _STRICT):
        return content
    for strict, usual in _STRICT:
        begin = begin.replace(strict, usual)
    return begin + content[_PIECE:]


def _titles(packed: ZipFile) -> dict[str, str]:
    """By the part that has a sheet, what people call it; of those that the book tells as usual."""
    parts = {one.filename: one for one in packed.infolist()}
    book, links = (
        [dict(_VALUE.findall(tag)) for tag in _NAMED.findall(_content(packed, parts[name]))]
        if name in parts and parts[name].file_size < _PIECE
        else []
        for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
    )
    where = {one.get(b"Id"): one.get(b"Target", b"").decode(errors="replace") for one in links}
    return {
        f"xl/worksheets/{PurePosixPath(where[one[b'r:id']]).name}": unescape(
            one[b"name"].decode(errors="replace")
        )
        for one in book
        if b"name" in one and one.get(b"r:id") in where
    }


def _rows_alone(content: bytes, title: str) -> tuple[list[bytes], int]:
    """The pieces of a sheet of its rows and of what is merged; how many cells that makes.

    Raises:
        TooLarge: it has more rows than we take, or one of them more cells.
        ValueError: it has no rows, or among them what no sheet has there.
    """
    root, rows = _ROOT.search(content), _ROWS.search(content)
    if root is None or rows is None or content.rfind(b"</%bworksheet" % root[1]) < rows.end():
        raise ValueError("a sheet has no rows, or no end")
    prefix, begin = rows[1], rows.end()
    end = max(begin, content.rfind(b"</%bsheetData" % prefix))  # none: there is no row
    kept, filled, cells = [b"%b<%bsheetData>" % (root[0], prefix)], 0, 0
    for piece in _pieces(content, begin, end, _ROW):
        kept.append(_EMPTY_ROW.sub(b"", _EMPTY_CELL.sub(b"", piece)))
        if _ELSE.search(kept[-1]):
            raise ValueError("something stands among the rows of a sheet")
        begins = [found.start() for found in _ROW.finditer(kept[-1])]
        widths = [
            sum(1 for _ in _CELL.finditer(kept[-1], *row))
            for row in pairwise([0, *begins, len(kept[-1])])
        ]
        filled, cells = filled + len(begins), cells + sum(widths)
        if filled > MOST_ROWS:
            raise TooLarge(f"its sheet {title} has over {MOST_ROWS} rows", CURE)
        if max(widths, default=0) > MOST_COLUMNS:
            raise TooLarge(f"its sheet {title} has over {MOST_COLUMNS} columns", CURE)
    merged = list[bytes]()
    for found in _MERGED.finditer(content, end):
        if area := _AREA.fullmatch(found[2].upper().replace(b"$", b"")):
            cells += _size(*area.groups())
            merged.append(b'<%bmergeCell ref="%b"/>' % (prefix, area[0]))
    kept.append(b"</%bsheetData>" % prefix)
    if merged:
        kept.append(b"<%bmergeCells>%b</%bmergeCells>" % (prefix, b"".join(merged), prefix))
    return [*kept, b"</%bworksheet>" % root[1]], cells


def _pieces(content: bytes, begin: int, end: int, border: re.Pattern[bytes]) -> Iterator[bytes]:
    """Each but the first begins with what `border` finds."""
    while begin < end:
        found = border.search(content, begin + _PIECE, end)
        here, begin = begin, found.start() if found else end
        yield content[here:begin]


def _size(left: bytes, top: bytes, right: bytes, bottom: bytes) -> int:
    """How many cells an area has; openpyxl makes an object of each that is merged."""
    return abs(_number(right) - _number(left) + 1) * abs(int(bottom) - int(top) + 1)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
