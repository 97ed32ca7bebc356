"""Wordings that mean the same, and the topics that they are used for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scripts.matching.topics import topics_of
from bot.scripts.matching.wordings import Wordings, stem

OURS = Wordings()
OWN = Wordings(
    {"顺手": "包裹", "大闸蟹": "螃蟹", "退货": "退大闸蟹", "XL箱": "箱", "app": "小程序"}
)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("咋整", ["怎么"]),
        ("包裹到哪了", ["快递", "到货", "哪里", "了"]),  # the longest wording first
        ("退货!", ["退货"]),
        ("3个", ["3", "个"]),
        ("保质期到几号", ["保质期", "到货", "什么时候"]),  # of goods, not 券过期
        ("券过期", ["优惠券", "有效期"]),
        ("", []),
        ("~~", []),
    ],
)
def test_chinese(text: str, tokens: list[str]) -> None:
    assert OURS.tokens(text) == tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("refunded boxes", "refund box"),
        ("cities", "city"),
        ("cancelling", "cancelled"),
        ("it's stopped", "it stop"),
    ],
)
def test_english_forms_of_one_word_meet(one: str, other: str) -> None:
    assert OURS.tokens(one) == OURS.tokens(other)


def test_synonyms_lie_over_what_is_built_in() -> None:
    assert OURS.tokens("顺手到哪了")[:2] == ["顺", "手"]
    assert OWN.tokens("顺手到哪了") == OURS.tokens("包裹到哪了")
    assert OWN.tokens("大闸蟹怎么买") == OWN.tokens("螃蟹怎么买")
    assert OWN.tokens("退货") != OURS.tokens("退货") == ["退货"]


def test_latin_wordings_are_whole_words() -> None:
    assert OWN.tokens("我的app呢") == OWN.tokens("我的小程序呢")
    for text in ("我的apple呢", "我的myapp呢", "我的app2呢"):
        assert OWN.tokens(text) == OURS.tokens(text)
    assert OWN.tokens("要xl箱")[-1] == "箱"  # however it is typed


def test_a_longer_wording_goes_before_the_one_within() -> None:
    wordings = Wordings({"会员日": "节", "会员": "vip客户"})
    assert wordings.tokens("会员日")[0] == "节"
    assert "节" not in wordings.tokens("会员卡")


@pytest.mark.parametrize(
    ("word", "root"),
    [
        ("boxes", "box"), ("charging", "charg"), ("charge", "charg"), ("this", "this"),
        ("bus", "bus"), ("money's", "monei"), ("don't", "dont"), ("activation", "activat"),
        ("activate", "activat"), ("stopped", "stop"), ("a", "a"), ("", ""),
    ],
)  # fmt: skip
def test_stems(word: str, root: str) -> None:
    assert stem(word) == root


@given(st.text(alphabet="咋整包裹到哪了退货app xl3'?", max_size=40))
def test_tokens_hold_no_gaps_and_are_the_same_again(text: str) -> None:
    tokens = OWN.tokens(text)
    assert all(token and not token.isspace() for token in tokens)
    assert tokens == OWN.tokens(text)


def test_topics() -> None:
    assert set(topics_of("新加坡")) & set(topics_of("海外"))
    assert set(topics_of("邮费谁掏")) & set(topics_of("运费谁出"))
    assert "refund" in topics_of("refunds please")
    assert topics_of("xyzzy") == ()
    assert topics_of("") == ()


def test_each_topic_once() -> None:
    topics = topics_of("运费邮费快递费运费")
    assert len(topics) == len(set(topics)) > 0


def test_of_latin_words_only_whole_ones_have_topics() -> None:
    assert "coffee" in topics_of("买coffee")
    assert "coffee" not in topics_of("买coffeeshop")
