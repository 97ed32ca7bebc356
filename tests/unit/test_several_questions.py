"""A message that asks more than one thing."""

from dataclasses import replace

import pytest

from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.parts import questions_in
from bot.scripts.script import Script, Variant


def script(script_id: str, *examples: str) -> Script:
    said = (Variant(source="x", fixed="x"),)
    return Script(id=script_id, title=script_id, category="faq", say=said, examples=examples)


MATCHER = Matcher(
    Library(
        [
            script("return", "怎么退货", "不合适怎么退", "想退货怎么弄"),
            script("refund", "退款多久到账", "钱什么时候退给我"),
            script("exchange", "能换货吗", "怎么换货"),
            script("exchange_fee", "换货运费谁出", "换货要付邮费吗"),
            script("return_fee", "运费谁出", "退货运费谁出"),
            script("free", "包邮吗", "满多少包邮"),
            script("hours", "几点开门", "营业到几点"),
        ]
    )
)


def said(text: str) -> tuple[str, ...]:
    return MATCHER.decide(text).scripts


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("什么时候发货？运费多少？", 2),
        ("几点开门，几点关门", 2),
        ("在哪里上课几点上课", 2),
        ("怎么退货\n包邮吗", 2),
        ("我想问下怎么退货还有就是运费谁出", 2),
        ("能换吗 运费谁出", 2),
        ("我昨天买的毛衣，穿着有点大，能换吗", 0),
        ("怎么退货", 0),
        ("家人们谁懂啊 吊牌刚剪 还能退不", 0),  # 谁懂啊 was left to a person as a question
        ("", 0),
        ("what is it? where are you? why? who? which?", 5),
        ("包邮吗 还有送不送赠品", 2),
        ("几点开门 周末也能退吧", 2),
        ("包邮吗？我想改一下地址", 2),  # behind a question a matter of its own
        ("我想改一下地址，要怎么弄", 0),  # before one its subject
        ("包邮吗 不想要了", 0),
        ("我要退货 还有发票怎么弄", 2),  # the first was lost
        ("能不能换个颜色 顺便把地址改一下", 2),
        ("我要买两件 还有货吗", 0),
        ("我要退货 几点开门", 2),
        ("怎么退货还有运费谁出", 2),
        ("包邮吗几点开门", 2),
        ("取消订单 多久退款", 2),  # the first half was lost
        ("今天请假 课能补吗", 2),
        ("退货地址 运费谁出", 2),
        ("改天再来 几点开门", 0),
        ("换季了 怎么收纳", 0),
        ("退了 钱什么时候到", 0),
        ("怎么查我卡里还有多少钱能用", 0),
        ("优惠券用不了，对了积分怎么用", 2),  # what was told before was lost
        ("包邮吗，还有发票记得开", 2),
    ],
)
def test_clauses_that_ask(text: str, number: int) -> None:
    assert len(questions_in(text)) == number


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        ("怎么退货？退款多久到账？", ("return", "refund")),
        ("你好，几点开门，还有包邮吗", ("hours", "free")),
        ("包邮吗\n几点开门\n怎么退货呀", ("free", "hours", "return")),
        ("怎么退货？不合适怎么退？", ("return",)),
        ("几点开门 退款多久到账 包邮吗 你们是谁家的呀", ("hours", "refund", "free")),
        ("怎么退货", ("return",)),
        ("退货运费谁出 几点开门 退款多久到账", ("return_fee", "hours", "refund")),
        ("包邮吗 顺便怎么退货", ("free", "return")),
        ("不合适怎么退 另外几点开门", ("return", "hours")),
        ("我昨天买的毛衣 另外几点开门", ("hours",)),
    ],
)
def test_each_surely_answered_question_is_answered_in_its_order(
    text: str, scripts: tuple[str, ...]
) -> None:
    assert said(text) == scripts


def test_the_answer_to_all_of_it_goes_before_answers_to_its_parts() -> None:
    decision = MATCHER.decide("能换货吗？运费谁出？")
    assert decision.candidates[0].script_id == "exchange_fee"
    assert decision.also == ()


@pytest.mark.parametrize("second", ["几点开门", "另外几点开门"])
def test_what_the_answer_to_the_rest_knows_nothing_of_was_dropped(second: str) -> None:
    decision = MATCHER.decide(f"能换货吗？运费谁出？{second}")
    assert "hours" in decision.scripts


