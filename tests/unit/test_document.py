from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.events import (
    CardClicked,
    MessageReceived,
    ServiceAccountsChanged,
    Unrecognised,
)
from bot.wecom.payload import parse_service_item, parse_xml

DATA = Path(__file__).parent.parent / "data" / "wecom"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ACCOUNT = "wkDemoKfAAAA000000000000000001"

Fields = list[tuple[str, str]]
MESSAGE: Fields = [
    ("FromUserName", "liming"),
    ("CreateTime", "1767200001"),
    ("MsgType", "text"),
    ("MsgId", "7"),
    ("AgentID", "1"),
]
ADDED: Fields = [
    ("FromUserName", "sys"),
    ("CreateTime", "1767200001"),
    ("MsgType", "event"),
    ("Event", "change_external_contact"),
    ("ChangeType", "add_external_contact"),
    ("UserID", "liming"),
    ("ExternalUserID", "wmA"),
    ("WelcomeCode", "code-1"),
]


def cdata(value: str) -> str:
    return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def xml(fields: Fields, write: Callable[[str], str] = cdata, gap: str = "\n  ") -> bytes:
    body = gap.join(f"<{name}>{write(value)}</{name}>" for name, value in fields)
    return f"<xml>{gap}{body}{gap}</xml>".encode()


def changed(fields: Fields, **values: str) -> Fields:
    return [(name, values.get(name, value)) for name, value in fields]


# What XML can carry at all; it turns "\r" into "\n" by itself.
xml_text = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n<>&]")
)


@given(xml_text)
@example("]]>")
@example("a]]>b]]]>c")
@example("</Content><MsgType>event</MsgType>")
@example("&lt;&#38;<!DOCTYPE x>")
def test_a_text_is_the_same_however_it_is_rendered(text: str) -> None:
    fields = [*MESSAGE, ("Content", text)]
    for plain in (xml(fields), xml(fields, escape), xml(fields, gap="")):
        event = parse_xml(plain, NOW)
        assert isinstance(event, MessageReceived), event
        assert event.text == text


@given(
    st.permutations(ADDED), st.sampled_from([cdata, escape]), st.sampled_from(["", "\n", "\r\n"])
)
def test_an_id_ignores_order_and_blanks(
    fields: Fields, write: Callable[[str], str], gap: str
) -> None:
    assert parse_xml(xml(fields, write, gap), NOW) == parse_xml(xml(ADDED), NOW)


def test_nested_elements_may_come_in_any_order_too() -> None:
    plain = (DATA / "evt_template_card_event.xml").read_text("utf-8")
    question, options = (
        "<QuestionKey><![CDATA[q1]]></QuestionKey>",
        "<OptionIds><OptionId><![CDATA[opt1]]></OptionId></OptionIds>",
    )
    turned = plain.replace(question + options, options + question)
    assert turned != plain
    event = parse_xml(turned.encode(), NOW)
    assert isinstance(event, CardClicked)
    assert event.selected == {"q1": ("opt1",), "q2": ("opt2", "opt3")}


@pytest.mark.parametrize(
    "other",
    [
        {"ExternalUserID": "wmB"},  # two customers of one member in one second
        {"UserID": "wangfang"},
        {"CreateTime": "1767200002"},
        {"ChangeType": "add_half_external_contact"},
        {"ChangeType": "del_follow_user"},
    ],
    ids=str,
)
def test_another_happening_has_another_id(other: dict[str, str]) -> None:
    assert parse_xml(xml(changed(ADDED, **other)), NOW).id != parse_xml(xml(ADDED), NOW).id


def test_values_that_swap_their_elements_are_another_happening() -> None:
    swapped = changed(ADDED, UserID="wmA", ExternalUserID="liming")
    assert parse_xml(xml(swapped), NOW).id != parse_xml(xml(ADDED), NOW).id


def test_two_notifications_of_one_second_are_two() -> None:
    plain = (DATA / "evt_kf_msg_or_event.xml").read_bytes()
    assert parse_xml(plain.replace(b"0001]]></Token>", b"0002]]></Token>"), NOW).id != (
        parse_xml(plain, NOW).id
    )


def test_channels_cannot_collide_on_a_msgid() -> None:
    app = parse_xml(xml(MESSAGE), NOW)
    item = {"msgid": "7", "msgtype": "text", "origin": 3, "external_userid": "wm"}
    kf = parse_service_item(ACCOUNT, item, NOW)
    assert (app.id, kf.id) == ("app:7", "kf:7")


def test_repeated_elements_are_all_read() -> None:
    plain = (DATA / "evt_kf_account_auth_change.xml").read_text("utf-8")
    more = plain.replace("<AuthAdd", "<AuthAddOpenKfId>wkB</AuthAddOpenKfId><AuthAdd")
    event = parse_xml(more.encode(), NOW)
    assert isinstance(event, ServiceAccountsChanged)
    assert event.added == ("wkB", ACCOUNT)
    assert event.removed == ("wkDemoKfAAAA000000000000000002",)


@pytest.mark.parametrize("moment", ["", "soon", "-5", "9" * 15, "٣x"])
def test_a_time_that_is_none_becomes_the_time_of_arrival(moment: str) -> None:
    event = parse_xml(xml([*changed(MESSAGE, CreateTime=moment), ("Content", "hi")]), NOW)
    assert isinstance(event, MessageReceived)
    assert event.at == NOW


BOMB = b"""<!DOCTYPE xml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>
<xml><MsgType>text</MsgType><Content>&b;</Content></xml>"""
FILE = b"""<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/hostname">]><xml><Content>&f;</Content></xml>"""


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        (BOMB, "a DOCTYPE"),
        (FILE, "a DOCTYPE"),
        (b"<xml>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</xml>", "nested too deep"),
        (b"<xml><Content>&b;</Content></xml>", "not XML: undefined entity: line 1, column 14"),
        (b"", "not XML: no element found: line 1, column 0"),
        (b"<xml></xml>", "MsgType is missing"),
        (b"<xml>words</xml>", "MsgType is missing"),
        (xml(changed(MESSAGE, MsgType="hologram")), "unknown MsgType hologram"),
        (xml(changed(MESSAGE, MsgId="")), "MsgId is missing"),
        (xml(changed(ADDED, Event="dance")), "unknown Event dance"),
        (xml(changed(ADDED, ExternalUserID="")), "ExternalUserID is missing"),
        (
            xml(changed(ADDED, ChangeType="dance")),
            "unknown ChangeType dance of change_external_contact",
        ),
        (
            xml(changed([*ADDED, ("ChatId", "wr")], Event="change_external_chat")),
            "unknown ChangeType add_external_contact of change_external_chat",
        ),
        (
            xml(changed(ADDED, Event="change_external_tag")),
            "unknown ChangeType add_external_contact of change_external_tag",
        ),
        (
            xml(changed(ADDED, Event="customer_acquisition")),
            "unknown ChangeType add_external_contact of customer_acquisition",
        ),
    ],
)
def test_strange_xml_is_kept_with_its_reason(plain: bytes, reason: str) -> None:
    event = parse_xml(plain, NOW)
    assert isinstance(event, Unrecognised)
    assert (event.reason, event.raw) == (reason, plain.decode())
    assert event.id == parse_xml(plain, datetime(2026, 2, 2, tzinfo=UTC)).id
