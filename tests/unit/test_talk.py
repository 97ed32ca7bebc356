"""Which of a customer's messages wait for an answer."""

from typing import Any

from bot.store.customers.talk import Line, unanswered


def line(number: int, **what: Any) -> Line:
    found = {"speaker": "bot", "who": "", "text": f"{number}", "conversation": "kf:wk:wm1"} | what
    return Line(id=f"{number}", at=float(number), **found)


def test_what_a_plan_sent_is_no_answer() -> None:
    lines = [
        line(1, speaker="customer"),
        line(2, script="faq/a"),
        line(3, speaker="customer"),
        line(4, script="greeting/birthday", planned=True),
        line(5, script="system/handover"),
    ]
    assert [one.id for one in unanswered(lines)] == ["3"]
    assert unanswered([*lines, line(6, speaker="staff", who="liming")]) == []
    # 退订 was confirmed, and the page said that they wait, with scripts to answer it by.
    assert unanswered([*lines, line(6, script="system/opted_out")]) == []
