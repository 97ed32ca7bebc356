"""Ids of messages: the same at every handling, valid for WeCom, and close together in time."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.outbox import Speech, message_id
from bot.wecom.compose import notice_body
from tests.engine import asked

SECONDS = st.integers(10**9, 4 * 10**9)  # 2001 to 2096


@given(second=SECONDS, name=st.text(), later_s=st.integers(1, 10**8))
def test_message_ids_fit_wecom_and_sort_by_the_time_of_their_event(
    second: int, name: str, later_s: int
) -> None:
    moment = datetime.fromtimestamp(second, UTC)
    event = asked(name, "在吗", ManualClock(moment))
    later = asked(name, "在吗", ManualClock(moment + timedelta(seconds=later_s)))
    ids = [message_id(event, 0), message_id(later, 0)]
    assert all(re.fullmatch("[0-9a-zA-Z_-]{1,32}", one) for one in ids)  # doc 94677
    assert ids == sorted(ids)
    assert message_id(event, 0) == ids[0]
    assert message_id(event, 1) not in ids


def test_wecom_cut_off_the_number_by_which_two_long_notices_are_told_apart() -> None:
    speech = Speech(account="1", to="liming", text="<货" * 682)
    told = [notice_body(speech, number, 2048)["text"]["content"] for number in ("1a", "1b")]
    assert [one.rpartition("\n")[2] for one in told] == ["(编号 1a)", "(编号 1b)"]
    assert all(len(one.encode()) <= 2048 for one in told)
    plain = notice_body(Speech(account="1", to="liming", text="有<事"), "1a", 2048)
    assert plain["text"]["content"] == "有＜事\n(编号 1a)"
