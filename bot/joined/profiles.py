"""Joins what belongs to knowing customers: their stage, set by rules or by a person."""

from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import partial

from bot.editions import LOOK_S
from bot.joined.ground import Ground
from bot.profile.printing import Printing
from bot.profile.rules import CustomerBook
from bot.profile.staging import Staging
from bot.scheduler import Sweep, every
from bot.store.customers.erasing import ERASED, erase, finish
from bot.store.customers.field_dates import FieldDates
from bot.store.customers.fields import Fields
from bot.store.customers.stages import Stages
from bot.store.sql import Database
from bot.store.touch.brakes import TURNED

LATE = 100  # deeds that a slower process may still store before the last one we saw


@dataclass(slots=True, kw_only=True)
class Profiles:
    book: CustomerBook
    staging: Staging
    stages: Stages
    fields: Fields
    printing: Printing
    database: Database
    forgetting: list[Callable[[str], None]]  # forgets a customer elsewhere in memory
    since: float  # when this program began, Unix seconds
    read_anew: Callable[[str], None]  # has a customer in memory read again
    seen: Set[int] = frozenset()  # the last deletions that we followed
    turned: Set[int] = frozenset()  # and the last brakes

    async def erase(self, customer: str, at: float) -> int | None:
        """Delete all that we keep of a customer; old talk goes within seconds, see
        store.customers.erasing."""
        friends = await erase(self.database, customer, at)
        self._forget(customer)
        return friends

    async def follow_erasing(self) -> None:
        """Also drop from memory customers whom a command deleted while we ran, or they would be
        written back."""
        after = max(self.seen, default=0) - LATE
        rows = await self.database.rows(ERASED, after, self.since)
        for row in rows:
            if row["seq"] not in self.seen:
                self._forget(row["subject"])
        self.seen = {row["seq"] for row in rows}

    async def follow_brakes(self) -> None:
        """Read anew whom somebody opted out, or in again, on a page or by a command."""
        after = max(self.turned, default=0) - LATE
        rows = await self.database.rows(TURNED, after, self.since)
        for row in rows:
            if row["seq"] not in self.turned:
                self.read_anew(row["customer"])
        self.turned = {row["seq"] for row in rows}

    def _forget(self, customer: str) -> None:
        for forget in self.forgetting:
            forget(customer)

    def sweeps(self) -> list[Sweep]:
        return [
            every(LOOK_S, "customers.erased", self.follow_erasing),
            every(LOOK_S, "customers.erasing", partial(finish, self.database)),
            every(LOOK_S, "customers.braked", self.follow_brakes),
            every(LOOK_S, "customers.rules", self.staging.look),
            every(10, "stages.news", self.staging.follow),
            every(3600, "stages", self.staging.sweep),
        ]


def open_profiles(ground: Ground) -> Profiles:
    desk, database, customers = ground.desk, ground.database, ground.customers
    book, clock, zone = desk.customer_book, ground.clock, ground.zone
    dates = FieldDates(database, zone, lambda: book.rules.fields)
    stages, fields = Stages(database), Fields(database, dates)
    desk.printing = Printing(fields, book)
    return Profiles(
        book=book, staging=Staging(book, stages, customers.moved, clock, zone), stages=stages,
        fields=fields, printing=desk.printing, database=database,
        forgetting=[customers.forget, ground.sessions.forget], since=clock.timestamp(),
        read_anew=customers.read_anew,
    )  # fmt: skip
