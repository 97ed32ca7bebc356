"""The body of a signal: what is accepted and refused, and that the document says the same."""

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadSignal
from bot.profile.phone import plain_phone
from bot.signals.openapi import document
from bot.signals.signal import read_signal
from tests.signals import order

DOCUMENT = document()
VALIDATOR = jsonschema_rs.Draft202012Validator(
    {"$ref": "#/components/schemas/Signal", "components": DOCUMENT["components"]},
    validate_formats=True,
)
WORDS = st.sampled_from(
    ["", "x_", "x_a", "order_paid", "order_paid\n", "\n", "a\u0000", "wm1", "wm1\n", "１３８", "+",
     "+86 138 0013 8000", "138--0013", "2026-05-17T14:03:00+08:00", "2026-05-17T14:03:00",
     "2026-02-30T00:00:00Z", "today", "🌸" * 300,
     "'; DROP TABLE event; --", "x" * 501, "{{7*7}}", "../../etc", "sku", "Sku", "s" * 41]
)  # fmt: skip
ATOMS = st.one_of(
    WORDS, st.none(), st.booleans(), st.integers(-(2**54), 2**54), st.text(max_size=5),
    st.floats(allow_nan=False, allow_infinity=False),
)  # fmt: skip
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=4,
)
CHANGES = st.fixed_dictionaries(
    {}, optional={
        "kind": VALUES, "at": VALUES,
        "details": VALUES | st.dictionaries(WORDS, VALUES, max_size=2),
        "customer": VALUES | st.dictionaries(
            st.sampled_from(["external_userid", "unionid", "phone", "name"]), VALUES, max_size=2
        ),
        "more": VALUES,
    },
)  # fmt: skip


def refusal(signal: Any) -> BadSignal:
    body = signal if isinstance(signal, bytes) else json.dumps(signal).encode()
    with pytest.raises(BadSignal) as caught:
        read_signal(body)
    return caught.value


def is_taken(signal: Any) -> bool:
    try:
        read_signal(json.dumps(signal).encode())
    except BadSignal:
        return False
    return True


@given(CHANGES)
def test_the_document_and_the_reader_say_the_same(changes: dict[str, Any]) -> None:
    signal = {**order(), **changes}
    assert is_taken(signal) == VALIDATOR.is_valid(signal), signal


@pytest.mark.parametrize("at", ["2026-05-17 14:03:00Z", "2026-05-17T14:03:00+0800"])
def test_a_time_may_be_written_as_programs_do_it(at: str) -> None:
    """One example in two thousand showed that more is taken than the document asks for."""
    assert is_taken(order(at=at))
    assert not VALIDATOR.is_valid(order(at=at))


@given(VALUES)
def test_whatever_is_no_signal_is_refused_with_words(value: Any) -> None:
    told = refusal(value)
    assert told.status == 422
    assert told.en
    assert told.zh


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in order().items() if key != name}


@pytest.mark.parametrize(
    ("signal", "field", "en", "zh"),
    [
        (order(kind="order_payed"), "kind", "has the wrong form. Write one of", "取 order_paid"),
        (order(kind=3), "kind", "Expected `str`, got `int`", "取 order_paid"),
        (without("at"), "at", "is missing. Write a time with its zone", "缺少。应为带时区的时间"),
        (order(at="2026-05-17"), "at", "Invalid RFC3339", "应为带时区的时间"),
        (order(customer={}), "customer", "needs external_userid, unionid or phone", "至少含"),
        (order(customer={"phone": "123"}), "customer.phone", "6 to 17 digits", "6 到 17 位数字"),
        (order(customer={"openid": "o1"}), "customer.openid", "unknown field", "没有这个字段"),
        (order(details={"Sku": 1}), "details", "up to 32 names", "最多 32 项"),
        (order(details={"sku": {"a": 1}}), "details", "got `object`", "最多 32 项"),
        (order(shop="x"), "shop", "unknown field", "没有这个字段"),
        ([], "body", "got `array`", "对象"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_field_and_the_cure(signal: Any, field: str, en: str, zh: str) -> None:
    told = refusal(signal)
    assert (told.status, told.field) == (422, field)
    assert en in told.en
    assert zh in told.zh


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a":"\\ud800"}', b"[" * 100_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    told = refusal(body)
    assert told.status in (400, 422)


def test_a_refusal_repeats_nothing_that_was_sent() -> None:
    told = refusal(order(customer={"phone": "call 13800138000 now"}))
    assert "13800138000" not in told.en + told.zh


@pytest.mark.parametrize(
    ("told", "plain"),
    [
        ("138 0013 8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("86 138 0013 8000", "13800138000"),
        ("（010）8888 8888", "01088888888"),
        (
            "＋８６　１３８－００１３－８０００",
            "13800138000",
        ),  # by a Chinese keyboard: it was nobody's
        ("138–0013—8000", "13800138000"),
        ("13800138000.0", "13800138000"),  # out of a program's .csv: 138001380000
        ("+44 20 7946 0958", "+442079460958"),
        ("0044 20 7946 0958", "+442079460958"),
        ("", ""),
    ],
)
def test_a_phone_is_compared_in_one_form(told: str, plain: str) -> None:
    assert plain_phone(told) == plain
