"""A message beside candidates in numbers, and the model that weighs them."""

from math import isfinite, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.scripts.matching.features import NAMES, NONE_NAMES
from bot.scripts.matching.finder import Compared, Finder
from bot.scripts.matching.index import Entry
from bot.scripts.matching.model import Model, model
from bot.scripts.matching.wordings import Wordings

ENTRIES = [
    Entry(id="return", examples=["怎么退货", "不合适能退吗"], beside=["退货"], reply="七天内可退"),
    Entry(id="exchange", examples=["怎么换货"]),
    Entry(id="open", examples=["怎么开通会员", "会员哪里开"]),
    Entry(id="close", examples=["怎么关闭会员"]),
    Entry(id="large", examples=["有没有大码"]),
    Entry(id="unasked", examples=[], beside=["礼品卡"]),
    Entry(id="bank", examples=["银行卡转到证券账户"]),
]
KEYWORDS: list[list[list[str]]] = [[["礼品卡"]] if one.id == "unasked" else [] for one in ENTRIES]
FINDER = Finder(ENTRIES, KEYWORDS, Wordings())


def named(text: str, script: str) -> dict[str, float]:
    """Beside this script alone: one that is far behind a clear first one is not compared."""
    place = next(place for place, one in enumerate(ENTRIES) if one.id == script)
    compared = Finder([ENTRIES[place]], [KEYWORDS[place]], Wordings()).compared(text)
    return dict(zip(NAMES, compared.rows[0], strict=True))


def sound(compared: Compared) -> None:
    assert len(compared.none) == len(NONE_NAMES)
    assert all(len(row) == len(NAMES) for row in compared.rows)
    assert all(isfinite(value) for row in (*compared.rows, compared.none) for value in row)
    lists = (compared.rows, compared.examples, compared.keywords)
    assert {len(one) for one in lists} == {len(compared.numbers)}


def test_each_feature_has_one_name() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert len(set(NONE_NAMES)) == len(NONE_NAMES)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.text(max_size=50), st.text(alphabet="怎么退换货开关会员大小码3a ,?", max_size=50))
)
def test_numbers_are_finite_and_complete(text: str) -> None:
    sound(FINDER.compared(text))


def test_the_very_question() -> None:
    row = named("怎么退货", "return")
    for name in ("like_typed", "of_text_typed", "ratio", "sound", "alike"):
        assert row[name] == pytest.approx(1)
    assert row["negated"] == row["refused"] == row["opposite"] == row["longer"] == 0


@pytest.mark.parametrize(
    ("text", "script", "name"),
    [
        ("怎么关闭会员", "open", "opposite"),
        ("不想退货", "return", "refused"),
        ("有没有小码", "large", "swapped"),
        ("证券账户转到银行卡", "bank", "crossed"),
        ("怎么退货3件", "return", "number"),
        ("怎么退货abc", "return", "latin"),
        ("礼品卡", "unasked", "keyword"),
        ("关闭会员", "open", "longer"),
    ],
)
def test_signs_of_difference(text: str, script: str, name: str) -> None:
    value = named(text, script)[name]
    assert value > 0 or name == "longer"


def test_the_best_of_all_candidates_is_held_against_each() -> None:
    compared = FINDER.compared("怎么退换")
    assert len(compared.rows) > 1
    most = dict(zip(NONE_NAMES, compared.none, strict=True))
    for name in ("like_typed", "covered_hinted", "alike", "core"):
        place = NAMES.index(name)
        assert most[f"most_{name}"] == max(row[place] for row in compared.rows)


def test_beside_a_clear_first_one_few_others_are_compared() -> None:
    assert [ENTRIES[number].id for number in FINDER.compared("怎么开通会员").numbers] == ["open"]
    assert len(FINDER.compared("怎么开会员").numbers) > 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_probabilities_make_one(language: str) -> None:
    rows = [[0.1 * n] * len(NAMES) for n in range(4)]
    chances, nothing = model(language).weigh(rows, [0.5] * len(NONE_NAMES), 100)
    assert sum(chances) + nothing == pytest.approx(1)
    assert all(0 <= chance <= 1 for chance in chances)


def test_huge_scores_do_not_overflow() -> None:
    one = Model(candidate=(1e6,) * len(NAMES), none=(0.0,) * len(NONE_NAMES), bias=0.0)
    chances, nothing = one.weigh([[1e3] * len(NAMES)], [0.0] * len(NONE_NAMES), 10)
    assert (chances, nothing) == ([1.0], 0.0)


def test_a_small_library_answers_less() -> None:
    one = Model(candidate=(1.0,) * len(NAMES), none=(0.0,) * len(NONE_NAMES), bias=0.0)
    rows, none = [[0.0] * len(NAMES)], [0.0] * len(NONE_NAMES)
    (few,), _ = one.weigh(rows, none, 12)
    (many,), nothing = one.weigh(rows, none, 48)
    assert many == nothing == pytest.approx(0.5)
    assert few == pytest.approx(1 / (1 + 48 / 12))
    assert log(few) < log(many)


def test_with_no_candidates_nothing_is_certain() -> None:
    assert model("zh").weigh([], [0.0] * len(NONE_NAMES), 10) == ([], 1.0)
