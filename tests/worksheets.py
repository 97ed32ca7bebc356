"""Worksheets of scripts, as Excel saves them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl

from bot.scripts.formats.columns import COLUMNS

HEADERS = [column.title for column in COLUMNS]
GOOD = {"编号": "faq/b", "分类": "faq", "标题": "题", "客户问法": "问", "回复": "答"}


def sheet(path: Path, *rows: Sequence[Any], merge: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for area in merge:
        book.active.merge_cells(area)
    book.save(path / "a.xlsx")
    return path / "a.xlsx"
