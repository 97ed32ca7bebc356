"""What is to be sent, in order; bot/sending/sender.py tells what order means."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import chain, count
from math import inf

from bot.clock import Clock
from bot.outbox import Message
from bot.touch.policy import Via

Lane = deque[Message]


@dataclass(slots=True, eq=False)
class Pool:
    """Workers for ways that may be slow together. No pool waits for another.

    A lane belongs to a conversation, or to a single message (by its id) that waits on its own.
    """

    workers: int
    room: float = inf  # messages in memory
    after: "Pool | None" = None  # the pool whose messages of a conversation go out before ours
    size: int = 0
    behind: bool = False  # the table holds more, said later than those in memory
    fresh: list[Message] = field(default_factory=list)  # arrived while the table was being read
    ready: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    lanes: dict[str, Lane] = field(default_factory=dict)  # ready, or in work
    held: dict[str, Lane] = field(default_factory=dict)  # until their first is due

    @property
    def full(self) -> bool:
        return self.size >= self.room

    @property
    def wanting(self) -> bool:
        """Whether to read more from the table."""
        return self.behind and self.size <= self.room // 2

    def add(self, message: Message) -> None:
        before = self.after.lane(message.conversation) if self.after else None
        if before:  # it comes once what was said before it has ended
            before.append(message)
        else:
            self.put(message)

    def put(self, message: Message) -> None:
        name = message.conversation
        if lane := self.lane(name):
            lane.append(message)
        else:
            self.lanes[name] = deque([message])
            self.ready.put_nowait(name)

    def lane(self, name: str) -> Lane | None:
        return self.lanes.get(name) or self.held.get(name)

    def go_on(self, name: str) -> None:
        self.lanes[name] = self.held.pop(name)
        self.ready.put_nowait(name)


def pools(room: int) -> Mapping[Via, Pool]:
    """By way. `room`: of each pool but that of welcomes, which their seconds limit."""
    welcome, greeting = Pool(128), Pool(96)  # together fewer than their connections
    service, bot = Pool(32, room, after=greeting), Pool(64, room)
    notice, task = Pool(8, room), Pool(4, room)
    return {
        Via.WELCOME_CODE: welcome,
        Via.SERVICE_CODE: greeting,
        Via.BOT_ENTER: welcome,
        Via.SERVICE_SESSION: service,
        Via.SERVICE_TRANSFER: service,
        Via.BOT_REPLY: bot,
        Via.APP_MESSAGE: bot,
        Via.STAFF_NOTICE: notice,
        Via.STAFF_TASK: task,
    }


class Lanes:
    """All pools, and what waits for its time in them."""

    def __init__(self, clock: Clock, pools: Sequence[Pool]) -> None:
        self._clock, self._pools = clock, pools
        self._later: list[tuple[float, int, Pool, str]] = []
        self._order = count()
        self._earlier = asyncio.Event()

    def hold(self, pool: Pool, name: str) -> None:
        """Let nothing of this lane go out until its first is due."""
        lane = pool.held[name] = pool.lanes.pop(name)
        self._wake_at(lane[0].due_at, pool, name)

    def set_aside(self, pool: Pool, message: Message) -> None:
        """Hold this one until it is due; what follows in its conversation need not wait."""
        pool.held[message.id] = deque([message])
        self._wake_at(message.due_at, pool, message.id)

    def _wake_at(self, due_at: float, pool: Pool, name: str) -> None:
        heappush(self._later, (due_at, next(self._order), pool, name))
        self._earlier.set()

    @property
    def waiting(self) -> int:
        """Messages that wait for their time, or behind one that does."""
        return sum(len(lane) for pool in self._pools for lane in pool.held.values())

    def __iter__(self) -> Iterator[Message]:
        """All messages that are not settled."""
        for pool in self._pools:
            yield from chain(*pool.lanes.values(), *pool.held.values(), pool.fresh)

    def busy(self, theirs: Callable[[str], bool]) -> bool:
        """Whether something goes out now in these conversations."""
        lanes = chain(*(pool.lanes.values() for pool in self._pools))
        return any(theirs(lane[0].conversation) for lane in lanes)

    async def run(self) -> None:
        """Let lanes go on when they are due."""
        while True:
            self._earlier.clear()
            now = self._clock.timestamp()
            while self._later and self._later[0][0] <= now:
                _, _, pool, name = heappop(self._later)
                pool.go_on(name)
            if not self._later:
                await self._earlier.wait()
                continue
            async with asyncio.TaskGroup() as race:
                asleep = race.create_task(self._sleep_until(self._later[0][0]))
                nudged = race.create_task(self._earlier.wait())
                await asyncio.wait((asleep, nudged), return_when=asyncio.FIRST_COMPLETED)
                asleep.cancel()
                nudged.cancel()

    async def _sleep_until(self, due_at: float) -> None:
        """The clock may have been put forward since this was started."""
        await self._clock.sleep(due_at - self._clock.timestamp())
