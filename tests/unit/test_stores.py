"""Stores (门店) from a worksheet: what becomes of each row, and a member's own way of speaking."""

import csv
from pathlib import Path

import openpyxl
import pytest

from bot.errors import ConfigError
from bot.members.names import Names
from bot.scripts.library import Library
from bot.stores.reading import read_stores, table_of
from bot.stores.store import Store, lacking, values_of
from bot.stores.voices import Voices
from bot.telling.complaints import words

HONGKOU = Store(
    id="SH1", name="虹口店", members={"ZhangSan": "小张", "lisi": ""}, tags=("华东",),
    persona="小虹", values={"phone": "021-1", "tone": "宝子"},
)  # fmt: skip
SCRIPT = """
[[script]]
id = "news/sale"
title = "店庆"
category = "news"
say = ["{{ store.tone }}，{{ store.name }}店庆，{{ store.phone or '到店问' }}"]
"""


def put(path: Path, *rows: list[str]) -> Path:
    with path.open("w", encoding="gb18030", newline="") as out:
        csv.writer(out).writerows(rows)
    return path


def test_each_row_has_a_fate(tmp_path: Path) -> None:
    file = put(
        tmp_path / "stores.csv",
        ["我们的门店"],
        ["编号", "店名", "成员", "电话", "称呼", "备注谁管"],
        ["SH1", "虹口店", "ZhangSan：小张、lisi", "021-2", "宝子", "x"],
        ["SH2", "徐汇店", "wangwu", "", "", ""],
        ["", "", "", "", "", ""],
        ["SH 3", "", "wangwu", "1\n2", "", ""],
        ["SH4", "长宁店", "", "#N/A", "", ""],
        ["7", "嘉定店", "", "", "", ""],
    )
    gone, zeros = Store(id="SH9", name="老店"), Store(id="007", name="嘉定店")
    found = read_stores(file, [HONGKOU, gone, zeros])
    assert [(row.place, row.fate) for row in found.rows] == [
        ("row 3", "changed"), ("row 4", "new"), ("row 6", "wrong"), ("row 7", "wrong"),
        ("row 8", "wrong"),
    ]  # fmt: skip
    assert found.rows[0].what == ("标签", "署名", "电话")
    keys = [one.key for one in found.rows[2].complaints]
    assert keys == ["row 6 编号", "row 6 店名", "row 6 电话", "row 6 成员"]
    assert (found.missing, found.good) == ([gone, zeros], False)
    assert words(found.rows[4].complaints[0], "zh") == (
        "没有「7」，有「007」", "把这一列设为“文本”再填一次",
    )  # fmt: skip


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in table_of([HONGKOU]):
        book.active.append(row)
    book.save(tmp_path / "stores.xlsx")
    assert [row.fate for row in read_stores(tmp_path / "stores.xlsx", [HONGKOU]).rows] == ["same"]


def test_of_a_workbook_it_says_which_sheets_are_not_read(tmp_path: Path) -> None:
    """A cover hid the stores, and of two regions one was taken without a word."""
    book = openpyxl.Workbook()
    book.active.append(["门店表，请勿改列名"])
    for name, row in (("华东", ["SH1", "虹口店"]), ("华南", ["GZ1", "天河店"])):
        sheet = book.create_sheet(name)
        sheet.append(["编号", "店名"])
        sheet.append(row)
    book.save(tmp_path / "stores.xlsx")
    found = read_stores(tmp_path / "stores.xlsx", [Store(id="GZ1", name="天河店")])
    assert found.missing == [], "--remove-missing would have closed it"
    assert [row.store.id for row in found.rows if row.store] == ["SH1"]
    assert [one.problem for one in found.sheets] == [
        "only its sheet 华东 is read, not Sheet、华南"
    ]


@pytest.mark.parametrize("title", ["电hua", "楼层"])
def test_a_column_that_nobody_knows(tmp_path: Path, title: str) -> None:
    file = put(tmp_path / "a.csv", ["编号", "店名", title], ["1", "a", "b"])
    with pytest.raises(ConfigError, match="备注"):
        read_stores(file, [])


def test_who_speaks(tmp_path: Path) -> None:
    voices = Voices()
    voices.take([HONGKOU])
    assert voices.of("zhangsan").persona == "小张"
    assert voices.of("LiSi").persona == "小虹"
    assert voices.of("", "", "SH1").values["name"] == "虹口店"
    assert voices.of("nobody").values == dict.fromkeys(values_of(HONGKOU), "")
    (tmp_path / "news.toml").write_text(SCRIPT, "utf-8")
    script = Library.load(tmp_path)["news/sale"]
    assert lacking(script, values_of(HONGKOU)) == ()
    assert lacking(script, voices.of("nobody").values) == ("name", "tone")


def test_a_member_whom_only_the_pages_know_is_called_by_name() -> None:
    names = Names({"ZhangSan": "小张"})
    assert names.of("lisi", "nobody") == "nobody"
    names.take({"zhangsan": "张三", "LiSi": "李四"})
    assert [names.of(one) for one in ("zhangsan", "lisi")] == ["小张", "李四"]
    names.take({})
    assert names.of("lisi") == ""
    assert names.all() == ("小张",)


def test_titles_with_the_marks_of_forms_were_not_known(tmp_path: Path) -> None:
    file = put(
        tmp_path / "s.csv", ["＊编号", "店名（必填）", "电话："], ["SH2", "徐汇店", "021-2"]
    )
    (row,) = read_stores(file, []).rows
    assert row.store == Store(id="SH2", name="徐汇店", values={"phone": "021-2"})


def test_of_two_columns_for_the_same_the_last_counted_unsaid(tmp_path: Path) -> None:
    file = put(tmp_path / "s.csv", ["编号", "店名", "门店"], ["SH2", "徐汇店", "2 号店"])
    with pytest.raises(ConfigError, match="门店 is there twice"):
        read_stores(file, [])
