"""What a plan says of its own moments, in words."""

from datetime import date, time

import pytest

from bot.plans.plan import OnCron, OnDate, OnOccasion, Span, When
from bot.telling.plans import event, hours, on, shifted
from bot.touch.calendar import Calendar

CALENDAR = Calendar()


@pytest.mark.parametrize(
    ("when", "zh"),
    [
        (OnDate(date=date(2026, 3, 8)), "2026年3月8日"),
        (OnOccasion(occasion="mid_autumn", days=-1), "中秋节前 1 天"),
        (OnOccasion(occasion="mid_autumn"), "中秋节当天"),
        (OnCron(line="0 10 1 * *"), "每月 1 日 10:00"),
        (OnCron(line="30 9 * * mon,4"), "每周一、周四 09:30"),
        (OnCron(line="0 10 * * *"), "每天 10:00"),
        (OnCron(line="0 10 * * mon-fri"), "每周一到周五 10:00"),
        (OnCron(line="0 10 * * mon#1"), "定时 0 10 * * mon#1"),
        (OnCron(line="0 10 1 5 *"), "每年 5 月 1 日 10:00"),
        (OnCron(line="0 10 */2 * *"), "定时 0 10 */2 * *"),
    ],
)
def test_a_day_is_told(when: When, zh: str) -> None:
    assert on(when, CALENDAR)[0] == zh


def test_hours_and_deadlines_are_told() -> None:
    noon = Span(start=time(10), end=time(12))
    assert hours(noon)[0] == "10:00–12:00，当天没发出就不发"
    later = Span(start=time(10), deadline_days=1, deadline_at=time(20))
    assert hours(later) == (
        "10:00 起，第二天 20:00 之后不发", "from 10:00; not after the next day 20:00",
    )  # fmt: skip


def test_what_a_step_is_counted_from_is_told() -> None:
    assert shifted(event("added"), 3)[0] == "加好友后 3 天"
    assert shifted(event("birthday"), -1) == ("生日前 1 天", "1 day before their birthday")
    assert shifted(event("silent", 60), 0)[0] == "60 天没有说话当天"
    assert event("tag:VIP")[0] == "打上标签「VIP」"


def test_dates_of_the_company_s_own_are_called_by_their_titles() -> None:
    """The console said milk_powder后 25 天."""
    titles = {"milk_powder": "买奶粉"}
    assert shifted(event("milk_powder", titles=titles), 25)[0] == "买奶粉后 25 天"
    assert event("renewal", titles=titles)[0] == "「renewal」那天"
