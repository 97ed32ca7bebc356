"""What kind of day it is: published, foretold, the company's own; festivals, terms, birthdays."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.touch.calendar import Calendar, CompanyDays, Occasion, lunar, official, rules

CALENDAR = Calendar()
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def occasion(name: str, on: str, **more: object) -> Occasion:
    return Occasion(id=name, zh=name, en=name, when=rules.parse(on), **more)  # type: ignore[arg-type]  # a test's keywords


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        ("2025-01-26", "makeup", "春节调休上班"),
        ("2025-02-08", "makeup", "春节调休上班"),
        ("2025-04-27", "makeup", "劳动节调休上班"),
        ("2025-09-28", "makeup", "国庆节调休上班"),
        ("2025-10-11", "makeup", "国庆节调休上班"),
        ("2026-01-04", "makeup", "元旦调休上班"),
        ("2026-02-14", "makeup", "春节调休上班"),
        ("2026-02-28", "makeup", "春节调休上班"),
        ("2026-05-09", "makeup", "劳动节调休上班"),
        ("2026-09-20", "makeup", "国庆节调休上班"),
        ("2026-10-10", "makeup", "国庆节调休上班"),
        ("2025-01-28", "holiday", "春节"),
        ("2025-10-06", "holiday", "中秋节"),
        ("2025-10-08", "holiday", "国庆节"),
        ("2026-02-23", "holiday", "春节"),
        ("2026-02-24", "workday", ""),
        ("2026-04-05", "holiday", "清明节"),
        ("2026-10-11", "weekend", ""),
    ],
)
def test_a_published_day(day: str, kind: str, name: str) -> None:
    found = CALENDAR.day(date.fromisoformat(day))
    assert (found.kind, found.name, found.forecast) == (kind, name, False)
    assert found.works == (kind in ("workday", "makeup"))


@pytest.mark.parametrize(
    ("name", "dates"),
    [
        ("spring_festival", ["2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06"]),
        ("除夕", ["2025-01-28", "2026-02-16", "2027-02-05"]),
        ("元宵节", ["2025-02-12", "2026-03-03"]),
        ("清明", ["2025-04-04", "2026-04-05"]),
        ("mothers_day", ["2025-05-11", "2026-05-10"]),
        ("fathers_day", ["2025-06-15", "2026-06-21"]),
        ("端午节", ["2025-05-31", "2026-06-19"]),
        ("qixi", ["2025-08-29", "2026-08-19"]),
        ("中秋节", ["2025-10-06", "2026-09-25", "2028-10-03"]),
        ("double_ninth", ["2025-10-29", "2026-10-18"]),
        ("thanksgiving", ["2025-11-27", "2026-11-26"]),
        ("冬至", ["2025-12-21", "2026-12-22"]),
        ("winter_solstice", ["2025-12-21"]),
        ("lichun", ["2025-02-03", "2026-02-04"]),
    ],
)
def test_an_occasion_and_its_dates(name: str, dates: list[str]) -> None:
    for text in dates:
        day = date.fromisoformat(text)
        assert CALENDAR.dates(name, day.year) == (day,)
        assert CALENDAR.next(name, day - timedelta(days=1)) == day
        assert CALENDAR.next(name, day) > day
        assert CALENDAR.find(name) in CALENDAR.occasions(day)


def test_by_the_moon_a_festival_may_come_twice_or_not_at_all_in_a_year() -> None:
    assert CALENDAR.dates("laba", 2025) == (date(2025, 1, 7),)
    assert CALENDAR.dates("laba", 2022) == (date(2022, 1, 10), date(2022, 12, 30))
    assert CALENDAR.dates("laba", 2021) == (date(2021, 1, 20),)
    assert CALENDAR.dates("laba", 2023) == ()


def test_the_rules_foretell_what_was_published_but_for_one_sunday() -> None:
    for year, beside in ((2025, set()), (2026, {date(2026, 2, 15)})):
        published, foretold = official.published()[year].off, official.forecast(year).off
        assert published.keys() - foretold.keys() == beside
        assert {day: published[day] for day in foretold} == foretold


def test_a_year_that_is_not_published_is_expected_and_says_so() -> None:
    eve = CALENDAR.day(date(2028, 1, 25))
    assert (eve.kind, eve.name, eve.forecast) == ("holiday", "春节", True)
    assert [CALENDAR.day(date(2028, 10, day)).kind for day in (1, 3, 8, 9)] == [
        *("holiday", "holiday", "holiday", "workday"),
    ]
    assert CALENDAR.day(date(2028, 10, 3)).name == "中秋节"
    days = [CALENDAR.day(date(2028, 1, 1) + timedelta(days=step)) for step in range(366)]
    assert all(day.forecast and day.kind != "makeup" for day in days)


def test_what_is_only_expected_is_warned_of_in_time() -> None:
    assert CALENDAR.doubts(date(2026, 6, 1)) == ()
    (told,) = CALENDAR.doubts(date(2028, 6, 1))
    assert told.key == "official.2028"
    assert "the public holidays of 2028 are not announced yet" in told.problem
    assert [one.key for one in CALENDAR.doubts(date(2028, 12, 1))] == [
        *("official.2028", "official.2029"),
    ]


@given(DAYS)
def test_no_day_raises(day: date) -> None:
    found = CALENDAR.day(day)
    assert found.date == day
    assert found.forecast == (day.year not in official.published())
    assert all(CALENDAR.known(name) for name in CALENDAR.occasions(day))


@given(DAYS)
def test_the_moon_goes_there_and_back(day: date) -> None:
    moon = lunar.to_moon(day)
    assert lunar.from_moon(moon.year, moon.month, moon.day, leap=moon.leap) == day


def test_every_year_has_24_terms_in_their_order() -> None:
    for year in range(1900, 2101):
        days = [*lunar.terms(year).values()]
        assert [*sorted(days)] == days
        assert {day.year for day in days} == {year}
        assert len(days) == 24


def test_days_by_the_moon_are_written_as_people_say_them() -> None:
    assert str(lunar.to_moon(date(2025, 8, 1))) == "闰六月初八"
    assert str(lunar.to_moon(date(2026, 2, 16))) == "腊月廿九"
    assert [
        str(lunar.MoonDay(year=2025, month=1, leap=False, day=n))[2:]
        for n in (1, 10, 11, 20, 21, 30)
    ] == [
        *("初一", "初十", "十一", "二十", "廿一", "三十"),
    ]


@given(st.sampled_from(CALENDAR.ids), DAYS)
def test_next_is_the_first_that_occasions_knows(name: str, after: date) -> None:
    found = CALENDAR.next(name, after)
    assert name in CALENDAR.occasions(found)
    step = timedelta(days=1)
    between = (after + step * n for n in range(1, min(60, (found - after).days)))
    assert not any(name in CALENDAR.occasions(day) for day in between)


def test_nobody_knows_such_a_festival() -> None:
    assert not CALENDAR.known("中秋月饼节")
    assert CALENDAR.find("midautum") is None
    assert CALENDAR.similar("midautum") == "mid_autumn"
    assert CALENDAR.similar("zzz") is None
    with pytest.raises(LookupError, match="中秋月饼节"):
        CALENDAR.next("中秋月饼节", date(2026, 1, 1))


def test_names_in_both_languages() -> None:
    assert CALENDAR.names("中秋") == ("中秋节", "Mid-Autumn Festival")
    assert CALENDAR.spoken()["中秋节"] == "mid_autumn"


def test_the_company_closes_and_opens_unlike_others() -> None:
    own = Calendar(
        CompanyDays(
            occasions=(
                occasion("break", "spring_festival - 3", lasts=9, shop="closed"),
                occasion("count", "2026-12-27", shop="open"),
                occasion("members", "every last"),
                occasion("sale", "members - 2"),
            )
        )
    )
    assert [own.day(date(2026, 2, day)).kind for day in (13, 14, 22, 23)] == [
        *("workday", "holiday", "holiday", "holiday"),
    ]
    assert own.day(date(2026, 2, 14)).name == "break"
    assert own.day(date(2026, 12, 27)).kind == "makeup"
    assert own.occasions(date(2026, 2, 15)) == ()
    assert own.dates("members", 2028)[1] == date(2028, 2, 29)
    assert own.next("sale", date(2026, 2, 1)) == date(2026, 2, 26)
    with pytest.raises(LookupError, match="not come again"):
        own.next("count", date(2026, 12, 27))


def test_a_year_that_the_company_entered_is_no_forecast() -> None:
    off, work = {date(2027, 2, 5): "spring_festival"}, {date(2027, 2, 20): "spring_festival"}
    own = Calendar(CompanyDays(official={2027: official.Arrangement(off=off, work=work)}))
    assert own.day(date(2027, 2, 5)).kind == "holiday"
    assert own.day(date(2027, 2, 20)).name == "春节调休上班"
    assert own.day(date(2027, 10, 1)).kind == "workday"
    assert own.doubts(date(2026, 12, 1)) == ()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("中秋快乐，国庆见", {"mid_autumn", "national_day"}),
        ("a3 mid_autumn 问候", {"mid_autumn"}),
        ("双十一预售", set()),
        ("Chinese New Year's Eve", {"chuxi"}),
        ("护肤满减", set()),
    ],
)
def test_the_occasions_that_a_text_names(text: str, named: set[str]) -> None:
    assert Calendar().mentioned(text) == named
