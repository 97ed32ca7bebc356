import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.events import (
    KINDS,
    AcquisitionChanged,
    AppEvent,
    BotDisconnected,
    CardClicked,
    Channel,
    ChatEntered,
    CustomerAdded,
    CustomerLost,
    CustomerMuted,
    Event,
    FeedbackGiven,
    GroupChanged,
    MessageRecalled,
    MessageReceived,
    SendFailed,
    ServiceAccountsChanged,
    ServiceNotified,
    ServicerChanged,
    SessionChanged,
    SessionEntered,
    StaffReplied,
    StreamPolled,
    TagChanged,
    TransferFailed,
    Unrecognised,
    decode,
    encode,
)
from bot.wecom.payload import parse_bot, parse_bot_frame, parse_service_item, parse_xml

DATA = Path(__file__).parent.parent / "data" / "wecom"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
CUSTOMER = "wmDemoAAAA0000000000000000000001"
GROUP = "wrDemoChat000000000000000000001"
ACCOUNT = "wkDemoKfAAAA000000000000000001"
RESPONSE = "https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=RESPONSE_CODE_DEMO"
MEDIA = "https://ww-aibot-img.example.com/ENCRYPTED"
ITEMS: dict[str, dict[str, Any]] = {
    item["msgid"]: item
    for item in json.loads((DATA / "api_kf_sync_msg.json").read_text("utf-8"))["response_body"][
        "msg_list"
    ]
}

# What each sample is, by the first pattern that fits its name.
KINDS_OF_SAMPLES = {
    "msg_": "MessageReceived",
    "aibot_msg_stream": "StreamPolled",
    "aibot_msg_": "MessageReceived",
    "aibot_evt_enter_chat": "ChatEntered",
    "aibot_evt_feedback": "FeedbackGiven",
    "aibot_evt_template_card": "CardClicked",
    "evt_change_external_contact__add_": "CustomerAdded",
    "evt_change_external_contact__edit_": "CustomerEdited",
    "evt_change_external_contact__del_": "CustomerLost",
    "evt_change_external_contact__transfer": "TransferFailed",
    "evt_change_external_contact__msg_audit": "ArchiveConsented",
    "evt_change_external_chat": "GroupChanged",
    "evt_change_external_tag": "TagChanged",
    "evt_customer_acquisition": "AcquisitionChanged",
    "evt_kf_msg": "ServiceNotified",
    "evt_kf_account": "ServiceAccountsChanged",
    "evt_msgaudit": "ArchiveNotified",
    "evt_template_card": "CardClicked",
    "evt_": "AppEvent",
}
SAMPLES = sorted(
    path.name
    for pattern in ("evt_*.xml", "msg_*.xml", "aibot_evt_*.json", "aibot_msg_*.json")
    for path in DATA.glob(pattern)
)


def sample(name: str) -> Event:
    plain = (DATA / name).read_bytes()
    return parse_xml(plain, NOW) if name.endswith(".xml") else parse_bot(plain, NOW)


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(1767200000 + seconds, UTC)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_an_event_of_its_kind_and_survives_storage(name: str) -> None:
    event = sample(name)
    kind = next(k for prefix, k in KINDS_OF_SAMPLES.items() if name.startswith(prefix))
    assert isinstance(event, KINDS[kind]), event
    assert decode(kind, encode(event)) == event


def test_the_samples_are_all_different_happenings() -> None:
    assert len(SAMPLES) >= 50
    assert len({sample(name).id for name in SAMPLES}) == len(SAMPLES)


