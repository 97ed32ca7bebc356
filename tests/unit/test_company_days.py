"""config/calendar.toml: what it may say, and the messages for its mistakes."""

from datetime import date
from pathlib import Path

import pytest

from bot.errors import Complaint
from bot.touch.calendar import Calendar, CompanyDays, read_days
from bot.touch.calendar.company import public_occasions

CHECKOUT = Path(__file__).parents[2]


def read(root: Path, text: str) -> tuple[CompanyDays, list[Complaint]]:
    complaints: list[Complaint] = []
    (root / "config").mkdir()
    (root / "config/calendar.toml").write_text(text, "utf-8")
    return read_days(root, complaints), complaints


def test_what_ships_is_in_order() -> None:
    complaints: list[Complaint] = []
    calendar = Calendar(read_days(CHECKOUT, complaints))
    assert complaints == []
    assert "double_eleven" in calendar.occasions(date(2026, 11, 11))
    assert calendar.find("双11") == "double_eleven"
    assert calendar.next("会员日", date(2026, 2, 1)) == date(2026, 2, 18)


def test_no_public_name_means_two_things() -> None:
    names = [name for one in public_occasions() for name in {*one.names}]
    assert len(names) == len({*names})


def test_without_the_file_there_are_no_days_of_ones_own(tmp_path: Path) -> None:
    complaints: list[Complaint] = []
    assert read_days(tmp_path, complaints) == CompanyDays()
    assert complaints == []


@pytest.mark.parametrize(
    ("on", "day"),
    [
        ("11-11", "2026-11-11"),
        ("2026-05-20", "2026-05-20"),
        ("02-29", "2026-02-28"),
        ("L12-26", "2026-02-13"),
        ("every 28", "2026-01-28"),
        ("every last", "2026-01-31"),
        ("2nd Sunday of May", "2026-05-10"),
        ("last fri of november", "2026-11-27"),
        ("1st Tuesday of Sept", "2026-09-01"),
        ("spring_festival - 7", "2026-02-10"),
        ("mid_autumn +1", "2026-09-26"),
        ("new_year - 3", "2026-12-29"),
        ("sun 315", "2026-02-04"),
    ],
)
def test_each_way_to_say_when(tmp_path: Path, on: str, day: str) -> None:
    days, complaints = read(tmp_path, f'[days.ours]\non = "{on}"\nzh = "我们的"')
    assert complaints == []
    calendar = Calendar(days)
    assert calendar.dates("我们的", 2026)[0] == date.fromisoformat(day)
    assert calendar.names("ours").en == "我们的"


