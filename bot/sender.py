"""Sends what the outbox holds: urgent first, judged once more, in order within a conversation."""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import count

from bot.clock import Clock
from bot.errors import (
    AlreadyDone,
    MediaExpired,
    NoAnswer,
    Refused,
    TokenRejected,
    TryLater,
    WeComError,
)
from bot.events import DeliveryFailed
from bot.inbox import TableInbox
from bot.outbox import Message, message_of
from bot.sessions import Sessions
from bot.settings import Platform
from bot.store.journal import Journal, Row, Then, Write
from bot.store.models import MessageState
from bot.store.statements import OPEN_MESSAGES
from bot.touch.pace import Pace
from bot.touch.policy import Refuse, Touch, Via, Wait, judge
from bot.wecom.delivery import Deliver, repeatable

log = logging.getLogger(__name__)

ATTEMPTS = 4  # for what failed without a window to wait for
SOON_S = 3600.0  # messages due later than this stay in the table until a sweep
MOST = 5_000  # messages read at a time


@dataclass(frozen=True, slots=True)
class Result:
    state: MessageState
    due_at: float
    note: str = ""
    perhaps: bool = False  # this attempt may have got through


@dataclass(slots=True)
class Pool:
    """Workers for ways that may be slow together. No pool waits for another."""

    workers: int
    ready: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    lanes: dict[str, deque[Message]] = field(default_factory=dict)  # by conversation

    def add(self, message: Message) -> None:
        lane = self.lanes.get(message.conversation)
        if lane is None:
            self.lanes[message.conversation] = deque([message])
            self.ready.put_nowait(message.conversation)
        else:
            lane.append(message)


