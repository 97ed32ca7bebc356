"""Values are data: whatever a nickname holds, the message around it stays whole."""

import gc
import unicodedata
from datetime import UTC, datetime
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateError

from bot.errors import ScriptError
from bot.scripts.address import Nicknames
from bot.scripts.renderer import Renderer, clean, fit
from bot.scripts.script import Script
from bot.scripts.templates import VARIABLES, compile_variant, make_sandbox

ANY_TEXT = st.text(st.characters())  # lone surrogates and controls as well


def script(*say: str) -> Script:
    sandbox = make_sandbox()
    variants = tuple(compile_variant(sandbox, source, VARIABLES)[0] for source in say)
    return Script(id="t/t", title="t", category="faq", say=variants, file="t.toml")


def greet(name: str) -> str:
    values = {"customer": {"name": name}}
    return Renderer().render(script("您好{{ customer.name }}!"), values, pick="1").text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("$1 \\1 ${x}", "$1 \\1 ${x}"),
        ("{{ 7 * 7 }}{% if %}", "{{ 7 * 7 }}{% if %}"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("小明🧑‍🍼👨‍👩‍👧", "小明🧑‍🍼👨‍👩‍👧"),
        ("一\n二\r\n三\u2028四", "一 二 三 四"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("\u202e反\u2066向\u200f", "反向"),
        ("半\ud83d边", "半\ufffd边"),
        ("\ud83d\ude00", "😀"),
        ("\u3164\u200b", ""),
        ("王" * 200, "王" * 200),
        ("王" * 201, "王" * 199 + "…"),
    ],
)
def test_a_hostile_nickname_comes_out_right(name: str, shown: str) -> None:
    assert greet(name) == f"您好{shown}!"


@pytest.mark.parametrize("name", ["", " ", "\u3000", "。", "...", "--", "~", "\u3164", "(〜)"])
def test_a_nickname_that_nobody_could_say_is_as_none(name: str) -> None:
    values = {"customer": {"name": name}}
    for source in (
        "{{ customer.name or '亲' }}，新款到了",
        "{% if customer.name %}{{ customer.name }}{% else %}亲{% endif %}，新款到了",
    ):
        assert Renderer().render(script(source), values, pick="1").text == "亲，新款到了"


@pytest.mark.parametrize(
    ("name", "called"),
    [
        (" 陈姐 ", "陈姐"),
        ("🌸小雨🌸", "🌸小雨🌸"),
        ("A王姐", "王姐"),
        ("AAA 小美", "小美"),
        ("豆豆妈（一班）", "豆豆妈"),
        ("🌸A小满🌸(备用)", "小满🌸"),
        ("90后宝妈", "90后宝妈"),
        ("萱萱爸爸", "萱萱爸爸"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("Christopher", "Christopher"),
        ("O'Neil", "O'Neil"),
        ("小V同学", "小V同学"),
        ("丶", "丶"),
        ("A", "A"),
        ("😀", "😀"),
        ("%NICKNAME%", "%NICKNAME%"),  # which WeCom fills in
    ],
)
def test_customers_are_called_by_what_is_a_name(name: str, called: str) -> None:
    said = Renderer().render(
        script("您好{{ customer.name }}!"), {"customer": {"name": name}}, pick="1"
    )
    assert said.text == f"您好{called}!"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("A-批发王姐13800000000", "批发"),
        ("王姐 138-0000-0000", "数字"),
        ("vx：wangjie88", "联系方式"),
        ("王丽@朝阳", "联系方式"),
        ("微信用户", "不像称呼"),
        ("先生", "不像称呼"),
        ("你爸爸", "不像称呼"),
        ("🌸 微信用户", "不像称呼"),
        ("。。", "标点"),
        ("", "没有"),
    ],
)
def test_what_a_good_assistant_would_not_say_is_left_out_with_the_reason(
    name: str, why: str
) -> None:
    called, zh, en = Nicknames().judge(name)
    assert (called, why in zh, bool(en)) == ("", True, True), zh


def test_a_company_has_its_own_rule_for_nicknames() -> None:
    rules = Nicknames(longest=5, without=("团长",))
    assert (rules.spoken("阳光总在风雨后"), rules.spoken("Christopher")) == ("", "Christopher")
    assert rules.spoken("王团长") == ""
    assert Nicknames(speak=False).spoken("王姐") == ""


@given(ANY_TEXT)
def test_any_nickname_stays_on_one_line_and_can_be_sent(name: str) -> None:
    text = greet(name)
    assert text.startswith("您好")
    assert text.endswith("!")
    assert len(text.splitlines()) == 1
    text.encode()


@given(ANY_TEXT)
def test_a_question_keeps_its_lines_and_no_other_control(question: str) -> None:
    shown = clean(f"一\r\n二{question}\u2028三", keep_lines=True)
    assert isinstance(shown, str)
    assert shown.encode().startswith("一\n二".encode())
    assert {unicodedata.category(sign) for sign in shown.replace("\n", "")}.isdisjoint(
        {"Cc", "Cs"}
    )


def test_lists_and_moments_are_shown() -> None:
    text = "{{ customer.tags | join('、') }} {{ now.month }}月"
    values = {
        "customer": {"tags": ["VIP\n", "老客"]},
        "now": datetime(2026, 3, 1, tzinfo=UTC),
    }
    assert Renderer().render(script(text), values, pick="1").text == "VIP、老客 3月"


