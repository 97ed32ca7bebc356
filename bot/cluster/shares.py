"""The shares that this process works on beside others.

Each takes its equal part; those of a dead process are free when its lease is over. Whoever has the
first share also runs the sweeps for which one process is enough.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from math import ceil

from bot.clock import Clock
from bot.store.journal import HELP
from bot.store.shares import LEASE_S, ShareTable, share_of

log = logging.getLogger(__name__)

BEAT_S = 2.0
SPARE_S = 2.0  # so long before the end of a lease nothing new is begun
STALE_S = 0.2
FIRST = 0

Gained = Callable[[int, int], Awaitable[None]]
Left = Callable[[Collection[int]], Awaitable[None]]


class Shares:
    """
    Args:
        gained: a share is ours, with its epoch: pick up what is left of it.
        leaving: these are about to be given up: finish what is in hand.
        lost: these belong to another one by now.
        reaches: whether the stream can be reached just now.
        among: so many processes are at work, this one included.
        slow_s: a lease that is not renewed for so long is logged.

    Attributes:
        trouble: why nothing is begun just now; "" = all is well.
        differs: which files differ in other processes; see bot/cluster/alike.py.
    """

    def __init__(self, table: ShareTable, clock: Clock, *, slow_s: float = LEASE_S) -> None:
        self._slow_s, self.trouble, self.differs = slow_s, "", ""
        self._table, self._clock = table, clock
        self._mine: dict[int, int] = {}
        self._until = 0.0  # of the leases, by our own clock
        self._lead = asyncio.Event()
        self._again = False
        self._reached_at = clock.timestamp()
        self.gained: Gained
        self.leaving: Left
        self.lost: Left
        self.reaches: Callable[[], bool] = lambda: True
        self.among: Callable[[int], None] = lambda machines: None

    @property
    def mine(self) -> frozenset[int]:
        """The shares for which we may begin something now."""
        return frozenset(self._mine) if self._clock.timestamp() < self._until else frozenset()

    @property
    def given(self) -> frozenset[int]:
        """The same, with those whose lease is overdue: ask `sure` before doing anything for
        them."""
        return frozenset(self._mine)

    def share_of(self, conversation: str) -> int:
        return share_of(conversation, self._table.shares)

    def owns(self, conversation: str) -> bool:
        share = self.share_of(conversation)
        return share in self._mine and self._clock.timestamp() < self._until

    async def sure(self, conversation: str) -> bool:
        """Whether it is ours; waits for a lease that was not renewed in time."""
        share = self.share_of(conversation)
        while share in self._mine and self._clock.timestamp() >= self._until:
            await self._clock.sleep(STALE_S)
        return share in self._mine

    @property
    def leads(self) -> bool:
        return FIRST in self.mine

    async def to_lead(self) -> None:
        """Wait until the first share is ours."""
        await self._lead.wait()

    def begin_again(self) -> None:
        """Give all up at the next beat, and take what is free: the line to the stream broke."""
        self._again = True

    async def run(self) -> None:
        try:
            await self.renew()  # heard of first, or nobody leaves a part to us
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._every_beat(self.renew))
                tasks.create_task(self._every_beat(self.balance))
        finally:
            await self._end()

    async def _every_beat(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await work()
            await self._clock.sleep(BEAT_S)

    async def renew(self) -> None:
        """Renew what is ours, and notice what no longer is."""
        before, began = dict(self._mine), self._clock.timestamp()
        slow = asyncio.get_running_loop().call_later(self._slow_s, self._held_up)
        try:
            ours = await self._table.renew(reads=self._reads(began))
        finally:
            slow.cancel()
        if self.trouble:
            self.trouble = ""
            log.warning("leases are renewed again", extra={"action": "share"})
        self._until = began + LEASE_S - SPARE_S
        gone = [
            share
            for share, epoch in before.items()
            if ours.get(share) != epoch and self._mine.get(share) == epoch
        ]
        await self._forget(gone)

    def _held_up(self) -> None:
        self.trouble = f"the database has not answered for {self._slow_s:g} s"
        log.critical(
            "nothing is handled until leases are renewed: %s. %s",
            self.trouble, HELP, extra={"action": "share"},
        )  # fmt: skip

    def _reads(self, now: float) -> bool:
        """Whether we can read the stream; it may be away for a moment."""
        if self.reaches():
            self._reached_at = now
        return now - self._reached_at < LEASE_S

    async def balance(self) -> None:
        """Take what nobody has, up to our part; give up what exceeds it.

        A process that has not reached the stream for the length of a lease leaves all to those
        that do. If none does, all keep their part, and send what waits there.
        """
        if self._again:
            self._again = False
            await self._give_up([*self._mine])
        alive, reading = await self._table.machines()
        self.among(max(1, alive))
        wanted = ceil(self._table.shares / max(1, reading or alive))
        if reading and not self._reads(self._clock.timestamp()):
            wanted = 0
        if len(self._mine) > wanted:
            await self._give_up(sorted(self._mine)[wanted:])
        elif len(self._mine) < wanted:
            for share, epoch in (await self._table.claim(wanted - len(self._mine))).items():
                self._mine[share] = epoch
                log.info("a share is ours", extra={"action": "share", "share": share})
                await self.gained(share, epoch)
        if self.leads:
            self._lead.set()
        else:
            self._lead.clear()

    async def _give_up(self, shares: Collection[int]) -> None:
        await self.leaving(shares)
        await self._forget(shares)
        await self._table.release(shares)

    async def _forget(self, shares: Collection[int]) -> None:
        for share in shares:
            self._mine.pop(share, None)
        if shares:
            log.info("shares are another's", extra={"action": "share", "shares": [*shares]})
            await self.lost(shares)

    async def _end(self) -> None:
        """Give all up at the end, so that others need not wait for the leases."""
        mine, self._mine = [*self._mine], {}
        async with asyncio.timeout(LEASE_S):
            await self._table.release(mine)
            await self._table.leave()
