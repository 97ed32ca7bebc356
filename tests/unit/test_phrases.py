"""Times in staff's words are understood, written out, and never in the past."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.touch.calendar import Calendar, CompanyDays, Hours
from bot.touch.phrases import Meaning, Moment, Recurrence, Unclear, understand

CALENDAR = Calendar()
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=SHANGHAI)  # a Thursday
_SECONDS = st.integers(1_072_915_200, 3_786_912_000)  # 2004 to 2089
NOWS = st.builds(datetime.fromtimestamp, _SECONDS, st.just(UTC))
ZONES = st.sampled_from(["Asia/Shanghai", "America/New_York", "Asia/Kathmandu"]).map(ZoneInfo)


def meant(text: str, *, now: datetime = NOW, zone: ZoneInfo = SHANGHAI) -> Meaning:
    return understand(text, now=now, zone=zone, calendar=CALENDAR)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("明天下午三点", "2026-11-27 15:00"),
        ("明天 15:00", "2026-11-27 15:00"),
        ("明日下午3时20分", "2026-11-27 15:20"),
        ("下午三点", "2026-11-26 15:00"),
        ("下午三点一刻提醒我", "2026-11-26 15:15"),
        ("今晚8点", "2026-11-26 20:00"),
        ("明早九点半", "2026-11-27 09:30"),
        ("后天", "2026-11-28 10:00"),
        ("大后天晚上8点半", "2026-11-29 20:30"),
        ("周三", "2026-12-02 10:00"),
        ("周四", "2026-12-03 10:00"),  # today's 10:00 is over
        ("周四下午", "2026-11-26 15:00"),
        ("这周五十点", "2026-11-27 10:00"),
        ("下周二三点半", "2026-12-01 15:30"),  # it was Monday, 23:30
        ("周二二十点", "2026-12-01 20:00"),  # it was no time
        ("周六二十一点半", "2026-11-28 21:30"),
        ("周六两点", "2026-11-28 14:00"),
        ("下周五上午", "2026-12-04 10:00"),
        ("下下周一", "2026-12-07 10:00"),
        ("星期天晚上", "2026-11-29 20:00"),
        ("周末", "2026-11-28 10:00"),
        ("下周", "2026-11-30 10:00"),
        ("下个月", "2026-12-01 10:00"),
        ("下个月15号", "2026-12-15 10:00"),
        ("15号", "2026-12-15 10:00"),
        ("31号", "2026-12-31 10:00"),
        ("月底", "2026-11-30 10:00"),
        ("下月底", "2026-12-31 10:00"),
        ("下个月初", "2026-12-01 10:00"),
        ("年底", "2026-12-31 10:00"),
        ("明年底", "2027-12-31 10:00"),
        ("12月25日", "2026-12-25 10:00"),
        ("十二月二十五号晚上七点半", "2026-12-25 19:30"),
        ("3月8日", "2027-03-08 10:00"),
        ("2月29日", "2028-02-29 10:00"),
        ("明年1月5号", "2027-01-05 10:00"),
        ("2027-01-05 09:00", "2027-01-05 09:00"),
        ("12/25 15:00", "2026-12-25 15:00"),
        ("12 月 25 日 15 点", "2026-12-25 15:00"),
        ("3天后", "2026-11-29 10:00"),
        ("三天后下午两点", "2026-11-29 14:00"),
        ("过两周", "2026-12-10 10:00"),
        ("半个月后", "2026-12-11 10:00"),
        ("三个月后", "2027-02-26 10:00"),
        ("半年后", "2027-05-26 10:00"),
        ("半小时后", "2026-11-26 10:30"),
        ("一个半小时后", "2026-11-26 11:30"),
        ("过两小时三十分钟后", "2026-11-26 12:30"),
        ("90分钟后", "2026-11-26 11:30"),
        ("今晚12点", "2026-11-27 00:00"),
        ("明天凌晨12点", "2026-11-27 00:00"),
        ("明天中午一点", "2026-11-27 13:00"),
        ("明天三点", "2026-11-27 15:00"),
        ("明天03:00", "2026-11-27 03:00"),
        ("中秋节", "2027-09-15 10:00"),
        ("中秋节前两天", "2027-09-13 10:00"),
        ("元旦前三天晚上八点", "2026-12-29 20:00"),
        ("春节前一周", "2027-01-30 10:00"),
        ("平安夜前夕", "2026-12-23 10:00"),
        ("国庆后第一天", "2027-10-02 10:00"),
        ("十一", "2027-10-01 10:00"),
        ("明年春节", "2027-02-06 10:00"),
        ("2028年中秋节", "2028-10-03 10:00"),
        ("除夕上午", "2027-02-05 10:00"),
        ("大年初三", "2027-02-08 10:00"),
        ("腊月廿三", "2027-01-30 10:00"),
        ("农历八月十五", "2027-09-15 10:00"),
        ("冬至", "2026-12-22 10:00"),
        ("tomorrow 3pm", "2026-11-27 15:00"),
        ("3:30 pm tomorrow", "2026-11-27 15:30"),
        ("tomorrow morning at 9", "2026-11-27 09:00"),
        ("at 9 in the evening", "2026-11-26 21:00"),
        ("tonight", "2026-11-26 20:00"),
        ("next Friday morning", "2026-12-04 10:00"),
        ("Friday at noon", "2026-11-27 12:00"),
        ("the day after tomorrow", "2026-11-28 10:00"),
        ("in two weeks", "2026-12-10 10:00"),
        ("in half an hour", "2026-11-26 10:30"),
        ("in 2 hours", "2026-11-26 12:00"),
        ("3 days from now", "2026-11-29 10:00"),
        ("in 3 months", "2027-02-26 10:00"),
        ("end of next month", "2026-12-31 10:00"),
        ("next month on the 15th", "2026-12-15 10:00"),
        ("on the 15th", "2026-12-15 10:00"),
        ("Dec 25th", "2026-12-25 10:00"),
        ("25 December 2027", "2027-12-25 10:00"),
        ("2 days before Christmas", "2026-12-23 10:00"),
        ("the day before Mid-Autumn", "2027-09-14 10:00"),
        ("next week", "2026-11-30 10:00"),
    ],
)
def test_a_moment(text: str, at: str) -> None:
    found = meant(text)
    assert isinstance(found, Moment), found
    assert f"{found.at:%Y-%m-%d %H:%M}" == at
    assert found.at.tzinfo is SHANGHAI


@pytest.mark.parametrize(
    ("text", "fields", "occasion", "days", "first"),
    [
        ("每天早上9点", {}, "", 0, "2026-11-27 09:00"),
        ("每周一早上9点", {"day_of_week": "mon"}, "", 0, "2026-11-30 09:00"),
        ("每周一10:30", {"day_of_week": "mon"}, "", 0, "2026-11-30 10:30"),
        ("每周一三五", {"day_of_week": "mon,wed,fri"}, "", 0, "2026-11-27 10:00"),
        ("每周一三五三点", {"day_of_week": "mon,wed,fri"}, "", 0, "2026-11-27 15:00"),
        ("每周一、周四晚上八点", {"day_of_week": "mon,thu"}, "", 0, "2026-11-26 20:00"),
        ("每个周末", {"day_of_week": "sat,sun"}, "", 0, "2026-11-28 10:00"),
        ("每逢周五下午", {"day_of_week": "fri"}, "", 0, "2026-11-27 15:00"),
        ("每月1号", {"day": "1"}, "", 0, "2026-12-01 10:00"),
        ("每月1号、15号", {"day": "1,15"}, "", 0, "2026-12-01 10:00"),
        ("每月底", {"day": "last"}, "", 0, "2026-11-30 10:00"),
        ("每月最后一天", {"day": "last"}, "", 0, "2026-11-30 10:00"),
        ("每月中", {"day": "15"}, "", 0, "2026-12-15 10:00"),
        ("每月第二个周五", {"day": "2nd fri"}, "", 0, "2026-12-11 10:00"),
        ("每月最后一个周五", {"day": "last fri"}, "", 0, "2026-11-27 10:00"),
        ("每年12月25日", {"month": 12, "day": 25}, "", 0, "2026-12-25 10:00"),
        ("每年生日前三天", {}, "birthday", -3, None),
        ("客户生日当天", {}, "birthday", 0, None),
        ("每年中秋节前两天", {}, "mid_autumn", -2, "2027-09-13 10:00"),
        ("每逢立春", {}, "lichun", 0, "2027-02-04 10:00"),
        ("每个工作日上午10点", {}, "workday", 0, "2026-11-27 10:00"),
        ("every day at 9am", {}, "", 0, "2026-11-27 09:00"),
        ("every Monday and Friday", {"day_of_week": "mon,fri"}, "", 0, "2026-11-27 10:00"),
        ("every month on the 1st", {"day": "1"}, "", 0, "2026-12-01 10:00"),
        ("the last day of every month", {"day": "last"}, "", 0, "2026-11-30 10:00"),
        ("every workday", {}, "workday", 0, "2026-11-27 10:00"),
        ("every year on Dec 25", {"month": 12, "day": 25}, "", 0, "2026-12-25 10:00"),
        ("3 days before every birthday", {}, "birthday", -3, None),
    ],
)
def test_a_recurrence(
    text: str, fields: dict[str, object], occasion: str, days: int, first: str | None
) -> None:
    found = meant(text)
    assert isinstance(found, Recurrence), found
    assert {**found.fields} == {**fields, **{key: found.fields[key] for key in ("hour", "minute")}}
    assert (found.occasion, found.days) == (occasion, days)
    assert (f"{found.first:%Y-%m-%d %H:%M}" if found.first else None) == first
    for written in (found.zh, found.en):
        again = meant(written)
        assert isinstance(again, Recurrence), written
        assert (again.fields, again.occasion, again.days) == (found.fields, occasion, days)


def test_a_workday_is_one_of_the_calendar() -> None:
    eve = datetime(2026, 9, 19, 12, 0, tzinfo=SHANGHAI)  # Sunday the 20th is worked
    found = meant("每个工作日", now=eve)
    assert isinstance(found, Recurrence)
    assert f"{found.first:%Y-%m-%d}" == "2026-09-20"


@pytest.mark.parametrize(
    ("text", "rule", "told"),
    [
        ("昨天", "past", "2026年11月25日 周三 10:00，已经过了"),
        ("今天早上8点", "past", "已经过了"),
        ("上周五", "past", "已经过了"),
        ("2026-01-05", "past", "已经过了"),
        ("2月30日", "impossible", "没有“2月30日”这一天"),
        ("下个月32号", "impossible", "没有“下个月32号”这一天"),
        ("13月1日", "impossible", "这一天"),
        ("明天25点", "impossible", "请写 00:00 到 23:59"),
        ("99999天后", "impossible", "这一天"),
        ("2020年中秋节", "impossible", "这一天"),
        ("闰正月初一", "unknown", "可以这样写"),
        ("农历十三月初一", "impossible", "这一天"),
        ("2026年11月27日 周四", "impossible", "是周五，不是周四"),
        ("每月31号", "impossible", "请写“每月最后一天”"),
        ("每月0号", "impossible", "1到28"),
        ("每年2月29日", "impossible", "2月28日或3月1日"),
        ("每年13月1日", "impossible", "没有这一天"),
        ("每月第五个周五", "impossible", "第1到第4个"),
        ("每小时", "impossible", "最多每天一次"),
        ("每周", "ambiguous", "没说哪一天"),
        ("凌晨", "ambiguous", "是几点"),
        ("明天晚上1点", "ambiguous", "请按 24 小时写"),
        ("每天24点", "ambiguous", "23:59"),
        ("中秋节前", "ambiguous", "中秋节前2天"),
        ("每年中秋节前", "ambiguous", "中秋节前2天"),
        ("随便", "unknown", "可以这样写：明天下午三点"),
        ("", "unknown", "可以这样写"),
        ("11", "unknown", "可以这样写"),
        ("有空的时候" * 30, "unknown", "…"),
    ],
)
def test_what_cannot_be_saved_is_told_with_examples(text: str, rule: str, told: str) -> None:
    found = meant(text)
    assert isinstance(found, Unclear), found
    assert (found.rule, told in found.zh) == (rule, True), found.zh
    assert found.en
    assert "明天下午三点" in found.examples


def test_what_was_assumed_is_told() -> None:
    for text, told in (
        ("下周五上午", ["上午，按 10:00"]),
        ("下周", ["没说周几，按周一", "没说几点，按 10:00"]),
        ("明天三点", ["没说上午下午，按下午 15:00"]),
        ("周四", ["没说几点，按 10:00", "2026年11月26日 周四 10:00 已过，按下一次"]),
        ("生日前三天", ["每年都提醒", "没说几点，按 10:00"]),
        ("今晚12点", ["晚上12点 是第二天 00:00"]),
        ("明天 15:00", []),
    ):
        found = meant(text)
        assert not isinstance(found, Unclear)
        assert [one.zh for one in found.assumed] == told


def test_the_company_says_what_morning_means() -> None:
    calendar = Calendar(CompanyDays(hours=Hours(morning=8, day=14)))
    for text, hour in (("明天上午", 8), ("明天", 14)):
        found = understand(text, now=NOW, zone=SHANGHAI, calendar=calendar)
        assert isinstance(found, Moment)
        assert found.at.hour == hour


def test_a_time_that_summer_skips_is_an_hour_later() -> None:
    york = ZoneInfo("America/New_York")
    found = meant("2027-03-14 02:30", zone=york)
    assert isinstance(found, Moment)
    assert found.zh == "2027年3月14日 周日 03:30"


@example(datetime(2013, 11, 2, 5, 3, tzinfo=UTC), 24 * 60, ZoneInfo("America/New_York"))
@given(NOWS, st.integers(1, 20 * 366 * 24 * 60), ZONES)
def test_a_moment_written_out_is_understood_again(
    now: datetime, ahead: int, zone: ZoneInfo
) -> None:
    exact = now.replace(second=0, microsecond=0) + timedelta(minutes=ahead)
    at = exact.astimezone(zone)
    assume(at > now and at.year <= 2100)
    assume(not at.fold)  # an hour that comes twice is written alike both times
    first = meant(f"{at:%Y-%m-%d %H:%M}", now=now, zone=zone)
    assert isinstance(first, Moment)
    for written in (first.zh, first.en):
        again = meant(written, now=now, zone=zone)
        assert isinstance(again, Moment)
        assert again.at == first.at
        # Not the moments themselves: one of an hour that comes twice equals none of another zone.
        assert again.at.timestamp() == exact.timestamp()
        assert again.assumed == ()


_DAYS = (
    *(
        "",
        "今天",
        "明天",
        "周三",
        "这周五",
        "下周日",
        "15号",
        "月底",
        "12月25日",
        "2月29日",
        "3天后",
    ),
    *("中秋节", "春节前两天", "除夕", "下个月", "年底", "腊月廿三", "每天", "每周一", "每月1号"),
    *("每年立春", "每个工作日", "每月第二个周五", "today", "friday", "dec 25", "end of month"),
)
_TIMES = (
    "",
    "上午",
    "下午三点",
    "晚上8点半",
    "0点",
    "12点",
    "凌晨1点",
    "晚上12点",
    "23:59",
    "3pm",
)


@given(st.sampled_from(_DAYS), st.sampled_from(_TIMES), NOWS, ZONES)
@example("", "0点", datetime(2026, 11, 26, 16, 0, tzinfo=UTC), SHANGHAI)
def test_never_in_the_past(day: str, time: str, now: datetime, zone: ZoneInfo) -> None:
    found = meant(f"{day} {time}", now=now, zone=zone)
    if isinstance(found, Moment):
        assert found.at > now
    elif isinstance(found, Recurrence):
        assert found.first is not None
        assert found.first > now
    else:
        assert found.rule != "unknown" or not (day or time)


@given(st.integers(1, 500), NOWS, ZONES)
def test_in_a_while_is_never_sooner(minutes: int, now: datetime, zone: ZoneInfo) -> None:
    found = meant(f"{minutes}分钟后", now=now, zone=zone)
    assert isinstance(found, Moment)
    assert timedelta(0) <= found.at - now - timedelta(minutes=minutes) < timedelta(minutes=1)


@given(
    st.text(
        "今明后天下周月一二三十点半上午晚每年号前个生日中秋节0159:/- 农历初pmnext", max_size=14
    )
    | st.text()
)
def test_whatever_is_written_there_is_an_answer(text: str) -> None:
    found = meant(text)
    assert found.zh
    assert found.en
