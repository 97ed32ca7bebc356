"""What the engine has kept, for people: read beside a running bot, in pages, and settled by hand.

Each function needs an open database (`open_database`). What is written is a row or two, so the
bot never waits for a person.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bot.clock import moment, moment_or_none
from bot.errors import BotError
from bot.outbox import NOTICE_NUMBER
from bot.reasons import Why, explain
from bot.store import by_hand
from bot.store.database import opened
from bot.store.models import CustomerRow, EventRow, MessageRow, MessageState, StaffRow, TodoRow
from bot.store.sql import Database
from bot.store.statements import OPEN
from bot.touch.policy import Via
from bot.touch.present import present

LAST = 2**62  # no row comes after
STUCK = f"""
    SELECT (SELECT count(*) FROM message WHERE {OPEN} AND state = 0) AS waiting,
           (SELECT count(*) FROM message WHERE state = 3) AS dead,
           (SELECT count(*) FROM message WHERE state = 4) AS doubtful"""
WAITING = Why(zh="还没有处理", en="not dealt with yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of ours, whatever became of it."""

    id: str
    at: datetime  # when it was decided
    script: str
    via: str
    to: str  # a person, never a code or an address that could be used
    name: str  # of that person; "" while it is not known
    text: str  # a menu's questions are lines of their own
    state: str  # waiting, claimed, sent, dead or doubtful
    note: str  # why it is in this state


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An event with what was decided and what was said."""

    id: str
    at: datetime
    kind: str
    conversation: str
    who: str
    name: str
    text: str  # what they wrote; "[image]" and the like when it was no text
    why: Why
    match: Mapping[str, Any]  # band, normalised, candidates, zh, en; empty: nothing was matched
    refused: tuple[Mapping[str, str], ...]  # script, rule, zh: what the policy did not let us say
    said: tuple[Said, ...]
    elsewhere: bool  # answered together with the first piece of the question


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    id: str
    at: datetime
    member: str  # "": whoever is on duty
    member_name: str  # "" while it is not known
    customer: str
    name: str
    why: str
    words: str
    done_at: datetime | None


async def last_events(
    number: int, members: Mapping[str, str], *, customer: str = "", event: str = ""
) -> list[Record]:
    """The newest `number` events, the oldest first; only those of `customer`, or only `event`.

    Raises:
        BotError: there is no such event.
    """
    events = EventRow.exclude(kind="ServiceNotified")  # what it announces are events themselves
    if customer:
        events = events.filter(body__contains=orjson.dumps(customer).decode())
    if event:
        events = EventRow.filter(id=event)
    rows = (await events.order_by("-seq").limit(number))[::-1]
    if event and not rows:
        raise BotError(f"There is no event {event}; `huashu why` shows the ids of the last ones.")
    messages = defaultdict(list)
    for message in await MessageRow.filter(event_id__in=[row.id for row in rows]).order_by("seq"):
        messages[message.event_id].append(message)
    bodies = [orjson.loads(row.body) for row in rows]
    names = await names_of([who_of(body) for body in bodies], members)
    return [
        record_of(row, body, messages[row.id], names)
        for row, body in zip(rows, bodies, strict=True)
    ]


async def doubtful(number: int, members: Mapping[str, str]) -> list[Said]:
    """The newest `number` messages of which nobody knows whether they arrived, oldest first."""
    rows = await MessageRow.filter(state=MessageState.DOUBTFUL).order_by("-seq").limit(number)
    names = await names_of(_receivers(rows), members)
    return [said_of(row, names) for row in reversed(rows)]


async def outgoing(
    state: MessageState, members: Mapping[str, str], *, before: int, limit: int
) -> list[tuple[int, Said]]:
    """Messages of one state, the newest first, each with its place in the table.

    Args:
        before: the place of the last one of the page before.
    """
    wanted = MessageRow.filter(state=state, seq__lt=before)
    if state is MessageState.WAITING:  # SQLite finds them only by the condition of their index
        wanted = wanted.filter(state__lt=2)
    rows = await wanted.order_by("-seq").limit(limit)
    names = await names_of(_receivers(rows), members)
    return [(row.seq, said_of(row, names)) for row in rows]


async def stuck(database: Database) -> Mapping[MessageState, int]:
    """How many messages wait, have failed or are doubtful."""
    [counts] = await database.rows(STUCK)
    return {MessageState[name.upper()]: number for name, number in counts.items()}


async def resolve(
    message: str, state: MessageState, reason: str, now: float, zone: ZoneInfo,
    *, among: Sequence[MessageState] = (MessageState.DOUBTFUL,),
) -> None:  # fmt: skip
    """Settle a message as `state`, and the touch that it was; WAITING is sent again, by a sweep of
    the bot, and is as fresh as if it were said now.

    Args:
        zone: the company's.
        among: the states that it may be in before.

    Raises:
        BotError: there is no such message, or it is in another state.
    """
    if await by_hand.settle(
        opened(), message, state, f"by hand: {reason}", now, among=among,
        periods=lambda at: present(moment(at), zone),
    ):  # fmt: skip
        return
    row = await MessageRow.get_or_none(id=message)
    if row is None:
        raise BotError(f"There is no message {message}; `huashu doubtful` shows the ids.")
    known = MessageState(row.state).name.lower()
    wanted = " or ".join(one.name.lower() for one in among)
    raise BotError(f"Message {message} is not {wanted} but {known}: there is nothing to resolve.")


async def todos(number: int, members: Mapping[str, str], *, done: bool) -> list[Todo]:
    """The newest `number` open to-dos, the oldest first; if `done`, also those that are done."""
    wanted = TodoRow.all() if done else TodoRow.filter(done_at__isnull=True)
    rows = (await wanted.order_by("-created_at", "-id").limit(number))[::-1]
    names = await names_of([one for row in rows for one in (row.customer, row.member)], members)
    return [
        Todo(
            id=row.id,
            at=moment(row.created_at),
            member=row.member,
            member_name=names.get(row.member, ""),
            customer=row.customer,
            name=names.get(row.customer, ""),
            why=row.why,
            words=row.words,
            done_at=moment_or_none(row.done_at),
        )
        for row in rows
    ]


async def finish_todo(todo: str, now: float) -> None:
    """Tick a to-do off; one that is done already stays as it is.

    Raises:
        BotError: there is no such to-do.
    """
    if len(todo) >= NOTICE_NUMBER and await TodoRow.filter(id__startswith=todo).count() == 1:
        todo = (await TodoRow.get(id__startswith=todo)).id
    if await TodoRow.filter(id=todo, done_at__isnull=True).update(done_at=now):
        return
    if not await TodoRow.exists(id=todo):
        raise BotError(f"There is no to-do {todo}; `huashu todos` shows the ids.")


async def names_of(ids: Iterable[str], members: Mapping[str, str]) -> Mapping[str, str]:
    """The names of customers and members, by id; members as the settings name them, else as the
    pages know them."""
    asked = list(set(ids))
    rows, staff = await CustomerRow.filter(id__in=asked), await StaffRow.filter(id__in=asked)
    found = {row.id: row.name for row in staff if row.name != row.id}
    return {**found, **members, **{row.id: row.name for row in rows}}


def record_of(
    row: EventRow, body: dict[str, Any], messages: list[MessageRow], names: Mapping[str, str]
) -> Record:
    decision = {} if row.decision is None else orjson.loads(row.decision)
    who = who_of(body)
    return Record(
        id=row.id,
        at=datetime.fromisoformat(body["at"]),
        kind=row.kind,
        conversation=row.conversation,
        who=who,
        name=names.get(who, ""),
        text="" if row.kind == "TouchDue" else text_of(body),  # its words are a digest
        why=WAITING if row.decision is None else explain(row.kind, body, decision),
        match=decision.get("match", {}),
        refused=tuple(decision.get("refused", ())),
        said=tuple(said_of(message, names) for message in messages),
        elsewhere="said" in decision and not messages,
    )


def said_of(row: MessageRow, names: Mapping[str, str]) -> Said:
    speech = orjson.loads(row.body)
    to = to_of(row, speech)
    return Said(
        id=row.id,
        at=moment(row.created_at),
        script=row.script,
        via=row.via,
        to=to,
        name="、".join(names.get(one, one) for one in to.split("|"))
        if "|" in to
        else names.get(to, ""),
        text=said_in(speech),
        state=MessageState(row.state).name.lower(),
        note=row.note or "",
    )


def who_of(body: dict[str, Any]) -> str:
    """The customer of an event (as bot.ways.customer_of), also of one by an older version."""
    return next((str(body[name]) for name in ("customer", "sender", "user") if body.get(name)), "")


def to_of(row: MessageRow, speech: dict[str, Any]) -> str:
    names = {Via.STAFF_NOTICE: "to", Via.STAFF_TASK: "account"}
    return str(speech[names.get(Via(row.via), "customer")])


def _receivers(rows: Iterable[MessageRow]) -> Iterable[str]:
    return (one for row in rows for one in to_of(row, orjson.loads(row.body)).split("|"))


def text_of(body: dict[str, Any]) -> str:
    words = body.get("text") or body.get("words") or ""
    kind = body.get("kind", "text")
    return f"[{kind}] {words}".strip() if kind != "text" else str(words)


def said_in(body: dict[str, Any]) -> str:
    """What a customer reads in a message of ours."""
    menu = [question for _, question in body.get("menu", ())]
    files = [f"[{item['kind']}] {item['title']}".strip() for item in body.get("attachments", ())]
    texts = [body.get("text", ""), *menu, body.get("tail", ""), *files]
    return "\n".join(text for text in texts if text)
