"""What happens by itself beside plans while these are tried out: staff reminders, handovers, and
the stages and tags that customers get as days pass. People are taken to do what they are asked."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.errors import ConfigError
from bot.handover.handovers import Handovers
from bot.inbox import EventSink
from bot.profile.fields import FieldRule
from bot.profile.rules import CustomerBook
from bot.profile.staging import Staging
from bot.scripts.library import Library
from bot.store.channels.taggings import Taggings
from bot.store.customers.stages import Stages
from bot.store.handover.handovers import End
from bot.store.plans.by_itself import ASKED_S, AtOnce
from bot.store.sql import Database
from bot.store.states import HandoverKind, ItemState
from bot.tagging.applying import SegmentTags
from bot.tagging.book import TagBook
from bot.touch.calendar import Calendar
from bot.touch.reminders import Reminders

MOST = 1000  # customers and groups of one handover, at a time


class ByItself:
    """
    Args:
        root: the workspace.
        database: a copy that nobody else uses.
        zone: the company's.
        inbox: what reminds members goes here.
    """

    def __init__(
        self, root: Path, database: Database, clock: Clock, zone: ZoneInfo, inbox: EventSink, *,
        calendar: Callable[[], Calendar], library: Callable[[], Library],
        fields: Mapping[str, FieldRule],
    ) -> None:  # fmt: skip
        self._clock, self._inbox, self._journal = clock, inbox, AtOnce(database)
        self._reminders = Reminders(
            database, clock, zone, calendar=calendar, library=library, fields=lambda: fields
        )
        self._handovers = Handovers(database, clock, list)
        tags, customers = TagBook(root), CustomerBook(root)
        for book in (tags, customers):
            with suppress(ConfigError):  # the running bot keeps the earlier rules, and says so
                book.open()
        self._staging = Staging(customers, Stages(database), set(), clock, zone)
        self._tags = SegmentTags(
            tags, Taggings(database), self._journal, lambda _: None, clock, zone, calendar
        )  # fmt: skip

    async def new_day(self) -> None:
        """All of this counts in whole days."""
        await self._staging.sweep()
        await self._tags.sweep()

    async def come(self) -> None:
        """Do all whose time has come."""
        await self._handovers.begin_ripe()
        await self._handovers.return_ripe()
        await self._move()
        await self._reminders.tell(self._inbox, self._journal)

    async def _move(self) -> None:
        """WeCom asks each customer, who has a day to refuse; here nobody does."""
        table, now = self._handovers.table, self._clock.timestamp()
        for one in await table.at_work():
            if one.kind is HandoverKind.COVER:
                continue
            while items := await table.askable(one.id, now, MOST):
                asked = {"group": ItemState.TAKEN, "customer": ItemState.WAITING}
                await table.settle(one, [End(item, asked[item.kind]) for item in items], now)
            ready = [
                End(item, ItemState.TAKEN)
                for item in await table.waiting(one.id)
                if (item.asked_at or 0.0) + ASKED_S <= now
            ]
            if ready:
                await table.settle(one, ready, now)
