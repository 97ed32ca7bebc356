"""Whatever our own handlers deal with has a reason in words, in both languages."""

import pytest

from bot.reasons import explain
from handlers import routers

KINDS = sorted({route.kind.__name__ for router in routers for route in router.routes})


@pytest.mark.parametrize("kind", KINDS)
def test_no_reason_is_the_name_of_a_function(kind: str) -> None:
    kept = {"handler": "complaints.tell"}
    why = explain(kind, {"change": 0, "details": {}, "plan": "birthday"}, kept)
    assert "." not in why.zh + why.en
    assert any("一" <= letter <= "鿿" for letter in why.zh), why
    assert why.en


def test_a_complaint_that_nobody_answered_is_told_apart() -> None:
    kept = {"handler": "complaints.tell"}
    assert "主管" in explain("ComplaintDue", {"late": True}, kept).zh
    assert "负责的同事" in explain("ComplaintDue", {"late": False}, kept).zh


@pytest.mark.parametrize(
    ("handler", "script", "via", "told"),
    [
        ("", "system/opted_out", "service_session", "客户不想再收到主动消息，回一句确认"),
        (
            "catalogue.send",
            "news/catalogue",
            "service_session",
            "处理函数直接答的：catalogue.send",
        ),
        ("groups.ask", "system/group_asked", "staff_notice", "客户发来消息，告诉负责的同事"),
    ],
)
def test_who_answers_without_a_match_is_told(
    handler: str, script: str, via: str, told: str
) -> None:
    kept = {"handler": handler, "said": [{"script": script, "via": via}]}
    assert explain("MessageReceived", {}, kept).zh == told


def test_of_a_handler_that_forgot_to_speak_nothing_is_made_up() -> None:
    """An `await` was missing before `context.say`, and `huashu why` told that a member knew."""
    why = explain("MessageReceived", {}, {"handler": "catalogue.send"})
    assert why.zh == "处理函数没有说话，也没有写原因"


def test_who_waited_too_long_is_said_so_in_both_languages() -> None:
    """English gave the score of the script that was not said for it."""
    match = {"zh": "关键词「组装」：98%", "en": "keywords “组装”: 98% sure, over the answer bar"}
    why = explain(
        "MessageReceived", {}, {"handed_over": "客户的消息已等了 12 分钟", "match": match}
    )
    assert why.zh == "请人接待：客户的消息已等了 12 分钟"
    assert why.en == "a person is called: they have waited for 12 min"
    kept = {"handed_over": "关键词「组装」", "match": match}  # without its figures
    assert explain("MessageReceived", {}, kept).en.endswith("over the answer bar")
    assert (
        "一"
        not in explain(
            "MessageReceived", {}, {"handed_over": "客户发来一条图片消息，要人看一下"}
        ).en
    )
