"""The figures of an evaluation, on outcomes whose figures are known by hand."""

import pytest

from bot.scripts.decision import Band
from bot.scripts.evaluation import (
    Change,
    Outcome,
    by_kind,
    changes,
    evaluate,
    factory,
    right_at_best,
    score,
)
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.question import Question
from bot.scripts.script import Script, Variant

RETURN, SIZE = "售后 · 退货?", "尺码/大小"  # ids that a TOML library would refuse
LINES = [
    {"id": RETURN, "examples": ["怎么退货", "我要退货"], "keywords": ["退货 流程"], "reply": "{{"},
    {"id": SIZE, "examples": ["我该穿多大码", "尺码怎么选"]},
]


def outcome(
    gold: str, favourite: str, score: float, *, band: Band = "ask", kind: str = "plain"
) -> Outcome:
    return Outcome(
        question=Question(text=f"{gold} {favourite}", gold=frozenset(gold.split()), kind=kind),
        ranked=(favourite, "second", "third"),
        favourite=favourite,
        score=score,
        band=band,
        answer=favourite if band == "answer" else "",
    )


def test_each_share_has_its_own_whole() -> None:
    scores = score(
        [
            outcome("a", "a", 0.9, band="answer"),
            outcome("b", "a", 0.8, band="answer"),
            outcome("third", "a", 0.4),
            outcome("", "a", 0.3, band="handover"),
            outcome("", "a", 0.7, band="answer"),
        ]
    )
    assert scores.n == 5
    assert scores.top1 == pytest.approx(1 / 3)
    assert scores.top3 == pytest.approx(2 / 3)
    assert scores.correct == pytest.approx(1 / 3)
    assert scores.wrong == pytest.approx(2 / 5)
    assert scores.handed_over == pytest.approx(2 / 5)


def test_one_of_several_right_scripts_is_right() -> None:
    scores = score([outcome("a b", "b", 0.9, band="answer")])
    assert (scores.top1, scores.correct, scores.wrong) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize(("of_100_right", "wrong"), [(60, 2), (40, 2), (0, 3)])
def test_the_best_bar_lets_two_percent_through(of_100_right: int, wrong: int) -> None:
    rest = 100 - of_100_right - wrong
    outcomes = [outcome("a", "b", 0.95)] * wrong
    outcomes += [outcome("a", "a", 0.9)] * of_100_right + [outcome("a", "b", 0.1)] * rest
    assert right_at_best(outcomes, 0.02) == (of_100_right if wrong <= 2 else 0)


def test_a_bar_cannot_part_what_has_the_same_score() -> None:
    outcomes = [outcome("a", "a", 0.9), outcome("a", "a", 0.5), outcome("", "a", 0.5)]
    assert right_at_best(outcomes, 0.02) == 1
    assert right_at_best(outcomes[::-1], 0.02) == 1
    assert right_at_best(outcomes, 0.34) == 2


def test_what_no_bar_would_answer_counts_for_nothing() -> None:
    assert right_at_best([outcome("a", "", 0.0, band="silent")], 0.02) == 0


def test_shares_of_nothing_are_unknown() -> None:
    nothing = score([])
    assert (nothing.top1, nothing.correct_at_2, nothing.wrong) == (None, None, None)
    kinds = by_kind([outcome("a", "a", 1.0, kind="plain"), outcome("", "a", 0.5, kind="chat")])
    assert list(kinds) == ["plain", "chat"]
    assert (kinds["chat"].top1, kinds["chat"].top3, kinds["chat"].correct) == (None, None, None)
    assert (kinds["chat"].correct_at_2, kinds["chat"].wrong, kinds["chat"].n) == (None, 0.0, 1)


def test_only_what_was_known_before_can_change() -> None:
    same, other = outcome("a", "a", 1.0, band="answer"), outcome("b", "b", 0.3, band="handover")
    before = {same.question.text: "a", other.question.text: "b", "taken out": "a"}
    new = outcome("c", "c", 1.0, band="answer")
    assert changes(before, [same, other, new]) == [
        Change(text=other.question.text, before="b", after="handover")
    ]


def test_a_matcher_is_asked_for_what_it_finds_and_for_what_it_would_say() -> None:
    scripts = [
        Script(id=one, title="", category="", say=(Variant(source=one, fixed=one),), examples=(q,))
        for one, q in (("return", "怎么退货"), ("size", "我该穿多大码"))
    ]
    matcher = Matcher(Library(scripts, quiet=["嗯"]))
    texts = (("怎么退货", "return"), ("嗯", ""))
    said, silent = evaluate(
        matcher, [Question(text=text, gold=frozenset(gold.split())) for text, gold in texts]
    )
    assert (said.ranked[0], said.favourite, said.answer) == ("return", "return", "return")
    assert (said.is_right, said.is_wrong, said.told) == (True, False, "return")
    assert (silent.answer, silent.is_wrong, silent.told) == ("", False, "silent")


def test_the_yardstick_outside_gets_pairs() -> None:
    judged = factory(LINES)
    assert judged.match("我要退货")[0] == RETURN
    assert judged.match("附近有什么好吃的")[0] is None
    script_id, sure = judged.rank("尺码怎么选", 5)[0]
    assert script_id == SIZE
    assert sure == pytest.approx(1.0)
