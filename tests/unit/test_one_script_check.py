"""One script is checked beside those that its questions may lead to, as a whole library is."""

from datetime import date

import pytest

from bot.errors import Complaint
from bot.scripts.checks.one import review
from bot.scripts.edition import Edition
from bot.scripts.formats import jsonl
from bot.scripts.library import Library
from bot.scripts.version import Version
from tests.unit.test_planted_faults import GOOD

DAY = date(2026, 3, 1)
EDITION = Edition.of(Library.load(GOOD))
LINE = '{"id":"faq/new","category":"faq","title":"新的","examples":["%s"],"reply":"%s"%s}'


def found(question: str, words: str = "好的。", more: str = "") -> list[Complaint]:
    version = Version(script="faq/new", number=1, content=LINE % (question, words, more))
    told = review(version, EDITION, library=GOOD, root=GOOD, today=DAY)
    assert all(one.file == version.place for one in (*told.mistakes, *told.doubts))
    return [*told.mistakes, *told.doubts]


def test_what_is_right_has_no_finding() -> None:
    for script in EDITION.library:
        content = jsonl.write_scripts([script]).decode()
        told = review(
            Version(script=script.id, number=1, content=content),
            EDITION, library=GOOD, root=GOOD, today=DAY,
        )  # fmt: skip
        assert told.mistakes == ()
        if script.id.startswith("faq/"):
            break


@pytest.mark.parametrize(
    ("question", "words", "more", "key", "told"),
    [
        ("你好，请问怎么退货？", "好的。", "", "ask[0]", "has the same question"),
        ("紫月亮几点", "{{ customer.nmae }}", "", "reply[0]", "unknown variable"),
        ("紫月亮几点", "全网最低价", "", "say[0]", "is forbidden"),
        ("紫月亮几点", "好的。", ',"when":{"until":"2026-01-01"}', "when.until", "expired"),
        ("我要投诉你们", "好的。", "", "ask[0]", "calls a person"),
    ],
)
def test_a_mistake_is_told_at_its_field(
    question: str, words: str, more: str, key: str, told: str
) -> None:
    complaints = found(question, words, more)
    assert any(key in one.key and told in one.problem for one in complaints), complaints
