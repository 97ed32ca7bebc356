"""The bars of a library: from what its examples find, and a stated rate of wrong answers."""

from dataclasses import replace
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.matching.question_sets import question_sets
from bot.scripts.calibration import (
    STEPS,
    Elsewhere,
    Trial,
    bars_of,
    calibrate,
    sureness,
    trials_of,
)
from bot.scripts.decision import Bars
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.question import Question
from bot.scripts.script import Script, Variant

ASKED = {
    "return": ("怎么退货", "不合适能退吗", "退货流程"),
    "exchange": ("怎么换货", "尺码不合适怎么换"),
    "track": ("快递到哪了", "我的包裹怎么还没到"),
    "invoice": ("发票怎么开", "能开发票吗"),
    "hours": ("几点关门",),
}
MATCHER = Matcher(
    Library(
        Script(
            id=one, title=texts[0], category="faq", say=(Variant(source="x", fixed="x"),),
            examples=texts,
        )
        for one, texts in ASKED.items()
    ),
    bars={},
)  # fmt: skip
shares = st.floats(0, 1)
trials = st.lists(
    st.builds(
        Trial,
        score=shares,
        right=st.booleans(),
        shown=st.booleans(),
        weight=st.floats(0.01, 5),
        kind=st.sampled_from(["left_out", "unscripted", "known"]),
    ),
    max_size=60,
)


def bars(*some: Trial, wrong: float = 0.02) -> Bars:
    return bars_of(some, wrong)


@given(trials, shares, shares)
def test_who_allows_more_wrong_answers_has_a_bar_no_higher(
    some: list[Trial], one: float, other: float
) -> None:
    strict, loose = sorted((one, other))
    assert bars(*some, wrong=loose).answer <= bars(*some, wrong=strict).answer


@given(trials, st.lists(shares, min_size=1, max_size=30), shares)
def test_more_wrong_trials_never_lower_the_bar(
    some: list[Trial], scores: list[float], wrong: float
) -> None:
    """What was right before turns out wrong."""
    right = [replace(trial, right=True) for trial in some]
    turned = [replace(trial, right=trial.score not in scores[:3]) for trial in right]
    assert bars(*right, wrong=wrong).answer <= bars(*turned, wrong=wrong).answer


def through(number: int, score: float = 0.97) -> list[Trial]:
    """Examples that found something although their scripts were not there."""
    return [Trial(score=score, right=False, shown=False, kind="unscripted")] * number


def test_sure_and_wrong_trials_raise_the_bar() -> None:
    few, many = bars(*through(2), wrong=0.05), bars(*through(500), wrong=0.05)
    assert few.answer < 0.97 < many.answer


def test_few_trials_are_believed_less_than_many() -> None:
    few, many = (bars(*through(some, score=0.1), wrong=0.01) for some in (5, 400))
    assert many.answer < few.answer


def test_what_an_example_finds_without_itself_speaks_for_menus_alone() -> None:
    """Where it finds another script, it does so without its own too."""
    left_out = [replace(trial, kind="left_out") for trial in through(400)]
    assert bars(*left_out).answer == bars().answer


def test_the_more_is_answered_wrong_elsewhere_the_higher_the_bar() -> None:
    falling = [-1 - 4 * step for step in STEPS]
    low, unlike, high = (
        bars_of(
            [], 0.02,
            elsewhere=Elsewhere(
                sure=0.3, wrong=[odds + more for odds in falling], slope=9.0, spread=spread
            ),
        ).answer
        for more, spread in ((0.5, 0.3), (0.5, 0.6), (1.0, 0.3))
    )  # fmt: skip
    assert low < unlike < high


@given(trials, shares)
def test_bars_are_probabilities_in_order(some: list[Trial], wrong: float) -> None:
    found = bars(*some, wrong=wrong)
    assert found.answer in (*STEPS, 1.0)
    assert 0.2 <= found.ask <= 0.4
    assert found.ask < found.answer
    assert found.lead == Bars().lead


def test_none_may_be_wrong_none_is_answered() -> None:
    assert bars(*through(50, score=0.999), wrong=0.0).answer == 1.0


def test_without_trials_what_was_seen_elsewhere_decides() -> None:
    assert 0.7 < bars(wrong=0.02).answer < 1
    assert bars(wrong=0.5).answer == 0.7  # no lower, whatever may be wrong


def test_menus_must_hold_the_right_question() -> None:
    low = [Trial(score=score / 100, right=False, shown=True) for score in range(15, 60)]
    empty = [replace(trial, shown=False) for trial in low]
    assert bars(*low).ask == 0.2
    assert bars(*empty).ask == 0.4


def test_each_example_is_tried_without_itself_and_without_its_script() -> None:
    tried = trials_of(MATCHER)
    examples = sum(len(texts) for texts in ASKED.values())
    within = sum(len(texts) for texts in ASKED.values() if len(texts) > 1)
    assert len(tried) == within + examples
    assert sum(trial.right for trial in tried) >= within / 2
    assert all(0 <= trial.score <= 1 and trial.weight > 0 for trial in tried)


def test_one_more_example_does_not_put_others_into_the_sample() -> None:
    """Every second one was tried: one more, and it was the other half."""
    before, after = _expected(), _expected("你们家的猫会不会打呼噜")
    assert abs(after - before) < 0.002


def _expected(*more: str) -> float:
    """How sure the trials of a company's scripts are of another one."""
    scripts = [*next(iter(question_sets(None))).library]
    first = replace(scripts[0], examples=(*more, *scripts[0].examples))
    own = {script.id: script for script in (first, *scripts[1:])}
    return mean(sureness(trials_of(Matcher(Library(own.values()), bars={}))))


def test_trying_leaves_the_matcher_as_it_was() -> None:
    texts = ("怎么退货呢", "包裹在哪", "几点关")
    before = [MATCHER.rank(text, 5) for text in texts]
    first, again = calibrate(MATCHER), calibrate(MATCHER)
    assert first == again
    assert [MATCHER.rank(text, 5) for text in texts] == before


def test_known_questions_count() -> None:
    question = Question(text="快递几点到", gold=frozenset())  # nearest: track, or hours
    known = [question] * 2000
    assert len(trials_of(MATCHER, known)) == len(trials_of(MATCHER)) + 2000
    right = [replace(question, text="怎么退货", gold=frozenset(["return"]))] * 2000
    wrong = [replace(one, gold=frozenset(["hours"])) for one in right]
    assert calibrate(MATCHER, right).answer < calibrate(MATCHER, wrong).answer == 1.0


@pytest.mark.parametrize("asked", [{}, {"one": ("怎么退货",)}])
def test_the_smallest_libraries(asked: dict[str, tuple[str, ...]]) -> None:
    library = Library(
        Script(id=one, title=one, category="faq", say=(Variant(source="x", fixed="x"),),
               examples=texts)
        for one, texts in asked.items()
    )  # fmt: skip
    found = calibrate(Matcher(library, bars={}))
    assert 0.2 <= found.ask < found.answer <= 1
