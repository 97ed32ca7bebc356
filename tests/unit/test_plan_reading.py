"""Plans and segments out of files: the starter set is right, and each mistake is named."""

from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.errors import Complaint
from bot.plans.book import Book, read_book
from bot.plans.plan import Campaign, OnCron, OnDate, Programme, Reminder, Sequence
from bot.scripts.library import Library
from bot.telling.complaints import both
from bot.touch.calendar import Calendar, read_days
from bot.touch.hours import KINDS, Hours, Intervals, Windows
from bot.touch.touch import Scenario
from tests.starter import LIBRARY

ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("Asia/Shanghai")
MORNING = """
[[script]]
id = "news/morning"
title = "早安"
category = "news"
say = ["早安，愿您有美好的一天。"]
"""
SEGMENTS = """
[known]
tags = ["VIP", "宝妈"]
stages = ["老客户"]
dates = ["milk_powder"]
[segment.vip]
any_tag = ["VIP"]
[segment.others]
not = "vip"
"""
CAMPAIGN = """
kind = "campaign"
title = "中秋"
scenario = "holiday"
on = "mid_autumn"
script = "holiday/mid_autumn"
"""
SEQUENCE = """
kind = "sequence"
title = "新客"
scenario = "after_sales"
after = "added"
[[step]]
day = 1
script = "care/day1"
"""
REMINDER = """
kind = "reminder"
title = "奶粉"
scenario = "reminder"
on = "milk_powder + 25"
script = "care/milk_powder"
"""
GROUP = """
kind = "group"
title = "群节目"
scenario = "reminder"
names = ["*宝妈*"]
[[post]]
title = "话题"
on = "0 10 * * mon-fri"
scripts = ["group/topic_meal"]
"""


NEVER: dict[str, Intervals] = dict.fromkeys(KINDS, ())
# From nine to nine; promotions at weekends alone, and nothing for who is free just now.
SHOP = Hours(
    Windows(
        quiet=((0, 540), (1260, 1440)),
        tables={
            ("promotion", ""): {**NEVER, "weekend": ((540, 1260),)},
            ("free_moment", ""): NEVER,
        },
    ),
    Calendar(),
)


def book(root: Path, *, segments: str = SEGMENTS, **plans: str) -> Book:
    (root / "config/plans").mkdir(parents=True, exist_ok=True)
    (root / "config/segments.toml").write_text(segments, "utf-8")
    for name, text in plans.items():
        (root / f"config/plans/{name}.toml").write_text(text, "utf-8")
    (root / "scripts_library").mkdir(exist_ok=True)
    (root / "scripts_library/morning.toml").write_text(MORNING, "utf-8")
    morning = Library.load(root / "scripts_library")
    return read_book(
        root,
        scripts={script.id: script for script in (*LIBRARY, *morning)},
        calendar=Calendar(read_days(ROOT, [])),
        hours=SHOP,
        today=date(2026, 3, 2),
        zone=ZONE,
    )


def test_the_starter_plans_are_in_order() -> None:
    complaints: list[Complaint] = []
    found = read_book(
        ROOT,
        scripts={script.id: script for script in LIBRARY},
        calendar=Calendar(read_days(ROOT, complaints)),
        hours=SHOP,
        today=date(2026, 3, 2),
        zone=ZONE,
    )
    assert (*complaints, *found.complaints) == ()
    assert {type(plan) for plan in found.plans} == {Campaign, Sequence, Reminder, Programme}
    assert len({plan.digest for plan in found.plans}) == len(found.plans) >= 8


def test_a_plan_of_each_kind(tmp_path: Path) -> None:
    found = book(tmp_path, a=CAMPAIGN, b=SEQUENCE, c=REMINDER, d=GROUP)
    assert found.complaints == ()
    campaign, sequence, reminder, programme = found.plans
    assert isinstance(campaign, Campaign)
    assert (campaign.id, campaign.scenario, campaign.to) == ("a", Scenario.HOLIDAY, "customer")
    assert isinstance(sequence, Sequence)
    assert sequence.ends == ("answered", "bought")
    assert isinstance(reminder, Reminder)
    assert (reminder.date, reminder.days) == ("milk_powder", 25)
    assert isinstance(programme, Programme)
    [post] = programme.posts
    assert post.on == OnCron(line="0 10 * * mon-fri")
    assert post.span.start == time(10)  # the line's own


def test_a_date_may_come_as_text_too(tmp_path: Path) -> None:
    """As from the console, by JSON."""
    on = [
        plan.on
        for text in ("2026-05-20", '"2026-05-20"')
        for plan in book(tmp_path, a=CAMPAIGN.replace('"mid_autumn"', text)).plans
        if isinstance(plan, Campaign)
    ]
    assert on == [OnDate(date=date(2026, 5, 20))] * 2


