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


@dataclass(slots=True)
class Deeds:
    """What people do to customers, on a page or by a command: each deed is told once."""

    database: Database
    text: str  # SQL: seq and customer of those after $1 in the table and since $2, Unix seconds
    since: float  # when this program began, Unix seconds
    seen: Set[int] = frozenset()  # the last ones

    async def fresh(self) -> list[str]:
        """The customers of those that are new."""
        after = max(self.seen, default=0) - LATE
        rows = await self.database.rows(self.text, after, self.since)
        fresh = [row["customer"] for row in rows if row["seq"] not in self.seen]
        self.seen = {row["seq"] for row in rows}
        return fresh


@dataclass(slots=True, kw_only=True)
class Profiles:
    book: CustomerBook
    staging: Staging
    stages: Stages
    fields: Fields
    printing: Printing
    database: Database
    forgetting: list[Callable[[str], None]]  # forgets a customer elsewhere in memory
    read_anew: Callable[[str], None]  # has a customer in memory read again
    erased: Deeds
    braked: Deeds

    async def erase(self, customer: str, at: float) -> int | None:
        """Delete all that we keep of a customer; old talk goes within seconds, see
        store.customers.erasing."""
        friends = await erase(self.database, customer, at)
        self._forget(customer)
        return friends

    async def follow_erasing(self) -> None:
        """Also drop from memory customers whom a command deleted while we ran, or they would be
        written back."""
        for customer in await self.erased.fresh():
            self._forget(customer)

    async def follow_brakes(self) -> None:
        """Read anew whom somebody opted out, or in again, on a page or by a command."""
        for customer in await self.braked.fresh():
            self.read_anew(customer)

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
    began = clock.timestamp()
    dates = FieldDates(database, zone, lambda: book.rules.fields)
    stages, fields = Stages(database), Fields(database, dates)
    desk.printing = Printing(fields, book)
    return Profiles(
        book=book, staging=Staging(book, stages, customers.moved, clock, zone), stages=stages,
        fields=fields, printing=desk.printing, database=database,
        forgetting=[customers.forget, ground.sessions.forget], read_anew=customers.read_anew,
        erased=Deeds(database, ERASED, began), braked=Deeds(database, TURNED, began),
    )  # fmt: skip
