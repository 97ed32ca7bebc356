"""The content mix of moments: what goes out never breaks it, and what it predicts comes true."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.moments.mix import Kind, MixRule, Posted, judge, mix
from bot.moments.slots import Audience, best_hour, due_at

TODAY = date(2026, 3, 10)
RULES = st.builds(
    MixRule,
    since=st.integers(0, 200).map(lambda back: TODAY - timedelta(days=back)),
    window_days=st.integers(1, 40),
    early_percent=st.integers(50, 95),
    later_percent=st.integers(0, 70),
)
POSTS = st.lists(
    st.builds(
        Posted,
        day=st.integers(-45, 20).map(lambda days: TODAY + timedelta(days=days)),
        kind=st.sampled_from(Kind),
    ),
    max_size=30,
)
SOLD = st.sampled_from([Kind.PRODUCT, Kind.PROMOTION, Kind.SERVICE])


def posted(back: int, kind: Kind) -> Posted:
    return Posted(day=TODAY - timedelta(days=back), kind=kind)


@given(RULES, POSTS, st.sampled_from(Kind))
def test_what_may_go_keeps_the_share_and_persona_content_may_always_go(
    rule: MixRule, posts: list[Posted], kind: Kind
) -> None:
    held = judge(posts, kind, TODAY, rule)
    after = mix(posts, TODAY, rule).with_one(kind)
    if kind is Kind.PERSONA:
        assert held is None
    else:
        assert (held is None) == after.holds


@given(RULES, POSTS, SOLD)
def test_so_many_persona_moments_are_needed_and_not_one_less(
    rule: MixRule, posts: list[Posted], kind: Kind
) -> None:
    if held := judge(posts, kind, TODAY, rule):
        first = [posted(0, Kind.PERSONA)] * held.more
        assert judge([*posts, *first], kind, TODAY, rule) is None
        assert judge([*posts, *first[1:]], kind, TODAY, rule) is not None
        assert str(held.more) in held.zh
        assert str(held.more) in held.en


@given(RULES, POSTS, SOLD)
def test_the_day_that_is_told_is_the_first(rule: MixRule, posts: list[Posted], kind: Kind) -> None:
    if held := judge(posts, kind, TODAY, rule):
        days = [TODAY + timedelta(days=ahead) for ahead in range(1, 70)]
        good = [day for day in days if judge(posts, kind, day, rule) is None]
        if held.again is None:
            assert good == []
        elif held.again <= days[-1]:
            assert good[0] == held.again


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(Kind)), max_size=60))
def test_an_account_that_asks_first_never_falls_below(steps: list[tuple[int, Kind]]) -> None:
    rule, day, posts = MixRule(since=TODAY), TODAY, list[Posted]()
    for gap, kind in steps:
        day += timedelta(days=gap)
        if judge(posts, kind, day, rule) is None:
            posts.append(Posted(day=day, kind=kind))
            if kind is not Kind.PERSONA:
                assert mix(posts, day, rule).holds


def test_the_sentence_says_the_share_the_need_and_when() -> None:
    posts = [posted(29, Kind.PROMOTION), *[posted(5, Kind.PERSONA)] * 3, posted(1, Kind.PRODUCT)]
    held = judge(posts, Kind.PROMOTION, TODAY, MixRule(since=TODAY - timedelta(days=40)))
    assert held is not None
    assert held.zh == (
        "近 30 天发了 5 条，人设 3 条，占 60%；再发这条促销，人设只占 50%，头 90 天至少要 70%。"
        "先发 4 条人设内容就可以发。"
    )
    assert held.again is None
    later = judge(posts, Kind.PRODUCT, TODAY, MixRule(since=TODAY - timedelta(days=400)))
    assert later is None
    posts += [posted(28, Kind.PRODUCT)]
    held = judge(posts, Kind.PRODUCT, TODAY, MixRule(since=TODAY - timedelta(days=400)))
    assert held is not None
    assert held.zh.endswith("先发 1 条人设内容就可以发；不发的话，最早 3月11日可以发。")
    assert held.en.endswith("It may go after 1 more persona moment, or on 2026-03-11 without any.")


def test_the_hour_is_the_audiences_or_the_usual_one() -> None:
    evening = Audience(begin=19, end=23, customers=30)
    night = Audience(begin=22, end=2, customers=90)
    assert best_hour([], 9, 21, 12) == 12
    assert best_hour([evening, night], 9, 21, 12) == 19
    assert best_hour([night], 9, 21, 12) == 12, "they are about when nobody posts"
    zone = ZoneInfo("Asia/Shanghai")
    assert due_at(TODAY, "", 19, zone).time() == time(19, 7)
    assert due_at(TODAY, "20:30", 19, zone).time() == time(20, 30)
