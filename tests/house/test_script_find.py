"""`huashu scripts find`, as somebody who writes words meets it."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from bot.cli import app

LIBRARY = str(Path(__file__).parents[2] / "scripts_library")


def find(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["scripts", "find", *arguments, "--library", LIBRARY])


def test_it_shows_where_what_was_typed_stands() -> None:
    lines = find("thyf").output.splitlines()
    assert lines[0].split() == ["faq/return_fee", "【退货运费】谁出"]
    lines = find("18号").output.splitlines()
    assert lines[0].split() == [
        "news/member_day",
        "会员日是哪天",
        "←",
        "关键词",
        "keyword:",
        "【18号】活动",
    ]


def test_of_long_words_it_shows_what_stands_near() -> None:
    [line, *_] = find("默认发中通", "--limit", "1").output.splitlines()
    assert line.startswith("faq/ship_courier ")
    assert line.endswith("words: 【默认发中通】或圆通，仓库按地区选。要顺丰的话…")


def test_it_tells_programs_all_of_it() -> None:
    told: list[dict[str, Any]] = [
        json.loads(line) for line in find("退h", "--limit", "2", "--json").output.splitlines()
    ]
    assert len(told) == 2
    assert told[0]["hit"]["field"] == "title"
    assert told[0].keys() == {"id", "title", "category", "score", "tier", "example", "hit"}


def test_a_message_that_stands_nowhere_is_found_by_what_it_asks() -> None:
    assert "faq/return_how" in find("东西不想要了要怎么寄回给你们").output


def test_for_nothing_it_shows_some_and_for_nonsense_none() -> None:
    assert len(find("--limit", "7").output.splitlines()) == 7
    assert find("zzzzzz").output == "没有 None.\n"
