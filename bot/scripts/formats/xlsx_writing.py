"""Writes scripts into a worksheet that people can edit, and an empty one that explains itself."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from bot.errors import Complaint, ScriptError
from bot.scripts.formats import cells
from bot.scripts.formats.cells import BadCell
from bot.scripts.formats.columns import COLUMNS, SAMPLE, Column
from bot.scripts.formats.table import table_of
from bot.scripts.script import CATEGORIES, Script
from bot.sheets.sheet import write_text

_SHEET, _HELP = "话术", "说明"
_CHOICES = {
    "category": tuple(CATEGORIES.values()),
    "when.channel": tuple(cells.CHANNELS),
    "then": (cells.PERSON,),
}
_PREPARED = 2000  # empty rows that get drop-downs
_WORDINGS = 2  # columns for wordings (回复, 回复2) in the template
_GREEN, _GREY = "FFE2EFDA", "FF808080"
_ADVICE = (
    "一行是一条话术：客户问到「客户问法」里的话，就回「回复」里的话。",
    "填好后存成 .xlsx，在控制台的「话术 → 导入」里选它：先检查，您确认了才写入；"
    "错在哪一行、哪一列、怎么改，它都会说。",
    f"编号以「{SAMPLE}」开头的行是例子，不会导入，可以删掉。空行没关系。",
    "别用公式，别改表头的名字；自己备注用的列，列名以「备注」开头就行。",
    "一条话术有很多问法时，可以把编号、标题、回复几格往下合并，问法一行写一句。",
    "以 json: 开头的格子是导出时写的，为的是一个字也不丢，不用动它。",
    "改已有的话术：在同一页导出来，改完再导入。",
    "也可以用命令：huashu scripts import 文件名.xlsx；"
    "加 --dry-run 只看不写，改已有的加 --replace。",
)


def write_scripts(path: Path, scripts: Sequence[Script]) -> None:
    """Write `scripts` as an .xlsx file.

    Raises:
        ScriptError: something is too long for a cell.
    """
    tables = [table_of(script) for script in scripts]
    wordings = max((len(table["say"]) for table in tables), default=1)
    columns = _columns(wordings)
    complaints: list[Complaint] = []
    lines = []
    for script, table in zip(scripts, tables, strict=True):
        line = []
        for column, number in columns:
            try:
                line.append(_cell(table, column, number))
            except BadCell as error:
                problem, cure = error.args
                complaints.append(
                    Complaint(script.file, f"{script.id}.{column.key}", problem, cure)
                )
        lines.append(line)
    if complaints:
        raise ScriptError(complaints)
    _save(path, columns, lines)


def write_template(path: Path) -> None:
    """Write an .xlsx file with headers, two samples, and a sheet that explains the columns."""
    columns = _columns(_WORDINGS)
    lines = [
        [column.examples[row] if number == 0 else "" for column, number in columns]
        for row in range(len(COLUMNS[0].examples))
    ]
    _save(path, columns, lines)


def _columns(wordings: int) -> list[tuple[Column, int]]:
    """The columns to write, each with the number of its wording from 0: 回复 has one a wording."""
    return [
        (column, number)
        for column in COLUMNS
        for number in range(wordings if column.key == "say" else 1)
    ]


def _cell(table: dict[str, Any], column: Column, number: int) -> str:
    owner, _, part = column.key.partition(".")
    value = table.get(owner)
    if part and value:
        value = value.get(part)
    if column.key == "say":
        value = value[number] if value and number < len(value) else None
    return column.kind.cell(value) if value else ""


def _save(path: Path, columns: list[tuple[Column, int]], lines: list[list[str]]) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = _SHEET
    _write_header(sheet, columns)
    for row, line in enumerate(lines, 2):
        for number, text in enumerate(line, 1):
            write_text(sheet.cell(row, number), text)
    _prepare(sheet, columns, len(lines) + 1)
    _explain(book.create_sheet(_HELP))
    whole = BytesIO()  # on a full disk a zip file that cannot be closed would raise once more
    book.save(whole)
    path.write_bytes(whole.getvalue())


def _write_header(sheet: Any, columns: list[tuple[Column, int]]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    for place, (column, number) in enumerate(columns, 1):
        cell = sheet.cell(1, place, f"{column.title}{number + 1 if number else ''}")
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor=_GREEN)
        cell.comment = Comment(column.hint, "huashu", height=120, width=280)
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    sheet.freeze_panes = "B2"


def _prepare(sheet: Any, columns: list[tuple[Column, int]], filled: int) -> None:
    """Give columns and cells text format, wrapped lines and drop-downs, for later rows, too."""
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for place, (column, _) in enumerate(columns, 1):
        letter = get_column_letter(place)
        dimension = sheet.column_dimensions[letter]
        dimension.number_format = "@"
        dimension.alignment = Alignment(wrap_text=True, vertical="top")
        for row in range(2, filled + 1):
            cell = sheet.cell(row, place)
            cell.number_format = "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        if choices := _CHOICES.get(column.key):
            listed = DataValidation(type="list", formula1=f'"{",".join(choices)}"')
            listed.showErrorMessage = False  # one's own category, several channels
            listed.add(f"{letter}2:{letter}{filled + _PREPARED}")
            sheet.add_data_validation(listed)


def _explain(sheet: Any) -> None:
    from openpyxl.styles import Alignment, Font

    wrapped = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 16, 90
    sheet.cell(1, 1, "怎么填这张表").font = Font(bold=True, size=14)
    row = 2
    for advice in _ADVICE:
        sheet.cell(row, 2, advice).alignment = wrapped
        row += 1
    row += 1
    for column in COLUMNS:
        sheet.cell(row, 1, column.title).font = Font(bold=True)
        sheet.cell(row, 2, column.hint).alignment = wrapped
        row += 1
    names = "、".join(f"{name}（{one}）" for name, one in cells.CHANNELS.items())
    sheet.cell(row + 1, 1, "渠道的名字").font = Font(bold=True)
    sheet.cell(row + 1, 2, names).font = Font(color=_GREY)
