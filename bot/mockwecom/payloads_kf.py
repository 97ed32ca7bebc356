"""The items of `kf/sync_msg` (doc 94670): what happened at a customer service account (微信客服).

`at` is Unix seconds. `origin` says who spoke: 3 the customer, 4 the system, 5 a servicer.
"""

from typing import Any


def kf_customer_message(
    msgid: str, at: int, open_kfid: str, customer: str, kind: str, body: dict[str, Any]
) -> dict[str, Any]:
    """`body` is the object named after `kind`: text{content, menu_id?}, image{media_id} …"""
    return {
        "msgid": msgid,
        "open_kfid": open_kfid,
        "external_userid": customer,
        "send_time": at,
        "origin": 3,
        "msgtype": kind,
        kind: body,
    }


def kf_servicer_message(
    msgid: str,
    at: int,
    open_kfid: str,
    customer: str,
    servicer: str,
    kind: str,
    body: dict[str, Any],
) -> dict[str, Any]:
    """What a servicer wrote in their own client."""
    message = kf_customer_message(msgid, at, open_kfid, customer, kind, body)
    return message | {"origin": 5, "servicer_userid": servicer}


def _event(
    msgid: str, at: int, open_kfid: str, event_type: str, customer: str = "", **fields: Any
) -> dict[str, Any]:
    event = {"event_type": event_type, "open_kfid": open_kfid}
    if customer:
        event["external_userid"] = customer
    return {
        "msgid": msgid,
        "send_time": at,
        "origin": 4,
        "msgtype": "event",
        "event": {**event, **fields},
    }


def kf_enter_session(
    msgid: str,
    at: int,
    open_kfid: str,
    customer: str,
    scene: str = "",
    scene_param: str = "",
    welcome_code: str = "",
) -> dict[str, Any]:
    """The customer opened the chat. `welcome_code` is left out when no welcome is due."""
    fields = {"scene": scene, "scene_param": scene_param}
    if welcome_code:
        fields["welcome_code"] = welcome_code
    return _event(msgid, at, open_kfid, "enter_session", customer, **fields)


def kf_msg_send_fail(
    msgid: str, at: int, open_kfid: str, customer: str, fail_msgid: str, fail_type: int
) -> dict[str, Any]:
    """A message accepted earlier did not arrive; `fail_type` 4: 48 hours over, 6: five sent …"""
    fields = {"fail_msgid": fail_msgid, "fail_type": fail_type}
    return _event(msgid, at, open_kfid, "msg_send_fail", customer, **fields)


def kf_servicer_status_change(
    msgid: str, at: int, open_kfid: str, servicer: str, status: int, stop_type: int | None = None
) -> dict[str, Any]:
    """`status` 1 receives, 2 stopped; `stop_type` 0 stopped, 1 took a rest."""
    fields: dict[str, Any] = {"servicer_userid": servicer, "status": status}
    if stop_type is not None:
        fields["stop_type"] = stop_type
    return _event(msgid, at, open_kfid, "servicer_status_change", **fields)


def kf_session_status_change(
    msgid: str,
    at: int,
    open_kfid: str,
    customer: str,
    change_type: int,
    old_servicer: str = "",
    new_servicer: str = "",
    msg_code: str = "",
) -> dict[str, Any]:
    """`change_type` 1 taken from the pool, 2 passed on, 3 ended, 4 taken up again."""
    fields = {
        "change_type": change_type,
        "old_servicer_userid": old_servicer,
        "new_servicer_userid": new_servicer,
    }
    if msg_code:
        fields["msg_code"] = msg_code
    return _event(msgid, at, open_kfid, "session_status_change", customer, **fields)
