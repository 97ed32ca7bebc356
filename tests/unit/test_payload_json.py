import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.events import (
    BotDisconnected,
    CardClicked,
    Channel,
    ChatEntered,
    CustomerMuted,
    Event,
    FeedbackGiven,
    MessageRecalled,
    MessageReceived,
    SendFailed,
    ServicerChanged,
    SessionChanged,
    SessionEntered,
    StaffReplied,
    StreamPolled,
    Unrecognised,
)
from bot.events.encoding import decode, encode
from bot.wecom.payload import parse_bot, parse_bot_frame, parse_service_item

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


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(1767200000 + seconds, UTC)


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
    assert parse_bot((DATA / name).read_bytes(), NOW) == expected


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
        (
            {
                **ITEMS["msgKF0013"],
                "event": {"event_type": "servicer_status_change", "servicer_userid": "liming"},
            },
            "status is no number",
        ),
    ],
)
def test_a_strange_item_is_kept_with_its_reason(item: dict[str, Any], reason: str) -> None:
    event = parse_service_item(ACCOUNT, item, NOW)
    assert isinstance(event, Unrecognised)
    assert (event.reason, json.loads(event.raw)) == (reason, item)


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 2**64, -(2**63) - 1, 2**99])
def test_a_number_too_large_beside_half_a_sign_could_not_be_stored(number: int) -> None:
    """WeCom sent it again and again: each delivery was a 500."""
    body = json.loads((DATA / "aibot_evt_feedback_event.json").read_text("utf-8"))
    body["event"]["feedback_event"]["inaccurate_reason_list"] = ["NUMBER", 2]
    body["junk"] = "\ud83d"
    digits = "9" * 5000 if number == 2**99 else str(number)
    event = parse_bot(json.dumps(body).replace('"NUMBER"', digits).encode(), NOW)
    encode(event)
    assert isinstance(event, FeedbackGiven)
    fits = -(2**63) <= number < 2**63
    assert event.reasons == ((number, 2) if fits else (2,))
