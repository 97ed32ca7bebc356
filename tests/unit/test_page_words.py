"""Which language a page is in, and what it says in English of what was kept in Chinese."""

import re
from pathlib import Path

import pytest

from bot import web
from bot.profile.fields import born
from bot.telling.words import beside, dated, unfilled
from bot.web.browser import browser_language
from bot.web.signal_words import details_told
from bot.web.whys import english, reason
from tests.starter import LIBRARY


def test_a_to_dos_words_said_its_reason_twice() -> None:
    words = "请接待小满。\n原因：没有合适的话术\n客户说：有童装吗"
    assert beside(words, "没有合适的话术") == "请接待小满。\n客户说：有童装吗"
    assert beside(words, "客户投诉") == beside(words, "") == words


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en-GB,en;q=0.9", "en"),
        ("de-DE,de;q=0.9,en;q=0.5", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.4, zh-TW;q=0.8", "zh"),
        ("en;q=0", "zh"),
        ("fr-FR", "zh"),
        ("*, ;q=, en;q=x, ,", "en"),
        ("", "zh"),
    ],
)
def test_a_browser_is_answered_in_the_language_it_likes_best(accepted: str, language: str) -> None:
    assert browser_language(accepted) == language


@pytest.mark.parametrize(
    ("why", "en"),
    [
        ("投诉、威胁或发火，要人处理", "a complaint, a threat or anger; a person must act"),
        ("投诉或维权，要人处理", "a complaint or a threat; a person must act"),
        ("客户的消息已等了 12 分钟", "they have waited for 12 min"),
        ("客户的消息已等了 50 小时", "they have waited for 50 h"),
        (
            "程序从 03-10 20:01 到 03-11 07:01 不在线，没收到企业微信的添加通知",
            "the bot was away from 03-10 20:01 to 03-11 07:01",
        ),
        ("客户发来一条图片消息，要人看一下", "they sent something that a person has to look at"),
        ("没有合适的话术", "no script fits"),  # stood in Chinese in the English sidebar
        ("客户问了几件事，这件没答", "they asked several things, and this one was not answered"),
        ("喂奶第三天", "喂奶第三天"),
    ],
)
def test_why_there_is_a_todo_is_said_in_english(why: str, en: str) -> None:
    assert english(why, LIBRARY) == en


def test_a_todo_of_the_shop_s_signal_showed_a_member_its_code() -> None:
    for why, zh, en in (
        ("商城信号 order_paid", "商城：下单付款", "The shop: paid an order"),
        ("商城信号 x_booked", "商城信号 x_booked", "商城信号 x_booked"),
        ("客户投诉", "客户投诉", "A complaint"),
    ):
        assert (reason(why, "zh", LIBRARY), reason(why, "en", LIBRARY)) == (zh, en)


@pytest.mark.parametrize(
    ("kept", "zh", "en"),
    [
        ("03-02", "3月2日", "2 Mar"),
        ("1990-12-31", "12月31日", "31 Dec"),
        ("L08-15", "农历8月15日", "lunar month 8, day 15"),
    ],
)
def test_a_birthday_cannot_be_mistaken_for_another(kept: str, zh: str, en: str) -> None:
    assert born(kept) == (zh, en)


def test_what_a_shop_told_reads_like_a_receipt() -> None:
    details = {"order": "A1011", "amount": 268.0, "sku": ["milk-1", "milk-3"], "gift": True}
    assert details_told(details, "zh") == ["订单 A1011", "¥268", "商品 milk-1、milk-3"]
    assert details_told({"amount": 1268.5, "desk": 3}, "en") == ["¥1,268.50", "desk 3"]


def test_english_pages_spoke_of_deeds_that_were_foretold() -> None:
    said = re.compile(r"""\bt\(\s*(?:"[^"]*"|'[^']*'),\s*("[^"]*"|'[^']*')""")
    stilted = re.compile(
        r"\b(foretold|deeds?|anew|whoever|whom|begun|accord|lest|hence|by the moon|mend)\b", re.I
    )
    texts = [
        text
        for path in (Path(web.__file__).parent).rglob("*.*")
        if path.suffix in (".html", ".py", ".js")
        for text in said.findall(path.read_text("utf-8"))
    ]
    assert len(texts) > 1500  # the scan itself works
    assert [text for text in texts if stilted.search(text)] == []


def test_a_list_of_scripts_shows_no_code() -> None:
    source = (
        "{{ customer.name or '亲' }}，{% if member.name %}{{member.name}}{% endif %}\n{{ x }}见"
    )
    assert unfilled(source, "zh") == "〔客户名字〕，〔同事名字〕 〔…〕见"
    assert unfilled("{{ customer.name }} 100%", "en") == "〔customer’s name〕 100%"


def test_a_day_stood_in_one_page_in_three_forms() -> None:
    assert dated("2028-01-26", None, "en") == "Jan 26"
    days = [
        (day, dated(day, 2027, "zh"), dated(day, 2027, "en"))
        for day in ("2027-03-01", "2028-01-26")
    ]
    assert days == [
        ("2027-03-01", "3月1日", "Mar 1"),
        ("2028-01-26", "2028年1月26日", "Jan 26, 2028"),
    ]


def test_english_words_for_a_failure_named_a_page_in_chinese() -> None:
    pair = re.compile(r'"[^"\n]*[\u3400-\u9fff][^"\n]*",\s*"([A-Za-z][^"\n]*)"')
    texts = [
        text
        for path in (Path(web.__file__).parent).rglob("*.py")
        for text in pair.findall(path.read_text("utf-8"))
    ]
    assert len(texts) > 600  # the scan itself works
    wecom = re.compile("微信客服|通讯录|账号")  # places in its admin console, which is in Chinese
    said = [wecom.sub("", text) for text in texts]
    assert [text for text in said if re.search("[\u3400-\u9fff]", text)] == []
