"""Answers to a menu, as people type them."""

import pytest

from bot.menu import declines, is_pick, meant_of, picked
from bot.scripts.decision import Decision, Match

TITLES = ("怎么退货", "", "退款多久到账")  # the second script is gone by now


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1", 1),
        (" 3 ", 3),
        ("3.", 3),
        ("第三个", 3),
        ("选1吧", 1),
        ("一", 1),
        ("退款多久到账", 3),
        ("2", 0),
        ("0", 0),
        ("4", 0),
        ("第二个", 0),
        ("", 0),
        ("13", 0),
        ("是的", 0),
        ("3天了", 0),
    ],
)
def test_which_item_is_picked(text: str, place: int) -> None:
    assert picked(text, TITLES) == place


def test_yes_picks_the_only_item() -> None:
    assert picked("是的", ["怎么退货"]) == 1
    assert picked("是的", [""]) == 0


@pytest.mark.parametrize(
    "text", ["都不是", "不是", "都不对", "没有", "以上都不是。", "没有我要的", "None of these"]
)
def test_nothing_of_it_is_meant(text: str) -> None:
    assert declines(text)


@pytest.mark.parametrize("text", ["都行", "不是说好今天到吗", "不用了", "没事了", "没有收到货"])
def test_other_words_decline_nothing(text: str) -> None:
    assert not declines(text)


def test_what_can_only_be_a_pick_needs_no_patience() -> None:
    assert is_pick("2")
    assert is_pick("第一个")
    assert not is_pick("第一次买")


@pytest.mark.parametrize(("other", "meant"), [(0.2, "pay_fail"), (0.4, "")])
def test_what_comes_closer_to_another_script_is_no_answer_to_the_menu(
    other: float, meant: str
) -> None:
    """付了两次钱, after a menu with 付款失败, got 先换个网络."""
    scores = {"paid": other, "pay_fail": 0.3}
    found = [Match(script_id=one, score=scores[one], tier="similar", example="") for one in scores]
    found.sort(key=lambda one: -one.score)
    decision = Decision(
        band="ask",
        bar="answer",
        candidates=tuple(found),
        normalised="",
        reason_zh="",
        reason_en="",
    )
    assert meant_of(decision, ["pay_fail", "pay_how"]) == meant
