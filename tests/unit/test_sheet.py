"""What we write for spreadsheets: words stay words."""

import csv
from pathlib import Path

import openpyxl
import pytest

from bot.errors import BotError
from bot.files.private import whole
from bot.groups.assistant import HEAD, write
from bot.sheets.grid import grid_of
from bot.sheets.sheet import guarded, opened, unguarded
from bot.sheets.worksheet import MOST_COLUMNS
from bot.stores.reading import read_stores
from bot.stores.store import Store

REPLY = '=HYPERLINK("http://evil.example")\n-第二行'
HOSTILE = ["=1+1", "+86 138", "-5", "@name", "＝1", "  =1", "\t=1", "　@a", "\r=1"]
PLAIN = ["", "'", "'a", "a=1", "1+1", "你好\n=1"]


def test_a_reply_that_looks_like_a_formula_was_calculated_by_excel(tmp_path: Path) -> None:
    rows = [("-优惠", REPLY, "faq/sale"), ("发货", "48 小时内\n发出", "#N/A")]
    for ending in (".csv", ".xlsx", ".txt"):
        write(tmp_path / f"list{ending}", rows)
    with (tmp_path / "list.csv").open(encoding="utf-8-sig", newline="") as file:
        found = [*csv.reader(file)]
    assert found == [[*HEAD], [f"'{rows[0][0]}", f"'{REPLY}", "faq/sale"], [*rows[1]]]
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx").active
    assert sheet is not None
    cells = [[*row] for row in sheet.iter_rows()]
    assert [[cell.value for cell in row] for row in cells] == [[*HEAD], *map(list, rows)]
    assert {cell.data_type for row in cells for cell in row} == {"s"}
    assert [cell.quotePrefix for cell in cells[1]] == [True, True, False]
    assert REPLY in (tmp_path / "list.txt").read_text("utf-8")


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_one_nickname_made_the_whole_list_unreadable(tmp_path: Path, ending: str) -> None:
    """By a sign that XML does not have, or by half a sign."""
    path = tmp_path / f"list{ending}"
    with opened(path, "客户") as sheet:
        sheet.add(["\uffff老\ufffe张\ud800", "\0"])
    assert grid_of(path)[0][0] == " 老 张 "


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_spreadsheet_would_calculate_has_a_quote_before_it(text: str) -> None:
    assert guarded(text)[0] == "'"
    assert unguarded(guarded(text)).strip() == text.strip()


@pytest.mark.parametrize("text", PLAIN)
def test_other_words_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text == unguarded(text)


def test_a_store_comes_back_out_of_its_own_list(tmp_path: Path) -> None:
    store = Store(id="1", name="=店", values={"phone": "+86 21 5555"})
    with opened(tmp_path / "a.csv", "") as sheet:
        for row in (["编号", "店名", "电话"], [store.id, store.name, store.values["phone"]]):
            sheet.add(row)
    assert "'+86" in (tmp_path / "a.csv").read_text("utf-8-sig")
    (found,) = read_stores(tmp_path / "a.csv", []).rows
    assert found.store == store


def test_what_was_typed_into_a_sheet_of_ours_lost_its_noughts(tmp_path: Path) -> None:
    """021 became 21, 5.10 became 5.1, 5-6 the sixth of May: its columns are of text now."""
    with opened(tmp_path / "a.xlsx", "门店", to_fill_in=True) as sheet:
        sheet.add(["编号", "店名", "电话"])
        sheet.add(["001", "虹口店", ""])
    made = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert made is not None
    columns = made.column_dimensions["A"]
    assert (columns.min, columns.max, columns.number_format) == (1, MOST_COLUMNS, "@")
    (row,) = read_stores(tmp_path / "a.xlsx", []).rows
    assert row.store == Store(id="001", name="虹口店")


def test_half_of_a_list_stayed_on_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), opened(tmp_path / "a.csv", "") as sheet:
        sheet.add(["编号"])
        raise OSError("full")
    assert not (tmp_path / "a.csv").exists()


def test_what_stood_in_a_file_that_could_not_be_opened_was_lost(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("yesterday's")
    with pytest.raises(PermissionError), whole(file):
        raise PermissionError("another's")
    assert file.read_text() == "yesterday's"


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BotError, match="xlsx"), opened(tmp_path / "a.doc", ""):
        pass
