"""The candidates for a message, and leaving a script out as if it did not exist."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.scripts.matching.finder import Finder
from bot.scripts.matching.index import CANDIDATES, Entry, Index
from bot.scripts.matching.postings import Postings
from bot.scripts.matching.weights import Weights
from bot.scripts.matching.wordings import Wordings

ASKED = (
    ("怎么退货", "不合适能退吗", "退货要多久"),
    ("怎么换货",),
    ("快递到哪了", "包裹怎么还没到"),
    ("有没有优惠券", "优惠券怎么领"),
    ("发票怎么开",),
    ("几点关门", "营业到几点"),
)
QUESTIONS = (
    "怎么退",
    "货能换吗",
    "包裹在哪",
    "有优惠吗",
    "今天几点关门",
    "开发票要税号吗",
    "zmth",
)
WORDINGS = Wordings()


def finder(asked: tuple[tuple[str, ...], ...] = ASKED) -> Finder:
    entries = [Entry(id=str(number), examples=texts) for number, texts in enumerate(asked)]
    return Finder(entries, [[["礼品卡"]], *([[]] * (len(asked) - 1))], WORDINGS)


def told(one: Finder, text: str) -> object:
    return one.find(text), one.compared(text)


def weighed(index: Index) -> list[list[float]]:
    measured = [index.measure(text) for texts in ASKED for text in (*texts, *QUESTIONS)]
    return [[*one.sums, *one.lengths, one.content_sum] for one in measured]


@pytest.mark.parametrize(
    ("text", "number"),
    [("退货", 0), ("咋换货呢", 1), ("物流", 2), ("優惠", 3), ("fapiao怎么开", 4)],
)
def test_candidates_come_best_first(text: str, number: int) -> None:
    assert finder().find(text).found[0].number == number


@pytest.mark.parametrize("text", ["", "???", "xyzzy", "囧"])
def test_nothing_in_common_is_no_candidate(text: str) -> None:
    index = finder().index
    assert index.candidates(index.measure(text)) == {}


def test_there_are_never_more_than_so_many() -> None:
    many = finder(tuple((f"怎么退货{number}号",) for number in range(300)))
    found = many.index.candidates(many.index.measure("怎么退货呢"))
    assert 0 < len(found) <= CANDIDATES
    assert list(found.values()) == sorted(found.values(), reverse=True)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(ASKED) - 1), st.booleans(), st.sampled_from(QUESTIONS)),
        max_size=6,
    )
)
def test_without_leaves_no_trace(left_out: list[tuple[int, bool, str]]) -> None:
    used, untouched = finder(), finder()
    for number, whole, text in left_out:
        with used.index.without(number, None if whole else 0):
            used.find(text)
    assert weighed(used.index) == weighed(untouched.index)
    for text in QUESTIONS:
        assert told(used, text) == told(untouched, text)


def test_an_error_within_restores_too() -> None:
    used = finder()
    before = weighed(used.index)
    with pytest.raises(ZeroDivisionError), used.index.without(0):
        raise ZeroDivisionError
    assert weighed(used.index) == before
    assert used.find("怎么退").found[0].number == 0


def test_without_a_script_it_is_not_found() -> None:
    one = finder()
    with one.index.without(0):
        for text in ("礼品卡", *QUESTIONS[:-1]):  # nor by its keyword
            assert all(found.number != 0 for found in one.find(text).found)


def test_without_one_example_the_others_find_the_script() -> None:
    one = finder()
    likely = {found.number: found.probability for found in one.find("怎么退货").found}
    with one.index.without(0, 0):
        left = {found.number: found.probability for found in one.find("怎么退货").found}
    assert 0 < left[0] < likely[0]


def test_what_a_script_alone_has_is_unknown_without_it() -> None:
    index = finder().index
    before = index.measure("发票")
    with index.without(4):
        assert sum(index.measure("发票").sums) > sum(before.sums)  # rarer, so it tells more
    assert index.measure("发票").sums == before.sums


def test_large_libraries_forget_nothing_by_it() -> None:
    """From 5,000 scripts on, pairs that one script alone has are not remembered."""
    signs = [chr(0x4E00 + number) for number in range(5200)]
    entries = [Entry(id=one, examples=[one + other]) for one, other in pairwise(signs)]
    index = Index(entries, WORDINGS)
    texts = [entry.examples[0] for entry in entries[:40]]
    before = [index.measure(text).sums for text in texts]
    for number in range(40):
        with index.without(number):
            index.measure(texts[number])
    assert [index.measure(text).sums for text in texts] == before


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.text("退货怎么咋 ，a1vip4s店é7🙂", max_size=9), max_size=3), max_size=5)
)
def test_of_many_scripts_the_same_is_known(asked: list[list[str]]) -> None:
    entries = [Entry(id=str(at), examples=one[1:], beside=one[:1]) for at, one in enumerate(asked)]
    few = Index(entries, WORDINGS)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("bot.scripts.matching.index._KEPT", -1)
        many = Index(entries, WORDINGS)
    assert [*map(scripts_by_term, few._postings)] == [*map(scripts_by_term, many._postings)]
    for text in (*QUESTIONS, *(text for texts in asked for text in texts)):
        one, other = few.measure(text), many.measure(text)
        assert (one.weighed, one.content) == (other.weighed, other.content)


def scripts_by_term(postings: Postings) -> dict[str, list[int]]:
    held = postings.held.items()
    return {term: [one] if isinstance(one, int) else list(one) for term, one in held}


def test_terms_that_nobody_has_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = Weights("typed", 10, {"退货"}, lambda term: int(term == "退货"))
    monkeypatch.setattr("bot.scripts.matching.weights.STRANGE", 5)
    told = [weights[f"没听过{number}"] for number in range(20)]
    assert len(weights) == 5
    assert [weights[f"没听过{number}"] for number in range(20)] == told
    assert weights["退货"] < told[0]
    assert "退货" in dict(weights)
