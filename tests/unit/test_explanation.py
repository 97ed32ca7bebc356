"""Every decision explains itself, in words that the texts confirm."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scripts.explanation import MOST_CONS, MOST_PROS, Candidate, explain
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.matching.features import NAMES
from bot.scripts.matching.statements import STATEMENTS, UNTOLD, Statement, reasons
from bot.scripts.script import Script, Variant
from tests.starter import LIBRARY, matcher

ROOT = Path(__file__).parents[2]
MATCHER = Matcher(LIBRARY, learned={"货啥时候到我手里": "faq/ship_arrive"}, twin=matcher())
QUESTIONS = [
    orjson.loads(line)["text"]
    for line in (ROOT / "tests/questions.jsonl").read_bytes().splitlines()
]


def first(text: str) -> Candidate:
    return explain(MATCHER, text).candidates[0]


def words(candidate: Candidate) -> list[str]:
    return [reason.zh for reason in (*candidate.pros, *candidate.cons)]


def row(**features: float) -> list[float]:
    return [features.get(name, 0.0) for name in NAMES]


def statements_of(name: str) -> list[Statement]:
    """Those to which a feature belongs."""
    return [one for one in STATEMENTS if name in (*one.likeness, *one.difference)]


@pytest.mark.parametrize("name", NAMES)
def test_each_feature_belongs_to_one_statement(name: str) -> None:
    assert len(statements_of(name)) == (0 if name in UNTOLD else 1)


@pytest.mark.parametrize("text", QUESTIONS[::12])
def test_the_explanation_is_that_of_the_decision(text: str) -> None:
    explained = explain(MATCHER, text)
    assert explained.decision == MATCHER.decide(text)
    assert tuple(one.match for one in explained.candidates) == explained.decision.candidates
    for one in explained.candidates:
        assert len(one.pros) <= MOST_PROS
        assert len(one.cons) <= MOST_CONS
        weights = [abs(reason.weight) for reason in one.pros]
        assert weights == sorted(weights, reverse=True)
        assert all(reason.weight < 0 for reason in one.cons)


def test_nearly_every_answer_has_something_that_speaks_for_it() -> None:
    answered = [one for one in map(MATCHER.decide, QUESTIONS) if one.band == "answer"]
    mute = [one.normalised for one in answered if not first(one.normalised).pros]
    assert len(mute) <= 0.02 * len(answered), mute


def test_two_candidates_mirror_each_other() -> None:
    one, other = row(like_typed=0.8, core=0.9), row(like_typed=0.2, centre_typed=0.4)
    there, back = reasons(one, other, "zh"), reasons(other, one, "zh")
    assert [reason.weight for reason in there] == [-reason.weight for reason in back]


def test_a_statement_that_the_texts_contradict_is_not_told() -> None:
    """The model may weigh one of several features that go together with the wrong sign."""
    for name in NAMES:
        for reason in reasons(row(**{name: 1.0}), row(), "zh"):
            differs = reason.en in {s.unlike[1] for s in statements_of(name)}
            assert differs == (reason.weight < 0)


def test_a_refusal_is_told() -> None:
    assert "一个说不，一个没有" in words(first("我不想申请退货了"))


def test_why_an_order_is_not_told_the_price_is_named() -> None:
    price = Script(
        id="faq/price",
        title="价格",
        category="faq",
        say=(Variant(source="x", fixed="x"),),
        examples=("车厘子多少钱一箱", "今天车厘子什么价"),
    )
    sells = Matcher(Library([price]))
    against = "客户说的是要多少，这里答的是价钱"
    assert against in words(explain(sells, "车厘子要五箱").candidates[0])
    assert against not in words(explain(sells, "车厘子五箱多少钱").candidates[0])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("什么时候发货", "和例句一字不差"),
        ("货啥时候到我手里呀", "以前这样问，选的就是它"),
        ("zmth", "拼音首字母相近"),
    ],
)
def test_where_nothing_was_compared_the_reason_is_plain(text: str, reason: str) -> None:
    candidate = first(text)
    assert (words(candidate), candidate.features, candidate.beside) == ([reason], {}, "")


@pytest.mark.parametrize("text", ["我要投诉", "嗯嗯", "[微笑]", "???", "今天天气怎么样"])
def test_where_no_script_was_looked_for_there_is_none_to_tell_of(text: str) -> None:
    explained = explain(MATCHER, text)
    assert (explained.candidates, explained.nothing) == ((), None)


def test_a_candidate_that_answers_another_sentence_is_told_so() -> None:
    parted = [text for text in QUESTIONS if MATCHER.decide(text).sentence]
    told = [one for text in parted for one in explain(MATCHER, text).candidates]
    apart = [one for one in told if "答的是另一句" in words(one)]
    assert 0 < len(apart) < len(told)
    assert all((one.features, one.beside) == ({}, "") for one in apart)


def test_of_several_answers_none_speaks_against_another() -> None:
    one, other = explain(MATCHER, "什么时候发货？大概要多少运费呀？").candidates
    assert (words(one), one.beside, other.beside) == (["和例句一字不差"], "", "")
    assert other.pros
    assert "答的是另一句" not in words(other)
    assert tuple(other.features) == NAMES


@given(st.text(st.characters()))
def test_any_text_is_explained(text: str) -> None:
    explained = explain(MATCHER, text)
    assert (explained.nothing is None) == (not explained.decision.compared)
