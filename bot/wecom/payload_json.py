"""JSON payloads → events: the smart bot (docs 100719, 101027) and sync_msg (doc 94670). Pure."""

from datetime import datetime
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
from bot.wecom.fields import inner, items, moment, need, number, text

Json = dict[str, Any]

_BOT_MESSAGES = {"text", "image", "mixed", "voice", "file", "video"}


def bot_event(body: Any, received: datetime, reply_to: str = "") -> Event:
    """Raises ValueError: not a payload that we know."""
    account, msgtype = need(body, "aibotid"), need(body, "msgtype")
    event = inner(body, "event")
    name = need(event, "eventtype") if msgtype == "event" else ""
    # An eviction concerns nobody in particular, so it need not carry a `from`.
    user = text(inner(body, "from"), "userid")
    if not user and name != "disconnected_event":
        raise ValueError("from.userid is missing")
    chat = text(body, "chatid")
    head: Head = {
        # Two bots that are called in one group message might be told the same msgid.
        "id": f"bot:{account}:{need(body, 'msgid')}",
        "at": moment(body, "create_time") or received,
        "conversation": f"bot:{account}:{chat or user}",
    }
    reply_to = reply_to or text(body, "response_url")
    if msgtype in _BOT_MESSAGES:
        return _bot_message(head, body, msgtype, account, user, chat, reply_to)
    if msgtype == "stream":
        stream = need(inner(body, "stream"), "id")
        return StreamPolled(**head, account=account, user=user, stream_id=stream)
    if msgtype != "event":
        raise ValueError(f"unknown msgtype {msgtype}")
    detail = inner(event, name)
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
    head: Head, body: Json, kind: str, account: str, user: str, chat: str, reply_to: str
) -> MessageReceived:
    quote = inner(body, "quote")
    return MessageReceived(
        **head,
        channel=Channel.BOT,
        account=account,
        sender=user,
        kind=kind,
        text=_words(body),
        chat_id=chat,
        media_id=text(inner(body, kind), "url"),
        quote=_words(quote) if quote else "",
        reply_to=reply_to,
    )


def _words(message: Json) -> str:
    """The text of a message or of a quote; a voice has its transcript, a mixed one its parts."""
    kind = text(message, "msgtype")
    if kind == "mixed":
        parts = items(inner(message, "mixed"), "msg_item")
        return "\n".join(filter(None, (_words(part) for part in parts if _is_plain(part))))
    return text(inner(message, kind), "content")


def _is_plain(item: Any) -> bool:
    return isinstance(item, dict) and item.get("msgtype") != "mixed"


def _bot_card(head: Head, detail: Json, account: str, user: str, reply_to: str) -> CardClicked:
    return CardClicked(
        **head,
        channel=Channel.BOT,
        account=account,
        user=user,
        key=text(detail, "event_key"),
        task_id=text(detail, "task_id"),
        card_type=text(detail, "card_type"),
        reply_to=reply_to,
        selected={
            text(item, "question_key"): tuple(
                option
                for option in items(inner(item, "option_ids"), "option_id")
                if isinstance(option, str)
            )
            for item in items(inner(detail, "selected_items"), "selected_item")
        },
    )


def _feedback(head: Head, detail: Json, account: str, user: str) -> FeedbackGiven:
    reasons = items(detail, "inaccurate_reason_list")
    return FeedbackGiven(
        **head,
        account=account,
        user=user,
        feedback_id=text(detail, "id"),
        type=number(detail, "type"),
        content=text(detail, "content"),
        reasons=tuple(reason for reason in reasons if isinstance(reason, int)),
    )


def service_event(account: str, item: Json, received: datetime) -> Event:
    """Raises ValueError: not an item that we know."""
    kind = need(item, "msgtype")
    event = inner(item, "event")
    customer = text(event, "external_userid") or text(item, "external_userid")
    head: Head = {
        "id": f"kf:{need(item, 'msgid')}",
        "at": moment(item, "send_time") or received,
        "conversation": f"kf:{account}:{customer}",
    }
    if kind == "event":
        return _service_notice(head, event, account, customer)
    if not customer:
        raise ValueError("external_userid is missing")
    body = inner(item, kind)
    match number(item, "origin", 0):
        case 3:  # the customer
            return MessageReceived(
                **head,
                channel=Channel.KF,
                account=account,
                sender=customer,
                kind=kind,
                text=text(body, "content"),
                menu_id=text(body, "menu_id"),
                media_id=text(body, "media_id") or text(body, "url"),
            )
        case 5:  # a servicer, in their own client
            return StaffReplied(
                **head,
                account=account,
                customer=customer,
                servicer=text(item, "servicer_userid"),
                kind=kind,
                text=text(body, "content"),
            )
    raise ValueError("unknown origin")


def _service_notice(head: Head, event: Json, account: str, customer: str) -> Event:
    name = need(event, "event_type")
    if name == "servicer_status_change":
        return ServicerChanged(
            **head,
            account=account,
            servicer=need(event, "servicer_userid"),
            status=number(event, "status"),
            stop_type=number(event, "stop_type", 0),
        )
    if not customer:
        raise ValueError(f"{name} without external_userid")
    servicer = text(event, "servicer_userid")
    match name:
        case "enter_session":
            return SessionEntered(
                **head,
                account=account,
                customer=customer,
                scene=text(event, "scene"),
                scene_param=text(event, "scene_param"),
                welcome_code=text(event, "welcome_code"),
            )
        case "session_status_change":
            return SessionChanged(
                **head,
                account=account,
                customer=customer,
                change=number(event, "change_type"),
                old_servicer=text(event, "old_servicer_userid"),
                new_servicer=text(event, "new_servicer_userid"),
                msg_code=text(event, "msg_code"),
            )
        case "msg_send_fail":
            return SendFailed(
                **head,
                account=account,
                customer=customer,
                message_id=need(event, "fail_msgid"),
                fail_type=number(event, "fail_type", 0),
            )
        case "user_recall_msg" | "servicer_recall_msg":
            return MessageRecalled(
                **head,
                account=account,
                customer=customer,
                message_id=need(event, "recall_msgid"),
                servicer=servicer,
            )
        case "reject_customer_msg_switch_change":
            return CustomerMuted(
                **head,
                account=account,
                customer=customer,
                servicer=servicer,
                muted=number(event, "reject_switch") == 1,
            )
    raise ValueError(f"unknown event_type {name}")
