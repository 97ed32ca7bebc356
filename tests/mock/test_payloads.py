"""What the mock pushes equals the documented samples, file by file."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mockwecom import payloads as xml
from bot.mockwecom import payloads_kf as kf
from bot.mockwecom.payloads_bot import (
    BotHead,
    bot_card_event,
    bot_enter_chat,
    bot_feedback,
    bot_message,
    bot_refresh,
)

DATA = Path(__file__).parents[1] / "data" / "wecom"
CORP, MEMBER, CUSTOMER = "wwdemo0000000001", "liming", "wmDemoAAAA0000000000000000000001"
CUSTOMER_2, CHAT, AGENT = CUSTOMER[:-1] + "2", "wrDemoChat000000000000000000001", 1000002
TAG, GROUP = "etDemoTag0000000000000000000001", "etDemoGroup00000000000000000001"
ACCOUNT = "wkDemoKfAAAA000000000000000001"
VERSIONS = ("00aa11bb22cc33dd44ee55ff66001122", "0f1e2d3c4b5a69788796a5b4c3d2e1f0")
BOTH, SPRING = (MEMBER, CUSTOMER), "qr_spring_07"
RESPONSE = "https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=RESPONSE_CODE_DEMO"
MEDIA = {"url": "https://ww-aibot-img.example.com/ENCRYPTED"}


def at(second: int) -> int:
    return 1767200000 + second


def app(second: int, *rest: Any) -> tuple[Any, ...]:
    """The arguments that messages to an app begin with; their samples are numbered alike."""
    return (CORP, at(second), AGENT, MEMBER, 7000000000000000000 + second, *rest)


SPELT = re.compile(r">(<!\[CDATA\[.*?\]\]>|[^<\s]+)<")  # the values as they are written

CONTACT, CHATS = "evt_change_external_contact__", "evt_change_external_chat__"
TAGS = "evt_change_external_tag__"
XML: dict[str, str] = {
    CONTACT + "add_external_contact": xml.add_external_contact(
        CORP, at(1), *BOTH, SPRING, "WELCOMECODE-DEMO-0001"
    ),
    CONTACT + "add_external_contact_no_code": xml.add_external_contact(CORP, at(2), *BOTH, SPRING),
    CONTACT + "add_half_external_contact": xml.add_external_contact(
        CORP, at(3), *BOTH, SPRING, "WELCOMECODE-DEMO-0002", half=True
    ),
    CONTACT + "edit_external_contact": xml.edit_external_contact(CORP, at(4), *BOTH),
    CONTACT + "del_external_contact": xml.del_external_contact(
        CORP, at(5), *BOTH, "DELETE_BY_TRANSFER"
    ),
    CONTACT + "del_follow_user": xml.del_follow_user(CORP, at(6), *BOTH),
    CONTACT + "transfer_fail": xml.transfer_fail(
        CORP, at(7), "customer_refused", "wangfang", CUSTOMER
    ),
    CONTACT + "msg_audit_approved": xml.msg_audit_approved(
        CORP, at(8), *BOTH, "WELCOMECODE-DEMO-0003"
    ),
    CHATS + "create": xml.external_chat(CORP, at(9), CHAT, "create"),
    CHATS + "update_add_member": xml.external_chat_members(
        CORP, at(10), CHAT, [CUSTOMER, CUSTOMER_2], VERSIONS, join_scene=3
    ),
    CHATS + "update_del_member": xml.external_chat_members(
        CORP, at(11), CHAT, [CUSTOMER], VERSIONS, quit_scene=1
    ),
    CHATS + "update_change_owner": xml.external_chat_update(CORP, at(12), CHAT, "change_owner"),
    CHATS + "update_change_name": xml.external_chat_update(CORP, at(13), CHAT, "change_name"),
    CHATS + "update_change_notice": xml.external_chat_update(CORP, at(14), CHAT, "change_notice"),
    CHATS + "dismiss": xml.external_chat(CORP, at(15), CHAT, "dismiss"),
    TAGS + "create": xml.external_tag(CORP, at(16), "create", TAG, "tag"),
    TAGS + "update": xml.external_tag(CORP, at(17), "update", TAG, "tag"),
    TAGS + "delete": xml.external_tag(CORP, at(18), "delete", GROUP, "tag_group"),
    TAGS + "shuffle": xml.external_tag_shuffle(CORP, at(19), GROUP, "1"),
    "evt_kf_msg_or_event": xml.kf_msg_or_event(
        CORP, at(30), "ENCDemoKfToken00000000000000000000000000000001", ACCOUNT
    ),
    "msg_text": xml.app_text(*app(33, "今天的报价单发我一下")),
}


def head(number: int, chat_id: str = "", response_url: str = RESPONSE) -> BotHead:
    return BotHead(
        msgid=f"CAIQDEMO{number:08}",
        bot_id="aibDemo0001",
        userid=MEMBER,
        chat_id=chat_id,
        response_url=response_url,
    )


def text(content: str) -> dict[str, str]:
    return {"content": content}


BOT: dict[str, dict[str, Any]] = {
    "msg_text_single": bot_message(head(1), "text", text("今天有哪些客户要跟进?")),
    "msg_text_group": bot_message(head(2, CHAT), "text", text("@SalesBot 今天有哪些客户要跟进?")),
    "msg_text_quote": bot_message(
        head(3, CHAT),
        "text",
        text("@SalesBot 总结一下"),
        {"msgtype": "text", "text": text("客户A: 价格能再低点吗")},
    ),
    "msg_image": bot_message(head(4), "image", MEDIA),
    "msg_mixed": bot_message(
        head(5, CHAT),
        "mixed",
        {
            "msg_item": [
                {"msgtype": "text", "text": text("@SalesBot 这是什么型号?")},
                {"msgtype": "image", "image": MEDIA},
            ]
        },
    ),
    "msg_voice": bot_message(head(6), "voice", text("语音转写后的文字")),
    "msg_file": bot_message(head(7), "file", MEDIA),
    "msg_video": bot_message(head(8), "video", MEDIA),
    "msg_stream_refresh": bot_refresh(head(9, response_url=""), "st-0001"),
    "evt_enter_chat": bot_enter_chat(head(10, response_url=""), at(10)),
    "evt_template_card_event": bot_card_event(
        head(11), at(11), "vote_interaction", "submit", "task-0001", {"q1": ["opt1", "opt2"]}
    ),
    "evt_feedback_event": bot_feedback(
        head(12, response_url=""), at(12), "fb-0001", 2, "答非所问", [1, 3]
    ),
}


def from_customer(number: int, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    return kf.kf_customer_message(*item(number), ACCOUNT, CUSTOMER, kind, body)


def item(number: int) -> tuple[str, int]:
    return f"msgKF{number:04}", at(number)


PLACE = {
    "latitude": 23.106021881103516,
    "longitude": 113.320503234863,
    "name": "示例大厦",
    "address": "示例路1号",
}
PAGE = {"title": "t", "desc": "d", "url": "https://example.com"}
PROGRAM = {"title": "t", "appid": "wxdemo0000000001", "pagepath": "pages/index.html"}
PULLED = [
    kf.kf_enter_session(*item(1), ACCOUNT, CUSTOMER, "123", "abc", "KFWELCOMEDEMO"),
    from_customer(2, "text", {"content": "你好", "menu_id": "101"}),
    *(
        from_customer(3 + place, kind, {"media_id": "M"})
        for place, kind in enumerate(("image", "voice", "video", "file"))
    ),
    from_customer(7, "location", PLACE),
    from_customer(8, "link", {**PAGE, "pic_url": "https://example.com/p.png"}),
    from_customer(9, "business_card", {"userid": MEMBER}),
    from_customer(10, "miniprogram", {**PROGRAM, "thumb_media_id": "M"}),
    kf.kf_servicer_message(*item(11), ACCOUNT, CUSTOMER, MEMBER, "text", text("人工回复")),
    kf.kf_msg_send_fail(*item(12), ACCOUNT, CUSTOMER, "msgOUT0001", 4),
    kf.kf_servicer_status_change(*item(13), ACCOUNT, MEMBER, 2, 1),
    kf.kf_session_status_change(*item(14), ACCOUNT, CUSTOMER, 1, "", MEMBER, "MSG_CODE_DEMO"),
]


def tree(source: str) -> Any:
    def shape(element: ElementTree.Element) -> Any:
        children = [shape(child) for child in element]
        return element.tag, children or element.text or ""

    return shape(ElementTree.fromstring(source))


def test_no_sample_of_a_bot_is_left_out() -> None:
    bot = {
        p.stem.removeprefix("aibot_") for k in ("msg", "evt") for p in DATA.glob(f"aibot_{k}_*")
    }
    assert set(BOT) == bot


@pytest.mark.parametrize("name", sorted(XML))
def test_xml_callback_equals_its_sample(name: str) -> None:
    sample = (DATA / f"{name}.xml").read_text(encoding="utf-8")
    assert tree(XML[name]) == tree(sample)
    assert SPELT.findall(XML[name]) == SPELT.findall(sample), "CDATA or bare"


@pytest.mark.parametrize("name", sorted(BOT))
def test_bot_callback_equals_its_sample(name: str) -> None:
    sample = json.loads((DATA / f"aibot_{name}.json").read_text(encoding="utf-8"))
    assert BOT[name] == sample
    assert list(BOT[name]) == list(sample), "the order too"


def test_pulled_items_equal_the_sample() -> None:
    sample = json.loads((DATA / "api_kf_sync_msg.json").read_text(encoding="utf-8"))
    assert sample["response_body"]["msg_list"][: len(PULLED)] == PULLED


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_any_text_survives_the_xml(content: str) -> None:
    pushed = xml.app_text(*app(1, content))
    assert (ElementTree.fromstring(pushed).findtext("Content") or "") == content


def test_text_can_neither_close_its_cdata_nor_break_the_document() -> None:
    hostile = "a]]></Content><AgentID>1</AgentID>\x00\x08b"
    parsed = ElementTree.fromstring(xml.app_text(*app(1, hostile)))
    assert parsed.findtext("Content") == "a]]></Content><AgentID>1</AgentID>b"
    assert [child.text for child in parsed.findall("AgentID")] == [str(AGENT)]