class Sender:
    """
    Args:
        ways: how a message leaves; raises WeComError.
        inbox: gets a DeliveryFailed for what will never arrive.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        inbox: TableInbox,
        sessions: Sessions,
        clock: Clock,
        limits: Platform,
        ways: Mapping[Via, Deliver],
    ) -> None:
        self._journal, self._inbox, self._sessions = journal, inbox, sessions
        self._clock, self._limits, self._ways = clock, limits, ways
        welcome, service, bot, notice = Pool(128), Pool(32), Pool(32), Pool(8)
        self._pools: Mapping[Via, Pool] = {
            Via.WELCOME_CODE: welcome,
            Via.SERVICE_CODE: welcome,
            Via.BOT_ENTER: welcome,
            Via.SERVICE_SESSION: service,
            Via.SERVICE_TRANSFER: service,
            Via.BOT_REPLY: bot,
            Via.APP_MESSAGE: bot,
            Via.STAFF_NOTICE: notice,
        }
        bot_pace = Pace(limits.bot_per_minute, limits.bot_per_hour)
        app_pace = Pace(limits.app_per_minute, limits.app_per_hour)
        self._paces = {
            Via.BOT_REPLY: bot_pace,
            Via.APP_MESSAGE: app_pace,
            Via.STAFF_NOTICE: app_pace,
        }
        self._open: set[str] = set()
        self._later: list[tuple[float, int, Message]] = []
        self._order = count()
        self._earlier = asyncio.Event()
        self._sending = 0
        self._stopping = False

    def feed(self, messages: Sequence[Message]) -> None:
        """These are in the outbox, committed: send them when they are due."""
        now = self._clock.timestamp()
        for message in messages:
            if message.id in self._open or message.due_at > now + SOON_S:
                continue
            self._open.add(message.id)
            self._queue(message, now)

    def _queue(self, message: Message, now: float) -> None:
        if message.due_at <= now:
            self._pools[message.via].add(message)
        else:
            heappush(self._later, (message.due_at, next(self._order), message))
            self._earlier.set()

    async def run(self) -> None:
        await self.sweep(restarted=True)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wake())
            for pool in {id(pool): pool for pool in self._pools.values()}.values():
                for _ in range(pool.workers):
                    tasks.create_task(self._work(pool))

    async def stop(self) -> None:
        """Begin nothing new, and let what is on its way arrive: a few seconds at most."""
        self._stopping = True
        while self._sending:
            await self._clock.sleep(0.02)

    async def sweep(self, *, restarted: bool = False) -> None:
        """Take up what the table holds for the next hour.

        After a restart, what was on its way by a way that cannot be repeated is doubtful.
        """
        horizon = self._clock.timestamp() + SOON_S
        known = frozenset(self._open)  # settled while we read: still not to be sent again
        rows = await self._journal.read(OPEN_MESSAGES, [horizon, MOST])
        claimed = [row for row in rows if row["state"] == MessageState.CLAIMED]
        if restarted:
            for row in claimed:
                self._doubt(message_of(row))
        waiting = [row for row in rows if row["state"] == MessageState.WAITING]
        messages = [message_of(row) for row in waiting if row["id"] not in known]
        await self._sessions.fetch(
            message.conversation for message in messages if message.via is Via.SERVICE_SESSION
        )
        self.feed(messages)

    def _doubt(self, message: Message) -> None:
        note = "the program stopped while this was being sent"
        self._tell_doubt(message)
        self._journal.post(
            Write(
                settled=[self._row(message, Result(MessageState.DOUBTFUL, message.due_at, note))]
            )
        )

    def _tell_doubt(self, message: Message) -> None:
        extra = {"action": "doubtful", "id": message.id, "via": message.via.value}
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
                self._sending += 1
                try:
                    result = await self._send(lane[0])
                finally:
                    self._sending -= 1
                message = lane.popleft()
                self._settle(message, result)
                if result.state is MessageState.WAITING:  # what follows must not overtake it
                    now = self._clock.timestamp()
                    for follower in lane:
                        self._queue(replace(follower, due_at=result.due_at), now)
                    lane.clear()
            del pool.lanes[conversation]

    async def _send(self, message: Message) -> Result:
        now = self._clock.timestamp()
        if (refused := self._judge(message, now)) is not None:
            return refused
        if not repeatable(message):
            await self._claim(message)
        try:
            await self._ways[message.via](message)
        except AlreadyDone as error:
            return Result(MessageState.SENT, now, str(error))
        except WeComError as error:
            return self._after(error, message)
        return Result(MessageState.SENT, now)

    def _judge(self, message: Message, now: float) -> Result | None:
        """What the policy says now, if it does not allow sending."""
        speech = message.speech
        touch = Touch(
            via=message.via, since=speech.since, counted=True, beside_staff=speech.beside_staff
        )
        in_service = message.via is Via.SERVICE_SESSION
        session = self._sessions[message.conversation] if in_service else None
        verdict = judge(touch, session, self._limits, now)
        if isinstance(verdict, Refuse):
            return Result(MessageState.DEAD, now, f"{verdict.rule}: {verdict.zh}")
        if isinstance(verdict, Wait):
            return Result(MessageState.WAITING, verdict.until)
        pace = self._paces.get(message.via)
        if pace is not None and (wait_s := pace.take(message.conversation, now)):
            return Result(MessageState.WAITING, now + wait_s, "pace")
        return None

    def _after(self, error: WeComError, message: Message) -> Result:
        """What becomes of a message whose sending failed with `error`."""
        now = self._clock.timestamp()
        match error:
            case TryLater(after_s=after_s):
                again = self._again(message, now, after_s, str(error))
            case NoAnswer(sent=True) if not repeatable(message):
                self._tell_doubt(message)
                return Result(MessageState.DOUBTFUL, now, str(error))
            case MediaExpired() if message.attempts < ATTEMPTS:  # it is being uploaded again
                again = self._again(message, now, 1.0, str(error))
            case NoAnswer() | TokenRejected():
                again = self._again(message, now, 2.0**message.attempts, str(error))
                if again and isinstance(error, NoAnswer) and error.sent:
                    again = replace(again, perhaps=True)
            case Refused() if message.repeated and message.via is Via.BOT_REPLY:
                self._tell_doubt(message)
                return Result(MessageState.DOUBTFUL, now, f"refused on repetition: {error}")
            case _:
                again = None
        level = logging.WARNING if again else logging.ERROR
        log.log(
            level,
            "not sent",
            extra={"action": "send", "id": message.id, "errcode": error.errcode, "api": error.api},
        )
        return again or Result(MessageState.DEAD, now, str(error))

    def _again(self, message: Message, now: float, after_s: float, note: str) -> Result | None:
        """Later, unless it was tried often enough. A code's seconds are all used (20 s)."""
        if message.urgent:
            return Result(MessageState.WAITING, now + min(after_s, 1.0), note)
        if message.attempts >= ATTEMPTS and after_s < SOON_S / 60:
            return None
        return Result(MessageState.WAITING, now + after_s, note)

    async def _claim(self, message: Message) -> None:
        await self._journal.write(
            Write(settled=[self._row(message, Result(MessageState.CLAIMED, message.due_at))])
        )

    def _settle(self, message: Message, result: Result) -> None:
        write = Write(settled=[self._row(message, result)])
        if result.state is MessageState.WAITING:
            self._postpone(message, result)
        else:
            if result.state is MessageState.DEAD and worth_telling(message, result):
                told = self._inbox.write_of([self._failure(message, result.note)])
                write.events, write.then = told.events, told.then
            write.then = self._closing(message.id, write.then)
        self._journal.post(write)

    def _closing(self, message_id: str, then: Then | None) -> Then:
        """`then`, and the message is forgotten: not before its end is on disk."""

        def settled(fresh: Set[str]) -> None:
            self._open.discard(message_id)
            if then is not None:
                then(fresh)

        return settled

    def _postpone(self, message: Message, result: Result) -> None:
        again = replace(
            message,
            attempts=message.attempts + 1,
            due_at=result.due_at,
            repeated=message.repeated or result.perhaps,
        )
        self._queue(again, self._clock.timestamp())

    def _row(self, message: Message, result: Result) -> Row:
        attempts = message.attempts + (result.state is not MessageState.CLAIMED)
        at = self._clock.timestamp()
        return (message.id, int(result.state), attempts, result.due_at, at, result.note)

    def _failure(self, message: Message, reason: str) -> DeliveryFailed:
        speech = message.speech
        return DeliveryFailed(
            id=f"failed:{message.id}",
            at=self._clock.now(),
            conversation=message.conversation,
            message_id=message.id,
            via=message.via.value,
            script=message.script,
            member=speech.member,
            customer=speech.customer,
            words=speech.text,
            reason=reason,
        )


def worth_telling(message: Message, result: Result) -> bool:
    """Not a notice about a notice; and where a person serves already, nothing is missing."""
    return message.via is not Via.STAFF_NOTICE and not result.note.startswith("staffed")
