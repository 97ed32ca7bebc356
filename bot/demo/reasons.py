"""Why the bot answered, or did not: read from what it keeps with each event."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bot.store.journal import Journal
from bot.store.models import EventState, MessageState
from bot.touch.policy import Via

# Only events before the first that is not finished yet: whoever asks on misses none.
FINISHED = """
    SELECT seq, id, kind, conversation, body, decision FROM event
    WHERE seq > ? AND kind <> 'ServiceNotified' AND seq < ifnull((
        SELECT min(event.seq) FROM event LEFT JOIN message
            ON message.event_id = event.id AND message.state IN (?, ?)
        WHERE event.state = ? OR message.id IS NOT NULL), 9e18)
    ORDER BY seq"""
MESSAGES = """
    SELECT event_id, via, script, state, note FROM message
    WHERE event_id IN (SELECT value FROM json_each(?)) ORDER BY seq"""

# What the handlers keep in English only, by its first word or words.
IN_CHINESE = {
    "a person is serving": "同事正在接待，机器人不说话",
    "a sticker": "只是一个表情",
    "WeCom gave no welcome code": "欢迎过或聊过，企业微信不再给欢迎语凭证",
}
OCCASIONS = {
    "CustomerAdded": (
        "新好友：欢迎语凭证 20 秒内有效",
        "a new contact; the welcome code is good for 20 s",
    ),
    "SessionEntered": ("进入客服会话", "entered the customer service chat"),
    "ChatEntered": ("打开了机器人", "opened the bot's chat"),
    "StaffReplied": ("同事亲自回复，机器人不说话", "a person answers; the bot is silent"),
}
SESSIONS = {
    1: ("同事接入会话，机器人不说话", "a person took the session; the bot is silent"),
    2: ("转给另一位同事，机器人不说话", "another person took the session; the bot is silent"),
    3: ("会话结束，之后由机器人回答", "the session has ended; the bot answers again"),
    4: ("同事重新打开会话，机器人不说话", "a person re-opened the session; the bot is silent"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    seq: int  # the order of events; ask for more after it
    kind: str  # of the event
    conversation: str
    why: Why
    scripts: tuple[str, ...]  # what was really said


async def reasons_since(journal: Journal, seq: int) -> list[Reason]:
    """One for each event after `seq` that is finished, with all that it caused."""
    open_states = [MessageState.WAITING, MessageState.CLAIMED]
    events = await journal.read(FINISHED, [seq, *open_states, EventState.WAITING])
    ids = orjson.dumps([event["id"] for event in events]).decode()
    messages = await journal.read(MESSAGES, [ids])
    return [
        reason_of(event, [message for message in messages if message["event_id"] == event["id"]])
        for event in events
    ]


def reason_of(event: dict[str, Any], messages: Sequence[dict[str, Any]]) -> Reason:
    body, decision = orjson.loads(event["body"]), orjson.loads(event["decision"])
    parts = [explain(event["kind"], body, decision)]
    # An errmsg ends with a hint for WeCom's own staff.
    failures = [
        message["note"].partition(", hint")[0]
        for message in messages
        if message["state"] == MessageState.DEAD
    ]
    parts += [Why(zh=f"没有发出去：{note}", en=f"not sent: {note}") for note in failures]
    return Reason(
        seq=event["seq"],
        kind=event["kind"],
        conversation=event["conversation"],
        why=Why(zh="；".join(part.zh for part in parts), en="; ".join(part.en for part in parts)),
        scripts=tuple(
            message["script"]
            for message in messages
            if message["state"] == MessageState.SENT
            and message["via"] != Via.SERVICE_TRANSFER.value
        ),
    )


def explain(kind: str, body: dict[str, Any], decision: dict[str, Any]) -> Why:
    match kind, decision:
        case "DeliveryFailed", _:
            return Why(zh="改为给同事留待办", en="a to-do for the member instead")
        case "SessionChanged", _:
            return Why(zh=SESSIONS[body["change"]][0], en=SESSIONS[body["change"]][1])
        case _, {"handed_over": str(why)}:
            matched = decision.get("match", {})
            return Why(zh=f"请人接待：{why}", en=f"a person is called: {matched.get('en', why)}")
        case _, {"match": {"zh": str(zh), "en": str(en)}}:
            return Why(zh=zh, en=en)
        case _ if (kind in OCCASIONS and "said" in decision) or kind == "StaffReplied":
            return Why(zh=OCCASIONS[kind][0], en=OCCASIONS[kind][1])
        case _, {"silent": str(why)}:
            known = IN_CHINESE.get(why.partition(":")[0], why)
            return Why(zh=f"不回复：{known}", en=f"silent: {why}")
        case _ if body.get("menu_id"):
            return Why(zh="客户点了菜单", en="the customer chose from the menu")
    return Why(zh=decision.get("handler", ""), en=decision.get("handler", ""))
