"""Sends what the outbox holds: urgent first, judged once more, in order within a conversation."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import chain, count
from typing import Protocol

from bot.clock import Clock
from bot.errors import AlreadyDone, PersonServing, Refused, WeComError, where
from bot.gathering import Gathering
from bot.inbox import Inbox
from bot.outbox import Message, message_of
from bot.sessions import Sessions, session_row
from bot.settings import Platform
from bot.settlement import (
    TOO_LATE,
    Result,
    broken,
    ending,
    failed,
    failure,
    outlived,
    postponed,
    refused,
)
from bot.store.journal import Journal, Row, Then, Write
from bot.store.models import MessageState
from bot.store.sql import Rows
from bot.store.statements import DOUBT_CLAIMED, OPEN_MESSAGES
from bot.touch.pace import Pace
from bot.touch.policy import Refuse, Touch, Via, judge
from bot.wecom.delivery import Deliver, repeatable

log = logging.getLogger(__name__)

SOON_S = 3600.0  # messages due later than this stay in the table until a sweep
MOST = 5_000  # messages read at a time


@dataclass(slots=True, eq=False)
class Pool:
    """Workers for ways that may be slow together. No pool waits for another."""

    workers: int
    ready: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    lanes: dict[str, deque[Message]] = field(default_factory=dict)  # by conversation
    held: dict[str, float] = field(default_factory=dict)  # conversation → when it may go on

    def add(self, message: Message) -> None:
        lane = self.lanes.get(message.conversation)
        if lane is None:
            self.lanes[message.conversation] = deque([message])
            self.ready.put_nowait(message.conversation)
        else:
            lane.append(message)


class SharedOutbox(Protocol):
    def owns(self, conversation: str) -> bool:
        """Whether its messages are this process's to send."""

    async def waiting(self, until: float, most: int) -> Rows:
        """Rows of messages that are this process's to send, and due by then."""

    async def admits(self, message: Message) -> bool:
        """Whether it is still this process that sends it. One that cannot be sent twice is in
        its hands from then on."""


