"""What a customer and we said to each other, through every channel that tells us."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

import orjson

from bot.members.userids import same
from bot.store.models import MessageState
from bot.store.records import said_in, text_of
from bot.store.sql import Database, given
from bot.touch.policy import Via

Speaker = Literal["customer", "bot", "staff"]

CONVERSATIONS = """
SELECT 'kf:' || account || ':' || $1 AS name FROM cursor
UNION SELECT 'contact:' || member || ':' || $1 FROM contact WHERE customer = $1"""
EVENTS = """
SELECT seq, id, kind, conversation, body FROM event
WHERE conversation IN (SELECT value FROM texts($1))
  AND kind IN ('MessageReceived', 'StaffReplied', 'StaffSent')
ORDER BY seq DESC LIMIT $2"""
# A welcome that came too late, as the two were chatting already, is done but was never seen.
SEEN = "NOT (via = 'welcome_code' AND state = 2 AND coalesce(note, '') <> '')"
MESSAGES = f"""
SELECT seq, id, event_id, conversation, script, body, created_at, state, via FROM message
WHERE conversation IN (SELECT value FROM texts($1))
  AND via IN (SELECT value FROM texts($2))
  AND {SEEN}
ORDER BY seq DESC LIMIT $3"""
ASKED = "SELECT conversation FROM event WHERE id = $1 AND kind = 'MessageReceived'"
TO_CUSTOMERS = given((Via.SERVICE_SESSION, Via.SERVICE_CODE, Via.WELCOME_CODE, Via.BOT_REPLY))
BY_PLAN = ("touch:", "mass:")  # their events
WELCOMES = (Via.WELCOME_CODE, Via.SERVICE_CODE)
# What the program says of its own (system/…) is no answer, except these.
DONE = frozenset({"system/opted_out", "system/opted_in"})
SAME_S = 300.0  # so much later WeCom may tell of a message that we know already


class Told(Protocol):
    """What `is_same` needs to know of something that was said."""

    @property
    def at(self) -> float: ...
    @property
    def speaker(self) -> Speaker | None: ...
    @property
    def who(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def sidebar(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message. `id` is the event's, or the outbox message's."""

    id: str
    at: float  # Unix seconds
    speaker: Speaker
    who: str  # userid of staff; "" otherwise
    text: str
    conversation: str
    script: str = ""  # of ours
    state: str = "sent"  # waiting, claimed, sent, dead or doubtful
    planned: bool = False  # ours, and no answer to anything they wrote
    sidebar: bool = False  # a page of ours told it, not WeCom


async def talk(database: Database, customer: str, me: str, most: int = 12) -> list[Line]:
    """The last `most` messages between a customer and all of us, the oldest first.

    Args:
        me: userid of who asks; what they wrote is among them even if they are no contact.
    """
    names = {row["name"] for row in await database.rows(CONVERSATIONS, customer)}
    wanted = given((*names, f"contact:{me}:{customer}"))
    heard = [_heard(row) for row in await database.rows(EVENTS, wanted, 2 * most)]
    ours = [_said(row) for row in await database.rows(MESSAGES, wanted, TO_CUSTOMERS, most)]
    lines = sorted([*ours[::-1], *heard[::-1]], key=lambda line: line.at)
    return _once(lines)[-most:]


def unanswered(lines: Iterable[Line]) -> list[Line]:
    """What the customer wrote since they were last answered, the oldest first. Words of the
    program itself, such as that a person was called, are no answer, nor is what a plan sent."""
    found: list[Line] = []
    for line in reversed(list(lines)):
        if line.speaker == "customer":
            found.append(line)
        elif line.speaker == "staff" or _answers(line):
            break
    return found[::-1]


def _answers(ours: Line) -> bool:
    own_words = ours.script.startswith("system/") and ours.script not in DONE
    return not (ours.planned or own_words)


async def conversation_of(database: Database, event: str, customer: str) -> str:
    """The conversation of a message (`event`) of the customer; "" if it is none of theirs."""
    rows = await database.rows(ASKED, event) if event else []
    name = str(rows[0]["conversation"]) if rows else ""
    return name if name.endswith(f":{customer}") else ""


def _heard(row: dict[str, Any]) -> Line:
    body = orjson.loads(row["body"])
    return Line(
        id=row["id"],
        at=datetime.fromisoformat(body["at"]).timestamp(),
        speaker="customer" if row["kind"] == "MessageReceived" else "staff",
        who=str(body.get("servicer") or body.get("member") or ""),
        text=text_of(body),
        conversation=row["conversation"],
        script=body.get("script", ""),
        sidebar=row["kind"] == "StaffSent",
    )


def _said(row: dict[str, Any]) -> Line:
    return Line(
        id=row["id"],
        at=row["created_at"],
        speaker="bot",
        who="",
        text=said_in(orjson.loads(row["body"])),
        conversation=row["conversation"],
        script=row["script"],
        state=MessageState(row["state"]).name.lower(),
        planned=row["event_id"].startswith(BY_PLAN) or row["via"] in WELCOMES,
    )


def _once(lines: Iterable[Line]) -> list[Line]:
    """The lines without those that tell of the same message again."""
    kept: list[Line] = []
    for line in lines:
        if not any(is_same(line, other) for other in kept):
            kept.append(line)
    return kept


def is_same(one: Told, other: Told) -> bool:
    """Whether two lines tell of one message: sent from the sidebar, and told by 微信客服 or the
    message archive; or said by the bot in a member's name, and told by the archive."""
    if one.text != other.text or abs(other.at - one.at) >= SAME_S:
        return False
    if one.speaker == other.speaker == "staff":
        return same(one.who, other.who) and one.sidebar != other.sidebar
    return {one.speaker, other.speaker} == {"bot", "staff"}
