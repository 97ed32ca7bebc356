"""The rules behind `scripts check`, one by one: what they take for a mistake, and what not."""

from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Complaint
from bot.scripts.checks.conditions import covers, overlap
from bot.scripts.checks.dates import past_day
from bot.scripts.checks.fallbacks import unguarded
from bot.scripts.checks.figures import one_form, plain
from bot.scripts.checks.forbidden import FILE, read_groups
from bot.scripts.checks.links import mistake_of
from bot.scripts.checks.plans import daily_scripts
from bot.scripts.checks.promises import promises
from bot.scripts.checks.wording import canonical
from bot.scripts.script import Condition

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("活动到2月18日", "2月18日"),
        ("2 月 18 日前下单有效", "2 月 18 日"),
        ("报名截止 2025 年 12 月 31 日", "2025 年 12 月 31 日"),
        ("2025-02-30 截止", ""),
        ("2025/11/11 24 点恢复原价", "2025/11/11"),
        ("2月1日至2月10日停送", "2月1日至2月10日"),
        ("2月20日到3月10日停送", ""),
        ("12月20日到1月10日停送", "12月20日到1月10日"),
        ("有效期至2.18", "有效期至2.18"),
        ("2025年11月底前有效", "2025年11月底"),
        ("2024秋冬新款", "2024秋冬"),
        ("2025 新款毛衣", ""),
        ("2024新款毛衣", "2024新款"),
        ("活动到4月18日", ""),
        ("我们2015年3月1日开业", ""),
        ("自 2024-01-01 起执行", ""),
        ("积分每年 2 月 18 日前清零", ""),
        ("能用到第二年 2 月 18 日前", ""),
        ("我们 2 月 18 日见过面", ""),
        ("2月18日直播，别错过", "2月18日"),
        ("今年双11：10月24日晚8点预售", ""),
        ("电话 0571-2025-0101", ""),
        ("满 2.5 元可用", ""),
    ],
)
def test_what_ended(text: str, day: str) -> None:
    assert past_day(text, TODAY) == day


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("https://shop.cn/a?id=7", ""),
        ("https://shop.cn/blog/2024/11/11/how-to-wash", ""),
        ("https://shop.cn/a?expires=1893456000", ""),
        ("https://shop.cn/a?expires=1735689600", "expired on 2025-01-01"),
        ("https://shop.cn/a?end=20250618", "expired on 2025-06-18"),
        ("https://shop.cn/a?X-Amz-Expires=600", ""),
        ("https://shop.cn/promo-2025-06-18", "expired on 2025-06-18"),
        ("https://shop.cn/2024/double11", "expired on 2024"),
        ("https://mp.weixin.qq.com/s?tempkey=abc", "expired"),
        ("http://shop.cn", "not encrypted"),
        ("https:/shop.cn", "no link"),
        ("htttps://shop.cn", "no link"),
        ("https：//shop.cn", "no link"),
        ("https://shop", "no link"),
        ("https://[shop.cn", "no link"),
        ("http://localhost:8080/a", "own network"),
        ("https://10.0.0.7/a", "own network"),
        ("https://8.8.8.8/a", ""),
        ("https://shop.cn/a点这里", "stuck"),
    ],
)
def test_links_by_their_looks(link: str, problem: str) -> None:
    mistake = mistake_of(link, TODAY)
    assert (problem in mistake[0]) if mistake and problem else (mistake is None and not problem)


