"""Whoever writes scripts is told in Chinese what is wrong, and in which cell."""

from pathlib import Path

import pytest

from bot.errors import Complaint
from bot.scripts.checks import check
from bot.web.complaints import cell, words
from tests.unit.test_planted_faults import FAULTS, NOW, planted


def test_every_planted_fault_is_told_in_chinese(tmp_path: Path) -> None:
    found = check(planted(tmp_path, FAULTS), now=NOW)
    english = [
        one.problem
        for one in found
        if words(one, "zh")[0] == one.problem and "chat/good_morning says" not in one.problem
    ]
    assert english == []


def test_what_no_table_knows_is_told_as_it_is() -> None:
    strange = Complaint("a.toml", "x", "the moon is full", "Wait")
    assert words(strange, "zh") == ("the moon is full", "Wait")
    assert words(Complaint("a", "b", "empty", "Fill it in"), "en") == ("empty", "Fill it in")


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("row 12, column C 标题 (faq/x)", (12, "C")),
        ("话术 row 7, column AA 回复2[0]", (7, "AA")),
        ("line 3, reply (faq/x)", (3, "")),
        ("*", (0, "")),
    ],
)
def test_the_cell_is_found_in_a_complaint(key: str, place: tuple[int, str]) -> None:
    assert cell(Complaint("a.xlsx", key, "empty", "")) == place
