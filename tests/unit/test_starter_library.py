"""The library that ships: correct, complete, and never answering beside the question."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from bot.events import Channel
from bot.scripts.checks import check
from bot.scripts.evaluation import evaluate
from bot.scripts.lines import read_questions
from bot.scripts.normalise import normalise
from bot.scripts.renderer import Renderer
from bot.scripts.script import Facts
from bot.workspace import workspace
from tests.starter import LIBRARY, matcher

ROOT = Path(__file__).parents[2]
MATCHER = matcher()
QUESTIONS = tomllib.loads((ROOT / "tests/data/starter_questions.toml").read_text("utf-8"))
ASKED = [(text, wanted) for wanted, texts in QUESTIONS["answer"].items() for text in texts]
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_there_is_nothing_to_complain_about() -> None:
    assert check(ROOT / "scripts_library", now=NOW) == []


def test_it_covers_a_shop() -> None:
    assert len(LIBRARY) >= 100
    assert {script.category for script in LIBRARY} == {"greeting", "news", "chat", "faq", "system"}
    assert all(len(script.examples) >= 4 for script in LIBRARY if script.category == "faq")


@pytest.mark.parametrize("script_id", [script.id for script in LIBRARY if script.examples])
def test_each_example_gets_its_own_script(script_id: str) -> None:
    for channel in LIBRARY[script_id].when.channels or tuple(Channel):
        for example in LIBRARY[script_id].examples:
            match = MATCHER.match(example, facts=Facts(channel=channel, now=NOW))
            assert match is not None
            assert match.script_id == script_id


@pytest.mark.parametrize("name", ["", "小明"])
def test_every_wording_reads_well_with_and_without_a_name(name: str) -> None:
    values = {
        "customer": {"name": name, "tags": ()},
        "member": {"name": "小红"},
        "persona": "小话",
        "company": dict.fromkeys(("name", "phone", "address", "hours", "site"), "有间好物"),
        "now": NOW,
        "question": "",
        "words": "您好",
        "why": "要找人",
        "titles": (),
        "invite": {"link": "https://example.com/1", "title": "老带新", "until": "3月31日"},
    }
    for script in LIBRARY:
        for variant in script.say:
            text = Renderer().fill(script, variant, values)
            assert text
            assert text[0] not in ",。、"
            assert "None" not in text
            assert "  " not in text
            assert not text.startswith("您，")


@pytest.mark.parametrize(("text", "wanted"), ASKED)
def test_no_question_gets_the_wrong_script(text: str, wanted: str) -> None:
    match = MATCHER.match(text)
    assert match is None or match.script_id == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("快递催一催撒", "faq/ship_stuck"),
        ("我买贵了", "faq/price_protect"),
        ("已经付款了什么时候发", "faq/ship_when"),
        ("昨天看直播买的什么时候发", "faq/ship_when"),  # got when the next live stream is
        ("直播间说9块9怎么现在贵了", None),
        ("主播说有赠品咋没给我", "faq/ship_missing"),
        ("坐地铁咋走", "faq/store_address"),  # 这句我没太明白
        ("是人还是机器", "chat/name"),
        ("礼品卡能退不", None),
        ("取消退款", None),  # got how to apply for one
        ("已申请退款", None),  # so did this
        ("已取消", None),
        ("我退货寄到你们仓库了，查一下", None),  # got where to send it
        ("退款退了没有", "faq/refund"),
        ("付过钱了咋还让我付", "faq/order_pending"),  # 不用再做什么了
        ("会员码怎么出示", "faq/member_card"),  # got how to join
        ("有没有便宜一点的款", "chat/recommend"),
        ("打不开 一直转圈", None),  # got what to do when paying fails
        ("闺女12岁穿多大码", "faq/size_kids"),
        ("坐公交怎么到你们店", "faq/store_address"),
        ("你们店地址发我一下", None),  # got where to send what one returns
        ("退货了能快点退钱吗", None),  # got how to apply for it
        ("地址我已经改了", None),  # got how to change it
        ("客服电话怎么打不通", None),  # got the number
        ("想改评价", None),  # got how to write one
        ("评价写好了", None),  # so did this
        ("取消好订单了", None),  # got how to cancel it
        ("地址改好啦", None),  # got how to change it
        ("地址帮我改了没", None),  # so did this
        ("要等多久", None),  # got when a presale is sent
        ("券给我发了没", None),  # got when we send
        ("退货的快递丢了", None),  # was sent to look in the parcel locker
        ("师傅电话多少", "faq/ship_phone"),  # got ours
        ("运费多扣了", "faq/pay_twice"),  # got a menu with what it costs
        ("优惠券怎么用", "faq/coupon_get"),
        ("进群有啥好处", "faq/group_join"),
        ("说好包邮的怎么收我运费", "faq/pay_twice"),  # got what sending costs
        ("怎么取消不了", None),  # got how to cancel an order
        ("地址改了没", None),  # got how to change it
        ("退货快递单号在哪填", None),  # got where the number of ours stands
        ("礼品卡余额不足", None),  # got how to use one
        ("门店买的能网上退吗", None),  # got the reverse
        ("退一件满减怎么算", None),  # got how offers are worked out
        ("怎么就不能退了", None),  # got which articles cannot be returned
        ("店长在不在", None),  # was greeted
        ("香港包邮吗", "faq/ship_abroad"),  # got a menu with what sending costs
        ("衣服小了怎么弄", "faq/exchange"),
        ("钱退了吗", "faq/refund"),
        ("往黑龙江几天", "faq/ship_arrive"),
        ("往吉林几天", "faq/ship_arrive"),  # a place that no script names
        ("人在新西兰可以买不", "faq/ship_abroad"),
        ("广东发货吗", None),  # is not far, as 新疆 is
        ("新疆几天到", "faq/ship_arrive"),  # 新疆 is named where it matters which it is
        ("端午发货吗", "faq/ship_dayoff"),
        ("墨绿色有吗", "faq/stock"),
        ("礼拜六几点关门", "faq/store_hours"),
        ("退不退差价", "faq/price_protect"),  # got a menu: nobody had asked it so
        ("不想买了能取消吗", "faq/order_cancel"),  # 不想 refused the script
        ("钱呢", None),  # got a menu with what an article costs
        ("是正拼吗怎么验证", "faq/authentic"),  # 拼吗 kept the slip
        ("腰围二尺二穿几码", "faq/size_pick"),
        ("我165 110斤 穿多大", "faq/size_pick"),
        ("快递放门口了吗", None),  # was told that the wish is passed on
    ],
)
def test_what_got_another_answer_or_none(text: str, wanted: str | None) -> None:
    match = MATCHER.match(text)
    assert (match and match.script_id) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("想退货 运费谁出 多久退钱", "return_fee refund"),  # got the fee alone
        ("怎么退货还有运费谁出", "return_how return_fee"),  # so did this
        ("怎么换货，运费谁出，几点开门", "exchange exchange_fee store_hours"),
        ("怎么退？运费谁出？多久到账？", "return_how return_fee refund"),  # got a menu
        ("1.怎么退货 2.运费谁出", "return_how return_fee"),  # got the fee alone
        ("①多久发货②包邮吗", "ship_when ship_fee"),
        ("你们店在哪几点关门", "store_address store_hours"),  # got the hours alone
        ("能换吗？运费谁出？", "exchange_fee"),
        ("货退回去了钱还没退 另外能开发票吗", "refund invoice"),
        ("优惠券用不了 还有积分怎么用", "coupon_fail points_use"),
        ("付款了 能改地址吗 顺便开个发票", "order_address invoice"),
        ("好的谢谢 对了发票怎么开", "invoice"),
        ("想改地址 什么时候发货", "order_address ship_when"),  # the second was lost
        ("我要退货 多久退钱", "return_how refund"),
        ("想退货 怎么操作", "return_how"),
        ("怎么退，钱退哪", "return_how refund_where"),  # got how to ask for a refund
        ("在哪里几点开门", "store_address store_hours"),  # got the hours alone
        ("怎么退，运费谁出", "return_how return_fee"),  # with a comma the fee alone
        ("想换个颜色 要补差价吗", ""),  # about the exchange, not about a price that fell
        ("啥面料？咋洗？", "material care_wash"),  # got a menu
        ("店在哪里好停车不", "store_address store_parking"),  # got the parking alone
        ("会起球吗会缩水吗", "care_pilling care_shrink"),
        ("在吗 有货吗 几点开门", "stock store_hours"),  # 在的，请说 was said first
    ],
)
def test_each_question_of_several_is_answered(text: str, wanted: str) -> None:
    said = MATCHER.decide(text).scripts
    assert " ".join(one.rpartition("/")[2] for one in said) == wanted


def test_a_menu_for_all_of_a_message_dropped_what_a_part_of_it_asked() -> None:
    decision = MATCHER.decide("M码有货吗 什么时候发")
    assert decision.band == "ask"
    assert "faq/ship_when" in [one.script_id for one in decision.candidates]


def test_what_was_told_beside_a_question_is_a_matter_only_where_a_script_speaks_of_it() -> None:
    assert MATCHER.decide("包邮吗，还有发票记得开").left == ("还有发票记得开",)
    assert MATCHER.decide("包邮吗，对了还有个问题，几点开门").left == ()
    assert MATCHER.decide("我昨天买的毛衣 另外能开发票吗").left == ()


def test_most_questions_are_answered_and_nearly_all_are_offered() -> None:
    new = [
        (t, w)
        for t, w in ASKED
        if normalise(t) not in {normalise(e) for s in LIBRARY for e in s.examples}
    ]
    decisions = [(MATCHER.decide(text), wanted) for text, wanted in new]
    answered = [decision for decision, _ in decisions if decision.band == "answer"]
    found = [
        decision
        for decision, wanted in decisions
        if wanted in {match.script_id for match in decision.candidates}
    ]
    assert len(new) >= 200
    assert len(answered) / len(new) >= 0.7
    assert len(found) / len(new) >= 0.95


@pytest.mark.parametrize("text", QUESTIONS["never"])
def test_what_is_not_ours_is_never_answered(text: str) -> None:
    assert MATCHER.match(text) is None


def test_at_most_two_percent_of_all_questions_are_answered_wrong() -> None:
    """Those of tests/questions.jsonl too: half of the others are traps."""
    more = list(map(orjson.loads, (ROOT / "tests/questions.jsonl").read_bytes().splitlines()))
    every = [
        *ASKED,
        *((text, None) for text in QUESTIONS["near"] + QUESTIONS["never"]),
        *((one["text"], one["id"]) for one in more),
    ]
    answers = [(text, MATCHER.match(text), wanted) for text, wanted in every]
    wrong = [text for text, found, wanted in answers if found and found.script_id != wanted]
    assert len(wrong) <= 0.02 * len(every), wrong


def test_a_new_workspace_had_no_questions_to_try_its_library_with(tmp_path: Path) -> None:
    workspace.lay_out(tmp_path / "shop")
    outcomes = evaluate(MATCHER, read_questions(tmp_path / "shop" / workspace.QUESTIONS))
    answered = [one for one in outcomes if one.question.gold]
    assert len(answered) >= 30
    assert len(outcomes) - len(answered) >= 10
    assert [one.question.text for one in answered if one.answer not in one.question.gold] == []
    assert [one.question.text for one in outcomes if one.is_wrong] == []


@pytest.mark.parametrize("text", ["嗯", "好的", "收到", "嗯嗯好的", "[微笑]", "👍"])
def test_acknowledgements_call_nobody(text: str) -> None:
    assert MATCHER.decide(text).band == "silent"


@pytest.mark.parametrize(
    "text",
    [
        *("我要投诉你们", "转人工", "我要打12315", "宝宝穿了起红疹", "你们是骗子", "😡😡😡"),
        *("插座漏电了", "穿了你们的衣服过敏了", "给你们差评", "有人冒充你们让我转账", "骗人的吧"),
        *("叫你们店长加我", "人工", "赔偿我的损失", "等了一周了还没发货", "杯子爆炸划伤了手"),
    ],
)
def test_complaints_and_dangers_go_to_a_person_at_once(text: str) -> None:
    decision = MATCHER.decide(text)
    assert decision.band == "handover"
    assert decision.candidates == ()


@pytest.mark.parametrize(
    "text",
    [
        *("过敏肤质能用吗", "差评可以改吗", "收不到验证码", "可以转账付款吗", "会漏电吗"),
        *(
            "丢件了怎么赔偿",
            "人工客服几点上班",
            "是真人实拍吗",
            "换个人收货可以吗",
            "身份证号填错了怎么改",
        ),
        *("防烫伤的杯子有吗", "假一赔十吗", "会不会曝光过度", "医院旁边那家店几点开门"),
    ],
)
def test_an_ordinary_question_is_nobody_s_complaint(text: str) -> None:
    """They went to a person unread, for a word in them."""
    assert MATCHER.decide(text).rule == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [("质量有问题", "意思近于关键词「质量问题」"), ("质量问题", "关键词命中「质量问题」")],
)
def test_a_reason_quotes_only_what_they_wrote(text: str, told: str) -> None:
    assert MATCHER.decide(text).reason_zh.startswith(told)


def test_who_hurries_the_courier_gets_no_menu() -> None:
    for text in ("给催一催快递呗", "帮我催一下快递", "催下快递"):
        assert MATCHER.decide(text).scripts == ("faq/ship_stuck",)


@pytest.mark.parametrize("text", ["我上周问的那个到了吗", "昨天问的那个事有结果了吗"])
def test_what_was_asked_in_an_earlier_talk_is_no_new_question(text: str) -> None:
    """It got a menu with 有什么新款."""
    assert MATCHER.decide(text).rule == "earlier"
