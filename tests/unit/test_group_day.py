"""A generated day of 26,000 messages in 40 groups, with the truth known."""

import tomllib
from collections import Counter

import pytest

from bot.groups.triage import Ours, Sort, said_in, triage
from bot.scripts.matcher import Matcher
from tests import starter
from tests.engine import ROOT
from tests.group_day import OURS, day


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return starter.matcher()


def test_a_day_in_forty_groups(matcher: Matcher) -> None:
    whole = day()
    lines = [line for line in whole if line.sort != "staff"]
    found = Counter((line.sort, triage(line.text, matcher, OURS).sort.value) for line in lines)
    told = {sort: sum(n for (_, as_), n in found.items() if as_ == sort) for sort in Sort}
    true = {sort: sum(n for (truth, _), n in found.items() if truth == sort) for sort in Sort}
    right = found["question", "question"]
    assert len(whole) == 26_000
    assert right / true[Sort.QUESTION] >= 0.9  # recall
    assert right / told[Sort.QUESTION] >= 0.9  # precision
    for sort in (Sort.COMPLAINT, Sort.SPAM, Sort.THANKS):
        assert found[sort, sort] / true[sort] >= 0.9
        assert found[sort, sort] / told[sort] >= 0.9
    assert found["talk", "question"] / true[Sort.TALK] < 0.005


FRESH = tomllib.loads((ROOT / "tests/data/group_fresh.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("part", "recall", "precision"),
    [("tuning", 0.93, 0.95), ("held", 0.9, 0.9), ("last", 0.9, 0.9), ("final", 0.86, 0.9)],
)
def test_what_people_write(matcher: Matcher, part: str, recall: float, precision: float) -> None:
    """`final` was sorted once before anything of it was looked at: of its 50 questions 43 were
    found, of the 47 that were told 4 were none (0.86, 0.91). No weight was fitted to it. The
    advertisements that were missed were looked at then, and signs of advertising mended: one of
    the 4 is told as what it is since, and what is held here of advertising is no measure."""
    ours = Ours(names=tuple(FRESH["names"]), goods=tuple(FRESH["goods"]))
    found = Counter(
        (sort, triage(line, matcher, ours).sort.value)
        for sort, lines in FRESH[part].items()
        for line in lines.strip().splitlines()
    )
    right = found["question", "question"]
    true, told = Counter[str](), Counter[str]()
    for (truth, as_), n in found.items():
        true[truth] += n
        told[as_] += n
    assert right / true["question"] >= recall
    assert right / told["question"] >= precision
    for sort in (Sort.COMPLAINT, Sort.SPAM, Sort.THANKS):
        assert found[sort, sort] >= 0.75 * true[sort]


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("@小李 这个怎么弄", Sort.QUESTION),
        ("@豆豆妈 奶粉多少钱买的", Sort.TALK),
        ("「小李：今晚八点开团」\n- - - - - - - - - - - - - - -\n具体是哪几样呀", Sort.QUESTION),
        ("「豆豆妈：我买了两罐」\n- - - - - - - - - - - - - - -\n多少钱", Sort.TALK),
        ("姐妹们拼单吗 还差两个", Sort.TALK),  # was asked of us
        ("奶粉什么时候发货", Sort.QUESTION),
        ("奶粉三个月能喝嘛", Sort.QUESTION),
        ("这奶粉不错嘛", Sort.TALK),
        ("电梯坏了找物业没人理 气死了", Sort.TALK),
        ("再不退款我就打12315", Sort.COMPLAINT),
        ("", Sort.TALK),
        ("@小李", Sort.TALK),
        ("？？？", Sort.TALK),
        ("\u202e@@@ 「：」\n---\n", Sort.TALK),
    ],
)
def test_to_whom_it_is_said(matcher: Matcher, text: str, sort: Sort) -> None:
    assert triage(text, matcher, OURS).sort == sort


def test_a_question_is_kept_without_whom_it_names(matcher: Matcher) -> None:
    asked = triage("@小李 什么时候发货", matcher, OURS)
    assert asked.asked == "什么时候发货"
    assert asked.script


def test_a_quotation_is_taken_apart() -> None:
    said = said_in("「小李：今晚八点」\n- - - - - -\n@小李 好呀")
    assert (said.quoted, said.quote, said.text, said.mentions) == (
        "小李", "今晚八点", "好呀", ("小李",),
    )  # fmt: skip