EXPECTED_XML: dict[str, Event] = {
    "msg_text.xml": MessageReceived(
        id="app:7000000000000000033",
        at=at(33),
        conversation="app:1000002:liming",
        channel=Channel.APP,
        account="1000002",
        sender="liming",
        text="今天的报价单发我一下",
    ),
    "msg_image.xml": MessageReceived(
        id="app:7000000000000000034",
        at=at(34),
        conversation="app:1000002:liming",
        channel=Channel.APP,
        account="1000002",
        sender="liming",
        kind="image",
        media_id="MEDIAID-IMG-1",
    ),
    "evt_change_external_contact__add_external_contact.xml": CustomerAdded(
        id="",
        at=at(1),
        conversation=f"contact:liming:{CUSTOMER}",
        member="liming",
        customer=CUSTOMER,
        state="qr_spring_07",
        welcome_code="WELCOMECODE-DEMO-0001",
    ),
    "evt_change_external_contact__add_half_external_contact.xml": CustomerAdded(
        id="",
        at=at(3),
        conversation=f"contact:liming:{CUSTOMER}",
        member="liming",
        customer=CUSTOMER,
        state="qr_spring_07",
        welcome_code="WELCOMECODE-DEMO-0002",
        half=True,
    ),
    "evt_change_external_contact__del_external_contact.xml": CustomerLost(
        id="",
        at=at(5),
        conversation=f"contact:liming:{CUSTOMER}",
        member="liming",
        customer=CUSTOMER,
        by_customer=False,
        source="DELETE_BY_TRANSFER",
    ),
    "evt_change_external_contact__del_follow_user.xml": CustomerLost(
        id="",
        at=at(6),
        conversation=f"contact:liming:{CUSTOMER}",
        member="liming",
        customer=CUSTOMER,
        by_customer=True,
    ),
    "evt_change_external_contact__transfer_fail.xml": TransferFailed(
        id="",
        at=at(7),
        conversation=f"contact:wangfang:{CUSTOMER}",
        member="wangfang",
        customer=CUSTOMER,
        reason="customer_refused",
    ),
    "evt_change_external_chat__update_add_member.xml": GroupChanged(
        id="",
        at=at(10),
        conversation=f"group:{GROUP}",
        chat_id=GROUP,
        change="update",
        detail="add_member",
        members=(CUSTOMER, "wmDemoAAAA0000000000000000000002"),
        join_scene=3,
        last_version="00aa11bb22cc33dd44ee55ff66001122",
        version="0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    ),
    "evt_change_external_tag__shuffle.xml": TagChanged(
        id="",
        at=at(19),
        conversation="corp",
        change="shuffle",
        tag_id="etDemoGroup00000000000000000001",
        strategy_id="1",
    ),
    "evt_customer_acquisition__quota_expire_soon.xml": AcquisitionChanged(
        id="",
        at=at(23),
        conversation="corp",
        change="quota_expire_soon",
        expire_at=datetime.fromtimestamp(1768409600, UTC),
        expire_quota=100,
    ),
    "evt_customer_acquisition__message_from_customer.xml": AcquisitionChanged(
        id="",
        at=at(29),
        conversation="corp",
        change="message_from_customer",
        link_id="cawcdeDemoLink01",
        state="ad_42",
        chat_key="CHATKEY-DEMO-0001",
    ),
    "evt_kf_msg_or_event.xml": ServiceNotified(
        id="",
        at=at(30),
        conversation=f"kf:{ACCOUNT}:",
        account=ACCOUNT,
        token="ENCDemoKfToken00000000000000000000000000000001",
    ),
    "evt_template_card_event.xml": CardClicked(
        id="",
        at=at(45),
        conversation="app:1000002:liming",
        channel=Channel.APP,
        account="1000002",
        user="liming",
        key="btn_approve",
        task_id="task-0001",
        card_type="multiple_interaction",
        response_code="RESPONSECODE-DEMO-1",
        selected={"q1": ("opt1",), "q2": ("opt2", "opt3")},
    ),
    "evt_batch_job_result.xml": AppEvent(
        id="",
        at=at(47),
        conversation="corp",
        name="batch_job_result",
        user="",
        details={
            "BatchJob.JobId": "JOBID-DEMO-0001",
            "BatchJob.JobType": "sync_user",
            "BatchJob.ErrCode": "0",
            "BatchJob.ErrMsg": "ok",
        },
    ),
    "evt_click.xml": AppEvent(
        id="",
        at=at(43),
        conversation="app:1000002:liming",
        name="click",
        user="liming",
        agent_id="1000002",
        key="MENU_PRICE",
        details={},
    ),
}


@pytest.mark.parametrize(("name", "expected"), EXPECTED_XML.items(), ids=EXPECTED_XML.keys())
def test_an_xml_sample_in_full(name: str, expected: Event) -> None:
    event = sample(name)
    if not expected.id:
        assert event.id.startswith("event:")
        event = replace(event, id="")
    assert event == expected


def bot_message(number: int, text: str = "", **values: Any) -> MessageReceived:
    return MessageReceived(
        id=f"bot:aibDemo0001:CAIQDEMO{number:08}",
        at=NOW,
        conversation=f"bot:aibDemo0001:{values.get('chat_id') or 'liming'}",
        channel=Channel.BOT,
        account="aibDemo0001",
        sender="liming",
        text=text,
        reply_to=RESPONSE,
        **values,
    )


BOT_HEAD: dict[str, Any] = {"conversation": "bot:aibDemo0001:liming", "account": "aibDemo0001"}
EXPECTED_BOT: dict[str, Event] = {
    "aibot_msg_text_single.json": bot_message(1, "今天有哪些客户要跟进?"),
    "aibot_msg_text_group.json": bot_message(2, "@SalesBot 今天有哪些客户要跟进?", chat_id=GROUP),
    "aibot_msg_text_quote.json": bot_message(
        3, "@SalesBot 总结一下", chat_id=GROUP, quote="客户A: 价格能再低点吗"
    ),
    "aibot_msg_mixed.json": bot_message(5, "@SalesBot 这是什么型号?", kind="mixed", chat_id=GROUP),
    "aibot_msg_voice.json": bot_message(6, "语音转写后的文字", kind="voice"),
    "aibot_msg_file.json": bot_message(7, kind="file", media_id=MEDIA),
    "aibot_msg_stream_refresh.json": StreamPolled(
        id="bot:aibDemo0001:CAIQDEMO00000009",
        at=NOW,
        user="liming",
        stream_id="st-0001",
        **BOT_HEAD,
    ),
    "aibot_evt_enter_chat.json": ChatEntered(
        id="bot:aibDemo0001:CAIQDEMO00000010", at=at(10), user="liming", **BOT_HEAD
    ),
    "aibot_evt_template_card_event.json": CardClicked(
        id="bot:aibDemo0001:CAIQDEMO00000011",
        at=at(11),
        channel=Channel.BOT,
        user="liming",
        key="submit",
        task_id="task-0001",
        card_type="vote_interaction",
        reply_to=RESPONSE,
        selected={"q1": ("opt1", "opt2")},
        **BOT_HEAD,
    ),
    "aibot_evt_feedback_event.json": FeedbackGiven(
        id="bot:aibDemo0001:CAIQDEMO00000012",
        at=at(12),
        user="liming",
        feedback_id="fb-0001",
        type=2,
        content="答非所问",
        reasons=(1, 3),
        **BOT_HEAD,
    ),
}


@pytest.mark.parametrize(("name", "expected"), EXPECTED_BOT.items(), ids=EXPECTED_BOT.keys())
def test_a_bot_sample_in_full(name: str, expected: Event) -> None:
    assert sample(name) == expected


def test_the_long_connection_brings_the_same_bodies_and_is_answered_by_its_req_id() -> None:
    frame = json.loads((DATA / "aibot_ws_frames.json").read_text("utf-8"))["msg_callback"]
    event = parse_bot_frame(frame["cmd"], frame["headers"]["req_id"], frame["body"], NOW)
    assert event == MessageReceived(
        id="bot:aibDemo0001:CAIQDEMO90000001",
        at=NOW,
        conversation="bot:aibDemo0001:liming",
        channel=Channel.BOT,
        account="aibDemo0001",
        sender="liming",
        kind="image",
        media_id=MEDIA,
        reply_to="ws:srv-77",
    )


def test_an_eviction_needs_no_sender() -> None:
    event = {"eventtype": "disconnected_event"}
    body = {"msgid": "m1", "aibotid": "aib", "msgtype": "event", "event": event}
    parsed = parse_bot_frame("aibot_event_callback", "r1", body, NOW)
    assert parsed == BotDisconnected(
        id="bot:aib:m1", at=NOW, conversation="bot:aib:", account="aib"
    )


def test_an_unknown_frame_is_kept() -> None:
    event = parse_bot_frame("aibot_dance", "r1", {"msgid": "m1"}, NOW)
    assert isinstance(event, Unrecognised)
    assert (event.raw, event.reason) == ('{"msgid":"m1"}', "unknown command aibot_dance")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"msgtype": "hologram"}, "unknown msgtype hologram"),
        ({"msgtype": "event", "event": {"eventtype": "dance"}}, "unknown eventtype dance"),
        ({"from": {}}, "from.userid is missing"),
        ({"aibotid": None}, "aibotid is missing"),
        ({"msgid": True}, "msgid is missing"),
    ],
)
def test_a_strange_bot_message_is_kept_with_its_reason(
    change: dict[str, Any], reason: str
) -> None:
    body = json.loads((DATA / "aibot_msg_text_single.json").read_text("utf-8")) | change
    event = parse_bot(json.dumps(body).encode(), NOW)
    assert isinstance(event, Unrecognised)
    assert (event.reason, json.loads(event.raw)) == (reason, body)


