"""A file of customers' fields: what becomes of each row, and the messages for its mistakes."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from bot.errors import ConfigError
from bot.profile.fields import Consent, FieldRule
from bot.profile.importing import Judge, Person, Put, Row, read_table, titles_of
from bot.sheets.grid import RETYPE, remedy, shortened
from bot.telling.complaints import words

RULES = {
    "birthday": FieldRule(
        id="birthday", title="生日", kind="birthday", consent=True, purpose="祝福"
    ),
    "size": FieldRule(id="size", title="尺码", kind="choice", choices=("S", "M")),
    "likes": FieldRule(id="likes", title="偏好"),
}
ANNA = Person(id="wm1", name="安安", values={"size": "S"}, consents={})
BEA = Person(
    id="wm2", name="贝贝", values={"birthday": "05-17"}, consents={"birthday": Consent.WITHDRAWN}
)
FOUND = {
    ("id", "wm1"): ["wm1"], ("phone", "13800000002"): ["wm2"], ("unionid", "u"): ["wm1", "wm2"],
}  # fmt: skip


def judged(path: Path) -> list[Row]:
    people = {one.id: one for one in (ANNA, BEA)}
    return [*Judge(path.name, RULES).rows(read_table(path, RULES).lines, FOUND, people)]


def test_each_row_has_its_fate(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        "店员填\n客户编号,手机号,unionid,姓名,尺码,偏好,生日,生日（同意）,备注\n"
        "wm1,,,谁,M,喜欢  亮色,,,x\n"
        ",138 0000 0002,,,,,1990-05-17,,\n"
        ",,,,M,,,,\n"
        "wm9,,,,M,,,,\n"
        ",,u,,M,,,,\n"
        "wm1,,,,S,,,,\n".encode("gb18030")
    )
    new, same, *wrong = judged(path)
    assert (new.number, new.fate, new.name) == (3, "changed", "安安")
    assert new.puts == (
        Put(field="size", value="M", old="S"), Put(field="likes", value="喜欢 亮色", old=""),
    )  # fmt: skip
    assert (same.fate, same.customer, same.puts) == ("same", "wm2", ())
    assert [(one.fate, one.complaints[0].problem) for one in wrong] == [
        ("fault", "names no customer"),
        ("fault", "there is no customer 'wm9'"),
        ("fault", "means 2 customers"),
        ("fault", "row 3 has this customer, too"),
    ]


def test_a_value_that_does_not_fit_and_a_consent_that_was_taken_back(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["external_userid", "手机", "尺码", "生日", "生日同意"])
    sheet.append(["wm1", "", "XL", date(1990, 5, 17), "看情况"])
    sheet.append(["", 13800000002, "S", "去年", "同意"])
    book.save(tmp_path / "a.xlsx")
    first, second = judged(tmp_path / "a.xlsx")
    assert [(one.key, one.problem) for one in first.complaints] == [
        ("row 2 生日同意", "'看情况' cannot be used"), ("row 2 尺码", "'XL' cannot be used"),
    ]  # fmt: skip
    assert [(one.key, one.problem) for one in second.complaints] == [
        ("row 3 生日", "'去年' cannot be used"),
        ("row 3 生日同意", "this customer took it back"),
    ]
    sheet["E3"], sheet["D3"] = "同意", ""
    sheet["C2"], sheet["E2"] = "", "是"
    book.save(tmp_path / "a.xlsx")
    first, second = judged(tmp_path / "a.xlsx")
    assert first.puts == (Put(field="birthday", value="05-17", old="", consent=Consent.GIVEN),)
    assert second.complaints[0].problem == "this customer took it back"


def test_days_as_people_write_them(tmp_path: Path) -> None:
    days = {
        "07-08": "1990/7/8 1990.7.8 1990年7月8日 1990-07-08 7/8 19900708 0708 七月八日",
        "L05-05": "农历5月5日 五月初五 阴历五月五 L5-5",
        "L12-23": "腊月廿三 农历腊月二十三",
        "L+06-01": "闰六月初一",
        "": "五月十七 1990-05 2月30日 33010",  # the first may be by either calendar
    }
    for kept, texts in days.items():
        for day in texts.split():
            (tmp_path / "a.csv").write_text(f"客户编号,生日\nwm1,{day}\n", "utf-8")
            (row,) = judged(tmp_path / "a.csv")
            assert "".join(put.value for put in row.puts) == kept, day


def test_the_sheet_with_the_customers_is_not_always_the_first(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["怎么填"])
    book.create_sheet("客户").append(["手机号码", "偏好"])
    book.worksheets[1].append(["13800000002", "亮色"])
    book.create_sheet("空的")
    book.create_sheet("二店").append(["手机号", "偏好"])
    book.save(tmp_path / "a.xlsx")
    assert [row.customer for row in judged(tmp_path / "a.xlsx")] == ["wm2"]
    (told,) = read_table(tmp_path / "a.xlsx", RULES).sheets  # half of the customers were lost
    assert words(told, "zh")[0] == "只读了工作表「客户」，没有读：Sheet、二店"


def test_a_column_that_nobody_knows_refused_the_whole_file(tmp_path: Path) -> None:
    heads = "客户编号,联系电话,手机号,订单金额,会员生日,偏  好,偏好,size of shoe,备注,,"
    (tmp_path / "a.csv").write_text(f"{heads}\nwm1,1,2,99,05-17,亮色,暗色,M,x,y,\n", "utf-8")
    table = read_table(tmp_path / "a.csv", RULES)
    assert [words(one, "zh") for one in table.left_out] == [
        ("「手机号」这一列有两个", "只用前一个：联系电话"),
        ("「订单金额」不认识", ""),
        ("「会员生日」不认识", "是不是想写「生日」？"),
        ("「偏好」这一列有两个", "只用前一个：偏  好"),
        ("「size of shoe」不认识", ""),
        ("第 10 列没有标题", "写上是哪一项资料"),
    ]
    (line,) = table.lines
    assert (line.who, line.values) == ({"id": "wm1", "phone": "1"}, {"likes": "亮色"})


def test_a_cell_that_cannot_be_used_dropped_its_whole_row(tmp_path: Path) -> None:
    text = "客户编号,尺码,偏好,生日,生日同意\nwm1,XL,亮色,去年,同意\n"
    (tmp_path / "a.csv").write_text(text, "utf-8")
    (row,) = judged(tmp_path / "a.csv")
    assert (row.fate, row.puts) == ("new", (Put(field="likes", value="亮色", old=""),))
    assert [(one.key, *words(one, "zh")) for one in row.complaints] == [
        ("row 2 生日", "「去年」不能用", "写 05-17 或 1990/5/17，农历写 农历5月17日"),
        ("row 2 生日同意", "「生日」没有导入，同意也就不记", "把值改好，同意会一起记下"),
        ("row 2 尺码", "「XL」不能用", "从这些里选：S, M"),
    ]


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_what_excel_shows_instead_of_a_value_was_kept_as_one(
    tmp_path: Path, separator: str
) -> None:
    rows = (
        ("手机号", "客户编号", "偏好"), ("", "wm1", "#N/A"), ("1.38E+10", "", "亮色"),
        ('="13800000002"', "", "1.23457E+17"), ("\u202d'13800000002\u202c", "", "2E 号"),
    )  # fmt: skip
    (tmp_path / "a.csv").write_text("\n".join(map(separator.join, rows)), "utf-8")
    found = judged(tmp_path / "a.csv")
    retype = "把这一列设为“文本”再填一次"
    assert [words(row.complaints[0], "zh") for row in found[:3]] == [
        ("「#N/A」不能用", "填上真正的内容"), ("没有客户「1.38E+10」", retype),
        ("「1.23457E+17」不能用", retype),
    ]  # fmt: skip
    assert [row.customer for row in found] == ["wm1", "", "wm2", ""]
    assert found[3].complaints[0].problem == "row 4 has this customer, too"


def test_a_number_of_four_hundred_digits_failed_the_import() -> None:
    """A file may hold one, and no float can."""
    assert remedy(shortened(-(10**400))) == RETYPE


def test_a_field_may_be_called_as_a_column_of_ours() -> None:
    titles = ("客户编号", "手机号", "姓名")
    rules = {f"f{n}": FieldRule(id=f"f{n}", title=one) for n, one in enumerate(titles)}
    assert titles_of(rules) == ["客户id", "手机", "客户", *titles]  # a nickname was taken for 姓名
    assert titles_of(RULES)[:3] == [*titles]


def test_what_is_known_is_no_mistake_though_it_would_not_be_taken_today(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("客户编号,尺码\nwm1,S\n", "utf-8")
    rules = {"size": FieldRule(id="size", title="尺码", kind="choice", choices=("M",))}
    lines = read_table(tmp_path / "a.csv", rules).lines
    (row,) = Judge("a.csv", rules).rows(lines, FOUND, {"wm1": ANNA})
    assert (row.fate, row.complaints) == ("same", ())


def test_a_long_value_is_told_short_and_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"客户编号,偏好\nwm1,{'长' * 500}\n", "utf-8")
    (row,) = judged(tmp_path / "a.csv")
    assert words(row.complaints[0], "zh") == (f"「{'长' * 40}…」不能用", "最多 200 个字")


def test_a_file_that_is_no_table_of_customers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("姓名,尺码\n安安,M\n", "utf-8")
    with pytest.raises(ConfigError) as told:
        read_table(tmp_path / "a.csv", RULES)
    assert told.value.complaints[0].problem == "has no row of titles"


@pytest.mark.parametrize("kind", [".csv", ".xlsx"])
def test_a_birthday_that_excel_shortened_is_asked_about(tmp_path: Path, kind: str) -> None:
    """5.10 was kept as the first of May: there it is a number, and the nought is gone."""
    path, rows = tmp_path / f"a{kind}", [("wm1", "", 5.1), ("", "13800000002", 2.3)]
    if kind == ".csv":
        lines = [",".join(map(str, row)) for row in rows]
        path.write_text("\n".join(["客户编号,手机号,生日", *lines]), "utf-8")
    else:
        book = openpyxl.Workbook()
        for row in [("客户编号", "手机号", "生日"), *rows]:
            book.active.append(row)
        book.save(path)
    either, clear = judged(path)
    assert either.puts == ()
    assert words(either.complaints[0], "zh") == (
        "「5.1」不能用", "Excel 会把 5.10 也改成 5.1：写 05-01 或 05-10",
    )  # fmt: skip
    assert [one.value for one in clear.puts] == ["02-03"]  # February has no 30th


@pytest.mark.parametrize(
    "titles",
    [
        "*手机号,生日（必填）",
        "手机号＊：,生　日*",
        "手机号码(必填),＊生日(选填)",
        "ｐｈｏｎｅ,生日：",
    ],
)
def test_titles_with_the_marks_of_forms_were_not_known(tmp_path: Path, titles: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{titles}\n13800000002,5月17日\n", "utf-8")
    table = read_table(path, RULES)
    assert (table.lines[0].who, table.lines[0].values, table.left_out) == (
        {"phone": "13800000002"}, {"birthday": "5月17日"}, (),
    )  # fmt: skip
