"""Who wants no more, who wants it again, and who said something else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rehearse.stage import Company
from bot.touch.consent import wants_no_more, wish_in

MANNERS = Company.of(Path(__file__).parents[2]).settings.manners  # as they ship


@pytest.mark.parametrize(
    "text",
    [
        "TD",
        " td. ",
        "ＴＤ",
        "退订",
        "退訂",
        "我要退订",
        "别再发了",
        "別再給我發了",
        "别再给我发广告了",
        "请不要打扰我",
        "不要再给我发消息了",
        "不要继续发了",
        "别烦我！",
    ],
)
def test_who_wants_no_more_is_understood(text: str) -> None:
    assert wish_in(text, MANNERS) == "out"


@pytest.mark.parametrize(
    "text",
    [
        "我要退订单",
        "退订金怎么退",
        "别发错了",
        "别再给我发错货了",
        "先别给我发货",
        "先别发了，地址写错了",
        "td是什么意思",
        "怎么退货",
        "有打扰到您吗",
        "",
    ],
)
def test_and_nobody_else(text: str) -> None:
    assert not wants_no_more(text, MANNERS)


@pytest.mark.parametrize(
    "text", ["恢复订阅", "麻烦帮我重新订阅", "取消退订", "可以继续发了", "START", "恢復推送"]
)
def test_who_wants_it_again_is_understood(text: str) -> None:
    assert wish_in(text, MANNERS) == "in"


@pytest.mark.parametrize(
    "text",
    [
        "不可以继续发",
        "怎么恢复订阅",
        "为什么还在继续给我发",
        "你们可以给我发消息吗",
        "start date 是哪天",
        "什么时候发货",
    ],
)
def test_a_question_about_it_is_no_wish(text: str) -> None:
    assert wish_in(text, MANNERS) == ""


@given(st.text(max_size=60))
def test_whatever_is_written_is_read(text: str) -> None:
    assert wish_in(text, MANNERS) in ("out", "in", "")