def test_a_mixed_message_joins_its_texts_and_leaves_out_its_images() -> None:
    parts = [{"msgtype": "text", "text": {"content": text}} for text in ("这个", "多少钱?")]
    image = {"msgtype": "image", "image": {"url": MEDIA}}
    body = json.loads((DATA / "aibot_msg_mixed.json").read_text("utf-8"))
    body["mixed"]["msg_item"] = [parts[0], image, parts[1]]
    body["quote"] = {"msgtype": "voice", "voice": {"content": "昨天那款"}}
    event = parse_bot(json.dumps(body).encode(), NOW)
    assert isinstance(event, MessageReceived)
    assert (event.text, event.quote) == ("这个\n多少钱?", "昨天那款")


SERVICE: dict[str, Any] = {"conversation": f"kf:{ACCOUNT}:{CUSTOMER}", "account": ACCOUNT}
OF_CUSTOMER: dict[str, Any] = {**SERVICE, "customer": CUSTOMER}
WRITTEN: dict[str, Any] = {**SERVICE, "channel": Channel.KF, "sender": CUSTOMER}
EXPECTED_ITEMS: list[Event] = [
    SessionEntered(
        id="kf:msgKF0001",
        at=at(1),
        scene="123",
        scene_param="abc",
        welcome_code="KFWELCOMEDEMO",
        **OF_CUSTOMER,
    ),
    MessageReceived(id="kf:msgKF0002", at=at(2), text="你好", menu_id="101", **WRITTEN),
    MessageReceived(id="kf:msgKF0003", at=at(3), kind="image", media_id="M", **WRITTEN),
    MessageReceived(id="kf:msgKF0004", at=at(4), kind="voice", media_id="M", **WRITTEN),
    MessageReceived(id="kf:msgKF0005", at=at(5), kind="video", media_id="M", **WRITTEN),
    MessageReceived(id="kf:msgKF0006", at=at(6), kind="file", media_id="M", **WRITTEN),
    MessageReceived(id="kf:msgKF0007", at=at(7), kind="location", **WRITTEN),
    MessageReceived(
        id="kf:msgKF0008", at=at(8), kind="link", media_id="https://example.com", **WRITTEN
    ),
    MessageReceived(id="kf:msgKF0009", at=at(9), kind="business_card", **WRITTEN),
    MessageReceived(id="kf:msgKF0010", at=at(10), kind="miniprogram", **WRITTEN),
    StaffReplied(id="kf:msgKF0011", at=at(11), servicer="liming", text="人工回复", **OF_CUSTOMER),
    SendFailed(id="kf:msgKF0012", at=at(12), message_id="msgOUT0001", fail_type=4, **OF_CUSTOMER),
    ServicerChanged(
        id="kf:msgKF0013",
        at=at(13),
        conversation=f"kf:{ACCOUNT}:",
        account=ACCOUNT,
        servicer="liming",
        status=2,
        stop_type=1,
    ),
    SessionChanged(
        id="kf:msgKF0014",
        at=at(14),
        change=1,
        new_servicer="liming",
        msg_code="MSG_CODE_DEMO",
        **OF_CUSTOMER,
    ),
    MessageRecalled(id="kf:msgKF0015", at=at(15), message_id="msgKF0002", **OF_CUSTOMER),
    MessageRecalled(
        id="kf:msgKF0016", at=at(16), message_id="msgKF0011", servicer="liming", **OF_CUSTOMER
    ),
    CustomerMuted(id="kf:msgKF0017", at=at(17), servicer="liming", muted=True, **OF_CUSTOMER),
]


