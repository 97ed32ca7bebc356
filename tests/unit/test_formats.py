"""TOML, Excel and JSON Lines hold the same scripts; what people make of a worksheet is read."""

import subprocess
import sys
import tracemalloc
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.scripts.formats import jsonl, read_library, toml, xlsx_writing
from bot.scripts.formats.columns import COLUMNS, is_off
from bot.scripts.formats.table import table_of
from bot.scripts.formats.xlsx import MOST_CELLS as MOST_SCRIPT_CELLS
from bot.scripts.reading import Shelf
from bot.scripts.script import Script
from bot.sheets.grid import grid_of
from bot.sheets.worksheet import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, TooLarge, slimmed
from tests.starter import LIBRARY

ROOT = Path(__file__).parents[2]

# ---- round trips

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}"), max_size=12)
text = words.map(str.strip).filter(bool)
tricky = st.sampled_from(
    [
        *(
            "=1+1",
            "一；二",
            "一\n二",
            "json:x",
            "0123",
            "12.50",
            "TRUE",
            "2026-01-31",
            "-",
            "'x",
            '"',
        ),
        *(
            '""" \\',
            "_x0041_",
            "咨询问答",
            "{{ customer.name or '亲' }}\n好",
            "图片 a b",
            "a, b、c",
        ),
    ]
)
some = text | tricky
keyword = some.map(lambda entry: " ".join(entry.split())).filter(bool)
link = st.fixed_dictionaries(
    {
        "type": st.just("link"),
        "title": text | st.just("退货 指南"),
        "url": st.just("https://a.cn/b"),
    },
    optional={"desc": text},
)
picture = st.fixed_dictionaries(
    {"type": st.just("image"), "pic_url": st.just("https://a.cn/b.png")}
)
upload = st.fixed_dictionaries({"type": st.just("file"), "media_id": text})
day = st.dates(date(2020, 1, 1), date(2030, 1, 1))
when = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.lists(st.sampled_from(["kf", "contact", "bot", "app"]), min_size=1),
        "tags": st.lists(some, min_size=1, max_size=3),
        "hours": st.sampled_from(["09:00-21:00", "21:00-08:30"]),
        "until": day,
    },
) | st.builds(lambda first: {"from": first}, day)
table = st.fixed_dictionaries(
    {
        "id": st.from_regex(r"[a-z0-9][a-z0-9_-]{0,5}(/[a-z0-9]{1,5})?", fullmatch=True),
        "title": some,
        "category": st.sampled_from(["faq", "greeting", "自己的"]) | some,
        "say": st.lists(some, min_size=1, max_size=4),
    },
    optional={
        "ask": st.lists(some, min_size=1, max_size=4),
        "keywords": st.lists(keyword, min_size=1, max_size=3),
        "not_for": st.lists(some, min_size=1, max_size=3),
        "attachments": st.lists(link | picture | upload, min_size=1, max_size=3),
        "when": when,
        "persona": some,
        "then": st.just("person"),
    },
)


def built(tables: Sequence[dict[str, Any]]) -> list[Script]:
    shelf = Shelf(ROOT / "tests")
    for one in tables:
        shelf.take("a.toml", one, 0, shelf.complaints)
    assert shelf.complaints == []
    return list(shelf.scripts.values())


def test_all_formats_hold_the_same(tmp_path: Path) -> None:
    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
    @given(st.lists(table, min_size=1, max_size=3, unique_by=lambda one: one["id"]))
    def check(tables: list[dict[str, Any]]) -> None:
        scripts = built(tables)
        wanted = [table_of(script) for script in scripts]
        for name in ("a.toml", "b.xlsx", "c.jsonl", "d.toml"):  # each made of the one before
            write(tmp_path / name, scripts)
            reading = read_library(tmp_path / name)
            assert reading.complaints == ()
            scripts = list(reading.scripts)
            assert [table_of(script) for script in scripts] == wanted

    check()


def write(path: Path, scripts: Sequence[Script]) -> None:
    if path.suffix == ".xlsx":
        xlsx_writing.write_scripts(path, scripts)
    elif path.suffix == ".jsonl":
        path.write_bytes(jsonl.write_scripts(scripts))
    else:
        path.write_text(toml.write_scripts(scripts), "utf-8", newline="\n")


@pytest.mark.parametrize("ending", [".toml", ".xlsx", ".jsonl"])
def test_the_starter_library_survives(tmp_path: Path, ending: str) -> None:
    scripts = list(LIBRARY)
    write(tmp_path / f"all{ending}", scripts)
    reading = read_library(tmp_path / f"all{ending}", beside=ROOT / "scripts_library")
    assert reading.complaints == ()
    assert list(map(table_of, reading.scripts)) == list(map(table_of, scripts))


# ---- worksheets as people make them

HEADERS = [column.title for column in COLUMNS]


def sheet(path: Path, *rows: Sequence[Any], merge: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for area in merge:
        book.active.merge_cells(area)
    book.save(path / "a.xlsx")
    return path / "a.xlsx"


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


GOOD = {"编号": "faq/b", "分类": "faq", "标题": "题", "客户问法": "问", "回复": "答"}


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
    rows: list[list[Any]] = [[*HEADERS, "回复2"], [*map(GOOD.get, HEADERS), "{{ x }}"]]
    [told] = read_library(sheet(tmp_path, *rows)).complaints
    assert told.key == "row 2, column P 回复 (faq/b)"


@pytest.mark.parametrize(
    ("headers", "key", "problem"),
    [
        (["编号", "标题", "回复", "分数"], "row 1, column D", "unknown: 分数"),
        (["编号", "标题", "回复", "标题"], "row 1, column D", "there twice"),
        (["问", "答"], "*", "no row of headers"),
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


def test_several_sheets_are_one_library(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, one in (("售前", "a"), ("售后", "b")):
        page = book.create_sheet(name)
        page.append(["编号", "分类", "标题", "回复"])
        page.append([one, "faq", "x", "{{ y }}"])
    book.save(tmp_path / "a.xlsx")
    keys = [told.key for told in read_library(tmp_path / "a.xlsx").complaints]
    assert keys == ["售前 row 2, column D 回复 (a)", "售后 row 2, column D 回复 (b)"]


def test_the_template_explains_itself_and_holds_nothing(tmp_path: Path) -> None:
    xlsx_writing.write_template(tmp_path / "t.xlsx")
    reading = read_library(tmp_path / "t.xlsx")
    assert (reading.scripts, reading.complaints) == ((), ())
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    page, help_page = book["话术"], book["说明"]
    assert {cell.comment.text for cell in page[1]} == {column.hint for column in COLUMNS}
    listed = [one.formula1 for one in page.data_validations.dataValidation]
    assert any("咨询问答" in one for one in listed)
    assert any("微信客服" in one for one in listed)
    assert {column.title for column in COLUMNS} <= {cell.value for cell in help_page["A"]}
    book.close()


def test_what_is_too_long_for_a_cell_is_named(tmp_path: Path) -> None:
    [script] = built([{"id": "a", "title": "x", "category": "faq", "say": ["长" * 33000]}])
    with pytest.raises(Exception, match=r"a\.say: longer than"):
        xlsx_writing.write_scripts(tmp_path / "a.xlsx", [script])


def test_excel_is_loaded_only_when_it_is_used() -> None:
    code = "import sys, bot.cli; sys.exit('openpyxl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
