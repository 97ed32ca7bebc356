"""Worksheets of scripts, as Excel saves them and as they are uploaded."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl

from bot.scripts.formats.columns import COLUMNS

HEADERS = [column.title for column in COLUMNS]
GOOD = {"编号": "faq/b", "分类": "faq", "标题": "题", "客户问法": "问", "回复": "答"}

# Of a large one:
ROWS = 5000
HEAD = ("编号", "分类", "标题", "客户问法", "关键词", "回复", "渠道", "时段", "截止日期", "附件")
# letter of the column → what is wrong in it, and words of what is said about it
FAULTS = (
    ("A", "Not An Id", "写法不对"),
    ("A", "退款 1", "写法不对"),
    ("B", "", "没有填"),
    ("C", "", "没有填"),
    ("F", "", "没有填"),
    ("F", "{{ customer.nmae }}", "customer.nmae"),
    ("F", "{{ customer.name ", "花括号"),
    ("G", "抖音", "可以写：客户联系"),
    ("H", "早上九点", "时段"),
    ("I", "下周二", "日期"),
    ("J", "图片 no/such.jpg", "找不到文件"),
    ("F", "=A1", "公式"),
    ("A", "faq/import/0", "第 2 行已经有了"),
    ("J", "图片", "附件"),
    ("I", "2026-13-45", "日期"),
)
PLANTED = {100 + 150 * number: FAULTS[number % len(FAULTS)] for number in range(30)}


def sheet(path: Path, *rows: Sequence[Any], merge: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for area in merge:
        book.active.merge_cells(area)
    book.save(path / "a.xlsx")
    return path / "a.xlsx"


def book(*rows: tuple[str, ...], more: str = "") -> bytes:
    """The workbook as uploaded; `more` names an empty sheet after the first."""
    made, packed = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        made.worksheets[0].append(row)
    if more:
        made.worksheets[0].title = "话术"
        made.create_sheet(more)
    made.save(packed)
    return packed.getvalue()


def large_book(*, words: str = "好的") -> bytes:
    """ROWS scripts, with mistakes in the rows of PLANTED."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("话术")
    sheet.append(HEAD)
    for number in range(ROWS):
        row: list[str] = [
            f"faq/import/{number}", "咨询问答", f"第{number}款", f"说说{name_of(number)}", "",
            f"第{number}款{words}", "", "", "", "",
        ]  # fmt: skip
        if fault := PLANTED.get(number + 2):
            row["ABCDEFGHIJ".index(fault[0])] = fault[1]
        sheet.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def name_of(number: int) -> str:
    """A name unlike all others and existing ones: else each is compared with its neighbours."""
    return chr(0x4E00 + number) + chr(0x6E00 + number)
