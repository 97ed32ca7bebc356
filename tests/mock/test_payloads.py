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
LINK, ACCOUNT = "cawcdeDemoLink01", "wkDemoKfAAAA000000000000000001"
VERSIONS = ("00aa11bb22cc33dd44ee55ff66001122", "0f1e2d3c4b5a69788796a5b4c3d2e1f0")
BOTH, SPRING = (MEMBER, CUSTOMER), "qr_spring_07"
RESPONSE = "https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=RESPONSE_CODE_DEMO"
MEDIA = {"url": "https://ww-aibot-img.example.com/ENCRYPTED"}


def at(second: int) -> int:
    return 1767200000 + second


def app(second: int, *rest: Any) -> tuple[Any, ...]:
    """The arguments that messages to an app begin with; their samples are numbered alike."""
    return (CORP, at(second), AGENT, MEMBER, 7000000000000000000 + second, *rest)


def event(second: int, *rest: Any) -> tuple[Any, ...]:
    return (CORP, at(second), AGENT, MEMBER, *rest)


SPELT = re.compile(r">(<!\[CDATA\[.*?\]\]>|[^<\s]+)<")  # the values as they are written

CONTACT, CHATS = "evt_change_external_contact__", "evt_change_external_chat__"
TAGS, ACQUISITION = "evt_change_external_tag__", "evt_customer_acquisition__"
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
    ACQUISITION + "balance_low": xml.acquisition_balance(CORP, at(20), "balance_low"),
    ACQUISITION + "balance_exhausted": xml.acquisition_balance(CORP, at(21), "balance_exhausted"),
    ACQUISITION + "balance_increased": xml.acquisition_balance(CORP, at(22), "balance_increased"),
    ACQUISITION + "quota_expire_soon": xml.acquisition_quota_expire_soon(
        CORP, at(23), 1768409600, 100
    ),
    ACQUISITION + "link_unavailable": xml.acquisition_link(CORP, at(24), "link_unavailable", LINK),
    ACQUISITION + "delete_link": xml.acquisition_link(CORP, at(25), "delete_link", LINK),
    ACQUISITION + "open_profile": xml.acquisition_link(
        CORP, at(26), "open_profile", LINK, "ad_42"
    ),
    ACQUISITION + "friend_request": xml.acquisition_link(
        CORP, at(27), "friend_request", LINK, "ad_42"
    ),
    ACQUISITION + "customer_start_chat": xml.acquisition_customer(
        CORP, at(28), "customer_start_chat", *BOTH
    ),
    ACQUISITION + "message_from_customer": xml.acquisition_link(
        CORP, at(29), "message_from_customer", LINK, "ad_42", "CHATKEY-DEMO-0001"
    ),
    "evt_kf_msg_or_event": xml.kf_msg_or_event(
        CORP, at(30), "ENCDemoKfToken00000000000000000000000000000001", ACCOUNT
    ),
    "evt_kf_account_auth_change": xml.kf_account_auth_change(
        CORP, at(31), [ACCOUNT], [ACCOUNT[:-1] + "2"]
    ),
    "evt_msgaudit_notify": xml.msgaudit_notify(CORP, at(32)),
    "msg_text": xml.app_text(*app(33, "今天的报价单发我一下")),
    "msg_image": xml.app_image(*app(34, "https://example.com/pic/0", "MEDIAID-IMG-1")),
    "msg_voice": xml.app_voice(*app(35, "MEDIAID-VOICE-1", "amr")),
    "msg_video": xml.app_video(*app(36, "MEDIAID-VIDEO-1", "MEDIAID-THUMB-1")),
    "msg_location": xml.app_location(*app(37, ("23.134521", "113.358803", "15"), "Demo Road 1")),
    "msg_link": xml.app_link(
        *app(38, "t", "d", "https://example.com/", "https://example.com/p.png")
    ),
    "evt_enter_agent": xml.app_event(*event(39, "enter_agent"), EventKey=""),
    "evt_subscribe": xml.app_event(*event(40, "subscribe")),
    "evt_unsubscribe": xml.app_event(*event(41, "unsubscribe")),
    "evt_location": xml.app_position(*event(42, ("23.104", "113.320", "65.000"))),
    "evt_click": xml.app_event(*event(43, "click"), EventKey="MENU_PRICE"),
    "evt_view": xml.app_event(*event(44, "view"), EventKey="https://example.com/menu"),
    "evt_template_card_event": xml.template_card(
        CORP,
        at(45),
        AGENT,
        MEMBER,
        "btn_approve",
        "task-0001",
        "multiple_interaction",
        "RESPONSECODE-DEMO-1",
        {"q1": ["opt1"], "q2": ["opt2", "opt3"]},
    ),
    "evt_template_card_menu_event": xml.template_card(
        *event(46, "menu_ignore", "task-0001", "text_notice", "RESPONSECODE-DEMO-2")
    ),
    "evt_batch_job_result": xml.batch_job_result(CORP, at(47), "JOBID-DEMO-0001", "sync_user"),
    "evt_change_contact__create_user": xml.change_contact(
        CORP,
        at(48),
        "create_user",
        UserID="newbie",
        Name="New Member",
        Department="1,2",
        Mobile="13800000000",
        Email="n@example.com",
        Status=1,
    ),
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
    kf.kf_recall(*item(15), ACCOUNT, CUSTOMER, "msgKF0002"),
    kf.kf_recall(*item(16), ACCOUNT, CUSTOMER, "msgKF0011", MEMBER),
    kf.kf_reject_switch_change(*item(17), ACCOUNT, CUSTOMER, MEMBER, rejects=True),
]


def tree(source: str) -> Any:
    def shape(element: ElementTree.Element) -> Any:
        children = [shape(child) for child in element]
        return element.tag, children or element.text or ""

    return shape(ElementTree.fromstring(source))


def test_no_sample_is_left_out() -> None:
    samples = {path.stem for pattern in ("evt_*.xml", "msg_*.xml") for path in DATA.glob(pattern)}
    assert set(XML) == samples
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
    assert sample["response_body"]["msg_list"] == PULLED


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_any_text_survives_the_xml(content: str) -> None:
    pushed = xml.app_text(*app(1, content))
    assert (ElementTree.fromstring(pushed).findtext("Content") or "") == content


def test_text_can_neither_close_its_cdata_nor_break_the_document() -> None:
    hostile = "a]]></Content><AgentID>1</AgentID>\x00\x08b"
    parsed = ElementTree.fromstring(xml.app_text(*app(1, hostile)))
    assert parsed.findtext("Content") == "a]]></Content><AgentID>1</AgentID>b"
    assert [child.text for child in parsed.findall("AgentID")] == [str(AGENT)]