def test_a_segment_that_changes_changes_the_digest(tmp_path: Path) -> None:
    plan = CAMPAIGN + 'whom = "vip"'
    [before], [same] = (book(tmp_path, a=plan).plans for _ in range(2))
    [after] = book(tmp_path, a=plan, segments=SEGMENTS.replace('["VIP"]\n[', '["宝妈"]\n[')).plans
    assert before.digest == same.digest != after.digest


def but(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("plan", "key", "problem"),
    [
        ("kind = 3", "kind", "unknown: 3"),
        ("title = 'x'", "kind", "is missing"),
        ("kind = ", "syntax", "Invalid value"),
        (but(CAMPAIGN, 'scenario = "holiday"', ""), "scenario", "is missing"),
        (but(CAMPAIGN, '"holiday"', '"festival"'), "scenario", "unknown: festival"),
        (but(CAMPAIGN, '"holiday"', '"personal"'), "scenario", "never said by the engine alone"),
        (but(CAMPAIGN, '"holiday"', '"reply"'), "scenario", "for those who wrote first"),
        (but(GROUP, '"reminder"', '"personal"'), "scenario", "never said by the engine alone"),
        (but(CAMPAIGN, "holiday/mid", "holiday/mad"), "script", "unknown script"),
        (but(CAMPAIGN, 'script = "holiday/mid_autumn"', ""), "script", "nothing to say"),
        (CAMPAIGN + "say = []", "script", "say is there too"),
        (but(CAMPAIGN, '"mid_autumn"\n', '"mid_autum"\n'), "on", "unknown occasion"),
        (but(CAMPAIGN, '"mid_autumn"\n', '"0 99 * * *"\n'), "on", "is no cron line"),
        (but(CAMPAIGN, '"mid_autumn"\n', '"0 9 1 * 1"\n'), "on", "people mean both"),
        (but(CAMPAIGN, '"mid_autumn"\n', '"0 9 30 2 *"\n'), "on", "fires never"),
        (but(CAMPAIGN, '"mid_autumn"\n', '"0 9,15 1 * *"\n'), "on", "several times a day"),
        (but(CAMPAIGN, '"mid_autumn"\n', "3\n"), "on", "cannot be used"),
        (but(CAMPAIGN, '"mid_autumn"\n', '"2026/9/5"\n'), "on", "Write 2026-09-05"),
        (but(CAMPAIGN, '"mid_autumn"\n', '"2月1日"\n'), "on", "Write 2027-02-01"),
        (but(CAMPAIGN, 'on = "mid_autumn"', ""), "on", "is missing"),
        (CAMPAIGN + 'whom = "vips"', "whom", "unknown segment: vips"),
        (CAMPAIGN + 'whoom = "vip"', "whoom", "unknown key"),
        (CAMPAIGN + 'hours = "12:00-10:00"', "hours", "cannot be used"),
        (CAMPAIGN + 'hours = "22:00-23:00"', "hours", "no window for holiday"),
        (CAMPAIGN + 'deadline = "soon"', "deadline", "cannot be used"),
        (CAMPAIGN + 'deadline = ""', "deadline", "cannot be used"),
        (CAMPAIGN + 'deadline = "-1 day"', "deadline", "is before the moment"),
        (
            CAMPAIGN + 'hours = "10:00-12:00"\ndeadline = "10:00"',
            "deadline",
            "'10:00' is before the moment",
        ),
        (
            but(but(CAMPAIGN, '"holiday"', '"promotion"'), '"mid_autumn"', '"0 9 * * mon"'),
            "hours",
            "no window for promotion",
        ),
        (but(SEQUENCE, '"after_sales"', '"free_moment"'), "step[0].hours", "no window"),
        (
            CAMPAIGN.replace('script = "holiday/mid_autumn"', "")
            + 'say = [{script="care/day1"}, {whom="vip", script="care/day3"}]',
            "say[1].whom",
            "leave nobody",
        ),
        (
            CAMPAIGN.replace('script = "holiday/mid_autumn"', "whom = 'others'")
            + '[[say]]\nwhom = "vip"\nscript = "care/day3"',
            "say[0].whom",
            "nobody gets this",
        ),
        (
            but(
                but(CAMPAIGN, "holiday/mid_autumn", "news/morning"), '"mid_autumn"', '"0 9 * * *"'
            ),
            "on",
            "news/morning says nothing but good morning, every day",
        ),
        (
            but(but(CAMPAIGN, '"中秋"', '"每天早安"'), '"mid_autumn"', '"0 9 * * 1-6"'),
            "on",
            "早安 every day is not sent",
        ),
        (
            but(but(GROUP, '"话题"', '"早上好"'), "mon-fri", "*"),
            "post[0].on",
            "早上好 every day is not sent",
        ),
        (but(SEQUENCE, '"added"', '"tagged SVIP"'), "after", "unknown: SVIP (tag)"),
        (but(SEQUENCE, '"added"', '"boughd"'), "after", "unknown date: boughd"),
        (but(SEQUENCE, '"added"', '"added + 3"'), "after", "cannot be used"),
        (but(SEQUENCE, 'after = "added"', ""), "after", "is missing"),
        (but(SEQUENCE, 'after = "added"', 'after = "added"\nends = ["x"]'), "ends", "unknown: x"),
        (but(SEQUENCE, "day = 1", "day = -1"), "step[0].day", "before the event"),
        (but(SEQUENCE, "day = 1", ""), "step[0].day", "is missing"),
        (
            SEQUENCE + '[[step]]\nday = 1\nscript = "care/day3"',
            "step[1].day",
            "two steps on this day",
        ),
        (
            SEQUENCE + '[[step]]\nday = 3\nscript = "care/day1"',
            "step[1].script",
            "care/day1 is said on day 1 already",
        ),
        (SEQUENCE.split("[[step]]")[0], "step", "there is none"),
        (
            but(SEQUENCE, "新客", "早安")
            + "".join(
                f'[[step]]\nday = {day}\nscript = "group/{name}"\n'
                for day, name in enumerate(
                    ("show", "topic_meal", "topic_find", "topic_coat", "topic_sleep"), 2
                )
            ),
            "step",
            "早安 every day is not sent",
        ),
        (but(REMINDER, "milk_powder +", "milk +"), "on", "unknown date: milk"),
        (but(REMINDER, "+ 25", "+ many"), "on", "cannot be used"),
        (but(GROUP, 'names = ["*宝妈*"]', ""), "groups", "no group is meant"),
        (but(GROUP, '["group/topic_meal"]', "[]"), "post[0].scripts", "is empty"),
        (but(GROUP, "topic_meal", "topic_mael"), "post[0].scripts[0]", "unknown script"),
        (but(GROUP, '"话题"', '""'), "post[0].title", "cannot be used"),
        (GROUP + GROUP.split('"]\n', 1)[1], "post[1].title", "another post has it"),
    ],
)
def test_a_mistake_in_a_plan_is_named(tmp_path: Path, plan: str, key: str, problem: str) -> None:
    found = book(tmp_path, a=plan)
    assert [(one.file, one.key) for one in found.complaints] == [("config/plans/a.toml", key)]
    assert problem in f"{found.complaints[0].problem}. {found.complaints[0].cure}"
    assert found.complaints[0].cure
    assert found.plans == ()


