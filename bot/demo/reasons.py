"""The reason for each thing that happened, as the page and the transcript tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bot.reasons import Why, explain
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
