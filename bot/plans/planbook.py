"""Holds the plans in force, and reads them again when files, scripts or the database have changed.

If there is a mistake, the old ones stay: nobody plans by half a change.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from bot.clock import Clock
from bot.errors import Complaint, ConfigError
from bot.files.stamp import Stamp, stamped, torn
from bot.plans.book import Book, read_book
from bot.plans.known import Known
from bot.plans.reading import FOLDER
from bot.plans.segments import FILE as SEGMENTS
from bot.plans.segments import Segments
from bot.scripts.library import Library
from bot.store.plans.plans import StoredPlan, bodies_of
from bot.touch.calendar import Calendar, read_days
from bot.touch.calendar.company import FILE as DAYS
from bot.touch.hours import Hours

log = logging.getLogger(__name__)

Stored = tuple[StoredPlan, ...]


class PlanBook:
    """
    Args:
        root: the workspace.
        zone: the company's.
        library: the scripts in force.
        hours: when a scenario may be sent.
        stored: what the database has of plans (PlanTable.news).
    """

    def __init__(
        self,
        root: Path,
        zone: ZoneInfo,
        clock: Clock,
        *,
        library: Callable[[], Library],
        hours: Callable[[], Hours],
        stored: Callable[[], Awaitable[Stored]],
    ) -> None:
        self._root, self._zone, self._clock = root, zone, clock
        self._library, self._hours, self._read_stored = library, hours, stored
        self._seen: Stamp = {}
        self._tried: tuple[Stamp, Library, Hours, Stored] | None = None
        self._one_at_a_time = asyncio.Lock()  # else an earlier reading may be put in force last
        self.stored: Stored = ()
        self.book = Book(plans=(), segments=Segments(), complaints=())
        self.calendar = Calendar()
        self.complaints: tuple[Complaint, ...] = ()  # why the last attempt came to nothing
        self.followers: list[Callable[[], None]] = []  # are told of new plans

    async def open(self) -> None:
        """
        Raises:
            ConfigError: with every mistake in plans, segments and the company's days.
        """
        self._seen, self.stored = self._stamp(), await self._read_stored()
        self._take_up([])
        for follow in self.followers:
            follow()

    async def sweep(self) -> None:
        """Take up what has changed. Files count once they have rested from one look to the next:
        somebody may be writing them, one after another."""
        async with self._one_at_a_time:
            await self._look()

    async def _look(self) -> None:
        before, self._seen = self._seen, await asyncio.to_thread(self._stamp)
        self.stored = await self._read_stored()
        if self._seen != before or self._now() == self._tried:
            return
        try:
            await asyncio.to_thread(self._take_up, torn(self._root))
        except ConfigError as error:
            self.complaints = error.complaints
            for told in error.complaints:
                log.error("the plans stay as they were: %s", told, extra={"action": "plans"})
            return
        self.complaints = ()
        log.info(
            "new plans are in force", extra={"action": "plans", "plans": len(self.book.plans)}
        )
        for follow in self.followers:
            follow()

    def _take_up(self, complaints: list[Complaint]) -> None:
        self._tried = _, library, hours, stored = self._now()
        calendar = Calendar(read_days(self._root, complaints))
        book = read_book(
            self._root,
            scripts={script.id: script for script in library},
            calendar=calendar,
            today=self._today(),
            zone=self._zone,
            hours=hours,
            bodies=bodies_of(stored),
        )
        if complaints := [*complaints, *book.complaints]:
            raise ConfigError(complaints)
        self.book, self.calendar = book, calendar

    @property
    def titles(self) -> dict[str, str]:
        """By id; those made at the console and stopped are included."""
        made = {one.id: str(orjson.loads(one.body)["title"]) for one in self.stored if one.body}
        return made | {plan.id: plan.title for plan in self.book.plans}

    def known(self) -> Known:
        """What a plan that is being written may name."""
        return Known(
            scripts={script.id: script for script in self._library()},
            segments=self.book.segments,
            calendar=self.calendar,
            hours=self._hours(),
            today=self._today(),
            zone=self._zone,
        )

    def _now(self) -> tuple[Stamp, Library, Hours, Stored]:
        return self._seen, self._library(), self._hours(), self.stored

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    def _stamp(self) -> Stamp:
        """Changes whenever a file is changed, added or removed."""
        files = [self._root / SEGMENTS, self._root / DAYS, *(self._root / FOLDER).glob("*.toml")]
        return stamped(files)
