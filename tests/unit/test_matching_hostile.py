"""Whatever arrives as a message or a nickname: no exception, and bounded work."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import to_builtins
from typer.testing import CliRunner

from bot.cli import app
from bot.scripts.decision import Decision
from bot.scripts.judging import MENU_SIZE
from bot.scripts.matching.index import CANDIDATES
from bot.scripts.normalise import LONGEST, clean, fold, normalise, spoken
from bot.scripts.recognise import recognise
from bot.scripts.renderer import Renderer, fit
from bot.scripts.script import Script
from bot.scripts.templates import VARIABLES, compile_variant, make_sandbox
from tests.starter import matcher

CHECKOUT = Path(__file__).parents[2]
MATCHER = matcher()
QUESTION = "怎么退货"
FAMILY = "👨‍👩‍👧‍👦"
TEXTS = (
    "", " ", "\n\n\n", "\x00", "\x00".join(QUESTION), "\ud83d", f"\udc00{QUESTION}\ud800",
    "\u202e怎么退货\u202c", "כיצד אוכל להחזיר מוצר?", "كيف يمكنني إرجاع المنتج؟",
    "\u200b".join(QUESTION), "\ufeff" + QUESTION, "怎\u0301么\u0301退\u0301货\u0301",
    "e\u0301" * 500, "Z\u0310\u0315\u0317\u0352\u0489algo", FAMILY * 300,
    FAMILY + QUESTION + FAMILY,
    "🇨🇳" * 99, "👍🏿" * 99, "@" * 5000, "@小助手 " * 900, "[微笑]" * 900, "[" * 9000,
    "退" * 10_000,
    "，。！？" * 2500, "a" * 10_000, "zhuang" * 1700, "'" * 10_000, "a'" * 5000, "1" * 10_000,
    "0x1p-1074", "nan", "inf", "None", "http://" + "a" * 9990, "https://x/" * 1000, "﷽" * 999,
    "ﬃ" * 999, "㍿" * 999, "不" * 999, "不想不要不用" * 200, "怎么" * 5000, "&lt;script&gt;",
    "{{ customer.name }}{% for x in y %}", "%s%n%(x)s{0}{}", "../../etc/passwd",
    "'; DROP TABLE x;--",
    "(?P<r0>" * 99, "\\", "\\1" * 99, "\U0010ffff" * 99, "\ue000" * 99, "𠮷" * 99, "ｶﾞ" * 99,
    "ςσΣßẞİıſK" * 99, "Ⅷ²①㊀½٣४" * 99, "\r\n".join([QUESTION] * 999),
    "\u2028\u2029\x85\x1c" * 99,
    "？" * 999, "。".join([f"{QUESTION}要多少天呢"] * 800), " ".join(["怎么", "退货"] * 2000),
)  # fmt: skip
ANYTHING = st.text(st.characters(), max_size=300)  # lone surrogates and controls as well
BYTES = st.binary(max_size=400)


def survived(text: str) -> Decision:
    """Each way that a message goes; the decision is kept as JSON with the event."""
    decision = MATCHER.decide(text)
    told = orjson.loads(orjson.dumps(to_builtins(decision)))
    assert told["band"] in ("answer", "ask", "handover", "silent")
    assert told["reason_zh"]
    assert told["reason_en"]
    assert all(0 <= one["score"] <= 1 for one in told["candidates"])
    assert len(decision.candidates) <= MENU_SIZE
    assert (decision.match is None) == (decision.band != "answer")
    ranked = MATCHER.rank(text, 5)
    assert len(ranked) <= 5
    orjson.dumps([to_builtins(one) for one in ranked])
    recognised = recognise(text)
    assert recognised is None or recognised.kind
    for made in (clean(text), fold(text), spoken(text), normalise(text)):
        assert len(made) <= 3 * LONGEST  # ß is ss, and the like
    return decision


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_hostile_texts(text: str) -> None:
    survived(text)
    survived(f"{text}{QUESTION}{text}")


@settings(max_examples=120, deadline=None)
@given(ANYTHING)
def test_any_text(text: str) -> None:
    survived(text)


@settings(max_examples=120, deadline=None)
@given(BYTES)
def test_any_bytes(content: bytes) -> None:
    for errors in ("surrogateescape", "replace", "ignore"):
        survived(content.decode("utf-8", errors))
    survived(content.decode("gb18030", "surrogateescape"))
    survived(content.decode("utf-16", "surrogatepass" if len(content) % 2 == 0 else "replace"))


@settings(max_examples=60, deadline=None)
@given(st.text("怎么退货换发票多久abc zm'，。？1\u200b\ud800", max_size=200), ANYTHING)
@example("", "")
def test_questions_with_anything_between(text: str, noise: str) -> None:
    survived(text)
    survived(noise.join(text[:12]))


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u200d", "\ufeff", "\u2060", "\xad", "\u202e", "\ufe0f"]
)
def test_what_cannot_be_seen_changes_nothing(unseen: str) -> None:
    plain = MATCHER.decide("退款多久到账")
    assert MATCHER.decide(unseen.join("退款多久到账")) == plain
    assert plain.band == "answer"


@pytest.mark.parametrize("length", [1_000, 10_000, 100_000])
def test_only_the_beginning_of_a_long_message_is_looked_at(length: int) -> None:
    text = (f"{QUESTION}要几天？我的快递呢，" * length)[:length]
    assert MATCHER.decide(text) == MATCHER.decide(text[:LONGEST])
    assert MATCHER.rank(text, 9) == MATCHER.rank(text[:LONGEST], 9)


@pytest.mark.parametrize(
    "text", ["怎么退货要几天？我的快递呢，" * 900, "how do i return it? " * 500]
)
def test_few_candidates_are_weighed_however_long_the_message(text: str) -> None:
    found = MATCHER.finder.find(text[:LONGEST]).found
    sentences = 3  # and the whole
    assert len(found) <= (CANDIDATES + 5) * (1 + sentences)


def nicknames(number: int) -> Iterator[str]:
    chance = Random(7)
    pieces = [
        *(text[:12] for text in TEXTS), *"\x00\n\r\t\u2028@{}%<>&'\"\\[]()（）：:/ ",
        *("王", "小明", "Ann", "投诉", "退货", "\u0e49" * 9, "🧑‍🍼", "\u202eabc", "\ud83d", "{{"),
    ]  # fmt: skip
    for _ in range(number):
        yield "".join(chance.choices(pieces, k=chance.randint(1, 6)))


def test_ten_thousand_hostile_nicknames() -> None:
    variant = compile_variant(make_sandbox(), "{{ customer.name }}您好", VARIABLES)[0]
    script = Script(id="t/t", title="t", category="faq", say=(variant,), file="t.toml")
    renderer, names = Renderer(), list(nicknames(10_000))
    for name in names:
        text = renderer.render(script, {"customer": {"name": name}}, pick=name).text
        assert text.endswith("您好")
        assert len(text.splitlines()) == 1
        assert all(len(piece.encode()) <= 60 for piece in fit(text, 60, 20))
        assert len(normalise(f"@{name} {QUESTION}")) <= LONGEST
    for name in names[::25]:
        survived(f"@{name} {QUESTION}")
        survived(f"{name}：{QUESTION}")


@pytest.mark.parametrize("text", ["\udcff\udce9怎么退货", "\x00", "\u202e退货", "退\ud800货"])
def test_the_command_tells_of_any_text(text: str) -> None:
    library = str(CHECKOUT / "scripts_library")
    for more in ((), ("--json",)):
        result = CliRunner().invoke(
            app, ["scripts", "match", "--library", library, *more, "--", text]
        )
        assert result.exit_code == 0, result.output
