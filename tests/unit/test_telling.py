"""Messages fit into a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from bot.cli.telling import LABEL, folded, labelled, width


@given(st.text("退货款abc ，。「」()", max_size=200), st.integers(8, 61))
def test_folded_lines_fit_and_lose_nothing_but_spaces(text: str, most: int) -> None:
    lines = list(folded(text, most))
    assert all(width(line) <= most for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_words_stay_whole_and_brackets_close_on_their_line() -> None:
    assert list(folded("another sentence", 10)) == ["another", "sentence"]
    assert list(folded("问的是「怎么退货」", 16)) == ["问的是「怎么退", "货」"]


def test_what_hung_over_the_edge_behind_a_space_is_broken_again() -> None:
    assert list(folded("a。。。。aa。。 。", 8)) == ["a。。。", "。", "aa。。", "。"]


def test_a_label_stands_before_the_first_line_only() -> None:
    first, second = labelled("原因 reason:", "退货" * 20)
    assert first.startswith("原因 reason:       退货")
    assert second.startswith(" " * LABEL + "退")
    assert list(labelled("空 nothing:", "")) == ["空 nothing:"]
