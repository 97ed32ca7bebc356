"""Splitting texts into terms, the characters by which they differ, and how much a term says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scripts.matching.index import Entry, Index
from bot.scripts.matching.terms import ASKED, FAMILIES, TYPED, Marks, Utterance, terms_of
from bot.scripts.matching.wordings import Wordings

WORDINGS = Wordings()


def uttered(text: str) -> Utterance:
    return Utterance(text, WORDINGS)


def family(text: str, name: str) -> tuple[str, ...]:
    return uttered(text).families[FAMILIES.index(name)]


def test_parts_and_pairs_once() -> None:
    assert terms_of("aba") == ("a", "b", "a b", "b a")
    assert terms_of(["退"]) == ("退",)
    assert terms_of([]) == ()


def test_the_families_of_a_question() -> None:
    assert family("咋退货", "typed") == ("咋", "退", "货", "咋 退", "退 货")
    assert family("咋退货", "sounded") == family("怎么退货", "sounded")
    assert uttered("咋退货").tokens == ("怎么", "退货")
    assert family("怎么退货", "sounded") == family("怎么推货", "sounded")
    assert set(family("邮费谁出", "hinted")) & set(family("运费谁掏", "hinted"))


def test_latin_words_sound_by_threes() -> None:
    assert "box" in family("the box", "sounded")
    assert "^bo" in family("the box", "sounded")
    assert set(family("我的iphnoe", "sounded")) & set(family("我的iphone", "sounded"))


def test_homophones_have_one_string_of_sounds() -> None:
    assert uttered("怎么退货").sounds == uttered("怎么推货").sounds
    assert uttered("怎么退货").sounds != uttered("怎么换货").sounds


@given(st.text(max_size=60))
def test_any_text_has_terms_of_each_family_once(text: str) -> None:
    utterance = uttered(text)
    assert len(utterance.families) == len(FAMILIES)
    for terms in utterance.families:
        assert len(terms) == len(set(terms))
        assert "" not in terms


@pytest.mark.parametrize(
    ("text", "example", "told"),
    [
        ("已申请退款", "我要退款", True),  # got how to apply for one
        ("退货寄到你们仓库了", "退货寄到哪里", True),
        ("点了退款咋还不给退", "怎么申请退款", True),
        ("订单我取消了", "怎么取消订单", True),
        ("申请退款被拒了", "怎么申请退款", True),
        ("我上周申请的退款", "怎么申请退款", True),
        ("已申请退款", "退款怎么还没到", False),
        ("已付款", "刚付了款", False),
        ("想退款了", "怎么申请退款", False),
        ("那就退了吧", "我要退货", False),
        ("可以退了吗", "可以退货吗", False),
        ("我退货了运费谁出", "退货运费谁出", False),
        ("已经付款了还能取消吗", "怎么取消订单", False),
        ("过了七天还能退吗", "几天内能退", False),
        ("申请了退款可以撤销吗", "怎么申请退款", True),
        ("我取消订单了能恢复吗", "怎么取消订单", True),
        ("刚才取消的那个单子我还是要", "怎么取消订单", True),
        ("不小心点了取消 还能找回来不", "怎么取消订单", True),
        ("已经退货了怎么退款", "怎么申请退款", False),
        ("预约了想撤销怎么办", "怎么取消预约", False),
        ("为什么显示付款中", "怎么付款", False),
    ],
)
def test_who_has_done_it_does_not_ask_how(text: str, example: str, told: bool) -> None:
    assert Marks(text).is_done(Marks(example)) == told


@pytest.mark.parametrize(
    ("text", "negated", "refused"),
    [
        ("不想退款", True, True),
        ("别退款", True, True),
        ("怎么退款", False, False),
        ("不想要了怎么退", True, False),  # refuses nothing
        ("要不要退", True, False),
        ("取消退款", True, True),
        ("撤回退货申请", True, True),
        ("我没说要退货", True, True),
        ("取消订单", False, False),
        ("退货被取消了", False, False),
        ("付款失败怎么办", True, False),
        ("特别好看", False, False),
        ("尿不湿有货吗", False, False),
        ("不锈钢的吗", False, False),
        ("i don't have it", True, False),
    ],
)
def test_negation_and_refusal(text: str, negated: bool, refused: bool) -> None:
    marks = Marks(text)
    assert (marks.negated, marks.refused) == (negated, refused)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("怎么开通", "how"), ("多久到账", "when"), ("在哪里", "where"), ("付款失败", "fail")],
)
def test_what_is_asked(text: str, kind: str) -> None:
    assert Marks(text).asked & ASKED[kind]


def test_numbers_latin_words_and_opposite_sides() -> None:
    marks = Marks("2件 abc 和 15 个")
    assert marks.numbers == {"2", "15"}
    assert marks.latin == {"abc"}
    (opened,), (closed,) = Marks("怎么开通").sides, Marks("怎么关闭").sides
    assert opened == (closed[0], not closed[1])
    assert Marks("开通和关闭").sides == frozenset()  # both: it takes no side


def test_rare_terms_tell_more() -> None:
    asked = ["怎么退货", "怎么换货", "怎么开发票", "怎么查快递"]
    index = Index([Entry(id=text, examples=[text]) for text in asked], WORDINGS)
    weights = index.weights[TYPED]
    assert weights["怎"] < weights["票"] < weights["发 票"]
    assert all(weights[term] > 0 for term in ("怎", "票", "never seen", "魑"))
    assert index.token_weights["怎么"] < index.token_weights["发票"]


def test_a_small_library_knows_what_is_common_in_the_language() -> None:
    index = Index([Entry(id="one", examples=["怎么退货"])], WORDINGS)
    weights = index.weights[TYPED]
    assert weights["的"] < weights["魑"]
