"""Messages that nobody asked for: rules that hold for any customer and any hour."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rehearse.stage import Company
from bot.settings import Manners, Platform
from bot.touch.manners import Purpose, Standing, judge_touch, wants_no_more
from bot.touch.policy import Allow, Refuse, Session, Verdict, Via

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 5, 11, 12, tzinfo=SHANGHAI)
LIMITS = Platform()
MANNERS = Company.of(Path(__file__).parents[2]).settings.manners  # as they ship
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001 made aware
    lambda moment: moment.replace(tzinfo=SHANGHAI)
)
standings = st.builds(
    Standing,
    via=st.sampled_from([Via.SERVICE_SESSION, Via.STAFF_TASK]),
    staffed=st.booleans(),
    opted_out=st.booleans(),
    complained_at=st.none() | moments,
    touched=st.lists(moments, max_size=3).map(tuple),
    coming=st.frozensets(st.sampled_from(Purpose)),
    session=st.builds(
        Session, heard_at=moments.map(datetime.timestamp), sent=st.integers(0, 6)
    ),
)  # fmt: skip


def judged(purpose: Purpose = Purpose.PROMO, now: datetime = NOON, **facts: object) -> Verdict:
    standing = Standing(**{"via": Via.STAFF_TASK, **facts})  # type: ignore[arg-type]  # by name
    return judge_touch(purpose, standing, MANNERS, LIMITS, now)


def refusal(verdict: Verdict) -> str:
    assert isinstance(verdict, Refuse)
    assert verdict.zh
    assert verdict.en
    return verdict.rule


@given(purpose=st.sampled_from(Purpose), standing=standings, now=moments)
def test_what_is_allowed_pesters_nobody(
    purpose: Purpose, standing: Standing, now: datetime
) -> None:
    if not isinstance(judge_touch(purpose, standing, Manners(), LIMITS, now), Allow):
        return
    assert not standing.opted_out
    assert not standing.staffed
    assert 9 <= now.hour < 21
    assert now.date() not in {moment.date() for moment in standing.touched}
    assert all(other.rank >= purpose.rank for other in standing.coming)
    if purpose is Purpose.PROMO and standing.complained_at:
        assert standing.complained_at.date() != now.date()
    if standing.via is Via.SERVICE_SESSION:
        assert standing.session
        assert now.timestamp() - standing.session.heard_at <= 48 * 3600
        assert standing.session.sent < 5


def test_the_way_that_is_open_is_named() -> None:
    assert judged() == Allow(Via.STAFF_TASK)
    session = Session(heard_at=NOON.timestamp() - 60)
    assert judged(via=Via.SERVICE_SESSION, session=session) == Allow(Via.SERVICE_SESSION)


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("opt_out", {"opted_out": True, "staffed": True}),
        ("staffed", {"staffed": True}),
        ("complaint", {"complained_at": NOON - timedelta(hours=3)}),
        ("quiet_hours", {"now": NOON.replace(hour=21)}),
        ("quiet_hours", {"now": NOON.replace(hour=8, minute=59)}),
        ("a_day", {"touched": (NOON - timedelta(hours=1),)}),
        ("more_important", {"coming": frozenset({Purpose.BIRTHDAY})}),
        ("kf_window", {"via": Via.SERVICE_SESSION, "session": Session()}),
        ("kf_messages", {"via": Via.SERVICE_SESSION, "session": Session(heard_at=1e10, sent=5)}),
    ],
)
def test_each_rule_says_why(rule: str, facts: dict[str, object]) -> None:
    assert refusal(judged(**facts)) == rule  # type: ignore[arg-type]  # by name


def test_a_birthday_is_kept_where_a_promotion_is_not() -> None:
    yesterday = NOON - timedelta(days=1)
    assert judged(complained_at=yesterday) == Allow(Via.STAFF_TASK)
    assert judged(Purpose.BIRTHDAY, complained_at=NOON) == Allow(Via.STAFF_TASK)
    assert judged(Purpose.BIRTHDAY, coming=frozenset({Purpose.PROMO})) == Allow(Via.STAFF_TASK)


@pytest.mark.parametrize(
    "text",
    [
        "TD",
        " td. ",
        "退订",
        "我要退订",
        "别再发了",
        "别再给我发广告了",
        "请不要打扰我",
        "不要再给我发消息了",
        "别烦我！",
    ],
)
def test_who_wants_no_more_is_understood(text: str) -> None:
    assert wants_no_more(text, MANNERS)


@pytest.mark.parametrize(
    "text",
    [
        "我要退订单",
        "退订金怎么退",
        "别发错了",
        "别再给我发错货了",
        "先别给我发货",
        "td是什么意思",
        "怎么退货",
        "有打扰到您吗",
        "",
    ],
)
def test_and_nobody_else(text: str) -> None:
    assert not wants_no_more(text, MANNERS)