@pytest.mark.parametrize("expected", EXPECTED_ITEMS, ids=lambda event: event.id)
def test_a_sync_msg_item_in_full(expected: Event) -> None:
    event = parse_service_item(ACCOUNT, ITEMS[expected.id.removeprefix("kf:")], NOW)
    assert event == expected
    assert decode(type(event).__name__, encode(event)) == event


def test_no_sync_msg_item_is_left_out() -> None:
    assert {f"kf:{msgid}" for msgid in ITEMS} == {event.id for event in EXPECTED_ITEMS}


@pytest.mark.parametrize("kind", ["channels", "merged_msg", "meeting", "note", "hologram"])
def test_a_newer_service_message_is_a_message_without_text(kind: str) -> None:
    item = {**ITEMS["msgKF0002"], "msgtype": kind}
    event = parse_service_item(ACCOUNT, item, NOW)
    assert event == MessageReceived(id="kf:msgKF0002", at=at(2), kind=kind, **WRITTEN)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({**ITEMS["msgKF0002"], "msgid": ""}, "msgid is missing"),
        ({**ITEMS["msgKF0002"], "external_userid": None}, "external_userid is missing"),
        ({**ITEMS["msgKF0002"], "origin": 7}, "unknown origin"),
        (
            {**ITEMS["msgKF0001"], "event": {"event_type": "enter_session"}},
            "enter_session without external_userid",
        ),
        (
            {**ITEMS["msgKF0001"], "event": {"event_type": "dance", "external_userid": "wm"}},
            "unknown event_type dance",
        ),
    ],
)
def test_a_strange_item_is_kept_with_its_reason(item: dict[str, Any], reason: str) -> None:
    event = parse_service_item(ACCOUNT, item, NOW)
    assert isinstance(event, Unrecognised)
    assert (event.reason, json.loads(event.raw)) == (reason, item)


