"""config/groups.toml: kinds, stores, welcomes, and the stage of a group with its reason."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import Complaint
from bot.groups.rules import GroupBook, GroupRules, read_groups
from bot.groups.stage import judge, quiet_days
from bot.store.groups.figures import Standing

CHECKOUT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = 86_400.0
USUAL = Standing(
    chat_id="wr1", name="福利一群", owner="liming", kind="", kind_by_hand=False, stage="",
    members=200, created_at=NOW.timestamp() - 100 * DAY, owner_state=0, dismissed_at=None,
    joined=3, gone=2, gone_long=4, talked=None, owner_talked="2026-03-09",
    known_from="2025-12-01", known_to="2026-03-09",
)  # fmt: skip


def read(root: Path, text: str) -> tuple[GroupRules, list[Complaint]]:
    (root / "config").mkdir(exist_ok=True)
    (root / "config/groups.toml").write_text(text, "utf-8")
    complaints: list[Complaint] = []
    return read_groups(root, complaints, ["group/welcome"]), complaints


def test_the_file_that_we_ship() -> None:
    complaints: list[Complaint] = []
    rules = read_groups(CHECKOUT, complaints, [])
    assert complaints == []
    assert rules == replace(GroupRules(), kinds=rules.kinds), "it tells the defaults"
    named = {name: rules.kind_of(name, "liming") for name in ("周五秒杀群", "VIP客户", "随便聊")}
    assert named == {"周五秒杀群": "flash", "VIP客户": "vip", "随便聊": ""}


def test_no_file_is_no_mistake(tmp_path: Path) -> None:
    complaints: list[Complaint] = []
    assert read_groups(tmp_path, complaints) == GroupRules()
    assert complaints == []


def test_kinds_stores_and_welcomes(tmp_path: Path) -> None:
    rules, complaints = read(
        tmp_path,
        """
        [kinds.store]
        owners = ["LiMing"]
        [stores]
        "虹口店" = ["LiMing"]
        [welcomes.all]
        script = "group/welcome"
        kinds = ["store"]
        """,
    )
    assert complaints == []
    assert (rules.kind_of("随便", "liming"), rules.store_of("liming")) == ("store", "虹口店")
    assert rules.store_of("wangfang") == ""
    assert (rules.is_welcomed("store"), rules.is_welcomed("vip")) == (True, False)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("joins_within_s = 0", "joins_within_s"),
        ("history_days = 181", "history_days"),
        ("[stages]\nsilent = 3", "stages.silent"),
        ("[kinds.fan]\nnames = ['*粉*']", "kinds.fan"),
        ("kinds = 3", "kinds"),
        ("[kinds]\nvip = 3", "kinds.vip"),
        ("[stores]\na = 'ZhangSan'", "stores.a"),
        ("[stores]\na = ['ZhangSan']\nb = ['zhangsan']", "stores.b"),
        ("[welcomes.a]\nscript = 'group/none'", "welcomes.a.script"),
        ("[welcomes.a]\nscript = 'group/*'", "welcomes.a.script"),  # was taken for a pattern
        ("[welcomes.a]\nkinds = ['fan']\nscript = 'group/welcome'", "welcomes.a.kinds"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, key: str) -> None:
    _, complaints = read(tmp_path, text)
    assert [one.key for one in complaints] == [key]


def test_a_mistake_keeps_the_rules_in_force(tmp_path: Path) -> None:
    book = GroupBook(tmp_path, scripts=list)
    book.open()
    assert not book.look()
    read(tmp_path, "joins_within_s = 5")
    assert book.look()
    read(tmp_path, "joins_within_s = 0 # no")
    assert not book.look()
    assert book.rules.joins_within_s == 5
    (tmp_path / "config").rename(tmp_path / "aside")
    assert not book.look()
    assert book.rules.joins_within_s == 5


@pytest.mark.parametrize(
    ("changed", "stage", "zh"),
    [
        ({}, "mature", "200 人，14 天里来了 3 人、走了 2 人"),
        ({"known_to": None, "known_from": None}, "mature", "发言情况未知"),
        ({"created_at": NOW.timestamp() - 2 * DAY}, "new", "建群第 3 天"),
        ({"joined": 12}, "growing", "净增 10 人"),
        ({"joined": 4, "members": 18}, "growing", "净增 2 人"),
        ({"joined": 12, "gone": 12}, "mature", "来了 12 人、走了 12 人"),
        ({"owner_talked": "2026-03-02"}, "silent", "连续 7 天没有人说话"),
        ({"owner_talked": "2026-03-03"}, "mature", ""),
        ({"owner_talked": None, "known_from": "2026-03-01"}, "silent", "连续 9 天"),
        ({"talked": "2026-03-01"}, "silent", "连续 8 天"),
        ({"talked": "2026-03-09", "owner_talked": None}, "mature", ""),
        ({"gone_long": 90}, "closing", "走了 90 人，占 31%"),
        ({"members": 3, "joined": 0, "gone_long": 5}, "mature", ""),
        ({"owner_state": 1}, "closing", "群主已离职"),
        ({"dismissed_at": 1.0}, "closing", "群已解散"),
        ({"owner_state": 3}, "mature", ""),
        ({"created_at": 0.0}, "mature", ""),
    ],
)
def test_the_stage_and_why(changed: dict[str, object], stage: str, zh: str) -> None:
    judged = judge(replace(USUAL, **changed), GroupRules().stages, NOW)  # type: ignore[arg-type]  # one field each
    assert judged.stage == stage
    assert zh in judged.zh
    assert judged.en


def test_silence_is_only_what_is_certain() -> None:
    assert quiet_days(replace(USUAL, known_to=None), NOW.date()) is None
    assert quiet_days(USUAL, NOW.date()) == 0
