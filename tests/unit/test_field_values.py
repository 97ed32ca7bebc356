"""Which values fit a customer's field, and which do not."""

from pathlib import Path

import pytest

from bot.errors import Complaint
from bot.profile.fields import FieldRule, fitting
from bot.profile.rules import read_customers

RENEWAL = FieldRule(id="renewal", title="到期", kind="date")


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("2027-05-17", "2027-05-17"), ("2027/5/7", "2027-05-07"), ("2027年5月17日", "2027-05-17"),
        ("20270517", "2027-05-17"), ("2027.5.17 00:00:00", "2027-05-17"), ("", ""),
        ("2027/5/17 0:00", "2027-05-17"), ("2027/5/17 8:00", None),  # as Excel saves into .csv
        ("2027-02-29", None), ("2027517", None), ("05-17", None), ("明年", None),
        ("1999-05-17", None),
    ],
)  # fmt: skip
def test_dates_are_read_as_people_and_worksheets_write_them(told: str, kept: str | None) -> None:
    assert fitting(RENEWAL, told) == kept


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        ("birthday", "5月17日", "05-17"), ("birthday", "1990-5-17", "05-17"),
        ("birthday", "农历 5月17日", "L05-17"), ("birthday", "L+06-15", "L+06-15"),
        ("birthday", "2月30日", None), ("birthday", "1991-02-29", None),
        ("birthday", "19910229", None), ("birthday", "1992年2月29日", "02-29"),
        ("birthday", "1990/5/17 0:00", "05-17"), ("birthday", "1990-05-17 00:00:00", "05-17"),
        ("birthday", "去年", None), ("birthday", " ", ""),
        ("choice", "M", "M"), ("choice", "XL", None),
        ("text", "喜欢  亮色", "喜欢 亮色"), ("text", "字" * 201, None),
    ],
)  # fmt: skip
def test_a_value_fits_its_field(kind: str, text: str, kept: str | None) -> None:
    rule = FieldRule(id="x", title="x", kind=kind, choices=("S", "M"))  # type: ignore[arg-type]  # one of three
    assert fitting(rule, text) == kept


def test_mistakes_in_fields_are_named(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/customers.toml").write_text(
        '[field.Size]\ntitle = "尺码"\n[field.a]\ntitle = "甲"\nkind = "choice"\n'
        '[field.b]\ntitle = "乙"\nconsent = true\n[field.c]\ntitle = "丙"\nkind = "birthday"\n'
        "[field.d]\n",
        "utf-8",
    )
    complaints: list[Complaint] = []
    rules = read_customers(tmp_path, complaints)
    keys = [one.key for one in complaints]
    assert keys == [
        "field.Size", "field.a.choices", "field.b.purpose", "field.c.kind", "field.d.title",
    ]  # fmt: skip
    assert rules.fields["birthday"].title == "生日"