@pytest.mark.parametrize(
    ("source", "bare"),
    [
        ("{{ customer.name }}好", ["customer.name"]),
        ("{{ customer['name'] }}好", ["customer.name"]),
        ("{{ customer.name[:2] }}", ["customer.name"]),
        ("{{ customer.name ~ '好' }}", ["customer.name"]),
        ("{{ customer.name | default('亲') }}", ["customer.name"]),
        ("{{ customer.name | d('亲', true) }}", []),
        ("{{ customer.name or '亲' }}", []),
        ("{{ customer.name or member.name }}", ["member.name"]),
        ("{{ customer.name if customer.name else '您' }}", []),
        ("{{ customer.name and customer.name + '，' }}您好", []),
        ("{% if customer.name %}{{ customer.name }}{% endif %}好", []),
        ("{% if question %}{{ customer.name }}{% endif %}好", ["customer.name"]),
        ("{{ shared.hello(customer.name) }}", []),
        ("{% for tag in customer.tags %}{{ tag }}{% endfor %}", ["tag"]),
    ],
)
def test_values_without_a_fallback(source: str, bare: list[str]) -> None:
    assert unguarded(source) == bare


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("怎么退货", "如何退货呢"),
        ("可以刷卡吗", "能不能刷卡"),
        ("你好，请问啥时候发货呀", "什么时候发货"),
        ("退款多久到账", "多久到账退款"),
    ],
)
def test_one_question_in_other_words(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("能退货吗", "怎么退货"),
        ("有没有大码", "有没有小码"),
        ("发货了吗", "发货吗"),
        ("从北京寄到上海", "从上海寄到北京"),
        ("怎么退货", "怎么换货"),
    ],
)
def test_two_questions(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("满 99 元包邮。", "全场满88包邮哦", True),
        ("满 99 元包邮。", "新疆满 199 元包邮", False),
        ("运费 8 元", "不满的收 10 元运费", True),
        ("运费 8 元", "退货运费 10 元", False),
        ("七天无理由退货", "签收 15 天内可以退", True),
        ("七天无理由退货", "签收 7 天内，没穿洗，就能退", False),
        ("七天无理由退货", "15 天内质量问题包换", False),
        ("现货 48 小时内发货", "两天内发出", False),
        ("现货 48 小时内发货", "下单后 3 天内发出", True),
        ("现货 48 小时内发货", "超过 72 小时没发货找我", False),
        ("现货 48 小时内发货", "定制款 15 天内发货", False),
        ("保修一年", "质保两年", True),
        ("羊绒围巾 199 元", "羊绒围巾现在只要 299 元", True),
        ("羊绒围巾 199 元", "羊绒围巾原价 299 元", False),
        ("羊绒围巾 199 元", "羊毛围巾 99 元", False),
        ("A3 空调 1999 元", "A5 空调 2999 元", False),
        ("VIP 会员年费 199 元", "普通会员年费 99 元", False),
        ("礼盒一份 5 元", "夜宵一份 12 元", False),
        ("满 200 减 20 元", "满 300 减 50 元", False),
        ("满 200 减 20 元", "全场满200减30", True),
        ("30 元起送", "起送价 20 元", True),
        ("配送费 3 元", "运费 5 元", True),
        ("消费 1 元积 1 分", "1 元积 2 分", True),
        ("每月 18 号会员日", "会员日是每月 8 号", True),
        ("客服电话 400-800-1234", "电话：400-800-1235", True),
        ("客服电话 400-800-1234", "维修电话：400-800-1235", False),
        ("营业时间 9:00-21:00", "营业时间是每天 9 点-22 点", True),
        ("会员打 9 折", "会员享 85 折", True),
        ("会员打 9 折", "生日当月打 8 折", False),
        ("退款 1-3 个工作日原路退回", "退款 7 天到账", True),
    ],
)
def test_promises_of_the_same_thing(one: str, other: str, differ: bool) -> None:
    known = {(made.topic, made.of): made.figure for made in promises(one, "")}
    assert known or not differ
    found = [
        made
        for made in promises(other, "")
        if known.get((made.topic, made.of), made.figure) != made.figure
    ]
    assert bool(found) is differ


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("七 天", "7天"),
        ("十五天", "15天"),
        ("二十个工作日", "20个工作日"),
        ("一百二十元", "120元"),
        ("半年", "0.5年"),
        ("一两天", "一两天"),
        ("一般", "一般"),
        ("３０ 天", "30天"),
    ],
)
def test_figures_have_one_form(text: str, wanted: str) -> None:
    assert plain(text) == wanted


def test_clocks_and_sums_have_one_form() -> None:
    assert [one_form(text) for text in ("9点", "9:00", "9点半", "8.50", "8.5")] == [
        *("9:00", "9:00", "9:30", "8.5", "8.5")
    ]


@pytest.mark.parametrize(
    "plan",
    [
        {"script": "a/b", "cron": "0 8 * * *"},
        {"every": "day", "at": "08:00", "script": "a/b"},
        {"plan": [{"daily": True, "steps": [{"say": ["a/b"]}]}]},
        {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "script": "a/b"},
        {"rrule": "FREQ=DAILY;BYHOUR=8", "script": "a/b"},
        {"schedule": "每天 08:00", "group": {"script": "a/b"}},
    ],
)
def test_plans_that_fire_daily(plan: dict[str, object]) -> None:
    assert "a/b" in [text for _, text in daily_scripts(plan)]


@pytest.mark.parametrize(
    "plan",
    [
        {"script": "a/b", "cron": "0 8 * * 1"},
        {"script": "a/b", "cron": "0 8 18 * *"},
        {"every": "week", "at": "08:00", "script": "a/b"},
        {"days": ["mon"], "script": "a/b"},
        {"rrule": "FREQ=DAILY;INTERVAL=30", "script": "a/b"},
        {"one": {"every": "day", "script": "c"}, "two": {"script": "a/b", "on": "2026-10-01"}},
    ],
)
def test_plans_that_do_not(plan: dict[str, object]) -> None:
    assert "a/b" not in [text for _, text in daily_scripts(plan)]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("[a]\nword = ['x']\nwords = ['x']", "a.word"),
        ("[a]\nwords = 'x'", "a.words"),
        ("[a]\nzh = 1\nwords = ['x']", "a.zh"),
        ("[a]\nzh = 'x'", "a.words"),
        ("a = 1", "a"),
        ("[a", "syntax"),
    ],
)
def test_mistakes_in_the_forbidden_words(tmp_path: Path, content: str, key: str) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / FILE).write_text(content, "utf-8")
    complaints: list[Complaint] = []
    assert read_groups(tmp_path, complaints) == []
    assert (complaints[0].file, complaints[0].key) == (FILE, key)


hours = st.none() | st.tuples(st.sampled_from([time(0), time(9), time(21)]), st.just(time(12)))
days = st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 5))
channels = st.lists(st.sampled_from(["kf", "bot", "app"]), max_size=2).map(tuple)
conditions = st.builds(
    Condition,
    channels=channels,
    tags=st.sampled_from([(), ("VIP",), ("VIP", "老客")]),
    hours=hours,
    first_day=days,
    last_day=days,
)


@given(conditions, conditions)
def test_conditions_overlap_both_ways(one: Condition, other: Condition) -> None:
    assert overlap(one, other) == overlap(other, one)


@given(conditions, conditions)
def test_what_a_condition_covers_it_overlaps(wide: Condition, narrow: Condition) -> None:
    today = date(2026, 1, 1)
    assert covers(Condition(), narrow, today)
    if overlap(narrow, narrow) and covers(wide, narrow, today):
        assert overlap(wide, narrow) or (narrow.last_day and narrow.last_day < today)
