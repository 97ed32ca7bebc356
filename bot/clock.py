"""Time. Nothing else in the program reads it, so a test or a rehearsal can replace it."""

import asyncio
import heapq
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol


async def turn() -> None:
    """Let whatever else is ready run; no time passes."""
    await asyncio.sleep(0)


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def timestamp(self) -> float:
        """The same moment as Unix seconds, for hot paths."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    timestamp = staticmethod(time.time)

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class MovableClock(SystemClock):
    """The system's clock, but it can be put forward: whoever sleeps until then wakes at once."""

    def __init__(self) -> None:
        self._ahead_s = 0.0
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._ahead_s)

    def timestamp(self) -> float:
        return super().timestamp() + self._ahead_s

    async def sleep(self, seconds: float) -> None:
        until = self.timestamp() + seconds
        while (left_s := until - self.timestamp()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._moved.wait()

    async def advance(self, seconds: float) -> None:
        """Put it forward.

        Raises:
            ValueError: `seconds` is negative; time does not run back.
        """
        if seconds < 0:
            raise ValueError("time does not run back: use 0 or more seconds")
        self._ahead_s += seconds
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        await turn()


def moment(seconds: float) -> datetime:
    """Unix seconds as an aware datetime, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def moment_or_none(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


class ManualClock:
    """Stands still until `advance`. Sleepers wake in the order in which they are due.

    What is ready runs before the clock moves: whoever is about to sleep sleeps from this moment.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, 2, 0, tzinfo=UTC)) -> None:
        if start.tzinfo is None:
            raise ValueError("start must be aware: datetime(..., tzinfo=UTC)")
        self._now = start.astimezone(UTC)
        self._order = count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def timestamp(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        due = self._now + timedelta(seconds=seconds)
        heapq.heappush(self._sleepers, (due, next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Move on by `seconds`, waking each sleeper at its own moment; what it starts runs too."""
        await self._settle()
        end = self._now + timedelta(seconds=seconds)
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, woken = heapq.heappop(self._sleepers)
            self._now = max(self._now, due)
            if not woken.done():
                woken.set_result(None)
            await self._settle()
        self._now = end
        await self._settle()

    async def jump(self, moment: datetime) -> None:
        """Jump to `moment`, unless it is past: whoever should have woken meanwhile wakes once, and
        late, as after a machine's sleep. For long spans in which nothing happens."""
        await self._settle()
        self._now = max(self._now, moment.astimezone(UTC))
        while self._sleepers and self._sleepers[0][0] <= self._now:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(8):
            await asyncio.sleep(0)