class Sender:
    """
    Args:
        ways: how a message leaves; raises WeComError.
        gathering: makes one notice of many.
        inbox: gets a DeliveryFailed for what will never arrive.
        shared: where other processes send too.
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
    ) -> None:
        self._journal, self._inbox, self._sessions = journal, inbox, sessions
        self._clock, self._limits, self._ways = clock, limits, ways
        self._gathering, self._shared = gathering, shared
        welcome, service, bot, notice, task = Pool(128), Pool(32), Pool(32), Pool(8), Pool(4)
        self._pools: Mapping[Via, Pool] = {
            Via.WELCOME_CODE: welcome,
            Via.SERVICE_CODE: welcome,
            Via.BOT_ENTER: welcome,
            Via.SERVICE_SESSION: service,
            Via.SERVICE_TRANSFER: service,
            Via.BOT_REPLY: bot,
            Via.APP_MESSAGE: bot,
            Via.STAFF_NOTICE: notice,
            Via.STAFF_TASK: task,
        }
        bot_pace = Pace(limits.bot_per_minute, limits.bot_per_hour)
        app_pace = Pace(limits.app_per_minute, limits.app_per_hour)
        self._paces = {
            Via.BOT_REPLY: bot_pace,
            Via.APP_MESSAGE: app_pace,
            Via.STAFF_NOTICE: app_pace,
        }
        self._open: set[str] = set()
        self._withdrawn: dict[str, str] = {}  # id → why
        self._later: list[tuple[float, int, Message]] = []
        self._order = count()
        self._earlier = asyncio.Event()
        self._sending = 0
        self._stopping = False

    @property
    def open(self) -> int:
        """Messages that are not settled, and due within the hour."""
        return len(self._open)

    @property
    def postponed(self) -> int:
        """Those of them that wait for their time."""
        return len(self._later)

    def feed(self, messages: Sequence[Message]) -> None:
        """These are in the outbox, committed: send them when they are due."""
        now = self._clock.timestamp()
        for message in messages:
            if message.id in self._open or message.due_at > now + SOON_S:
                continue
            self._open.add(message.id)
            self._queue(message, now)

    def withdraw(self, message_id: str, why: str) -> bool:
        """A person does not want it sent any more. False: it is not in hand here."""
        here = message_id in self._open
        if here and self._shared is not None:  # perhaps another process has its share by now
            waiting = (one for one in self._waiting() if one.id == message_id)
            here = any(self._shared.owns(one.conversation) for one in waiting)
        if here:
            self._withdrawn[message_id] = why
        return here

    def _waiting(self) -> Iterator[Message]:
        lanes = (lane for pool in set(self._pools.values()) for lane in pool.lanes.values())
        return chain((one for _, _, one in self._later), *lanes)

    def forget(self, customer: str) -> None:
        """All that is kept of them was deleted: what waits for them, or about them, does not go
        out."""
        for message in self._waiting():
            if customer in (message.speech.customer, message.speech.to):
                self._withdrawn[message.id] = "their customer was deleted"

    def _queue(self, message: Message, now: float) -> None:
        """What follows a postponed message of its conversation waits as long as that one."""
        pool = self._pools[message.via]
        due_at = max(message.due_at, pool.held.get(message.conversation, 0.0))
        if due_at > now:
            heappush(self._later, (due_at, next(self._order), message))
            self._earlier.set()
        else:
            pool.held.pop(message.conversation, None)
            pool.add(message)

    async def run(self) -> None:
        if self._shared is None:
            await self._doubt()
            await self.sweep()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wake())
            for pool in set(self._pools.values()):
                for _ in range(pool.workers):
                    tasks.create_task(self._work(pool))

    def busy(self, theirs: Callable[[str], bool]) -> bool:
        """Whether something goes out now in these conversations."""
        return any(theirs(name) for pool in set(self._pools.values()) for name in pool.lanes)

    async def stop(self) -> None:
        """Begin nothing new, and let what is on its way arrive: a few seconds at most."""
        self._stopping = True
        while self._sending:
            await self._clock.sleep(0.02)

    async def sweep(self) -> None:
        """Take up what the table holds for the next hour."""
        horizon = self._clock.timestamp() + SOON_S
        known = frozenset(self._open)  # settled while we read: still not to be sent again
        if self._shared is None:
            rows = await self._journal.read(OPEN_MESSAGES, [horizon, MOST])
        else:
            rows = await self._shared.waiting(horizon, MOST)
        messages = [message_of(row) for row in rows if row["id"] not in known]
        await self._sessions.fetch(
            message.conversation for message in messages if message.via is Via.SERVICE_SESSION
        )
        self.feed(messages)

    async def _doubt(self) -> None:
        """What was on its way when the program stopped, by a way that cannot be repeated."""
        note = "the program stopped while this was being sent"
        for row in await self._journal.read(DOUBT_CLAIMED, [self._clock.timestamp(), note]):
            self.tell_doubt(row["id"])

    def tell_doubt(self, message_id: str) -> None:
        extra = {"action": "doubtful", "id": message_id}
        log.warning("nobody knows whether this arrived: see `huashu doubtful`", extra=extra)

    async def _wake(self) -> None:
        """Move messages from `later` to their pool when they are due."""
        while True:
            self._earlier.clear()
            now = self._clock.timestamp()
            while self._later and self._later[0][0] <= now:
                self._queue(heappop(self._later)[2], now)
            if not self._later:
                await self._earlier.wait()
                continue
            async with asyncio.TaskGroup() as race:
                asleep = race.create_task(self._clock.sleep(self._later[0][0] - now))
                nudged = race.create_task(self._earlier.wait())
                await asyncio.wait((asleep, nudged), return_when=asyncio.FIRST_COMPLETED)
                asleep.cancel()
                nudged.cancel()

    async def _work(self, pool: Pool) -> None:
        while True:
            conversation = await pool.ready.get()
            lane = pool.lanes[conversation]
            while lane and not self._stopping:
                if self._shared is not None and not await self._shared.admits(lane[0]):
                    self._let_go(lane.popleft().id)
                    continue
                self._sending += 1
                try:
                    result = await self._gathering.send(lane[0], self._send, self._ended)
                finally:
                    self._sending -= 1
                message = lane.popleft()
                waits = result.state is MessageState.WAITING and not result.aside
                followers = list(lane) if waits else []
                if followers:
                    lane.clear()
                self._settle(message, result)
                for follower in followers:  # they must not overtake it
                    self._queue(follower, self._clock.timestamp())
            del pool.lanes[conversation]

    async def _send(self, message: Message) -> Result:
        now = self._clock.timestamp()
        if (held_back := self._judge(message, now)) is not None:
            return held_back
        if self._shared is None and not repeatable(message):
            await self._claim(message)
        try:
            await self._ways[message.via](message)
        except AlreadyDone as error:
            return Result(MessageState.SENT, now, str(error))
        except WeComError as error:
            return self._after(error, message)
        except Exception as error:
            # A mistake of ours in one message must not stop the others.
            log.error(
                "a message could not be put together: %s",
                type(error).__name__,
                extra={"action": "send", "id": message.id, "at": where(error)},
            )
            return broken(error, message, self._clock.timestamp())
        return Result(MessageState.SENT, now)

    def _judge(self, message: Message, now: float) -> Result | None:
        """What a person or the policy says now, if it does not allow sending."""
        if (end := self._ended(message)) is not None:
            return end
        if not (wait_s := self._pace(message, now)):
            return None
        if outlived(message, now + wait_s):
            return refused(TOO_LATE, now)
        return Result(MessageState.WAITING, now + wait_s, "pace")

    def _ended(self, message: Message) -> Result | None:
        """What a person or the policy says now, if it is not to be sent any more."""
        now = self._clock.timestamp()
        if (why := self._withdrawn.get(message.id)) is not None:
            return Result(MessageState.DEAD, now, f"by hand: {why}", told=False)
        speech = message.speech
        touch = Touch(
            via=message.via, since=speech.since, counted=True, beside_staff=speech.beside_staff
        )
        in_service = message.via is Via.SERVICE_SESSION
        session = self._sessions[message.conversation] if in_service else None
        verdict = judge(touch, session, self._limits, now)
        if isinstance(verdict, Refuse):
            return refused(verdict, now)
        if outlived(message, now):
            return refused(TOO_LATE, now)
        return None

    def _pace(self, message: Message, now: float) -> float:
        """Seconds until this chat may be written to again; WeCom counts by receiver."""
        speech, pace = message.speech, self._paces.get(message.via)
        if pace is None:
            return 0.0
        if message.via is Via.BOT_REPLY:
            return pace.take(message.conversation, now)
        chats = [f"{speech.account}:{member}" for member in speech.to.split("|")]
        return pace.take_all(chats, now)

    def _after(self, error: WeComError, message: Message) -> Result:
        result = failed(error, message, self._clock.timestamp())
        log.log(
            logging.ERROR if isinstance(error, Refused) and error.alert else logging.WARNING,
            "not sent",
            extra={"action": "send", "id": message.id, "errcode": error.errcode, "api": error.api},
        )
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
            Write(settled=[self._row(message, Result(MessageState.CLAIMED, message.due_at))])
        )

    def _settle(self, message: Message, result: Result) -> None:
        write = Write(settled=[self._row(message, result)])
        if result.state is MessageState.WAITING:
            pool = self._pools[message.via]
            if not result.aside:
                pool.held[message.conversation] = result.due_at
            self._queue(postponed(message, result), self._clock.timestamp())
        else:
            told = failure(message, result, self._clock.now())
            if told is not None:
                put = self._inbox.write_of([told])
                write.events, write.then = put.events, put.then
            write.more = ending(message, result, self._clock.timestamp())
            write.then = self._closing(message.id, write.then)
        self._journal.post(write)

    def _closing(self, message_id: str, then: Then | None) -> Then:
        """`then`, and the message is forgotten: not before its end is on disk."""

        def settled(fresh: Set[str]) -> None:
            self._let_go(message_id)
            if then is not None:
                then(fresh)

        return settled

    def _let_go(self, message_id: str) -> None:
        self._open.discard(message_id)
        self._withdrawn.pop(message_id, None)

    def _row(self, message: Message, result: Result) -> Row:
        attempts = message.attempts + (result.state is not MessageState.CLAIMED)
        at = self._clock.timestamp()
        return (int(result.state), attempts, result.due_at, at, result.note, message.id)
