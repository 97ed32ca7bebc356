"""The outbox: what we have decided to say and what has not been settled yet."""

from hashlib import blake2b
from typing import Any

import orjson
from msgspec import Struct
from msgspec.json import encode

from bot.events import Event
from bot.scripts.script import Attachment
from bot.store.journal import Row
from bot.touch.policy import URGENT, Via

NOTICE_NUMBER = 6  # characters of a to-do's id that its notice shows


class Speech(Struct, frozen=True, kw_only=True):
    """What is said and to whom, before it takes the form of any API."""

    account: str  # OpenKfId, aibotid, AgentID, or the member's userid
    to: str  # external_userid, userid, welcome code, response_url or "ws:REQ_ID"
    text: str = ""
    menu: tuple[tuple[str, str], ...] = ()  # (id, question) of a click menu
    tail: str = ""  # the line under the menu
    attachments: tuple[Attachment, ...] = ()
    member: str = ""  # who is responsible, if it cannot be delivered
    customer: str = ""
    beside_staff: bool = False
    since: float = 0.0  # when the event happened that allows us to say this
    plan: str = ""  # if it is a touch: its plan, its slot and the digest of its words
    slot: str = ""
    words: str = ""
    kind: str = ""  # of a notice to a member: those of one kind are told together in a burst
    alone: int = 0  # so many of them one by one


class Message(Struct, frozen=True, kw_only=True):
    id: str  # also WeCom's msgid where we may choose it: [0-9a-zA-Z_-]{1,32} (doc 94677)
    event_id: str
    conversation: str
    via: Via
    script: str
    speech: Speech
    created_at: float
    due_at: float
    attempts: int = 0
    repeated: bool = False  # an earlier attempt may have arrived

    @property
    def urgent(self) -> bool:
        return self.via in URGENT


def new_message(
    event: Event, number: int, speech: Speech, via: Via, script: str, at: float, key: str = ""
) -> Message:
    """
    Args:
        number: of those that `event` has led to, from 0.
        at: Unix seconds.
        key: its id, where that of the event does not do.
    """
    return Message(
        id=key or message_id(event, number), event_id=event.id, conversation=event.conversation,
        via=via, script=script, speech=speech, created_at=at, due_at=at,
    )  # fmt: skip


def message_id(event: Event, number: int) -> str:
    """The same for every handling of one event, so that nothing can be said twice.

    The event's second comes first, so that new ids lie side by side in the table's index. At
    random places, each would read and write an index page of its own.
    """
    digest = blake2b(f"{event.id}\n{number}".encode(), digest_size=11).hexdigest()
    return f"{int(event.at.timestamp()):08x}{digest}"


def todo_of(event: str, number: int = 0) -> str:
    """The id of a to-do, made from that of its event, the same for every handling. Its beginning
    tells it from other ids."""
    return blake2b(f"todo:{event}\n{number}".encode(), digest_size=15).hexdigest()


def message_row(message: Message) -> Row:
    return (
        message.id,
        message.event_id,
        message.conversation,
        message.via.value,
        message.script,
        encode(message.speech).decode(),
        message.urgent,
        message.created_at,
        message.due_at,
    )


def message_of(row: dict[str, Any]) -> Message:
    """A message from the table."""
    speech = orjson.loads(row["body"])
    speech["menu"] = tuple(tuple(item) for item in speech["menu"])
    speech["attachments"] = tuple(Attachment(**item) for item in speech["attachments"])
    return Message(
        id=row["id"],
        event_id=row["event_id"],
        conversation=row["conversation"],
        via=Via(row["via"]),
        script=row["script"],
        speech=Speech(**speech),
        created_at=row["created_at"],
        due_at=row["due_at"],
        attempts=row["attempts"],
        repeated=True,  # it may have been on its way when the program stopped
    )
