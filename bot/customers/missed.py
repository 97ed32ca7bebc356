"""Finds customers who came while the program was away, and files an event for each."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from bot.clock import Clock, SystemClock, moment
from bot.events.due import CustomerMissed
from bot.inbox import EventSink
from bot.store.customers.missed import DAYS, MissedTable
from bot.store.presence import AWAY_S, Away, Presence
from bot.touch.hours import Intervals, contains
from bot.wecom.contacts import Contacts

WARM_S = 3600.0  # somebody added within the hour is greeted even at night


class Missed:
    """
    Args:
        quiet: hours in which no member is called for a greeting.
        keep_days: how long events are kept.
        tries_s: after this WeCom has given up on a callback.
    """

    def __init__(
        self, presence: Presence, table: MissedTable, contacts: Contacts, inbox: EventSink,
        clock: Clock, zone: ZoneInfo, quiet: Callable[[], Intervals], *, tries_s: float,
        keep_days: int,
    ) -> None:  # fmt: skip
        self._presence, self._table, self._contacts = presence, table, contacts
        self._inbox, self._clock, self._zone, self._quiet = inbox, clock, zone, quiet
        self._tries_s, self._kept_s = tries_s, keep_days * 86_400

    async def sweep(self) -> None:
        """File an event for each known to be missed; after an absence ask WeCom once who came."""
        now = self._clock.timestamp()
        away = await self._presence.away(now - DAYS * 86_400)
        await self._tell(away, now)
        if any(one.looked_at is None and one.until < now - self._tries_s for one in away):
            await self._contacts.catch_up()
            await self._presence.looked(now)

    async def _tell(self, away: Sequence[Away], now: float) -> None:
        at = self._clock.now()
        resting, events = (
            contains(self._quiet(), at.astimezone(self._zone)),
            list[CustomerMissed](),
        )
        since = now - self._kept_s
        for row in await self._table.untold(now - DAYS * 86_400, now - self._tries_s, since):
            if resting and row["added_at"] < now - WARM_S:
                continue
            spans = [(one.since, one.until) for one in away]
            gap = next(
                (span for span in spans if span[0] - 60 <= row["added_at"] <= span[1]), None
            )
            events.append(
                CustomerMissed(
                    id=f"missed:{row['member']}:{row['customer']}:{row['added_at']:.0f}"[:128],
                    at=at, conversation=f"contact:{row['member']}:{row['customer']}",
                    member=row["member"], customer=row["customer"], state=row["state"],
                    added_at=moment(row["added_at"]),
                    away_from=moment(gap[0]) if gap else None,
                    away_until=moment(gap[1]) if gap else None,
                )
            )  # fmt: skip
        if events:
            await self._inbox.put(events)


class Heartbeat:
    """Notes that the program is running. Moving a simulated clock on is no absence.

    Args:
        alone: no other process answered WeCom before this one began. Then even the shortest
            restart counts, and so does a full disk: if nobody listens, or nothing can be kept,
            WeCom's tries are over within seconds.
        hindered: how often since the start nothing could be written for a while.
    """

    def __init__(
        self, presence: Presence, clock: Clock, *, alone: bool, hindered: Callable[[], int]
    ) -> None:
        self._presence, self._clock, self._real = presence, clock, SystemClock()
        self._alone, self._hindered = alone, hindered
        self._known, self._last = -1, 0.0

    async def beat(self) -> None:
        now, real, hindered = self._clock.timestamp(), self._real.timestamp(), self._hindered()
        if self._alone and hindered != self._known:
            await self._presence.begin(now)
        else:
            await self._presence.beat(now, all_along=real - self._last < AWAY_S)
        self._known, self._last = hindered, real