# --- XML, its renderings and its ids ---------------------------------------------------------

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


def test_a_redelivery_has_the_same_id_whenever_it_arrives() -> None:
    later = datetime(2026, 2, 2, tzinfo=UTC)
    for name in SAMPLES:
        plain = (DATA / name).read_bytes()
        parse = parse_xml if name.endswith(".xml") else parse_bot
        assert parse(plain, NOW).id == parse(plain, later).id


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
    app = parse_xml(xml([*changed(MESSAGE, MsgId="msgKF0002"), ("Content", "hi")]), NOW)
    kf = parse_service_item(ACCOUNT, ITEMS["msgKF0002"], NOW)
    assert (app.id, kf.id) == ("app:msgKF0002", "kf:msgKF0002")


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


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def broken(whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """`whole` with some values replaced by anything."""
    return st.dictionaries(st.sampled_from(sorted(whole)), json_values).map(
        lambda wrong: {**whole, **wrong}
    )


@given(st.binary() | st.binary().map(lambda inner: b"<xml>" + inner + b"</xml>"))
@example(b"\xff<xml></xml>")
@example(b'<?xml version="1.0" encoding="no-such"?><xml><MsgType>x</MsgType></xml>')
@example(b'<?xml version="1.0" encoding="utf-16"?><xml></xml>')
def test_no_bytes_raise(plain: bytes) -> None:
    assert storable(parse_xml(plain, NOW))
    assert storable(parse_bot(plain, NOW))


@given(
    st.dictionaries(st.text(), json_values)
    | st.sampled_from([item for item in ITEMS.values() if "event" in item]).flatmap(
        lambda item: broken(item["event"]).map(lambda event: {**item, "event": event})
    )
    | st.sampled_from(list(ITEMS.values())).flatmap(broken)
)
def test_no_service_item_raises(item: dict[str, Any]) -> None:
    assert storable(parse_service_item(ACCOUNT, item, NOW))


BODIES = [
    json.loads((DATA / name).read_text("utf-8")) for name in SAMPLES if name.endswith(".json")
]


@given(
    st.dictionaries(st.text(), json_values)
    | st.sampled_from(BODIES).flatmap(broken)
    | st.sampled_from(BODIES).flatmap(
        lambda body: (
            broken(body.get(body["msgtype"], {})).map(
                lambda inner: {**body, body["msgtype"]: inner}
            )
            if body[body["msgtype"]]
            else st.just(body)
        )
    )
)
def test_no_bot_body_raises(body: dict[str, Any]) -> None:
    assert storable(parse_bot_frame("aibot_msg_callback", "r", body, NOW))
    assert storable(parse_bot(json.dumps(body).encode(), NOW))


def test_a_body_too_deep_for_json_is_kept() -> None:
    body: dict[str, Any] = {}
    for _ in range(5000):
        body = {"a": body}
    assert isinstance(parse_bot_frame("aibot_msg_callback", "r", body, NOW), Unrecognised)


def storable(event: Event) -> bool:
    return decode(type(event).__name__, encode(event)) == event
