"""The inbox: what has happened and has not been dealt with yet."""

import asyncio
from collections import deque
from collections.abc import Sequence, Set
from datetime import datetime
from typing import Any, Protocol

import orjson

from bot.clock import Clock
from bot.events import Event, Unrecognised
from bot.events.encoding import decode, encode
from bot.store.journal import Journal, Row, Write
from bot.store.statements import WAITING_EVENTS

ROOM = 10_000


class EventSink(Protocol):
    """Takes in events: the part of an inbox for whoever only brings some."""

    async def put(self, events: Sequence[Event], /) -> object: ...


class Intake(Protocol):
    """An inbox for the public edge, where nobody may be kept waiting."""

    @property
    def trouble(self) -> str:
        """Why bringing an event would take long; "" = it would not."""
        ...

    async def put(self, events: Sequence[Event]) -> list[bool]:
        """Durable on return. False stands for an event that was seen before."""
        ...


class Inbox(Intake, Protocol):
    unkept: str  # why the last attempt to keep one failed, though the next may not; "" = it worked

    @property
    def stalled(self) -> str:
        """Why events are kept but not handled; "" = they are handled."""
        ...

    @property
    def differs(self) -> str:
        """Which files differ in other processes that share the work; "" = none."""
        ...

    async def file(self, events: Sequence[Event], write: Write) -> None:
        """Put `events` and commit `write`, together or in this order: whatever is committed is in.

        Those of a conversation are taken in the order of these calls, even if two processes read
        one source at a time.
        """
        ...

    def write_of(self, events: Sequence[Event]) -> Write:
        """The write that files `events`, for callers that commit it with more and do not wait."""
        ...

    @property
    def open(self) -> int:
        """Events that are not settled."""
        ...

    async def take(self) -> list[Event]:
        """What has come since the last call, in order within each conversation; waits for some."""
        ...

    def done(self, ids: Sequence[str]) -> None:
        """These are settled on disk: forget them."""
        ...


def event_row(event: Event, received_at: float) -> Row:
    kind = type(event).__name__
    return (event.id, kind, event.conversation, encode(event).decode(), received_at)


def event_of(row: dict[str, Any]) -> Event:
    """An event from the table, whichever version of the program wrote it."""
    try:
        return decode(row["kind"], row["body"])
    except (KeyError, TypeError, ValueError) as error:
        body: dict[str, Any] = orjson.loads(row["body"])
        return Unrecognised(
            id=row["id"],
            at=datetime.fromisoformat(body["at"]),
            conversation=row["conversation"],
            raw=row["body"],
            reason=f"{row['kind']} of another version: {error!r}",
        )


class TableInbox:
    """The inbox of one machine. Fresh events are handed on from memory; the table is for restarts
    and for floods."""

    unkept = stalled = differs = ""

    def __init__(self, journal: Journal, clock: Clock, *, room: int = ROOM) -> None:
        """`room`: how many events stay in memory; more wait in the table until there is room."""
        self._journal, self._clock, self._room = journal, clock, room
        self._ready: deque[Event] = deque()
        self._open: set[str] = set()  # taken or ready, and not done
        self._behind = True  # the table holds events that are not in memory
        self._reading = False  # what it holds, and does not know yet whether that is all
        self._news = asyncio.Event()
        self._news.set()

    @property
    def trouble(self) -> str:
        return self._journal.trouble

    async def put(self, events: Sequence[Event]) -> list[bool]:
        fresh = await self._journal.write(self.write_of(events))
        return [event.id in fresh for event in events]

    async def file(self, events: Sequence[Event], write: Write) -> None:
        put = self.write_of(events)
        write.rows["events"], write.then = put.rows["events"], put.then
        await self._journal.write(write)

    def write_of(self, events: Sequence[Event]) -> Write:
        now = self._clock.timestamp()
        rows = [event_row(event, now) for event in events]

        def arrived(fresh: Set[str]) -> None:
            self._arrived([event for event in events if event.id in fresh])

        return Write(events=rows, then=arrived)

    def _arrived(self, events: list[Event]) -> None:
        if self._behind or len(self._open) > self._room:
            self._behind = True
        else:
            for event in events:
                if event.id not in self._open:
                    self._open.add(event.id)
                    self._ready.append(event)
        self._news.set()

    @property
    def open(self) -> int:
        """Events that are not settled; one for all those that are still to be read."""
        return len(self._open) + (self._behind or self._reading)

    async def take(self) -> list[Event]:
        while True:
            await self._news.wait()
            if self._ready:
                taken = list(self._ready)
                self._ready.clear()
                return taken
            self._news.clear()
            if self._behind and len(self._open) <= self._room // 2:
                await self._catch_up()

    def done(self, ids: Sequence[str]) -> None:
        self._open.difference_update(ids)
        if self._behind and len(self._open) <= self._room // 2:
            self._news.set()

    async def _catch_up(self) -> None:
        """Take the oldest waiting events from the table.

        What is open when reading begins is skipped, even if it is done when reading ends.
        """
        known = frozenset(self._open)
        self._behind = False  # what arrives while we read is in memory or sets this again
        limit = len(known) + self._room
        self._reading = True
        try:
            rows = await self._journal.rows(WAITING_EVENTS, limit)
        finally:
            self._reading = False
        arrived, self._ready = self._ready, deque()
        if len(rows) == limit:  # there is more in the table, older than what arrived meanwhile
            self._behind = True
            self._open.difference_update(event.id for event in arrived)
            arrived.clear()
        self._ready.extend(event_of(row) for row in rows if row["id"] not in known)
        found = {event.id for event in self._ready}  # in their places, told of or not
        self._ready.extend(event for event in arrived if event.id not in found)
        self._open |= found
        if self._ready:
            self._news.set()