def test_the_name_of_a_file_is_an_id(tmp_path: Path) -> None:
    found = book(tmp_path, **{"Mid Autumn": CAMPAIGN})
    assert [one.key for one in found.complaints] == ["id"]


def test_what_is_personal_may_be_a_to_do_for_the_member(tmp_path: Path) -> None:
    personal = but(CAMPAIGN, '"holiday"', '"personal"\nto = "member"')
    assert book(tmp_path, a=personal).complaints == ()


@pytest.mark.parametrize(
    ("segment", "key", "problem"),
    [
        ("", "segment.new", "has no condition"),
        ('any_tag = ["SVIP"]', "segment.new.any_tag", "unknown: SVIP"),
        ('stage = ["老客"]', "segment.new.stage", "unknown: 老客"),
        ('any_tags = ["VIP"]', "segment.new.any_tags", "unknown key"),
        ('any_tag = ["VIP"]\nno_tag = ["VIP"]', "segment.new", "nobody can ever be in it"),
        ('all = ["vip", "others"]', "segment.new", "nobody can ever be in it"),
        ("added_within_days = 7\nadded_before_days = 7", "segment.new", "nobody can ever"),
        ("added_within_days = -1", "segment.new.added_within_days", "cannot be used"),
        ('any = ["vip", "vips"]', "segment.new.any[1]", "unknown segment: vips"),
        ('any = "vip"', "segment.new.any", "is no list"),
        ("any = [3]", "segment.new.any[0]", "neither a name nor a table"),
        ('not = "new"', "segment.new.not", "in a circle: new → new"),
        ('all = [{any = ["vip", {stage = ["x"]}]}]', "segment.new.all[0].any[1].stage", "x"),
        ("birthday_month = 5", "segment.new.birthday_month", "5 are no months"),
        ("birthday_month = [13]", "segment.new.birthday_month", "are no months"),
        ("friends = -1", "segment.new.friends", "cannot be used"),
    ],
)
def test_a_mistake_in_a_segment_is_named(
    tmp_path: Path, segment: str, key: str, problem: str
) -> None:
    found = book(tmp_path, segments=f"{SEGMENTS}[segment.new]\n{segment}")
    assert [(one.file, one.key) for one in found.complaints] == [("config/segments.toml", key)]
    assert problem in found.complaints[0].problem
    assert "new" not in found.segments


