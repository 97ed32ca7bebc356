"""The JSON that WeCom sends a smart bot (智能机器人), before sealing (docs 100719, 101027).

Over the long connection (doc 101463) the same objects travel unsealed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class BotHead:
    """What every callback begins with. `chat_id` only in groups; `create_time` only in events."""

    msgid: str
    bot_id: str
    userid: str
    chat_id: str = ""
    response_url: str = ""  # not in refreshes, enter_chat, feedback, nor on the long connection

    def to_json(self, at: int | None = None) -> dict[str, Any]:
        head: dict[str, Any] = {"msgid": self.msgid}
        if at is not None:
            head["create_time"] = at
        head["aibotid"] = self.bot_id
        if self.chat_id:
            head["chatid"] = self.chat_id
        head["chattype"] = "group" if self.chat_id else "single"
        head["from"] = {"userid": self.userid}
        if self.response_url:
            head["response_url"] = self.response_url
        return head


def bot_message(
    head: BotHead, kind: str, body: Mapping[str, Any], quote: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """`body` is the object named after `kind`: text{content}, image{url}, voice{content},
    file{url}, video{url}, mixed{msg_item}; `quote` is {msgtype, <msgtype>: body}."""
    message = head.to_json() | {"msgtype": kind, kind: dict(body)}
    return message | ({"quote": dict(quote)} if quote else {})


def bot_refresh(head: BotHead, stream_id: str) -> dict[str, Any]:
    """Asks for the next state of an unfinished reply."""
    return bot_message(head, "stream", {"id": stream_id})


def _event(head: BotHead, at: int, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return head.to_json(at) | {"msgtype": "event", "event": {"eventtype": kind, kind: dict(body)}}


def bot_enter_chat(head: BotHead, at: int) -> dict[str, Any]:
    """Somebody opened the chat with the bot for the first time today."""
    return _event(head, at, "enter_chat", {})


def bot_card_event(
    head: BotHead,
    at: int,
    card_type: str,
    key: str,
    task_id: str,
    selected: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """A press on a template card; `selected` is question → options."""
    items = [
        {"question_key": question, "option_ids": {"option_id": list(options)}}
        for question, options in selected.items()
    ]
    body: dict[str, Any] = {"card_type": card_type, "event_key": key, "task_id": task_id}
    if items:
        body["selected_items"] = {"selected_item": items}
    return _event(head, at, "template_card_event", body)


def bot_feedback(
    head: BotHead,
    at: int,
    feedback_id: str,
    kind: int,
    content: str = "",
    reasons: Sequence[int] = (),
) -> dict[str, Any]:
    """`kind`: 1 accurate, 2 inaccurate, 3 taken back."""
    body: dict[str, Any] = {"id": feedback_id, "type": kind}
    if content:
        body["content"] = content
    if reasons:
        body["inaccurate_reason_list"] = list(reasons)
    return _event(head, at, "feedback_event", body)


def bot_disconnected(msgid: str, bot_id: str, at: int) -> dict[str, Any]:
    """Another connection of the same bot took over; long connection only."""
    event = {"eventtype": "disconnected_event"}
    head = {"msgid": msgid, "create_time": at, "aibotid": bot_id}
    return {**head, "msgtype": "event", "event": event}
