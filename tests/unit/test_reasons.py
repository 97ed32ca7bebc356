"""Whatever our own handlers deal with has a reason in words, in both languages."""

import pytest

from bot.reasons import explain
from handlers import routers

KINDS = sorted({route.kind.__name__ for router in routers for route in router.routes})


@pytest.mark.parametrize("kind", KINDS)
def test_no_reason_is_the_name_of_a_function(kind: str) -> None:
    kept = {"handler": "complaints.tell"}
    why = explain(kind, {"change": 0, "details": {}}, kept)
    assert "." not in why.zh + why.en
    assert any("一" <= letter <= "鿿" for letter in why.zh), why
    assert why.en


def test_a_complaint_that_nobody_answered_is_told_apart() -> None:
    kept = {"handler": "complaints.tell"}
    assert "主管" in explain("ComplaintDue", {"late": True}, kept).zh
    assert "负责的同事" in explain("ComplaintDue", {"late": False}, kept).zh
