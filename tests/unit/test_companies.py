"""The invented companies' files agree with themselves."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

COMPANIES = Path(__file__).parents[1] / "data/companies"
NAMES = sorted(path.name.partition(".")[0] for path in COMPANIES.glob("*.library.jsonl"))
ANSWERED = frozenset(
    [
        "plain",
        "dialect",
        "typo",
        "pinyin",
        "traditional",
        "mixed",
        "short",
        "long",
        "mention",
        "emoji",
    ]
)
SILENT = frozenset(
    [
        "near",
        "far",
        "chat",
        "ack",
        "complaint",
        "medical",
        "legal",
        "others",
        "spam",
        "injection",
        "person",
    ]
)
EVENTS = frozenset(
    ("session_enter", "friend_added", "promo_due", "birthday", "festival", "handover_end")
)
CATEGORIES = frozenset(("greeting", "news", "chat", "faq"))

BEAUTY, GROCER = "../conversations.jsonl", "../grocer_conversations.jsonl"

Row = dict[str, Any]


def rows(file: str) -> list[Row]:
    return [json.loads(line) for line in (COMPANIES / file).read_text("utf-8").splitlines()]


def repeated(values: list[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


def test_there_are_companies() -> None:
    assert NAMES


@pytest.mark.parametrize("name", NAMES)
def test_scripts_are_complete_and_their_examples_differ(name: str) -> None:
    scripts = rows(f"{name}.library.jsonl")
    assert 75 <= len(scripts) <= 90
    assert repeated([script["id"] for script in scripts]) == []
    assert repeated([example for script in scripts for example in script["examples"]]) == []
    for script in scripts:
        assert list(script) == ["id", "category", "title", "examples", "keywords", "reply"]
        assert script["category"] in CATEGORIES
        assert 1 <= len(script["examples"]) <= 6
        assert script["reply"]


@pytest.mark.parametrize("name", NAMES)
def test_questions_name_scripts_that_exist(name: str) -> None:
    ids = {script["id"] for script in rows(f"{name}.library.jsonl")}
    asked = {query["id"] for query in rows(f"{name}.queries.jsonl") if query["id"]}
    assert asked - ids == set()


@pytest.mark.parametrize("name", NAMES)
def test_questions_are_not_taken_from_the_examples(name: str) -> None:
    scripts, queries = rows(f"{name}.library.jsonl"), rows(f"{name}.queries.jsonl")
    texts = [query["text"] for query in queries]
    assert repeated(texts) == []
    assert set(texts) & {example for script in scripts for example in script["examples"]} == set()


@pytest.mark.parametrize("name", NAMES)
def test_each_kind_of_question_is_there_often_enough(name: str) -> None:
    queries = rows(f"{name}.queries.jsonl")
    answered = Counter(query["kind"] for query in queries if query["id"])
    silent = Counter(query["kind"] for query in queries if query["id"] is None)
    assert set(answered) == ANSWERED
    assert set(silent) == SILENT
    assert min(answered.values()) >= 24
    assert min(silent.values()) >= 10
    for query in queries:
        assert query["kind"] != "long" or 60 <= len(query["text"]) <= 150


@pytest.mark.parametrize(("file", "number"), [(BEAUTY, 36), (GROCER, 20)])
def test_conversations_keep_to_their_format(file: str, number: int) -> None:
    conversations = rows(file)
    assert len(conversations) == number
    assert repeated([conversation["name"] for conversation in conversations]) == []
    for conversation in conversations:
        group = conversation["channel"] == "group"
        assert group or conversation["channel"] in ("kf", "contact")
        moments = [datetime.fromisoformat(step["at"]) for step in conversation["steps"]]
        assert all(moment.utcoffset() is not None for moment in moments)
        assert moments == sorted(moments)
        for step in conversation["steps"]:
            assert step["from"] in ("customer", "staff", "system")
            assert ("event" in step) == (step["from"] == "system") == ("text" not in step)
            assert ("who" in step) == (group and step["from"] == "customer")
            assert step.get("event") in EVENTS | {None}


@pytest.mark.parametrize(("file", "company"), [(BEAUTY, "beauty"), (GROCER, "grocer")])
def test_conversations_expect_what_can_happen(file: str, company: str) -> None:
    ids = {script["id"] for script in rows(f"{company}.library.jsonl")}
    for conversation in rows(file):
        judged = [expected["after_step"] for expected in conversation["expect"]]
        assert judged == sorted(set(judged))
        assert set(judged) <= set(range(1, len(conversation["steps"]) + 1))
        assert len(conversation["steps"]) in judged
        for expected in conversation["expect"]:
            replies = expected["reply_id"]
            replies = replies if isinstance(replies, list) else [replies]
            assert set(replies) <= ids | {None}
            assert replies == [None] or not expected["handover"]
