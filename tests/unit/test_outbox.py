"""Ids of messages: the same for every handling, fit for WeCom, side by side in time."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.outbox import message_id
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
