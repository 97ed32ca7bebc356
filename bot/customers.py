"""The names of customers, in memory with the table behind them."""

from collections import OrderedDict
from collections.abc import Iterable

import orjson

from bot.clock import Clock
from bot.store.journal import Journal, Write
from bot.store.statements import CUSTOMERS

MOST = 100_000


class Customers:
    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal, self._clock = journal, clock
        self._names: OrderedDict[str, str] = OrderedDict()
        self.unknown: set[str] = set()  # to be asked for, by whoever may call WeCom

    async def fetch(self, ids: Iterable[str]) -> None:
        """Have these in memory, by one query for all that are not."""
        missing = [one for one in set(ids) if one and one not in self._names]
        if not missing:
            return
        for row in await self._journal.read(CUSTOMERS, [orjson.dumps(missing).decode()]):
            self._names[row["id"]] = row["name"]
        for one in missing:
            if one not in self._names:
                self._names[one] = ""
                self.unknown.add(one)
        while len(self._names) > MOST:
            self._names.popitem(last=False)

    def name(self, customer: str) -> str:
        """The nickname, or "" while it is not known."""
        return self._names.get(customer, "")

    def learn(self, names: Iterable[tuple[str, str]]) -> None:
        now = self._clock.timestamp()
        rows = [(one, name, now) for one, name in names]
        self._names.update((one, name) for one, name, _ in rows)
        if rows:
            self._journal.post(Write(customers=list(rows)))
