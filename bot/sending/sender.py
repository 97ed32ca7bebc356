"""Sends what the outbox holds: urgent first, judged once more, in order within a conversation.

Order means: within one conversation and one pool, nothing is sent while something said earlier was
tried and waits to be tried again. What has ended, in whatever way, holds nothing up; nor does what
was never tried, because it is meant for later or is gathered with others. A welcome waits for no
other way; an answer of 微信客服 waits until the welcome before it has ended, at most for as long
as its code is valid. What waits is read by `seq` of the table before anything new is said, so
neither a restart nor another process changes the order. Where WeCom is too slow, a pool holds what
it has room for in memory; what is said after that stays in the table until there is room again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Set
from typing import Protocol

from bot.clock import Clock
from bot.errors import (
    AlreadyDone,
    PersonServing,
    Refused,
    WeComError,
    kind_of,
    reason_of,
    where,
)
from bot.inbox import Inbox
from bot.outbox import Message, message_of
from bot.sending.clearance import Clearance
from bot.sending.gathering import Gathering
from bot.sending.lanes import Lanes, Pool, pools
from bot.sending.settlement import (
    STOPPED,
    Result,
    broken,
    ending,
    failed,
    failure,
    postponed,
    refused,
)
from bot.sessions import Sessions, session_row
from bot.store.journal import Journal, Row, Then, Write
from bot.store.models import MessageState
from bot.store.sql import Rows, given
from bot.store.statements import DOUBT_CLAIMED, OPEN_MESSAGES
from bot.touch.platform import Platform
from bot.touch.policy import Refuse, Via
from bot.wecom.delivery import Deliver, repeatable

log = logging.getLogger(__name__)

MOST = 1_000  # messages read at a time
# Looking up a member of an enumeration is slow in Python 3.11, and each message asks for these.
_WAITING, _CLAIMED, _SENT = MessageState.WAITING, MessageState.CLAIMED, MessageState.SENT
ROOM = 5_000  # messages of a pool that are in memory, some 8 MB

Read = Callable[[int, int, str], Awaitable[Rows]]  # after which seq, how many, by which ways


class SharedOutbox(Protocol):
    def owns(self, conversation: str) -> bool:
        """Whether this process sends the messages of this conversation."""

    def waiting(self) -> Read:
        """Reads the waiting messages, by seq, of the conversations that this process has now."""

    async def admits(self, message: Message) -> bool:
        """Whether this process may still send it. If so, a message that must not be sent twice is
        marked as on its way."""


class Sender:
    """
    Args:
        ways: how a message leaves; raises WeComError.
        gathering: makes one notice of many.
        inbox: gets a DeliveryFailed for what will never arrive.
        shared: where other processes send too.
        halted: whether a plan was paused or stopped while its touch was on its way.
        room: for messages in memory, in each pool but those of welcomes, which their seconds
            limit.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        inbox: Inbox,
        sessions: Sessions,
        clock: Clock,
        limits: Platform,
        ways: Mapping[Via, Deliver],
        gathering: Gathering,
        shared: SharedOutbox | None = None,
        halted: Callable[[str, str], Awaitable[Refuse | None]] | None = None,
        room: int = ROOM,
    ) -> None:
        self._journal, self._inbox, self._sessions = journal, inbox, sessions
        self._clock, self._ways = clock, ways
        self._clearance = Clearance(sessions, limits, clock)
        self._gathering, self._shared, self._halted = gathering, shared, halted
        self._pools = pools(room)
        self._apart = [*dict.fromkeys(self._pools.values())]
        self._lanes = Lanes(clock, self._apart)
        self._open: dict[str, Pool] = {}
        self._failing: dict[str, tuple[int, str]] = {}  # why they last waited, for the log
        self._room = asyncio.Event()
        self._sweeping = asyncio.Lock()
        self._closed: set[str] = set()  # while a sweep reads
        self._sending = 0
        self._stopping = False

    @property
    def open(self) -> int:
        """Messages that are not settled; one for all those that are about to be read."""
        return len(self._open) + any(pool.wanting for pool in self._apart)

    @property
    def postponed(self) -> int:
        """Those of them that wait for their time, or behind one that does."""
        return self._lanes.waiting

    def feed(self, messages: Iterable[Message]) -> None:
        """Send these when they are due; they are committed to the outbox."""
        for message in messages:
            pool = self._pools[message.via]
            if message.id in self._open or not (pool.behind or pool.full):
                self._take(pool, message)
                continue
            pool.behind = True
            if self._sweeping.locked():  # the sweep may have read past it
                pool.fresh.append(message)

    def _take(self, pool: Pool, message: Message) -> None:
        if message.id in self._open:
            return
        self._open[message.id] = pool
        pool.size += 1
        if message.due_at > self._clock.timestamp() and not message.attempts:
            self._lanes.set_aside(pool, message)
        else:
            pool.add(message)

    def withdraw(self, message_id: str, why: str) -> bool:
        """A person does not want it sent any more. False: this process does not have it."""
        here = message_id in self._open
        if here and self._shared is not None:  # another process may have its share by now
            waiting = (one for one in self._lanes if one.id == message_id)
            here = any(self._shared.owns(one.conversation) for one in waiting)
        if here:
            self._clearance.withdrawn[message_id] = why
        elif self._sweeping.locked():  # it may be read before it has ended in the table
            self._closed.add(message_id)
        return here

    def share(self, parts: int) -> None:
        """So many processes write to the same members."""
        self._clearance.share(parts)

    def look(self) -> None:
        """Read the table again: something may wait there that this process was not told of."""
        self._room.set()

    def forget(self, customer: str) -> None:
        """All data of this customer was deleted: what waits for or about them does not go out."""
        for message in self._lanes:
            if customer in (message.speech.customer, message.speech.to):
                self._clearance.withdrawn[message.id] = "their customer was deleted"

    async def begin(self) -> None:
        """Take up what the last run left, before anything new can be said."""
        if self._shared is None:
            await self._doubt()
            await self.sweep()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._lanes.run())
            tasks.create_task(self._read_on())
            for pool in self._apart:
                for _ in range(pool.workers):
                    tasks.create_task(self._work(pool))

    def busy(self, theirs: Callable[[str], bool]) -> bool:
        """Whether something goes out now in these conversations."""
        return self._lanes.busy(theirs)

    async def stop(self) -> None:
        """Begin nothing new, and let what is on its way arrive: a few seconds at most."""
        self._stopping = True
        while self._sending:
            await self._clock.sleep(0.02)

    async def _read_on(self) -> None:
        while True:
            await self._room.wait()
            self._room.clear()
            await self.sweep()

    async def sweep(self) -> None:
        """Take up what waits in the table and not yet in memory, as far as there is room."""
        async with self._sweeping:
            self._closed.clear()
            for pool in self._apart:
                pool.behind |= pool.full
                pool.fresh.clear()  # left by a sweep that was broken off
            read = self._read if self._shared is None else self._shared.waiting()
            wanted, seq = {pool for pool in self._apart if not pool.full}, 0
            while wanted and (rows := await read(seq, MOST, self._ways_of(wanted))):
                found = [message_of(row) for row in rows if row["id"] not in self._open]
                await self._sessions.fetch(
                    one.conversation for one in found if one.via is Via.SERVICE_SESSION
                )
                self._take_up(found, wanted)
                seq = rows[-1]["seq"]
            for pool in wanted:
                pool.behind = False  # what came while the last page was read is already here
            fresh = [one for pool in self._apart for one in pool.fresh if pool in wanted]
            for pool in self._apart:
                pool.fresh.clear()
            self.feed(one for one in fresh if one.id not in self._closed)

    def _take_up(self, found: Iterable[Message], wanted: set[Pool]) -> None:
        for message in found:
            pool = self._pools[message.via]
            if message.id in self._closed or pool not in wanted:
                continue  # what has ended since it was read must not be sent again
            if pool.full:
                pool.behind = True
                wanted.discard(pool)
            else:
                self._take(pool, message)

    def _ways_of(self, pools: Set[Pool]) -> str:
        return given(via for via, pool in self._pools.items() if pool in pools)

    async def _read(self, after: int, most: int, ways: str) -> Rows:
        return await self._journal.rows(OPEN_MESSAGES, after, most, ways)

    async def _doubt(self) -> None:
        """Mark what was on its way when the program stopped, by a way that cannot be repeated."""
        for row in await self._journal.rows(DOUBT_CLAIMED, self._clock.timestamp(), STOPPED):
            self.tell_doubt(row["id"])

    def tell_doubt(self, message_id: str) -> None:
        extra = {"action": "doubtful", "id": message_id}
        log.warning("nobody knows whether this arrived: see `huashu doubtful`", extra=extra)

    async def _work(self, pool: Pool) -> None:
        while True:
            name = await pool.ready.get()
            lane = pool.lanes[name]
            while lane and not self._stopping:
                message = lane[0]
                if (own := self._pools[message.via]) is not pool:  # it waited for a welcome
                    own.put(lane.popleft())
                    continue
                if message.attempts and message.due_at > self._clock.timestamp():
                    self._lanes.hold(pool, name)
                    break
                if self._shared is not None and not await self._shared.admits(message):
                    self._let_go(lane.popleft().id)
                    continue
                self._sending += 1
                try:
                    result = await self._gathering.send(message, self._send, self._clearance.ended)
                finally:
                    self._sending -= 1
                if result.state is _WAITING and not result.aside:
                    lane[0] = postponed(message, result)
                else:
                    lane.popleft()
                self._settle(message, result)
            else:
                del pool.lanes[name]

    async def _send(self, message: Message) -> Result:
        now = self._clock.timestamp()
        if (held_back := self._clearance.held_back(message, now)) is not None:
            return held_back
        halted, plan = self._halted, message.speech.plan
        if halted and plan and (no := await halted(plan, message.event_id)):
            return refused(no, now)
        if self._shared is None and not repeatable(message):
            await self._claim(message)
        try:
            await self._ways[message.via](message)
        except AlreadyDone as error:
            return Result(_SENT, now, str(error))
        except WeComError as error:
            return self._after(error, message)
        except Exception as error:
            # A mistake of ours in one message must not stop the others.
            extra = {"action": "send", "id": message.id, "at": where(error)}
            log.error("a message could not be put together: %s", kind_of(error), extra=extra)
            return broken(error, message, self._clock.timestamp())
        log.debug("sent %s by %s", message.id, message.via)
        return Result(_SENT, now)

    def _after(self, error: WeComError, message: Message) -> Result:
        result = failed(error, message, self._clock.timestamp())
        reason = error.errcode, error.api
        told, self._failing[message.id] = self._failing.get(message.id) == reason, reason
        if not told or result.state is not _WAITING:  # not at each attempt
            alert = isinstance(error, Refused) and error.alert
            log.log(
                logging.ERROR if alert else logging.WARNING,
                f"not sent{reason_of(error)}",
                extra={
                    "action": "send", "id": message.id, "errcode": error.errcode,
                    "api": error.api, "times": message.attempts + 1,
                },
            )  # fmt: skip
        if isinstance(error, PersonServing):
            session = self._sessions[message.conversation]
            session.staffed = True
            row = session_row(message.conversation, session, self._clock.timestamp())
            self._journal.post(Write(sessions=[row]))
        if result.state is MessageState.DOUBTFUL:
            self.tell_doubt(message.id)
        return result

    async def _claim(self, message: Message) -> None:
        await self._journal.write(
            Write(settled=[self._row(message, Result(_CLAIMED, message.due_at))])
        )

    def _settle(self, message: Message, result: Result) -> None:
        write = Write(settled=[self._row(message, result)])
        if result.aside:
            pool = self._pools[message.via]
            self._lanes.set_aside(pool, postponed(message, result))
        elif result.state is not _WAITING:
            sent = result.state is _SENT
            told = None if sent else failure(message, result, self._clock.now())
            if told is not None:
                put = self._inbox.write_of([told])
                write.rows["events"], write.then = put.rows["events"], put.then
            write.more = ending(message, result, self._clock.timestamp())
            write.then = self._closing(message.id, write.then)
        self._journal.post(write)

    def _closing(self, message_id: str, then: Then | None) -> Then:
        """`then`, and forget the message: not before its end is on disk."""

        def settled(fresh: Set[str]) -> None:
            self._let_go(message_id)
            if then is not None:
                then(fresh)

        return settled

    def _let_go(self, message_id: str) -> None:
        if self._sweeping.locked():
            self._closed.add(message_id)
        self._clearance.withdrawn.pop(message_id, None)
        self._failing.pop(message_id, None)
        if (pool := self._open.pop(message_id, None)) is not None:
            pool.size -= 1
            if pool.wanting:
                self._room.set()

    def _row(self, message: Message, result: Result) -> Row:
        attempts = message.attempts + result.tried
        at = self._clock.timestamp()
        return (int(result.state), attempts, result.due_at, at, result.note, message.id)
