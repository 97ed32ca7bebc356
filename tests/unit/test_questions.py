"""The questions for `huashu scripts eval` are well formed, fair and never copied."""

import json
from collections import Counter
from pathlib import Path

import pytest

from bot.scripts.normalise import normalise
from tests.starter import LIBRARY

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "tests/questions.jsonl").read_text("utf-8").splitlines()
QUESTIONS = [(q["text"], q["id"], q["kind"]) for q in map(json.loads, LINES)]

PARAPHRASED = {"plain", "dialect", "typo", "long"}  # kinds which share no text with an example
ANSWERED = {*PARAPHRASED, "pinyin", "traditional", "mixed", "short", "mention", "emoji"}
TALK = {"near", "far", "chat", "ack", "others"}
TROUBLE = {"complaint", "medical", "legal", "spam", "injection", "person"}


def test_each_line_says_the_three_things_and_no_more() -> None:
    assert all(set(json.loads(line)) == {"text", "id", "kind"} for line in LINES)
    assert all(text.strip() == text != "" for text, _, _ in QUESTIONS)


def test_each_id_is_a_script_that_customers_can_ask_for() -> None:
    askable = {script.id for script in LIBRARY if script.examples}
    assert {wanted for _, wanted, _ in QUESTIONS if wanted} <= askable


def test_a_kind_is_answered_or_not() -> None:
    assert {kind for _, wanted, kind in QUESTIONS if wanted} == ANSWERED
    assert {kind for _, wanted, kind in QUESTIONS if wanted is None} == TALK | TROUBLE


def test_there_are_enough_and_a_third_must_not_be_answered() -> None:
    assert len(QUESTIONS) >= 300
    assert sum(wanted is None for _, wanted, _ in QUESTIONS) * 3 >= len(QUESTIONS)


def test_no_text_comes_twice() -> None:
    counts = Counter(text for text, _, _ in QUESTIONS)
    assert [text for text, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("kind", sorted(PARAPHRASED))
def test_no_paraphrase_is_an_example(kind: str) -> None:
    examples = {normalise(example) for script in LIBRARY for example in script.examples}
    assert [t for t, _, k in QUESTIONS if k == kind and normalise(t) in examples] == []