def test_a_title_of_a_date_that_nobody_knows_is_named(tmp_path: Path) -> None:
    titles = 'date_titles = { milk_powder = "买奶粉", milk = "买牛奶" }'
    found = book(tmp_path, segments=SEGMENTS.replace("[segment.vip]", f"{titles}\n[segment.vip]"))
    [told] = found.complaints
    assert (told.key, told.cure) == ("known.date_titles.milk", "Known are milk_powder")
    assert found.segments.words.date_titles["milk_powder"] == "买奶粉"


def test_a_segment_that_names_a_wrong_one_is_not_taken_for_everybody(tmp_path: Path) -> None:
    more = '[segment.bad]\nany_tag = ["x"]\n[segment.worse]\nall = ["bad"]'
    found = book(tmp_path, segments=f"{SEGMENTS}{more}", a=CAMPAIGN + 'whom = "worse"')
    assert "worse" not in found.segments
    assert found.plans == ()


def test_segments_join_others(tmp_path: Path) -> None:
    more = '[segment.mix]\nbirthday_month = "this"\nfriends = 1\nany = ["vip", {stage=["老客户"]}]'
    assert "mix" in book(tmp_path, segments=SEGMENTS + more).segments


def test_without_files_there_are_no_plans(tmp_path: Path) -> None:
    found = read_book(
        tmp_path,
        scripts={},
        calendar=Calendar(),
        hours=SHOP,
        today=date(2026, 3, 2),
        zone=ZONE,
    )
    assert (found.plans, found.complaints) == ((), ())


BIRTHDAY = """
kind = "reminder"
title = "生日"
scenario = "reminder"
on = "birthday"
script = "holiday/birthday"
"""


@pytest.mark.parametrize(
    ("plan", "other", "twins"),
    [
        (BIRTHDAY, BIRTHDAY, True),
        (BIRTHDAY, BIRTHDAY.replace('"birthday"', '"birthday - 3"'), False),
        (BIRTHDAY, BIRTHDAY.replace("holiday/birthday", "care/day7"), False),
        (BIRTHDAY, f'{BIRTHDAY}to = "member"', False),
        (f'{BIRTHDAY}whom = "vip"', BIRTHDAY, True),
        (f'{BIRTHDAY}whom = "vip"', f'{BIRTHDAY}whom = "others"', False),
        (f'{BIRTHDAY}stores = ["a"]', f'{BIRTHDAY}stores = ["b", "c"]', False),
        (f'{BIRTHDAY}stores = ["a"]', f'{BIRTHDAY}stores = ["tag:x"]', True),
        (CAMPAIGN, CAMPAIGN.replace('"mid_autumn"', "2026-09-25"), True),
        (CAMPAIGN, CAMPAIGN.replace('"mid_autumn"', "2026-09-26"), False),
        (SEQUENCE, REMINDER.replace("milk_powder + 25", "added + 1").replace(
            "care/milk_powder", "care/day1"), True),
        (GROUP, GROUP.replace("群节目", "群二"), False),
    ],
)  # fmt: skip
def test_plans_that_say_the_same_to_the_same_customers_on_one_day_are_told(
    tmp_path: Path, plan: str, other: str, twins: bool
) -> None:
    """Whoever got the one was refused the other, and nobody was told why."""
    found = book(tmp_path, one=plan, two=other)
    assert found.complaints == ()
    assert [(one.file, one.key) for one in found.doubts] == (
        [("config/plans/two.toml", "script")] if twins else []
    )
    assert all("换一条话术" in both(one) for one in found.doubts)


@pytest.mark.parametrize(
    ("plan", "over"),
    [
        (CAMPAIGN.replace('"mid_autumn"', "2026-03-01"), True),
        (CAMPAIGN.replace('"mid_autumn"', "2026-03-02"), False),
        (CAMPAIGN.replace('"mid_autumn"', "2026-03-01") + 'deadline = "+1 day"', False),
        (GROUP.replace('"0 10 * * mon-fri"', "2025-09-25"), True),
    ],
)
def test_a_plan_whose_day_is_past_is_told(tmp_path: Path, plan: str, over: bool) -> None:
    """Of last year's date `huashu check` said that all was in order, and nothing went out."""
    found = book(tmp_path, one=plan)
    assert found.complaints == ()
    told = ["config/plans/one.toml on：它的日子已经过去，不会再发。看看年份，或删掉这个计划。"]
    assert [both(one).split("\n")[0] for one in found.doubts] == told * over
