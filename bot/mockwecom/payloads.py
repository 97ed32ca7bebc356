"""The XML that WeCom pushes, before sealing: one function for each callback.

Strings travel as CDATA and integers bare, in the documented order (docs 92130, 90239, 90240 …).
`at` is Unix seconds. An optional string left empty leaves its element out.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

# None: no element; a tuple: the element repeated; a mapping: an element with children.
Field: TypeAlias = "str | int | Mapping[str, Field] | tuple[Field, ...] | None"

UNSAYABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
)  # XML 1.0 has no way to express these


def _element(name: str, value: Field) -> str:
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
            text = UNSAYABLE.sub("", value).replace("]]>", "]]]]><![CDATA[>")
            inside = f"<![CDATA[{text}]]>"
    return f"<{name}>{inside}</{name}>"


def _push(corp_id: str, at: int, sender: str | None, kind: str, **fields: Field) -> str:
    head: dict[str, Field] = {
        "ToUserName": corp_id,
        "FromUserName": sender,
        "CreateTime": at,
        "MsgType": kind,
    }
    return _element("xml", {**head, **fields})


def _event(corp_id: str, at: int, event: str, **fields: Field) -> str:
    return _push(corp_id, at, "sys", "event", Event=event, **fields)


# Customers (客户联系), docs 92130, 92277, 96361


def _contact(corp_id: str, at: int, change: str, **fields: Field) -> str:
    return _event(corp_id, at, "change_external_contact", ChangeType=change, **fields)


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
    return _contact(corp_id, at, change, UserID=member, ExternalUserID=customer, **codes)


def edit_external_contact(corp_id: str, at: int, member: str, customer: str) -> str:
    change = "edit_external_contact"
    return _contact(corp_id, at, change, UserID=member, ExternalUserID=customer)


def del_follow_user(corp_id: str, at: int, member: str, customer: str) -> str:
    """The customer removed the member."""
    return _contact(corp_id, at, "del_follow_user", UserID=member, ExternalUserID=customer)


def del_external_contact(
    corp_id: str, at: int, member: str, customer: str, source: str = ""
) -> str:
    """The member removed the customer; `source` is DELETE_BY_TRANSFER or empty."""
    people = {"UserID": member, "ExternalUserID": customer}
    return _contact(corp_id, at, "del_external_contact", **people, Source=source or None)


def transfer_fail(corp_id: str, at: int, reason: str, member: str, customer: str) -> str:
    """`reason`: customer_refused or customer_limit_exceed; `member` should have taken over."""
    people = {"UserID": member, "ExternalUserID": customer}
    return _contact(corp_id, at, "transfer_fail", FailReason=reason, **people)


def msg_audit_approved(
    corp_id: str, at: int, member: str, customer: str, welcome_code: str = ""
) -> str:
    """The customer agreed to the message archive (doc 92005)."""
    people = {"UserID": member, "ExternalUserID": customer}
    return _contact(corp_id, at, "msg_audit_approved", **people, WelcomeCode=welcome_code or None)


# Customer groups (客户群): ChatId comes before ChangeType here


def _chat(corp_id: str, at: int, chat_id: str, change: str, **fields: Field) -> str:
    head = {"ChatId": chat_id, "ChangeType": change}
    return _event(corp_id, at, "change_external_chat", **head, **fields)


def external_chat(corp_id: str, at: int, chat_id: str, change: str) -> str:
    """`change`: create or dismiss."""
    return _chat(corp_id, at, chat_id, change)


def external_chat_update(corp_id: str, at: int, chat_id: str, detail: str) -> str:
    """`detail`: change_owner, change_name or change_notice."""
    return _chat(corp_id, at, chat_id, "update", UpdateDetail=detail)


def external_chat_members(
    corp_id: str,
    at: int,
    chat_id: str,
    people: Sequence[str],
    versions: tuple[str, str],
    *,
    join_scene: int | None = None,
    quit_scene: int | None = None,
) -> str:
    """Give one scene: joining 0 invited, 3 scanned; leaving 0 by themselves, 1 removed.

    `versions` are the member versions before and after.
    """
    changes: dict[str, Field] = {
        "UpdateDetail": "add_member" if quit_scene is None else "del_member",
        "JoinScene": join_scene,
        "QuitScene": quit_scene,
        "MemChangeCnt": len(people),
        "MemChangeList": {"Item": tuple(people)},
        "LastMemVer": versions[0],
        "CurMemVer": versions[1],
    }
    return _chat(corp_id, at, chat_id, "update", **changes)


# Tags (客户标签)


def external_tag(corp_id: str, at: int, change: str, tag_id: str, tag_type: str) -> str:
    """`change`: create, update or delete; `tag_type`: tag or tag_group."""
    tag = {"Id": tag_id, "TagType": tag_type}
    return _event(corp_id, at, "change_external_tag", **tag, ChangeType=change)


def external_tag_shuffle(corp_id: str, at: int, group_id: str, strategy_id: str) -> str:
    """An empty `group_id`: the groups themselves were reordered."""
    group = {"Id": group_id, "StrategyId": strategy_id}
    return _event(corp_id, at, "change_external_tag", **group, ChangeType="shuffle")


# WeChat customer service (微信客服), docs 94670, 94699


def kf_msg_or_event(corp_id: str, at: int, token: str, open_kfid: str) -> str:
    """Says only that there is something to pull; it has no FromUserName."""
    return _push(
        corp_id, at, None, "event", Event="kf_msg_or_event", Token=token, OpenKfId=open_kfid
    )


# A member to an app, doc 90239


def app_text(corp_id: str, at: int, agent_id: int, userid: str, msgid: int, content: str) -> str:
    return _push(corp_id, at, userid, "text", Content=content, MsgId=msgid, AgentID=agent_id)
