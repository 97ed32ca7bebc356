"""JSON payloads → events: the smart bot (docs 100719, 101027) and sync_msg (doc 94670). Pure."""

from datetime import UTC, datetime
from typing import Any

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
)
from bot.wecom.document import Head

Json = dict[str, Any]

_BOT_MESSAGES = {"text", "image", "mixed", "voice", "file", "video"}


def bot_event(body: Any, received: datetime, reply_to: str = "") -> Event:
    """Raises ValueError: not a payload that we know."""
    account, msgtype = _need(body, "aibotid"), _need(body, "msgtype")
    event = _object(body, "event")
    name = _need(event, "eventtype") if msgtype == "event" else ""
    # An eviction concerns nobody in particular, so it need not carry a `from`.
    user = _text(_object(body, "from"), "userid")
    if not user and name != "disconnected_event":
        raise ValueError("from.userid is missing")
    chat = _text(body, "chatid")
    head: Head = {
        # Two bots that are called in one group message might be told the same msgid.
        "id": f"bot:{account}:{_need(body, 'msgid')}",
        "at": _moment(body, "create_time") or received,
        "conversation": f"bot:{account}:{chat or user}",
    }
    reply_to = reply_to or _text(body, "response_url")
    if msgtype in _BOT_MESSAGES:
        return _bot_message(head, body, account, user, chat, reply_to)
    if msgtype == "stream":
        stream = _need(_object(body, "stream"), "id")
        return StreamPolled(**head, account=account, user=user, stream_id=stream)
    if msgtype != "event":
        raise ValueError(f"unknown msgtype {msgtype}")
    detail = _object(event, name)
    match name:
        case "enter_chat":
            return ChatEntered(**head, account=account, user=user, reply_to=reply_to)
        case "template_card_event":
            return _bot_card(head, detail, account, user, reply_to)
        case "feedback_event":
            return _feedback(head, detail, account, user)
        case "disconnected_event":
            return BotDisconnected(**head, account=account)
    raise ValueError(f"unknown eventtype {name}")


def _bot_message(
    head: Head, body: Json, account: str, user: str, chat: str, reply_to: str
) -> MessageReceived:
    kind = _need(body, "msgtype")
    return MessageReceived(
        **head,
        channel=Channel.BOT,
        account=account,
        sender=user,
        kind=kind,
        text=_words(body),
        chat_id=chat,
        media_id=_text(_object(body, kind), "url"),
        quote=_words(_object(body, "quote")),
        reply_to=reply_to,
    )


def _words(message: Json) -> str:
    """The text of a message or of a quote; a voice has its transcript, a mixed one its parts."""
    kind = _text(message, "msgtype")
    if kind == "mixed":
        items = _list(_object(message, "mixed"), "msg_item")
        return "\n".join(filter(None, (_words(item) for item in items if _is_plain(item))))
    return _text(_object(message, kind), "content")


def _is_plain(item: Any) -> bool:
    return isinstance(item, dict) and item.get("msgtype") != "mixed"


def _bot_card(head: Head, detail: Json, account: str, user: str, reply_to: str) -> CardClicked:
    return CardClicked(
        **head,
        channel=Channel.BOT,
        account=account,
        user=user,
        key=_text(detail, "event_key"),
        task_id=_text(detail, "task_id"),
        card_type=_text(detail, "card_type"),
        reply_to=reply_to,
        selected={
            _text(item, "question_key"): tuple(
                option
                for option in _list(_object(item, "option_ids"), "option_id")
                if isinstance(option, str)
            )
            for item in _list(_object(detail, "selected_items"), "selected_item")
        },
    )


def _feedback(head: Head, detail: Json, account: str, user: str) -> FeedbackGiven:
    reasons = _list(detail, "inaccurate_reason_list")
    return FeedbackGiven(
        **head,
        account=account,
        user=user,
        feedback_id=_text(detail, "id"),
        type=_number(detail, "type"),
        content=_text(detail, "content"),
        reasons=tuple(reason for reason in reasons if isinstance(reason, int)),
    )


