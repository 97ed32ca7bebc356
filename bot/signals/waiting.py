"""Signals about people whom we did not know: followed as soon as they become customers."""

from dataclasses import replace

from bot.clock import Clock
from bot.events import Event, SignalReceived
from bot.events.encoding import decode
from bot.inbox import Inbox
from bot.store.customers.signals import WAITING
from bot.store.journal import Journal, Write
from bot.store.touch.statements import TouchStatement

MOST = 2000  # so many a sweep, so that others do not wait long for the connection


class Waiting:
    def __init__(self, inbox: Inbox, journal: Journal, clock: Clock) -> None:
        self._inbox, self._journal, self._clock = inbox, journal, clock
        self._after = 0  # up to here all were looked at, in this round

    async def sweep(self) -> None:
        """Look at some of those that wait, and file again any whose customer is known by now."""
        rows = await self._journal.rows(WAITING, self._after, MOST)
        self._after = rows[-1]["seq"] if len(rows) == MOST else 0
        found = [row for row in rows if row["customer"]]
        if not found:
            return
        events: list[Event] = []
        for row in found:
            signal = decode("SignalReceived", row["body"])
            assert isinstance(signal, SignalReceived)
            events.append(
                replace(
                    signal,
                    id=f"resolved:{signal.id}",
                    at=self._clock.now(),
                    conversation=f"signal:{row['customer']}",
                    customer=row["customer"],
                    member=row["member"],
                )
            )
        dropped = {TouchStatement.DROP_SIGNALS: [(row["seq"],) for row in found]}
        await self._inbox.file(events, Write(more=dropped))
