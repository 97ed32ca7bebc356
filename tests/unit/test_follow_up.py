"""A few words after an answer, whose meaning depends on it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.events import Channel
from bot.scripts.follow_up import decide
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.script import Facts
from tests.starter import LIBRARY, matcher

FACTS = Facts(channel=Channel.KF, now=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("said", "text", "scripts"),
    [
        ("exchange", "那退呢", ["return_how"]),  # got a person
        ("return_how", "那换呢", ["exchange"]),
        ("exchange_fee", "退货呢", ["return_fee"]),  # got how to return it
        ("invoice", "多久能收到", ["invoice_missing"]),  # got when a parcel comes
        ("ship_when", "多久到", ["ship_arrive"]),
    ],
)
def test_a_few_words_are_answered_by_what_was_said(
    said: str, text: str, scripts: list[str]
) -> None:
    decision = decide(matcher(), text, FACTS, LIBRARY, f"faq/{said}")
    assert [one.removeprefix("faq/") for one in decision.scripts] == scripts


@pytest.mark.parametrize("text", ["不是", "没有啊", "不对"])
def test_what_did_not_help_is_not_said_again(text: str) -> None:
    """Who denied it met silence."""
    decision = decide(matcher(), text, FACTS, LIBRARY, "faq/return_how")
    assert (decision.band, decision.bar, decision.rule) == ("handover", "said", "")


def test_of_what_kind_it_is_gets_no_menu_of_other_things() -> None:
    """公司的 after 能开发票吗 was asked whether they meant the courier's telephone."""
    decision = decide(matcher(), "公司的", FACTS, LIBRARY, "faq/invoice")
    assert (decision.band, decision.bar) == ("handover", "said")


def test_another_thing_is_asked_as_the_title_asks_of_its_own() -> None:
    """那种牙呢 after 洗牙多少钱 was asked about both, and a person came."""
    told = {"clean": "洗牙多少钱", "implant": "种植牙多少钱", "brace": "牙套多少钱"}
    base = LIBRARY["faq/price"]
    scripts = [
        replace(base, id=one, title=title, examples=(title,), not_for=())
        for one, title in told.items()
    ]
    library = Library(scripts)
    decision = decide(Matcher(library), "那牙套呢", FACTS, library, "clean")
    assert decision.scripts == ("brace",)


@pytest.mark.parametrize(
    ("said", "text", "first"),
    [
        ("coupon_get", "还有吗", "coupon_get"),  # got whether that article is in stock
        ("coupon_get", "还有没有", "coupon_get"),  # got a menu without what was said
        ("coupon_get", "怎么还没到", "coupon_get"),  # got three about coupons, and no parcel
        ("points_missing", "什么时候到", "points_missing"),  # got when a parcel comes
        ("refund", "怎么还没到", "refund"),  # got how to find a parcel
        ("gift_wrap", "多少钱", "gift_wrap"),  # got what an article costs
    ],
)
def test_what_names_nothing_is_offered_beside_what_was_said(
    said: str, text: str, first: str
) -> None:
    decision = decide(matcher(), text, FACTS, LIBRARY, f"faq/{said}")
    assert (decision.band, decision.bar, decision.scripts) == ("ask", "said", ())
    alone = matcher().decide(text).candidates[0].script_id
    assert [one.script_id for one in decision.candidates][:2] == [f"faq/{first}", alone]


@pytest.mark.parametrize(
    ("said", "text", "offered"),
    [
        ("return_how", "要钱吗", ["return_fee"]),  # got a menu with parking and gift wrap
        ("invoice", "几天", ["invoice_missing"]),  # got a person
        ("coupon_get", "在哪", []),  # got where our shop is, had it been asked alone
        ("member_join", "要钱吗", []),  # was answered with it; got parking and gift wrap
    ],
)
def test_a_bare_question_is_asked_of_what_was_said(
    said: str, text: str, offered: list[str]
) -> None:
    decision = decide(matcher(), text, FACTS, LIBRARY, f"faq/{said}")
    assert (decision.bar, decision.scripts) == ("said", ())
    if offered:
        assert [one.script_id.removeprefix("faq/") for one in decision.candidates] == offered
    else:
        assert decision.band == "handover"


def test_a_script_whose_counter_example_it_is_is_not_offered() -> None:
    """It stood first in the menu after it was said, though somebody had taught that it is none."""
    taught = [
        replace(LIBRARY["faq/coupon_get"], not_for=("还有吗",)),
        *(LIBRARY[f"faq/{one}"] for one in ("stock", "discount")),
    ]
    library = Library(taught)
    decision = decide(Matcher(library), "还有吗", FACTS, library, "faq/coupon_get")
    assert "faq/coupon_get" not in {one.script_id for one in decision.candidates}
