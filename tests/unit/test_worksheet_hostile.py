"""Worksheets and CSV that are damaged, larger than any list, or made to do harm."""

import tracemalloc
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from bot.errors import ConfigError
from bot.scripts.formats import read_library
from bot.scripts.formats.xlsx import MOST_CELLS as MOST_SCRIPT_CELLS
from bot.sheets.grid import grid_of
from bot.sheets.worksheet import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, TooLarge, slimmed
from tests.worksheets import GOOD, HEADERS, sheet


def with_xml(path: Path, before: bytes, after: bytes) -> None:
    """Put `after` where `before` stands in the worksheet."""
    with ZipFile(path) as packed:
        parts = {one: packed.read(one) for one in packed.namelist()}
    page = parts["xl/worksheets/sheet1.xml"]
    assert before in page
    parts["xl/worksheets/sheet1.xml"] = page.replace(before, after)
    with ZipFile(path, "w", ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)


def test_a_column_that_is_formatted_to_the_end_took_minutes_and_gigabytes(tmp_path: Path) -> None:
    path = sheet(tmp_path, [], HEADERS, [*map((GOOD | {"编号": "faq/a"}).get, HEADERS)])
    rows = range(10, 5_000)
    formatted = "".join(f'<row r="{row}"><c r="A{row}" s="1"/></row>' for row in rows)
    last = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t> </t></is></c></row>'
    with_xml(path, b"</sheetData>", f"{formatted}{last}</sheetData>".encode())
    tracemalloc.start()
    reading = read_library(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 12_000_000  # bytes; one such cell alone took 200 million
    assert ([one.id for one in reading.scripts], reading.complaints) == (["faq/a"], ())


def test_more_cells_than_anybody_fills_in_are_refused(tmp_path: Path) -> None:
    path = sheet(tmp_path, HEADERS)
    with pytest.raises(TooLarge, match=f"over {len(HEADERS) - 1} cells"):
        slimmed(path, most_cells=len(HEADERS) - 1)
    slimmed(path, most_cells=len(HEADERS)).close()
    merged = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    with_xml(path, b"</sheetData>", b"</sheetData>" + merged)
    [told] = read_library(path).complaints
    problem = f"over {MOST_SCRIPT_CELLS} cells, up to its sheet Sheet"
    assert (told.problem, told.cure[:6]) == (problem, "Delete")
    with pytest.raises(ConfigError, match=f"over {MOST_CELLS} cells"):
        grid_of(path)


@pytest.mark.parametrize(
    ("rows", "most"),
    [
        (f"<row>{'<c><v>1</v></c>' * (MOST_COLUMNS + 1)}</row>", f"{MOST_COLUMNS} columns"),
        ("<row><c><v>1</v></c></row>" * (MOST_ROWS + 1), f"{MOST_ROWS} rows"),
    ],
)
def test_sheets_longer_or_wider_than_any_list_took_a_gigabyte(
    tmp_path: Path, rows: str, most: str
) -> None:
    """900,000 cells held the engine up for seconds; 18,279 in a row failed the import."""
    book = openpyxl.Workbook()
    book.create_sheet("客户 & 门店", 0)
    book.save(path := tmp_path / "a.xlsx")
    with_xml(path, b"<sheetData></sheetData>", f"<sheetData>{rows}</sheetData>".encode())
    [told] = read_library(path).complaints
    assert told.problem == f"its sheet 客户 & 门店 has over {most}"
    with pytest.raises(ConfigError, match=f"its sheet 客户 & 门店 has over {most}"):
        grid_of(path)


def test_a_cell_behind_the_last_column_of_excel_failed_the_import(tmp_path: Path) -> None:
    path = sheet(tmp_path, HEADERS, [*map((GOOD | {"编号": "faq/a"}).get, HEADERS)])
    behind = b'<c r="ZZZ1"><v>1</v></c><c t="inlineStr"><is><t>x</t></is></c></row>'
    with_xml(path, b"</row>", behind)
    reading = read_library(path)
    assert ([one.id for one in reading.scripts], reading.complaints) == (["faq/a"], ())


def test_what_stood_behind_an_empty_cell_that_tells_no_place_moved_left(tmp_path: Path) -> None:
    """Not all programs write where a cell is: it stands behind the one before it."""
    path = sheet(tmp_path, HEADERS)
    values = map((GOOD | {"编号": "faq/a"}).get, HEADERS)
    texts = (f'<c t="inlineStr"><is><t>{text}</t></is></c>' if text else "<c/>" for text in values)
    with_xml(path, b"</sheetData>", f"<row>{''.join(texts)}</row></sheetData>".encode())
    reading = read_library(path)
    assert ([one.id for one in reading.scripts], reading.complaints) == (["faq/a"], ())


def test_a_file_that_lies_about_its_size_was_unpacked_to_gigabytes(tmp_path: Path) -> None:
    """What a part says of its size is one number in the file: 16 MB made 16 GB in the bot."""
    path, name = tmp_path / "a.xlsx", "xl/worksheets/sheet1.xml"
    with ZipFile(path, "w", ZIP_DEFLATED) as packed:
        packed.writestr(name, b"0" * 50_000_000)
    raw = bytearray(path.read_bytes())
    for head, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = raw.index(head) + place
        raw[at : at + 4] = (100).to_bytes(4, "little")
    path.write_bytes(raw)
    tracemalloc.start()
    with pytest.raises(ConfigError):
        grid_of(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 12_000_000  # bytes


def test_merged_cells_that_no_sheet_has_kept_the_bot_busy_for_minutes(tmp_path: Path) -> None:
    path = sheet(tmp_path, HEADERS)
    merged = '<mergeCells count="1"><mergeCell ref=%s/></mergeCells>'
    far = (merged % f'"{"A" * 300_000}1:B2"').encode()
    with_xml(path, b"</sheetData>", b"</sheetData>" + far)
    slimmed(path).close()
    with_xml(path, far, (merged % "'A1:XFD1048576'").encode())
    with pytest.raises(TooLarge, match=f"over {MOST_CELLS} cells"):
        slimmed(path)


@pytest.mark.parametrize(
    "hostile",
    [
        b"<mergeCells><mergeCell  ref = 'a1:xfd1048576'/></mergeCells>",
        b"<mergeCells><mergeCell ref='$A$1:$XFD$1048576'/></mergeCells>",
        b"<mergeCells><mergeCell ref='XFD1048576:A1'/></mergeCells>",
        b"<hyperlinks><hyperlink ref='A1:XFD1048576'/></hyperlinks>",
    ],
)
def test_a_link_or_an_area_over_a_whole_sheet_ended_the_bot(
    tmp_path: Path, hostile: bytes
) -> None:
    """A file of 4 KB: an object was made of each of 17 billion cells."""
    path = sheet(tmp_path, HEADERS, [*map((GOOD | {"编号": "faq/a"}).get, HEADERS)])
    with_xml(path, b"</sheetData>", b"</sheetData>" + hostile)
    link = b"hyperlink" in hostile
    assert bool(read_library(path).complaints) is not link, "a link says nothing of a script"
    with_xml(path, b"</sheetData>" + hostile, hostile + b"</sheetData>")
    assert [one.problem[:12] for one in read_library(path).complaints] == ["no worksheet"]


def test_an_empty_sheet_and_coloured_words_of_excel_are_read(tmp_path: Path) -> None:
    path = sheet(tmp_path)
    with_xml(path, b"<sheetData></sheetData>", b"<sheetData/>")
    slimmed(path).close()
    words = '<is><r><rPr><color rgb="FFFF0000"/></rPr><t>a</t></r></is>'
    row = f'<sheetData><row r="1"><c r="A1" t="inlineStr">{words}</c></row></sheetData>'
    with_xml(path, b"<sheetData/>", row.encode())
    assert grid_of(path) == [["a"]]


def test_excels_strict_form_was_said_to_hold_no_sheet(tmp_path: Path) -> None:
    """Excel offers it in its list of forms as .xlsx as well; it names days as ISO 8601 does."""
    path = sheet(tmp_path, HEADERS, [*map((GOOD | {"截止日期": "day"}).get, HEADERS)])
    with ZipFile(path) as packed:
        parts = {one: packed.read(one) for one in packed.namelist()}
    with ZipFile(path, "w", ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            for usual, strict in (
                (b"schemas.openxmlformats.org/spreadsheetml/2006/", b"spreadsheetml/"),
                (b"schemas.openxmlformats.org/officeDocument/2006/", b"officeDocument/"),
            ):
                content = content.replace(usual, b"purl.oclc.org/ooxml/" + strict)
            packed.writestr(name, content)
    place = f"{chr(ord('A') + HEADERS.index('截止日期'))}2"
    day = f'<c r="{place}" t="inlineStr"><is><t>day</t></is></c>'.encode()
    with_xml(path, day, f'<c r="{place}" t="d"><v>2027-06-18T00:00:00</v></c>'.encode())
    reading = read_library(path)
    assert reading.complaints == ()
    assert [f"{one.when.last_day}" for one in reading.scripts] == ["2027-06-18"]
    assert grid_of(path)[0] == HEADERS


def test_tags_that_hide_are_not_read(tmp_path: Path) -> None:
    path = sheet(tmp_path, HEADERS)
    with_xml(path, b"<worksheet ", b'<!DOCTYPE x [<!ENTITY a "<c/>">]><worksheet ')
    assert "no worksheet" in read_library(path).complaints[0].problem
    with_xml(path, b"<!DOCTYPE", b"\0")
    assert "no worksheet" in read_library(path).complaints[0].problem
    path = sheet(tmp_path, HEADERS)
    with ZipFile(path, "a") as packed:
        packed.writestr("xl/sheet.xml", "<worksheet><row/></worksheet>")
    assert "another part" in read_library(path).complaints[0].problem


def test_one_cell_in_the_last_row_made_a_list_of_stores_of_a_million_rows(tmp_path: Path) -> None:
    path = sheet(tmp_path, ["编号"], ["a"])
    last = b'<row r="1048576"><c r="A1048576" s="1"/></row></sheetData>'
    with_xml(path, b"</sheetData>", last)
    assert grid_of(path) == [["编号"], ["a"]]
    with_xml(path, b"</sheetData>", last.replace(b' s="1"/>', b"><v>1</v></c>"))
    with pytest.raises(ConfigError, match=f"over {MOST_CELLS} cells"):
        grid_of(path)


@pytest.mark.parametrize(
    ("row", "number", "most"),
    [
        ("a", MOST_ROWS + 1, f"{MOST_ROWS} rows"),
        ("a," * (MOST_COLUMNS + 1), 1, f"{MOST_COLUMNS} columns"),
        ("a," * MOST_COLUMNS, MOST_CELLS // MOST_COLUMNS + 1, f"{MOST_CELLS} cells"),
    ],
)
def test_a_csv_of_four_million_rows_took_two_gigabytes(
    tmp_path: Path, row: str, number: int, most: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{',' * 300}\n" * 3 + f"{row}\n" * number)
    with pytest.raises(ConfigError, match=f"over {most}"):
        grid_of(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_a_csv_with_nul_was_taken_and_its_import_failed(tmp_path: Path, encoding: str) -> None:
    """No text of PostgreSQL holds one."""
    (tmp_path / "a.csv").write_bytes("size\na\0b\n".encode(encoding))
    with pytest.raises(ConfigError, match="is no CSV in UTF-8 or GB18030"):
        grid_of(tmp_path / "a.csv")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0 old Excel"])
def test_a_file_that_is_no_worksheet(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    [told] = read_library(tmp_path / "a.xlsx").complaints
    assert ".xlsx" in told.cure


@pytest.mark.parametrize("damage", ["broken off", "no sheet", "bits", "sealed", "strange"])
def test_a_damaged_worksheet_failed_the_program_or_was_read_for_ever(
    tmp_path: Path, damage: str
) -> None:
    """An import of the console told that the program had failed; without a sheet, nothing."""
    path, name = sheet(tmp_path, HEADERS), "xl/worksheets/sheet1.xml"
    if damage == "broken off":
        with_xml(path, b"</worksheet>", b"")
    elif damage == "no sheet":
        with ZipFile(path) as packed:
            parts = {one: packed.read(one) for one in packed.namelist() if one != name}
        with ZipFile(path, "w") as packed:
            for one, content in parts.items():
                packed.writestr(one, content)
    else:
        with_xml(path, b"", b"")
        raw = bytearray(path.read_bytes())
        at, index = raw.index(name.encode()), raw.rindex(name.encode())
        if damage == "bits":
            raw[at + len(name) + 30] ^= 0xFF
        else:  # with a password, or packed in a way that nobody knows
            place, value = (8, 1) if damage == "sealed" else (10, 99)
            raw[index - 46 + place] = raw[at - 30 + place - 2] = value
        path.write_bytes(raw)
    with pytest.raises(ConfigError):
        grid_of(path)
    assert read_library(path).complaints != ()
