"""Template cards: which the mock takes, and with which errcode it refuses the others."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from bot.mockwecom.cards import card_keys, check_card
from bot.mockwecom.rules import Refusal

TITLE = {"main_title": {"title": "t", "desc": "d"}}
SOURCE = {"source": {"icon_url": "https://example.com/i.png", "desc": "CRM", "desc_color": 1}}
MENU = {"action_menu": {"desc": "…", "action_list": [{"text": "忽略", "key": "ignore"}]}}
OPTIONS = [{"id": "a", "text": "甲"}, {"id": "b", "text": "乙"}]
LINK = {"card_action": {"type": 1, "url": "https://example.com"}}
SUBMIT = {"submit_button": {"text": "提交", "key": "submit"}}
CARDS: dict[str, dict[str, Any]] = {
    "text_notice": {
        **TITLE,
        **SOURCE,
        **MENU,
        **LINK,
        "task_id": "t-1",
        "emphasis_content": {"title": "100", "desc": "人"},
        "horizontal_content_list": [{"keyname": "来源", "value": "渠道码"}],
        "jump_list": [{"type": 1, "title": "看", "url": "https://example.com"}],
    },
    "news_notice": {
        **TITLE,
        **LINK,
        "card_image": {"url": "https://example.com/p.png", "aspect_ratio": 1.3},
        "vertical_content_list": [{"title": "甲", "desc": "乙"}],
    },
    "button_interaction": {
        **TITLE,
        "task_id": "t@-_9",
        "button_selection": {"question_key": "q", "option_list": OPTIONS, "selected_id": "a"},
        "button_list": [{"text": "接受", "style": 1, "key": "accept"}],
    },
    "vote_interaction": {
        **TITLE,
        **SUBMIT,
        "task_id": "t-3",
        "checkbox": {"question_key": "q", "option_list": OPTIONS, "mode": 1},
    },
    "multiple_interaction": {
        **TITLE,
        **SUBMIT,
        "task_id": "t-4",
        "select_list": [{"question_key": "q", "title": "选", "option_list": OPTIONS}],
    },
}


def card(kind: str, **changes: Any) -> dict[str, Any]:
    return {"card_type": kind, **deepcopy(CARDS[kind]), **changes}


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in it, itself first."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from objects(inner)


@pytest.mark.parametrize("kind", CARDS)
def test_documented_card_is_taken(kind: str) -> None:
    check_card(card(kind))


@pytest.mark.parametrize("kind", CARDS)
def test_unknown_field_is_refused_at_any_depth(kind: str) -> None:
    for place in range(len(list(objects(card(kind))))):
        changed = card(kind)
        list(objects(changed))[place]["colour"] = "red"
        with pytest.raises(Refusal, match="unknown field"):
            check_card(changed)


@pytest.mark.parametrize(
    ("kind", "changes", "errcode"),
    [
        ("button_interaction", {"task_id": "有空格"}, 42014),
        ("button_interaction", {"task_id": "x" * 129}, 42014),
        ("button_interaction", {"button_list": [{"text": "接受"}]}, 42039),
        ("button_interaction", {"button_list": [{"text": "", "key": "k"}]}, 42038),
        ("button_interaction", {"button_list": [{"text": "x", "key": "k"}] * 7}, 42038),
        ("button_interaction", {"submit_button": {"text": "x", "key": "k"}}, 40058),
        ("text_notice", {"horizontal_content_list": [{"keyname": "k"}] * 7}, 42035),
        ("text_notice", {"horizontal_content_list": [{"value": "v"}]}, 42027),
        ("text_notice", {"jump_list": [{"title": "t"}] * 4}, 42042),
        ("text_notice", {"card_action": {"url": "https://example.com"}}, 42045),
        ("text_notice", {"action_menu": {"action_list": [{"text": "x", "key": "k"}] * 2}}, 42051),
        ("news_notice", {"vertical_content_list": [{"title": "t"}] * 5}, 42036),
        ("news_notice", {"card_image": {}}, 42044),
        ("vote_interaction", {"checkbox": {"question_key": "q", "option_list": []}}, 42037),
        ("vote_interaction", {"submit_button": {"text": "x", "key": "k" * 1025}}, 42046),
        ("multiple_interaction", {"select_list": [{}] * 4}, 42047),
        ("multiple_interaction", {"source": {"desc_color": 4}}, 40058),
        ("multiple_interaction", {"card_type": "poster"}, 40058),
    ],
)
def test_breach_has_its_errcode(kind: str, changes: dict[str, Any], errcode: int) -> None:
    with pytest.raises(Refusal) as refused:
        check_card(card(kind, **changes))
    assert refused.value.errcode == errcode


def test_menu_needs_a_task_id() -> None:
    changed = card("text_notice")
    del changed["task_id"]
    with pytest.raises(Refusal) as refused:
        check_card(changed)
    assert refused.value.errcode == 42014


def test_keys_are_those_that_a_press_reports() -> None:
    assert card_keys(card("text_notice")) == {"ignore"}
    assert card_keys(card("button_interaction")) == {"accept"}
    assert card_keys(card("vote_interaction")) == {"submit"}