@pytest.mark.parametrize(("known", "said"), [({"fields.size": "M\n"}, "M 码 M"), ({}, "您的码 ")])
def test_what_is_known_of_a_customer_is_printed_or_its_fallback(
    known: dict[str, str], said: str
) -> None:
    one = script(
        "{{ customer.fields.size ~ ' 码' if customer.fields.size else '您的码' }} "
        "{{ customer.fields['size'] }}"
    )
    assert one.fields == ("size",)
    assert Renderer().render(one, {"customer": known}, pick="1").text == said.strip()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("您穿 {{ customer.fields.size }} 码", "您穿 码"),
        ("尺码 {{ customer.fields.size }}。", "尺码。"),
    ],
)
def test_what_is_not_known_left_two_spaces(source: str, said: str) -> None:
    assert Renderer().render(script(source), {"customer": {}}, pick="1").text == said


@pytest.mark.parametrize(
    "source",
    [
        *("{{ customer.name or '您' }}好", "{{ customer.name }}{{ customer.name }}", "{{ now }}"),
        *("{{ question }}。", "{{ customer.tags }}", "{{ customer.fields.size or '均码' }}"),
        *(
            "{{ customer['name'] or '' }}",
            " {{ persona or '{{' }} \n",
            "{{ member.name or '我' }}",
        ),
        *("{{ customer }}", "{{ why }}"),
    ],
)
@pytest.mark.parametrize("name", ["小明", "", "<b>\n", "x" * 300])
def test_gaps_are_filled_as_a_template_would(source: str, name: str) -> None:
    quick, full = script(source), script(source + "{{ '' | trim }}")
    assert quick.say[0].template is None
    assert full.say[0].template is not None
    customer = {"name": name, "tags": ["老客", "VIP"]}
    values = {"customer": customer, "question": "退?\n换?", "now": 1.5, "persona": None}

    def said(one: Script) -> str:
        try:
            return Renderer().render(one, values, pick="1").text
        except ScriptError as error:
            return error.complaints[0].problem

    assert said(quick) == said(full)


def test_constants_hold_for_every_script() -> None:
    renderer = Renderer({"company": {"name": "有间好物"}})
    assert renderer.render(script("{{ company.name }}"), {}, pick="1").text == "有间好物"


def test_the_same_event_gets_the_same_variant_and_all_variants_are_used() -> None:
    renderer, both = Renderer(), script("一", "二")
    said = [renderer.render(both, {}, pick=f"event-{number}") for number in range(50)]
    assert said == [renderer.render(both, {}, pick=f"event-{number}") for number in range(50)]
    assert {(words.text, words.variant) for words in said} == {("一", 0), ("二", 1)}


@pytest.mark.parametrize(
    "source",
    [
        "{{ customer.name }}",  # no value given
        "{{ customer.name.__class__ }}",
        "{{ customer['name=1;import os'] }}",  # never a part of the template's code
        "{{ customer.fields['a b'] }}",
        "{{ customer.fields[question] }}",
        "{{ question.__class__.__mro__ }}",
        "{% for n in range(101) %}x{% endfor %}",
        "{{ question * 1000000 }}",
        "{{ 9 ** 9 }}",
        "{{ 1 / 0 }}",
    ],
)
def test_what_cannot_or_may_not_be_filled_in_is_an_error_with_the_id(source: str) -> None:
    with pytest.raises(ScriptError, match=r"t\.toml: t/t:"):
        Renderer().render(script(source), {"question": "x", "customer": {}}, pick="1")


@pytest.mark.parametrize("source", ['{% include "/etc/passwd" %}', '{% import "os" as os %}'])
def test_a_script_reads_no_file(source: str) -> None:
    with pytest.raises(TemplateError, match="other files"):
        script(source)


@given(ANY_TEXT, st.integers(8, 60), st.integers(1, 5))
def test_every_piece_fits_and_nothing_is_lost_silently(text: str, limit: int, parts: int) -> None:
    pieces = fit(text, limit, parts)
    assert len(pieces) <= parts
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)
    sent, wanted = "".join("".join(pieces).split()), "".join(text.split())
    if not (pieces and pieces[-1].endswith("…")):
        assert len(sent) <= len(wanted)  # halves of pairs are joined
        assert sent.encode() == "".join(fit(wanted, 10**6, 1)).encode()


def test_pieces_end_where_sentences_end() -> None:
    text = "第一段说发货。第二句也在。\n\n第二段说退货,很长很长。"
    assert fit(text, 60, 3) == ["第一段说发货。第二句也在。", "第二段说退货,很长很长。"]
    assert fit("一句话。两句话。三句话。", 30, 2) == ["一句话。两句话。", "三句话。"]


def test_the_last_piece_says_that_it_was_cut() -> None:
    assert fit("一二三四五六七八九十", 15, 1) == ["一二三四…"]
    assert fit("", 100, 3) == []


@pytest.mark.parametrize("emoji", ["👨‍👩‍👧", "👍🏽", "🇨🇳", "é", "❤️"])
def test_no_emoji_is_cut_in_two(emoji: str) -> None:
    pieces = fit(emoji * 12, len(emoji.encode()) * 2 + 1 if len(emoji.encode()) > 3 else 8, 50)
    assert all(piece == emoji * (len(piece) // len(emoji)) for piece in pieces)


def test_a_limit_that_holds_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        fit("x", 7, 1)


def test_a_template_goes_with_its_script() -> None:
    """It referred to itself: each edit of a script left one behind until the collector came."""
    one = script(
        "{{ customer.name }}{% if now %}{% for n in range(2) %}{{ n }}{% endfor %}{% endif %}"
    )
    assert (
        Renderer().render(one, {"customer": {"name": "小明"}, "now": 1}, pick="1").text == "小明01"
    )
    gone = ref(one.say[0].template)
    gc.disable()
    try:
        del one
        assert gone() is None
    finally:
        gc.enable()
