"""The XML that WeCom pushes, before it is sealed: one function a callback (docs 92130, 90239, 90240).

Strings travel as CDATA and integers bare, in the order of the documentation. `at` is Unix seconds.
"""

import re
from collections.abc import Mapping
from typing import TypeAlias

Field: TypeAlias = "str | int | None | Mapping[str, Field] | tuple[Field, ...]"

ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML 1.0 cannot say these at all


def _element(name: str, value: Field) -> str:
    """None is no element, a tuple is the element repeated, a mapping is its children."""
    match value:
        case None:
            return ""
        case tuple():
            return "".join(_element(name, item) for item in value)
        case Mapping():
            inside = "".join(_element(child, item) for child, item in value.items())
        case int():
            inside = str(value)
        case str():
            text = ILLEGAL.sub("", value).replace("]]>", "]]]]><![CDATA[>")
            inside = f"<![CDATA[{text}]]>"
    return f"<{name}>{inside}</{name}>"


def _event(corp_id: str, at: int, event: str, sender: str | None = "sys", **fields: Field) -> str:
    head: dict[str, Field] = {
        "ToUserName": corp_id,
        "FromUserName": sender,
        "CreateTime": at,
        "MsgType": "event",
    }
    if "AgentID" in fields and event == "msgaudit_notify":
        head["AgentID"] = fields.pop("AgentID")
    return _element("xml", {**head, "Event": event, **fields})


# Customers (客户联系), docs 92130, 92277, 96361


def _contact(corp_id: str, at: int, change: str, member: str, customer: str, **more: Field) -> str:
    fields = {"ChangeType": change, "UserID": member, "ExternalUserID": customer, **more}
    return _event(corp_id, at, "change_external_contact", **fields)


def add_external_contact(
    corp_id: str,
    at: int,
    member: str,
    customer: str,
    state: str = "",
    welcome_code: str = "",
    half: bool = False,
) -> str:
    """`half`: the member has not added the customer back yet."""
    change = "add_half_external_contact" if half else "add_external_contact"
    codes = {"State": state or None, "WelcomeCode": welcome_code or None}
    return _contact(corp_id, at, change, member, customer, **codes)


def del_follow_user(corp_id: str, at: int, member: str, customer: str) -> str:
    """The customer removed the member."""
    return _contact(corp_id, at, "del_follow_user", member, customer)


def del_external_contact(
    corp_id: str, at: int, member: str, customer: str, source: str = ""
) -> str:
    """The member removed the customer; `source` is DELETE_BY_TRANSFER or empty."""
    return _contact(corp_id, at, "del_external_contact", member, customer, Source=source or None)


# WeChat customer service (微信客服), doc 94670


def kf_msg_or_event(corp_id: str, at: int, token: str, open_kfid: str) -> str:
    """Says only that there is something to pull, and nobody sends it: no FromUserName."""
    return _event(corp_id, at, "kf_msg_or_event", None, Token=token, OpenKfId=open_kfid)


# A member to an app, doc 90239


def _app_message(
    corp_id: str, at: int, agent_id: int, userid: str, msgid: int, kind: str, **body: Field
) -> str:
    head: dict[str, Field] = {
        "ToUserName": corp_id,
        "FromUserName": userid,
        "CreateTime": at,
        "MsgType": kind,
    }
    return _element("xml", {**head, **body, "MsgId": msgid, "AgentID": agent_id})


def app_text(corp_id: str, at: int, agent_id: int, userid: str, msgid: int, content: str) -> str:
    return _app_message(corp_id, at, agent_id, userid, msgid, "text", Content=content)