def test_a_question_that_leans_on_the_others_is_not_answered_by_itself() -> None:
    """很贵吗 alone would be about anything."""
    assert said("怎么退货，很贵吗") == ("return",)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("怎么退货？你们老板是哪里人？", ("你们老板是哪里人",)),
        ("包邮吗 几点开门 你们老板是哪里人", ("你们老板是哪里人",)),
        ("包邮吗？几点开门？怎么退货？退款多久到账？能换货吗？", ("能换货吗",)),  # the fifth
        ("怎么退货，你们老板是哪里人", ()),  # one sentence
        ("怎么退货？行吗？", ()),  # leans on what was answered
        ("退货运费谁出？你们出吗？", ()),
        ("几点开门？远吗？", ("远吗",)),  # short, but of something else
        ("怎么退货？不合适怎么退？", ()),
        ("怎么退货", ()),
        ("包邮吗 我想在你们那办生日会", ("我想在你们那办生日会",)),
        ("包邮吗 几点开门 还有送不送赠品", ("还有送不送赠品",)),
    ],
)
def test_what_none_of_the_answers_is_to_is_left(text: str, left: tuple[str, ...]) -> None:
    assert MATCHER.decide(text).left == left


def test_the_reason_tells_what_was_asked() -> None:
    decision = MATCHER.decide("怎么退货？退款多久到账？")
    assert decision.match == decision.candidates[0]
    assert "怎么退货" in decision.reason_zh
    assert "退款多久到账" in decision.reason_zh
    assert decision.reason_en.startswith("several questions in one message")


def test_the_questions_of_a_long_message_were_all_looked_for_at_once() -> None:
    """It stopped the event loop for 26 ms among 100,000 scripts."""
    text = "不合适要怎么退呢？换货的运费谁来出？你们几点开门营业？包邮吗？"
    matcher = MATCHER.with_bars({})
    assert sum(1 for _ in matcher.read(text)) == 2 + 4  # what it is, the message, each question
    assert matcher.decide(text) == MATCHER.decide(text)
    assert not list(matcher.read("怎么退货？包邮吗？"))  # so few hold nobody up


def test_a_line_that_only_tells_was_dropped_beside_a_question() -> None:
    """Of 怎么退货 and 快递单号查不到, typed within seconds, one was answered; of three the middle
    was lost."""
    track = script("track", "快递单号查不到", "查不到物流")
    free, back = (
        script("free", "包邮吗", "满多少包邮"),
        script("return", "怎么退货", "不合适怎么退"),
    )
    decide = Matcher(Library([free, back, track])).decide
    assert decide("怎么退货\n快递单号查不到").scripts == ("return", "track")
    assert decide("快递单号查不到\n怎么退货").scripts == ("track", "return")
    three = decide("怎么退货\n快递单号查不到\n包邮吗")
    assert (three.scripts, three.left) == (("return", "track", "free"), ())
    story = decide("衣服昨天刚收到\n怎么退货\n包邮吗")  # no script is sure of it: nothing is left
    assert (story.scripts, story.left) == (("return", "free"), ())


def test_lines_that_only_tell_with_another_matter_between_them_ended_in_an_error() -> None:
    """A person was called for 衣服破了, then 另外快递单号查不到."""
    torn, track = script("torn", "衣服破了", "衣服坏了"), script("track", "快递单号查不到")
    decide = Matcher(Library([torn, track])).decide
    assert decide("衣服破了\n另外快递单号查不到").scripts == ("torn", "track")
    assert decide("我买了鞋子\n另外 明天在家").scripts == ()


def test_when_something_comes_that_was_just_told_of_was_asked_of_the_goods() -> None:
    """积分没到账 什么时候到 was answered with the points and with the days a parcel takes."""
    points = replace(script("points", "积分没到账", "积分一直没涨"), title="积分没到账")
    arrive = script("arrive", "什么时候到", "多久能到")
    track = script("track", "快递单号查不到", "查不到物流")
    decide = Matcher(Library([points, arrive, track])).decide
    assert decide("积分没到账\n什么时候到").scripts == ("points",)
    assert decide("积分没到账\n已经三天了\n什么时候到").scripts == ("points",)
    assert decide("快递单号查不到\n什么时候到").scripts == ("track", "arrive")  # the goods
    assert decide("什么时候到").scripts == ("arrive",)


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        ("送朋友的\n能包装一下吗\n别放小票", ("wrap",)),
        ("别放小票\n帮我记一下\n送人能包装吗", ("wrap",)),
        ("门店买的那件\n能包吗", ()),  # may lean on what was told
        ("什么破店\n能包装一下吗", ()),  # a person first
        ("能包装一下吗 别放小票 送朋友的", ()),  # one sentence
    ],
)
def test_a_sure_question_was_lost_among_lines_that_tell_its_story(
    text: str, scripts: tuple[str, ...]
) -> None:
    wrap = script("wrap", "能礼品包装吗", "送人能包装吗", "能包装一下吗", "能包吗")
    others = script("hours", "几点开门", "营业到几点"), script("free", "包邮吗", "满多少包邮")
    assert Matcher(Library([wrap, *others])).decide(text).scripts == scripts
