"""errcode → what the caller must do."""

import pytest

from bot.errors import (
    AlreadyDone,
    MediaExpired,
    Refused,
    TokenRejected,
    TryLater,
    WeComError,
    WindowClosed,
)
from bot.wecom.errcodes import LETTERS, MEANINGS, RULES, error_for, plainly

CLASSES = {
    "T": TokenRejected,
    "B": TryLater,
    "W": TryLater,
    "F": Refused,
    "P": Refused,
    "S": Refused,
    "C": WindowClosed,
    "M": MediaExpired,
    "E": AlreadyDone,
}


@pytest.mark.parametrize(
    ("errcode", "expected"),
    [
        (40014, TokenRejected),
        (42001, TokenRejected),
        (-1, TryLater),
        (45009, TryLater),
        (41096, TryLater),
        (846609, TryLater),
        (95001, WindowClosed),
        (95002, WindowClosed),
        (95013, WindowClosed),
        (95018, WindowClosed),
        (40007, MediaExpired),
        (41072, MediaExpired),
        (41051, AlreadyDone),
        (40071, AlreadyDone),
        (41093, AlreadyDone),
        (41050, Refused),
        (846605, Refused),
        (846608, Refused),
        (999999, Refused),
    ],
)
def test_codes_that_decide_what_a_customer_hears(errcode: int, expected: type[WeComError]) -> None:
    error = error_for(errcode, "text", "kf/send_msg")
    assert type(error) is expected
    assert (error.errcode, error.api) == (errcode, "kf/send_msg")


def test_every_known_code_becomes_the_class_of_its_letter() -> None:
    assert {rule.letter for rule in RULES.values()} <= LETTERS
    for errcode, rule in RULES.items():
        error = error_for(errcode, "", "api")
        assert type(error) is CLASSES[rule.letter]
        assert f"(doc {rule.page})" in str(error)


def test_only_what_a_person_must_mend_alerts() -> None:
    def alerts(errcode: int) -> bool:
        error = error_for(errcode, "", "api")
        assert isinstance(error, Refused)
        return error.alert

    assert alerts(40001)
    assert alerts(60020)
    assert alerts(123456), "an unknown code is looked at by a person"
    assert not alerts(40058)
    assert not alerts(41050)


def test_waits_are_as_long_as_what_is_waited_for() -> None:
    def after_s(errcode: int) -> float:
        error = error_for(errcode, "", "api")
        assert isinstance(error, TryLater)
        return error.after_s

    assert after_s(41096) < after_s(-1) < after_s(45009) == 60


def test_configuration_decides_undocumented_codes() -> None:
    overrides = {40001: "T", 777777: "E"}
    assert type(error_for(40001, "", "api", overrides)) is TokenRejected
    assert type(error_for(777777, "", "api", overrides)) is AlreadyDone
    assert type(error_for(40014, "", "api", overrides)) is TokenRejected


def test_the_message_keeps_the_hint_and_our_address_and_drops_the_link() -> None:
    text = "api freq out of limit, hint: [17], from ip: 203.0.113.7, more info at https://x"
    assert error_for(45009, text, "api").errmsg == (
        "api freq out of limit, hint: [17], from ip: 203.0.113.7 (doc 90454)"
    )


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("expired: 欢迎语只能在 20 秒内发送", "欢迎语只能在 20 秒内发送"),
        ("message/send: errcode 40003: invalid userid", "企业微信拒绝了（errcode 40003）"),
        (
            "externalcontact/add_msg_template: errcode 41048: no customer",
            "企业微信拒绝了（errcode 41048）：这些客户都不是这位同事的好友了：核对客户归属",
        ),
    ],
)
def test_a_member_read_the_name_of_the_rule_or_a_number_without_a_cure(
    note: str, told: str
) -> None:
    assert plainly(note) == told


def test_the_english_of_a_code_named_a_file_that_only_stores_have() -> None:
    assert [en for _, en in MEANINGS.values() if "file" in en] == []
