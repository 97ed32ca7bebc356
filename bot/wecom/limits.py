"""Our own rate limits, one for each API, so that WeCom need not block us (docs 90454, 90313)."""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import TryLater

logger = logging.getLogger(__name__)

BUSY = frozenset({45033, 45035})  # too many calls side by side
FREQUENT = 45009
BLOCKS_S = (60.0, 3600.0)  # a block lasts as long as the window that was exceeded
AGAIN_S = 60.0  # 45009 so soon after a block: it was a longer window
NARROW_S = 5.0  # calls under way when we cut down may still end in 45033; they count as one
WIDEN_S = 10.0  # afterwards, one more call side by side every so often


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """0 means without limit."""

    per_minute: int = 10_000  # per corp and API (doc 90454)
    per_hour: int = 150_000
    concurrency: int = 64  # ours: WeCom publishes no number for 45033


RULES: Mapping[str, Rule] = {
    # 500 customers may be added in one second, and each code lives 20 s.
    "externalcontact/send_welcome_msg": Rule(concurrency=256),
    # Does not count into the base frequency (doc 90454).
    "message/send": Rule(per_minute=0, per_hour=0),
    "media/upload": Rule(concurrency=4),
    # Strangers make up login codes; no company logs in this often.
    "auth/getuserinfo": Rule(per_minute=1_000, per_hour=60_000),
    # Reads of what WeCom stores; whoever asks for much at once gets 45033 (doc 90313).
    "externalcontact/batch/get_by_user": Rule(concurrency=4),
    "externalcontact/get": Rule(concurrency=8),
    # One member's customers must not be marked side by side: 45035.
    "externalcontact/mark_tag": Rule(concurrency=1),
}


_BUCKETS = 60  # of a span


class _Window:
    """At most `limit` in any span, counted in one bucket more than the span has: never too lax,
    and too strict by at most one bucket."""

    __slots__ = ("_buckets", "_limit", "_size_s", "_total")

    def __init__(self, limit: int, span_s: float) -> None:
        self._limit, self._size_s = limit, span_s / _BUCKETS
        self._buckets: deque[list[int]] = deque()  # [number of the bucket, count]
        self._total = 0

    def wait_s(self, now: float, parts: int) -> float:
        """Seconds until one more fits into one of so many equal shares; 0 if it fits now."""
        buckets, oldest = self._buckets, int(now / self._size_s) - _BUCKETS
        while buckets and buckets[0][0] < oldest:
            self._total -= buckets.popleft()[1]
        if self._total < max(1, self._limit // parts):
            return 0.0
        return (buckets[0][0] + _BUCKETS + 1) * self._size_s - now

    def count(self, now: float) -> None:
        number = int(now / self._size_s)
        buckets = self._buckets
        if buckets and buckets[-1][0] >= number:  # > when the machine's clock was set back
            buckets[-1][1] += 1
        else:
            buckets.append([number, 1])
        self._total += 1


class _Lane:
    """The state of one API."""

    __slots__ = (
        "blocked_until",
        "blocks",
        "busy",
        "concurrency",
        "narrowed_at",
        "waiters",
        "widen_at",
        "windows",
    )

    def __init__(self, rule: Rule) -> None:
        spans = ((rule.per_minute, 60.0), (rule.per_hour, 3600.0))
        self.windows = tuple(_Window(limit, span_s) for limit, span_s in spans if limit)
        self.concurrency: float = rule.concurrency or float("inf")
        self.busy = 0
        self.waiters: deque[asyncio.Future[None]] = deque()
        self.blocked_until = 0.0
        self.blocks = 0  # in a row
        self.narrowed_at = self.widen_at = 0.0

    def wait_s(self, now: float, parts: int) -> float:
        rates = (window.wait_s(now, parts) for window in self.windows)
        return max(self.blocked_until - now, 0.0, *rates)

    def hand_on(self) -> None:
        """Give a place back; whoever has waited longest gets it."""
        self.busy -= 1
        while self.waiters and self.busy < self.concurrency:
            waiter = self.waiters.popleft()
            if not waiter.done():
                self.busy += 1
                waiter.set_result(None)


class Limiter:
    """Each API has its own rule, block and parallelism; no API slows another down.

    Attributes:
        parts: so many processes call WeCom, which counts their calls together.
    """

    def __init__(
        self, rules: Mapping[str, Rule], clock: Clock, *, default: Rule | None = None
    ) -> None:
        self._rules, self._clock = rules, clock
        self._default = default or Rule()
        self._lanes: dict[str, _Lane] = {}
        self.parts = 1

    async def acquire(self, api: str) -> None:
        """Take a place, waiting for one while too many calls are under way.

        Every return must be followed by one `release`.

        Raises:
            TryLater: the rate is used up, or WeCom has blocked this API: too long to wait.
        """
        lane = self._lanes.get(api) or self._open(api)
        if lane.busy < lane.concurrency:
            lane.busy += 1
        else:
            await self._queue(lane)
        now = self._clock.timestamp()
        if wait_s := lane.wait_s(now, self.parts):
            lane.hand_on()
            raise TryLater(FREQUENT, "held back by our own limiter", api, after_s=wait_s)
        for window in lane.windows:
            window.count(now)

    def release(self, api: str, errcode: int = 0) -> None:
        """Give the place back, and note how the call ended."""
        lane = self._lanes[api]
        if errcode == FREQUENT:
            self._block(api, lane)
        elif errcode in BUSY:
            self._narrow(api, lane)
        elif lane.widen_at:
            self._widen(api, lane)
        lane.hand_on()

    def _open(self, api: str) -> _Lane:
        lane = self._lanes[api] = _Lane(self._rules.get(api, self._default))
        return lane

    async def _queue(self, lane: _Lane) -> None:
        waiter = asyncio.get_running_loop().create_future()
        lane.waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                lane.hand_on()  # its place was passed on to us
            raise

    def _block(self, api: str, lane: _Lane) -> None:
        now = self._clock.timestamp()
        if now < lane.blocked_until:
            return  # calls that were under way when the block began
        lane.blocks = lane.blocks + 1 if now < lane.blocked_until + AGAIN_S else 1
        block_s = BLOCKS_S[min(lane.blocks, len(BLOCKS_S)) - 1]
        lane.blocked_until = now + block_s
        self._tell(api, FREQUENT, f"blocked for {block_s:.0f} s")

    def _narrow(self, api: str, lane: _Lane) -> None:
        now = self._clock.timestamp()
        if now < lane.narrowed_at + NARROW_S:
            return
        lane.concurrency = max(1, min(lane.concurrency, lane.busy) // 2)
        lane.narrowed_at, lane.widen_at = now, now + WIDEN_S
        self._tell(api, 45033, f"{lane.concurrency:.0f} calls side by side from now on")

    def _widen(self, api: str, lane: _Lane) -> None:
        now = self._clock.timestamp()
        if now < lane.widen_at:
            return
        lane.concurrency += 1
        full = lane.concurrency >= (self._rules.get(api, self._default).concurrency or 64)
        lane.widen_at = 0.0 if full else now + WIDEN_S

    def _tell(self, api: str, errcode: int, consequence: str) -> None:
        logger.warning(
            "WeCom asks us to slow %s down (%d): %s",
            api,
            errcode,
            consequence,
            extra={"action": "limits.slow", "api": api, "errcode": errcode},
        )
