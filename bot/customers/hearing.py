"""When customers write: the time of their last message, and their usual hours.

This gathers in memory for some seconds and is written for all at once. A crash loses the last few
seconds of it, never a message.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import orjson

from bot.customers.customers import Customers
from bot.store.journal import Journal, Write
from bot.store.plans.spread import spread_of
from bot.store.sql import given
from bot.store.touch.statements import RHYTHMS, TouchRows, TouchStatement

EVERY_S = 5.0
AT_ONCE = 2_000  # customers in one write
ANSWERED = ("answered", "客户已经回复，后面的不再发", "they answered: the rest is not sent")
HALF = 24  # counts of workdays come before those of all other days

Best = Callable[[Sequence[int]], tuple[int, int] | None]


class Hearing:
    """
    Args:
        zone: the company's, also for customers whose zone nobody knows.
        works: whether a date is a workday.
        ends: plans that an answer ends.
        best: the hours in which they write, from and to (exclusive), out of 48 counts; None while
            nobody can know.
    """

    def __init__(
        self,
        journal: Journal,
        customers: Customers,
        zone: ZoneInfo,
        *,
        works: Callable[[date], bool],
        ends: Callable[[], Collection[str]] = tuple,
        best: Best,
    ) -> None:
        self._journal, self._customers = journal, customers
        self._zone, self._works, self._ends, self._best = zone, works, ends, best

    async def write(self) -> None:
        """Write what was heard since the last time."""
        heard, self._customers.heard = self._customers.heard, {}
        left = iter(heard.items())
        while some := dict(islice(left, AT_ONCE)):
            await self._write(some)

    async def _write(self, heard: Mapping[str, Sequence[float]]) -> None:
        more: TouchRows = {
            TouchStatement.MEET: [(one, spread_of(one)) for one in heard],
            TouchStatement.HEARD: [(max(moments), one) for one, moments in heard.items()],
        }
        more[TouchStatement.DROP_TOUCHES] = [
            (*ANSWERED, max(moments), customer, plan)
            for customer, moments in heard.items()
            for plan in self._ends()
        ]
        rhythms = more[TouchStatement.PUT_RHYTHMS] = []
        hours = more[TouchStatement.PUT_HOURS] = []
        for row in await self._journal.rows(RHYTHMS, given(heard)):
            customer = row["customer"]
            counts = orjson.loads(row["counts"]) if row["counts"] else [0] * 2 * HALF
            for moment in heard[customer]:
                counts[self._cell(moment, row["zone"] or "")] += 1
            rhythms.append((customer, orjson.dumps(counts).decode()))
            begin, end = self._best(counts) or (None, None)
            hours.append((begin, end, customer))
        await self._journal.write(Write(more=more))

    def _cell(self, moment: float, zone: str) -> int:
        local = datetime.fromtimestamp(moment, UTC).astimezone(self._zone_of(zone))
        return local.hour + (0 if self._works(local.date()) else HALF)

    def _zone_of(self, name: str) -> ZoneInfo:
        try:
            return ZoneInfo(name) if name else self._zone
        except (KeyError, ValueError, OSError):  # somebody wrote what is no zone
            return self._zone