@pytest.mark.parametrize(
    ("text", "key", "problem", "cure"),
    [
        ('[days.x]\non = "11-31"\nzh = "甲"', "days.x.on", "11-31 never comes", "2nd Sunday"),
        ('[days.x]\non = "2026-02-29"\nzh = "甲"', "days.x.on", "2026-02-29 never", "2nd Sunday"),
        ('[days.x]\non = "L01-31"\nzh = "甲"', "days.x.on", "never comes: the moon", "L08-15"),
        ('[days.x]\non = "L13-01"\nzh = "甲"', "days.x.on", "never comes: the moon", "L08-15"),
        ('[days.x]\non = "every 32"\nzh = "甲"', "days.x.on", "no month has a day 32", "every"),
        ('[days.x]\non = "sun 7"\nzh = "甲"', "days.x.on", "no term at 7", "Write"),
        ('[days.x]\non = "lantern + 999"\nzh = "甲"', "days.x.on", "more than a year", "Write"),
        ('[days.x]\non = "5th Monday of May"\nzh = "甲"', "days.x.on", "is no day", "2nd Sunday"),
        ('[days.x]\non = "lanten - 1"\nzh = "甲"', "days.x.on", "nobody knows", "mean lantern?"),
        ('[days.x]\non = "qqqqq - 1"\nzh = "甲"', "days.x.on", "nobody knows", "Name the id"),
        ('[days.x]\non = "x - 1"\nzh = "甲"', "days.x.on", "x → x is a circle", "its own"),
        ('[days.x]\non = "11-12"', "days.x.zh", "is missing", 'Add zh = "…"'),
        ('[days.x]\nzh = "甲"', "days.x.on", "is missing", "2nd Sunday"),
        ('[days.x]\non = "11-12"\nzh = "甲"\nlast = 2', "days.x.last", "unknown", "mean lasts?"),
        ('[days.x]\non = "11-12"\nzh = "甲"\nlasts = 0', "days.x.lasts", "0 cannot", "1 to 60"),
        ('[days.x]\non = "11-12"\nzh = "甲"\nshop = "shut"', "days.x.shop", "cannot", "closed"),
        ('[days.Xy]\non = "11-12"\nzh = "甲"', "days.Xy", "is no id", "Small letters"),
        ('[days.qixi]\non = "11-12"\nzh = "甲"', "days.qixi", "public qixi", "another id"),
        ('[days.x]\non = "11-12"\nzh = "中秋"', "days.x", "public mid_autumn", "another name"),
        ('days = "11-11"', "days.days", "is no table", "Write [days.…]"),
        ('[days]\nx = "11-11"', "days.x", "is no table", "Write [days.…]"),
        ("[hours]\nmorning = 24", "hours.morning", "24 cannot be used", "0 to 23"),
        ("[hours]\nmorgen = 9", "hours.morgen", "unknown key", "Did you mean morning?"),
        ("hours = 9", "hours", "is no table", "Write [hours]"),
        ('[day.x]\non = "11-12"', "day", "unknown key", "[days.ID]"),
        ("[official.next]\noff = []", "official.next", "is no year", "[official.2027]"),
        ("[official.2027]\nwork = []", "official.2027.off", "is missing", "to 2027-02-12"),
        ('[official.2027]\noff = ["5.1"]', "official.2027.off", "is no day", "Write off"),
        ('[official.2027]\noff = ["2027-02-30"]', "official.2027.off", "2027-02-30", "Write off"),
        ('[official.2027]\noff = ["2026-05-01"]', "official.2027.off", "not in 2027", "Write"),
        (
            '[official.2027]\noff = ["2027-02-12 to 2027-02-05"]',
            *("official.2027.off", "is no span", "Write off"),
        ),
        (
            '[official.2027]\noff = ["2027-02-06"]\nwork = ["2027-02-06"]',
            *("official.2027.work", "2027-02-06 is off too", "one of the two"),
        ),
        ("[days", "syntax", "", "Mend"),
    ],
)
def test_a_mistake_is_named_with_its_cure(
    tmp_path: Path, text: str, key: str, problem: str, cure: str
) -> None:
    days, complaints = read(tmp_path, text)
    (told,) = complaints
    assert (told.file, told.key) == ("config/calendar.toml", key)
    assert problem in told.problem
    assert cure in told.cure
    assert Calendar(days).day(date(2026, 11, 12))  # what is left can be used


def test_two_days_may_not_share_a_name_nor_hang_on_each_other(tmp_path: Path) -> None:
    days, complaints = read(
        tmp_path,
        '[days.a]\non = "b - 1"\nzh = "甲"\n[days.b]\non = "a + 1"\nzh = "乙"\n'
        '[days.c]\non = "11-12"\nzh = "丙"\n[days.d]\non = "11-13"\nzh = "丙"\n',
    )
    assert [told.key for told in complaints] == ["days.d", "days.a.on", "days.b.on"]
    assert "[days.c]" in complaints[0].problem
    assert "a → b → a" in complaints[1].problem
    assert [one.id for one in days.occasions] == ["c"]


def test_a_published_year_is_entered_by_hand(tmp_path: Path) -> None:
    days, complaints = read(
        tmp_path,
        '[official.2027]\noff = ["2027-01-01 to 2027-01-03", "2027-02-04 to 2027-02-12"]\n'
        'work = ["2027-02-20"]\n',
    )
    assert complaints == []
    calendar = Calendar(days)
    assert calendar.day(date(2027, 1, 2)).name == "元旦"
    assert calendar.day(date(2027, 2, 4)).name == "春节"
    assert calendar.day(date(2027, 2, 20)).name == "春节调休上班"
    assert not calendar.day(date(2027, 10, 1)).forecast
