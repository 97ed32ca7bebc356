"""Writers of scripts, plans and settings read in Chinese what is wrong, and in which cell."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, cast, get_args, get_type_hints

import pytest

from bot.cluster.cluster import cure_of
from bot.errors import Complaint
from bot.files.reader import Reader
from bot.scripts.checks import check
from bot.settings import Settings
from bot.store_url import INSTALL
from bot.telling.complaints import cell, line, teller, words
from tests.complaints import Scan
from tests.unit.test_planted_faults import FAULTS, NOW, planted

# A Chinese sentence may name a key or a file, and never says three English words in a row.
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b[a-z]{2,},? [a-z]{2,} [a-z]{2,}")
ELSEWHERE = ("root", "platform", "manners", "caps")  # settings that are not in config/bot.toml
OWN_WORDS = re.compile(r"[A-Za-z]{2}")  # else it is quoted altogether


def is_chinese(text: str) -> bool:
    return bool(CHINESE.search(text)) and not ENGLISH.search(text)


def test_all_that_a_page_can_complain_of_is_told_in_chinese() -> None:
    told = [*Scan().told()]
    assert len(told) > 400  # the scan itself works
    english = []
    for one in told:
        said = words(Complaint("a.toml", "key", one.problem, one.cure), "zh")
        for text, chinese in zip((one.problem, one.cure), said, strict=True):
            if OWN_WORDS.search(text) and not is_chinese(chinese):
                english.append(f"{one.place}: {text!r} → {chinese!r}")
    assert english == [], "put them into bot/telling/phrases.toml"


def test_what_a_reader_says_of_values_is_told_in_chinese(tmp_path: Path) -> None:
    table = """
        zone = 8
        fragments = [1]
        wecm = {}
        [wecom]
        corp_id = "env:NOWHERE"
        timeout_s = "soon"
        [server]
        port = -1
        public_url = "shop.example.com"
        [app]
        agent_id = "x"
        secret = "in the file"
        [store]
        url = 1"""
    told: list[Complaint] = []
    Reader("config/bot.toml", {}, told).read(Settings, tomllib.loads(table), root=tmp_path)
    (tmp_path / "broken.toml").write_text("a = [1,\nb = 2", "utf-8")
    Reader("broken.toml", {}, told).table(tmp_path, needed=False)
    assert len(told) > 9
    assert [line(one, "zh") for one in told if not all(map(is_chinese, words(one, "zh")))] == []


def test_every_planted_fault_is_told_in_chinese(tmp_path: Path) -> None:
    found = check(planted(tmp_path, FAULTS), now=NOW)
    english = [
        one.problem
        for one in found
        if words(one, "zh")[0] == one.problem and "chat/good_morning says" not in one.problem
    ]
    assert english == []


@pytest.mark.parametrize(
    ("cure", "zh"),
    [
        (
            'Write when = {hours = "05:00-11:00"}, or 您好',
            '写 when = {hours = "05:00-11:00"}，或改成「您好」',
        ),
        ('Write when = {channel = ["kf"]}', '写 when = {channel = ["kf"]}'),
        ('Write when = { sku = "A1" }', '写 when = { sku = "A1" }'),
    ],
)
def test_a_condition_that_is_to_be_written_is_the_same_in_both_languages(
    cure: str, zh: str
) -> None:
    assert words(Complaint("a.toml", "when", "", cure), "zh")[1] == zh


def test_a_question_ends_in_one_sign() -> None:
    told = Complaint("a.toml", "dutty", "unknown key", "Did you mean duty?")
    assert line(told, "zh") == "a.toml dutty：没有这一项。是不是想写「duty」？"


def test_a_file_was_told_by_another_name() -> None:
    told = line(Complaint("line 2.csv", "row 5, column F", "unknown key", ""), "zh")
    assert told.startswith("line 2.csv 第 5 行 F 列：")


def test_what_no_table_knows_is_told_as_it_is() -> None:
    strange = Complaint("a.toml", "x", "the moon is full", "Wait")
    assert words(strange, "zh") == ("the moon is full", "Wait")
    assert words(Complaint("a", "b", "empty", "Fill it in"), "en") == ("empty", "Fill it in")


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("row 12, column C 标题 (faq/x)", (12, "C", "标题")),
        ("话术 row 7, column AA 回复2[0]", (7, "AA", "回复2")),
        ("line 3, reply (faq/x)", (3, "", "")),
        ("*", (0, "", "")),
    ],
)
def test_the_cell_is_found_in_a_complaint(key: str, place: tuple[int, str, str]) -> None:
    assert cell(Complaint("a.xlsx", key, "empty", "")) == place


@pytest.mark.parametrize("what", ["NATS is spoken by nats-py", "PostgreSQL is spoken by asyncpg"])
def test_a_driver_that_is_missing_is_told_in_chinese(what: str) -> None:
    problem, cure = words(Complaint("a", "b", f"{what}, which is not installed", INSTALL), "zh")
    assert problem.endswith(f"{what.split()[-1]} 没有安装")
    assert cure == '安装：pip install "/path/to/checkout[cluster]"（见 docs/several-machines.md）'


def keys_of(kind: type, at: str = "") -> Iterator[str]:
    """Of each value that config/bot.toml may hold."""
    for one in fields(kind):
        if at + one.name in ELSEWHERE:
            continue
        hint = get_type_hints(kind)[one.name]
        kinds = [part for part in get_args(hint) or (hint,) if isinstance(part, type)]
        if kinds and is_dataclass(kinds[0]):
            yield from keys_of(kinds[0], f"{at}{one.name}.")
        else:
            yield at + one.name


def nested(key: str, value: object) -> dict[str, Any]:
    for part in reversed(key.split(".")):
        value = {part: value}
    return cast("dict[str, Any]", value)


@pytest.mark.parametrize("value", ["!", "a wrong value", "x" * 70])
def test_what_a_variable_holds_is_told_by_its_length(value: str, tmp_path: Path) -> None:
    """No name is cut, no sentence told inside of another, none left in English."""
    found: list[Complaint] = []
    for key in keys_of(Settings):
        told: list[Complaint] = []
        table = nested(key, "env:HUASHU_A_NAME")
        Reader("config/bot.toml", {"HUASHU_A_NAME": value}, told).read(
            Settings, table, root=tmp_path
        )
        found += [one for one in told if "HUASHU_A_NAME" in one.problem]
    assert len(found) > 40
    shown = f"里有 {len(value)} 个字符，不能用"
    wrong = []
    for one in found:
        problem, cure = words(one, "zh")
        if problem.removeprefix("环境变量 HUASHU_A_NAME ") != shown:
            wrong.append(f"{one.key}: {problem}")
        if ENGLISH.search(cure) or not CHINESE.search(cure):
            wrong.append(f"{one.key}: {one.cure} → {cure}")
    assert wrong == []


def test_what_stands_between_a_start_and_its_servers_is_told_in_chinese() -> None:
    shown, look = "postgres://db:5432/bot", "Look at the variable that holds the URL"
    for problem, cure in (
        ("NATS refuses user or password", look),
        (f"{shown} refuses user or password", look),
        (
            "JetStream refuses: timeout",
            "Start nats-server with JetStream: -js; of a cluster, most of its servers",
        ),
        (
            "JetStream refuses: subjects overlap",
            "Look at [inbox] replicas; a stream of others wants another [inbox] stream",
        ),
        ("JetStream refuses: ENOSPC", cure_of(OSError(28, "no space left"))),
        (f"there is no database {shown}", "Make it: CREATE DATABASE …"),
        (f"{shown} does not answer: OSError", "Is it running, and may this machine reach it?"),
        ("there is no database yet", "`huashu run` makes it; --root names another folder"),
    ):
        assert all(map(is_chinese, words(Complaint("a.toml", "x", problem, cure), "zh")))


def test_a_page_held_the_bot_up_for_minutes_that_said_what_was_wrong_with_a_long_question() -> (
    None
):
    """Each of its letters might begin the id of a script."""
    quoted = "a" * 400_000
    assert teller("zh")(Complaint("", "", quoted, "")) == (quoted, "")
