"""What belongs to knowing customers, joined: their stage, by rules or by a person."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.customers import Customers
from bot.desk import Desk
from bot.editions import LOOK_S
from bot.profile.printing import Printing
from bot.profile.rules import CustomerBook
from bot.profile.staging import Staging
from bot.scheduler import Sweep, every
from bot.store.erasing import erase
from bot.store.fields import Fields
from bot.store.sql import Database
from bot.store.stages import Stages


@dataclass(slots=True, kw_only=True)
class Profiles:
    book: CustomerBook
    staging: Staging
    stages: Stages
    fields: Fields
    printing: Printing
    database: Database
    customers: Customers

    async def erase(self, customer: str, at: float) -> int | None:
        """All that is kept of them; see `bot.store.erasing.erase`."""
        friends = await erase(self.database, customer, at)
        self.customers.forget(customer)
        return friends

    def sweeps(self) -> list[Sweep]:
        return [
            every(LOOK_S, "customers.rules", self.staging.look),
            every(10, "stages.news", self.staging.follow),
            every(3600, "stages", self.staging.sweep),
        ]


def open_profiles(desk: Desk, database: Database, customers: Customers, clock: Clock) -> Profiles:
    stages, fields = Stages(database), Fields(database)
    desk.printing = Printing(fields, desk.customer_book)
    staging = Staging(desk.customer_book, stages, customers.moved, clock, desk.zone)
    return Profiles(
        book=desk.customer_book, staging=staging, stages=stages, fields=fields,
        printing=desk.printing, database=database, customers=customers,
    )  # fmt: skip
