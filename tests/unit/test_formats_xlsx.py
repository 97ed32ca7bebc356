"""What people make of a worksheet is read, and mistakes are named by row and column."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bot.scripts.formats import read_library
from bot.scripts.formats.columns import is_off
from bot.scripts.formats.table import table_of
from tests.worksheets import GOOD, HEADERS, sheet


def test_a_worksheet_as_people_fill_it_in(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        ["有间好物话术表（2026 版）"],
        [],
        [
            "序号",
            "编号 ",
            "类别",
            "标题",
            "客户问法（一行一句）",
            "关键字",
            "回复",
            "回复2",
            "渠道",
            "时段",
        ],
        [
            1,
            "faq/a ",
            "咨询问答",
            "退款",
            "多久到账；钱呢;怎么没到",
            "退款 到账，退钱",
            " 三天。 ",
            None,
            "微信客服，智能机器人",
        ],
        [None, None, None, "", "  "],
        [2, 12, "faq", 618, "大促\n几号", None, 7, 7.5, "kf", "９：００～２１：００"],
        merge=["A1:J1"],
    )
    reading = read_library(path)
    assert reading.complaints == ()
    assert [table_of(script) for script in reading.scripts] == [
        {
            "id": "faq/a",
            "title": "退款",
            "category": "faq",
            "ask": ["多久到账", "钱呢", "怎么没到"],
            "keywords": ["退款 到账", "退钱"],
            "say": ["三天。"],
            "when": {"channel": ["kf", "bot"]},
        },
        {
            "id": "12",
            "title": "618",
            "category": "faq",
            "ask": ["大促", "几号"],
            "say": ["7", "7.5"],
            "when": {"channel": ["kf"], "hours": "09:00-21:00"},
        },
    ]


def test_merged_cells_belong_to_all_their_rows(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        ["编号", "分类", "标题", "问法", "回复", None],
        ["a", "faq", "甲", "一", "答一", "答二"],
        [None, None, None, "二"],
        [None, None, None, "三"],
        ["b", None, "乙", "四", "答"],
        merge=["E1:F1", "A2:A4", "C2:C4", "B2:B5"],
    )
    reading = read_library(path)
    assert reading.complaints == ()
    first, second = map(table_of, reading.scripts)
    assert (first["ask"], first["say"]) == (["一", "二", "三"], ["答一", "答二"])
    assert (second["category"], second["ask"]) == ("faq", ["四"])


def test_a_state_says_whether_a_row_is_in_use() -> None:
    """无效 and 审核中 came in, 未删除 was left out."""
    off = (
        "已停用",
        "停止使用",
        "无效",
        "未生效",
        "已过期",
        "审核中",
        "驳回",
        "不启用",
        "否",
        "FALSE",
    )
    on = ("启用", "使用中", "在用", "未删除", "未过期", "已审核", "有效", "是", "True", "")
    assert [is_off(one) for one in (*off, *on)] == [True] * len(off) + [False] * len(on)


def test_a_company_s_own_headers_all_channels_and_rows_out_of_use(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        ["序号", "业务分类", "客户问题", "扩展问法", "标准答复", "适用渠道", "状态", "审核状态"],
        [1, "沙发", "沙发多少钱", "沙发怎么卖", "看款式。", "全部", "启用", "已审核"],
        [2, "沙发", "沙发送货吗", "沙发包送吗", "以前的价。", "全部", " 已停用", "已审核"],
        [None, None, None, "沙发怎么送"],
        merge=["C3:C4"],
    )
    reading = read_library(path)
    assert reading.complaints == ()
    [table] = map(table_of, reading.scripts)
    assert table["ask"] == ["沙发多少钱", "沙发怎么卖"]
    assert (table["category"], table["say"]) == ("沙发", ["看款式。"])
    assert "when" not in table


def test_dates_and_attachments(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        ["编号", "分类", "标题", "回复", "开始日期", "截止日期", "附件", "之后"],
        [
            *("a", "news", "x", "y", date(2026, 6, 1), "2026年6月18日"),
            *("链接 退货 指南 https://a.cn/b\n图片 https://a.cn/c.png", "请人接着回"),
        ],
    )
    reading = read_library(path)
    assert reading.complaints == ()
    [script] = reading.scripts
    assert (script.when.first_day, script.when.last_day) == (date(2026, 6, 1), date(2026, 6, 18))
    assert [item.kind for item in script.attachments] == ["link", "image"]
    assert script.attachments[0].title == "退货 指南"
    assert script.then == "person"


def test_a_break_as_excel_stores_it_was_said_to_customers(tmp_path: Path) -> None:
    row = {
        **GOOD,
        "标题": "题_x000D_",
        "客户问法": "一_x000D_\n二",
        "回复": "一_x000D_\n_xD83D_",
    }
    [script] = read_library(sheet(tmp_path, HEADERS, [*map(row.get, HEADERS)])).scripts
    assert (script.title, script.examples) == ("题", ("一", "二"))
    assert script.say[0].source == "一\n_xD83D_"


@pytest.mark.parametrize(
    ("change", "key", "problem", "cure"),
    [
        ({"编号": "退款 1"}, "column A 编号 (退款 1)", "not an id", "small letters"),
        ({"编号": "faq/a"}, "(faq/a)", "taken already in a.xlsx, row 2", "another id"),
        ({"回复": None}, "column F 回复 (faq/b)", "missing", "Fill"),
        ({"回复": "=A1&B1"}, "column F 回复 (faq/b)", "a formula", "as a value"),
        ({"回复": "#N/A"}, "column F 回复 (faq/b)", "#N/A", "Type"),
        (
            {"回复": "{{ customer.nmae }}"},
            "column F 回复 (faq/b)",
            "customer.nmae",
            "customer.name",
        ),
        ({"标题": date(2026, 6, 18)}, "column C 标题 (faq/b)", "made 2026-06-18", "as text"),
        ({"标题": True}, "column C 标题 (faq/b)", "made True", "as text"),
        (
            {"标题": 6222020200112233445},
            "column C 标题 (faq/b)",
            "6.22202020011223E+18",
            "as text",
        ),
        ({"渠道": "短信"}, "column G 渠道 (faq/b)", "is no channel", "Write 客户联系"),
        ({"时段": "早九晚五"}, "column I 时段 (faq/b)", "are no hours", "09:00-21:00"),
        ({"截止日期": "月底"}, "column K 截止日期 (faq/b)", "no date", "2026-01-31"),
        ({"附件": "尺码表.jpg"}, "column N 附件 (faq/b)", "no attachment", "图片"),
        ({"附件": '{"type": '}, "column N 附件 (faq/b)", "not JSON", "图片"),
        ({"附件": "图片 no.jpg"}, "column N 附件[0].file (faq/b)", "no file", "Put it"),
        ({"标题": "json:["}, "column C 标题 (faq/b)", "not JSON", "plain words"),
        ({"标题": "json:" + "[" * 9000}, "column C 标题 (faq/b)", "not JSON", "plain words"),
        ({"标题": "json:" + "9" * 9000}, "column C 标题 (faq/b)", "not JSON", "plain words"),
        ({"附件": '{"a":' * 5000}, "column N 附件 (faq/b)", "not JSON", "图片"),
        ({"之后": "看情况"}, "column M 之后 (faq/b)", "unknown", "person"),
    ],
)
def test_a_mistake_is_named_by_row_and_column(
    tmp_path: Path, change: dict[str, Any], key: str, problem: str, cure: str
) -> None:
    first = {**GOOD, "编号": "faq/a"}
    rows = [[one.get(name) for name in HEADERS] for one in (first, {}, GOOD | change)]
    reading = read_library(sheet(tmp_path, HEADERS, *rows))
    [told] = reading.complaints
    assert told.file == "a.xlsx"
    assert told.key.replace("row 4, ", "").replace("row 4 ", "") == key
    assert problem in told.problem
    assert cure in told.cure


def test_the_second_wording_has_a_column_of_its_own(tmp_path: Path) -> None:
    for wrong in ("{{ x }}", "=A1"):
        rows: list[list[Any]] = [[*HEADERS, "回复2"], [*map(GOOD.get, HEADERS), wrong]]
        [told] = read_library(sheet(tmp_path, *rows)).complaints
        assert told.key == "row 2, column P 回复 (faq/b)"


@pytest.mark.parametrize(
    ("headers", "key", "problem"),
    [
        (["编号", "标题", "回复", "分数"], "row 1, column D", "unknown: 分数"),
        (["编号", "标题", "回复", "标题"], "row 1, column D", "there twice"),
        (["问", "答"], "*", "no row of headers"),
        (["问题", "答案"], "row 1", "no column 分类"),  # it was said to have no headers
    ],
)
def test_mistakes_in_the_headers(
    tmp_path: Path, headers: list[str], key: str, problem: str
) -> None:
    told = read_library(sheet(tmp_path, headers)).complaints
    assert told[0].key == key
    assert problem in told[0].problem


def test_a_missing_column_is_told_once_and_not_in_each_row(tmp_path: Path) -> None:
    headers = ["编号", "客户问法", "关键词"]
    path = sheet(tmp_path, headers, *[[f"faq/{one}", "在吗", "x"] for one in "abc"])
    [told] = read_library(path).complaints
    assert (told.key, told.problem) == ("row 1", "no column 分类、标题、回复")
    assert len(read_library(path, lenient=True).scripts) == 3


def test_a_companys_own_worksheet_needs_no_ids_and_titles(tmp_path: Path) -> None:
    """400 rows of question and answer were not read: 表头缺少「编号、标题」."""
    rows: list[list[Any]] = [
        ["客服话术（2026）"],
        ["问题分类", "客户问题", "标准回复", "更新人"],
        ["faq", "能开专票吗；发票怎么开", "能开。", "小王"],
        [None, None, "可以的。", "小王"],
        [None, "包邮吗", "满￥299包邮🎁\n不满收 8 元", "小李"],
    ]
    merged = ["A1:D1", "A3:A7", "B3:B4"]
    reading = read_library(path := sheet(tmp_path, *rows, merge=merged))
    assert [(one.title, one.examples) for one in reading.scripts] == [
        ("能开专票吗", ("能开专票吗", "发票怎么开")),
        ("包邮吗", ("包邮吗",)),
    ]
    assert [len(one.say) for one in reading.scripts] == [2, 1]
    assert all(one.id.startswith("imported/") for one in reading.scripts)
    assert [one.id for one in read_library(path).scripts] == [one.id for one in reading.scripts]
    rows += [[None, "包邮吗", "包的", "小李"], [None, None, "没有问题", "小李"]]
    twice, empty = read_library(sheet(tmp_path, *rows, merge=merged)).complaints
    assert "row 6, column B 客户问法" in twice.key
    assert twice.problem == "there already in row 5"
    assert empty.key == "row 7, column B 客户问法"


def test_a_worksheet_with_half_of_its_ids_lost_the_other_half(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["编号", "分类", "标题", "客户问法", "回复"],
        ["faq/a", "faq", "在", "在吗", "在。"],
        [None, "faq", None, "包邮吗", "满 99 元包邮。"],
    ]
    reading = read_library(sheet(tmp_path, *rows))
    assert [one.title for one in reading.scripts] == ["在", "包邮吗"]
    assert reading.scripts[1].id.startswith("imported/")
    assert reading.complaints == ()


def test_several_sheets_are_one_library(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, one in (("售前", "a"), ("售后", "b")):
        page = book.create_sheet(name)
        page.append(["编号", "分类", "标题", "回复"])
        page.append([one, "faq", "x", "{{ y }}"])
    book.save(tmp_path / "a.xlsx")
    keys = [told.key for told in read_library(tmp_path / "a.xlsx").complaints]
    assert keys == ["售前 row 2, column D 回复 (a)", "售后 row 2, column D 回复 (b)"]
