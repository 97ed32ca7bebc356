"""The platform's limits, as rules that hold for any history."""

from hypothesis import given
from hypothesis import strategies as st

from bot.touch.pace import Pace
from bot.touch.platform import Platform
from bot.touch.policy import Allow, Outgoing, Refuse, Session, Via, judge

LIMITS = Platform()
moments = st.floats(0, 10**9, allow_nan=False)


@given(since=moments, later=st.floats(0, 10**6))
def test_a_welcome_code_is_never_used_after_its_20_seconds(since: float, later: float) -> None:
    verdict = judge(Outgoing(via=Via.WELCOME_CODE, since=since), None, LIMITS, since + later)
    if isinstance(verdict, Allow):
        assert (since + later) - since <= LIMITS.welcome_s
    else:
        assert isinstance(verdict, Refuse)
        assert verdict.rule == "expired"
        assert f"{LIMITS.welcome_s:g} 秒" in verdict.zh


@given(
    heard=moments,
    later=st.floats(0, 10**6),
    sent=st.integers(0, 9),
    counted=st.booleans(),
    staffed=st.booleans(),
    beside=st.booleans(),
)
def test_kf_is_judged_by_person_then_hours_then_count(
    heard: float, later: float, sent: int, counted: bool, staffed: bool, beside: bool
) -> None:
    session = Session(heard_at=heard, sent=sent, staffed=staffed)
    outgoing = Outgoing(via=Via.SERVICE_SESSION, since=heard, counted=counted, beside_staff=beside)
    now = heard + later
    verdict = judge(outgoing, session, LIMITS, now)
    if staffed and not beside and not 0 < heard < now - 48 * 3600:
        expected = "staffed"  # where the session has not ended of itself
    elif now - heard > 48 * 3600:
        expected = "kf_window"
    elif sent - counted >= 5:
        expected = "kf_messages"
    else:
        expected = ""
    assert (verdict.rule if isinstance(verdict, Refuse) else "") == expected


def test_a_reply_by_response_url_is_good_for_an_hour() -> None:
    outgoing = Outgoing(via=Via.BOT_REPLY, since=0)
    assert judge(outgoing, None, LIMITS, 3600) == Allow(Via.BOT_REPLY)
    assert isinstance(judge(outgoing, None, LIMITS, 3601), Refuse)


@given(st.lists(st.integers(0, 400), max_size=60))
def test_a_chat_is_never_written_to_faster_than_its_pace(pauses: list[int]) -> None:
    pace, now, sent = Pace(per_minute=3, per_hour=8), 0.0, list[float]()
    for pause in pauses:
        now += pause
        wait_s = pace.take("chat", now)
        if wait_s == 0:
            sent.append(now)
        else:
            now += wait_s  # exactly when it said, there is room
            assert pace.take("chat", now) == 0
            sent.append(now)
    for moment in sent:
        assert sum(moment - 60 < other <= moment for other in sent) <= 3
        assert sum(moment - 3600 < other <= moment for other in sent) <= 8


def test_chats_do_not_slow_one_another() -> None:
    pace = Pace(per_minute=1, per_hour=10)
    assert [pace.take(chat, 0.0) for chat in ("a", "b", "a")] == [0, 0, 60]


def test_a_pace_that_several_share_is_parted() -> None:
    pace = Pace(per_minute=30, per_hour=100)
    pace.share(4)
    assert [pace.take("a", 0.0) for _ in range(8)] == [0] * 7 + [60]
    pace.share(1)
    assert pace.take("a", 0.0) == 0


def test_what_waits_for_one_of_several_receivers_counts_for_none() -> None:
    pace = Pace(per_minute=1, per_hour=10)
    assert pace.take("busy", 0.0) == 0
    for _ in range(3):
        assert pace.take_all(["busy", "free"], 1.0) == 59
    assert pace.take("free", 1.0) == 0
    assert pace.take_all(["busy", "free"], 61.0) == 0
    assert pace.take("free", 62.0) > 0