def service_event(account: str, item: Json, received: datetime) -> Event:
    """Raises ValueError: not an item that we know."""
    kind = _need(item, "msgtype")
    event = _object(item, "event")
    customer = _text(event if kind == "event" else item, "external_userid")
    head: Head = {
        "id": f"kf:{_need(item, 'msgid')}",
        "at": _moment(item, "send_time") or received,
        "conversation": f"kf:{account}:{customer}",
    }
    if kind == "event":
        return _service_notice(head, event, account, customer)
    if not customer:
        raise ValueError("external_userid is missing")
    body = _object(item, kind)
    match item.get("origin"):
        case 3:  # the customer
            return MessageReceived(
                **head,
                channel=Channel.KF,
                account=account,
                sender=customer,
                kind=kind,
                text=_text(body, "content"),
                menu_id=_text(body, "menu_id"),
                media_id=_text(body, "media_id") or _text(body, "url"),
            )
        case 5:  # a servicer, in their own client
            return StaffReplied(
                **head,
                account=account,
                customer=customer,
                servicer=_text(item, "servicer_userid"),
                kind=kind,
                text=_text(body, "content"),
            )
    raise ValueError("unknown origin")


def _service_notice(head: Head, event: Json, account: str, customer: str) -> Event:
    name = _need(event, "event_type")
    if name == "servicer_status_change":
        return ServicerChanged(
            **head,
            account=account,
            servicer=_need(event, "servicer_userid"),
            status=_number(event, "status"),
            stop_type=_number(event, "stop_type", 0),
        )
    if not customer:
        raise ValueError(f"{name} without external_userid")
    servicer = _text(event, "servicer_userid")
    match name:
        case "enter_session":
            return SessionEntered(
                **head,
                account=account,
                customer=customer,
                scene=_text(event, "scene"),
                scene_param=_text(event, "scene_param"),
                welcome_code=_text(event, "welcome_code"),
            )
        case "session_status_change":
            return SessionChanged(
                **head,
                account=account,
                customer=customer,
                change=_number(event, "change_type"),
                old_servicer=_text(event, "old_servicer_userid"),
                new_servicer=_text(event, "new_servicer_userid"),
                msg_code=_text(event, "msg_code"),
            )
        case "msg_send_fail":
            return SendFailed(
                **head,
                account=account,
                customer=customer,
                message_id=_need(event, "fail_msgid"),
                fail_type=_number(event, "fail_type", 0),
            )
        case "user_recall_msg" | "servicer_recall_msg":
            return MessageRecalled(
                **head,
                account=account,
                customer=customer,
                message_id=_need(event, "recall_msgid"),
                servicer=servicer,
            )
        case "reject_customer_msg_switch_change":
            return CustomerMuted(
                **head,
                account=account,
                customer=customer,
                servicer=servicer,
                muted=_number(event, "reject_switch") == 1,
            )
    raise ValueError(f"unknown event_type {name}")


def _text(body: Any, key: str) -> str:
    value = body.get(key) if isinstance(body, dict) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _need(body: Any, key: str) -> str:
    value = _text(body, key)
    if not value:
        raise ValueError(f"{key} is missing")
    return value


def _number(body: Json, key: str, default: int | None = None) -> int:
    text = _text(body, key)
    if text.isdecimal() and len(text) < 19:
        return int(text)
    if default is None:
        raise ValueError(f"{key} is no number")
    return default


def _moment(body: Json, key: str) -> datetime | None:
    seconds = _number(body, key, 0)
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 1e11 else None


def _object(body: Any, key: str) -> Json:
    value = body.get(key) if isinstance(body, dict) else None
    return value if isinstance(value, dict) else {}


def _list(body: Json, key: str) -> list[Any]:
    value = body.get(key)
    return value if isinstance(value, list) else []
