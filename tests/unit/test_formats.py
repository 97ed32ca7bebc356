"""TOML, Excel and JSON Lines hold the same scripts."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.scripts.formats import jsonl, read_library, toml, xlsx_writing
from bot.scripts.formats.columns import COLUMNS
from bot.scripts.formats.table import table_of
from bot.scripts.reading import Shelf
from bot.scripts.script import Script
from tests.starter import LIBRARY

ROOT = Path(__file__).parents[2]

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}"), max_size=12)
text = words.map(str.strip).filter(bool)
tricky = st.sampled_from([
    "=1+1", "一；二", "一\n二", "json:x", "0123", "12.50", "TRUE", "2026-01-31", "-", "'x", '"',
    '""" \\', "_x0041_", "咨询问答", "{{ customer.name or '亲' }}\n好", "图片 a b", "a, b、c",
])  # fmt: skip
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
    [script] = built([{"id": "a", "title": "长" * 33000, "category": "faq", "say": ["x"]}])
    with pytest.raises(Exception, match=r"a\.title: longer than"):
        xlsx_writing.write_scripts(tmp_path / "a.xlsx", [script])


def test_excel_is_loaded_only_when_it_is_used() -> None:
    code = "import sys, bot.cli; sys.exit('openpyxl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
