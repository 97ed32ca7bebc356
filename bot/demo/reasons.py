"""The reason for each thing that happened, as the page and the transcript show it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bot.reasons import Why, explain
from bot.store.journal import Journal
from bot.store.models import EventState, MessageState
from bot.store.sql import given
from bot.touch.policy import Via

Row = dict[str, Any]

# Only events before the first unfinished one, so that the next request misses none.
FINISHED = """
    SELECT seq, id, kind, conversation, body, decision, received_at, done_at FROM event
    WHERE seq > ? AND kind <> 'ServiceNotified' AND seq < ifnull((
        SELECT min(event.seq) FROM event LEFT JOIN message
            ON message.event_id = event.id AND message.state IN (?, ?)
        WHERE event.state = ? OR message.id IS NOT NULL), 9e18)
    ORDER BY seq"""
MESSAGES = """
    SELECT id, event_id, via, script, state, note, settled_at FROM message
    WHERE event_id IN (SELECT value FROM json_each(?)) ORDER BY seq"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    seq: int  # the order of events; ask for more after the highest
    kind: str  # the event's
    conversation: str
    who: str  # who did it: external_userid or userid
    texts: tuple[str, ...]  # what they wrote, in one piece or in several
    member: str  # whom they added
    state: str  # of the channel code
    at: float  # when it came and was dealt with, Unix seconds
    told_at: float
    why: Why
    scripts: tuple[str, ...]  # what was really said
    msgids: tuple[str, ...]  # of their messages, and of ours as far as WeCom gives them


async def reasons_since(journal: Journal, seq: int) -> list[Reason]:
    """One for each finished thing after `seq`, with all that it caused."""
    open_states = [MessageState.WAITING, MessageState.CLAIMED]
    events = await journal.rows(FINISHED, seq, *open_states, EventState.WAITING)
    ids = given(event["id"] for event in events)
    messages = await journal.rows(MESSAGES, ids)
    return [
        reason_of(pieces, [one for one in messages if one["event_id"] in ids_of(pieces)])
        for pieces in together(events)
    ]


def together(events: Iterable[Row]) -> list[list[Row]]:
    """Group events: the pieces of one question share the moment and the decision."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for event in events:
        key = (event["conversation"], event["done_at"], event["decision"])
        groups.setdefault(key, []).append(event)
    return list(groups.values())


def ids_of(events: Iterable[Row]) -> set[str]:
    return {event["id"] for event in events}


def reason_of(events: Sequence[Row], messages: Sequence[Row]) -> Reason:
    event, bodies = events[-1], [orjson.loads(event["body"]) for event in events]
    body, decision = bodies[-1], orjson.loads(event["decision"])
    parts = [explain(event["kind"], body, decision)]
    # An errmsg ends with a hint for WeCom's staff.
    failures = [
        message["note"].partition(", hint")[0]
        for message in messages
        if message["state"] == MessageState.DEAD or unseen(message)
    ]
    parts += [Why(zh=f"没有发出去：{note}", en=f"not sent: {note}") for note in failures]
    return Reason(
        seq=event["seq"],
        kind=event["kind"],
        conversation=event["conversation"],
        who=body.get("sender") or body.get("customer", ""),
        texts=tuple(one.get("text") or f"[{one['kind']}]" for one in bodies if "sender" in one),
        member=body.get("member", ""),
        state=body.get("state", ""),
        at=events[0]["received_at"],
        told_at=max([event["done_at"], *(one["settled_at"] or 0.0 for one in messages)]),
        why=Why(zh="；".join(part.zh for part in parts), en="; ".join(part.en for part in parts)),
        scripts=tuple(
            message["script"]
            for message in messages
            if message["state"] == MessageState.SENT
            and message["via"] != Via.SERVICE_TRANSFER.value
            and not unseen(message)
        ),
        msgids=(
            # In the archive the id of a message with a customer ends so (doc 91774).
            *(event["id"].rpartition(":")[2].removesuffix("_external") for event in events),
            *(message["id"] for message in messages),
        ),
    )


def unseen(message: Row) -> bool:
    """Whether it is a welcome that came too late: the two were already chatting (41051)."""
    welcome = message["via"] == Via.WELCOME_CODE.value
    return welcome and message["state"] == MessageState.SENT and bool(message["note"])
