"""What belongs to knowing customers, joined: their stage, by rules or by a person."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.customers import Customers
from bot.desk import Desk
from bot.editions import LOOK_S
from bot.profile.rules import CustomerBook
from bot.profile.staging import Staging
from bot.scheduler import Sweep, every
from bot.store.fields import Fields
from bot.store.sql import Database
from bot.store.stages import Stages


@dataclass(slots=True, kw_only=True)
class Profiles:
    book: CustomerBook
    staging: Staging
    stages: Stages
    fields: Fields

    def sweeps(self) -> list[Sweep]:
        return [
            every(LOOK_S, "customers.rules", self.staging.look),
            every(10, "stages.news", self.staging.follow),
            every(3600, "stages", self.staging.sweep),
        ]


def open_profiles(desk: Desk, database: Database, customers: Customers, clock: Clock) -> Profiles:
    stages = Stages(database)
    staging = Staging(desk.customer_book, stages, customers.moved, clock, desk.zone)
    return Profiles(
        book=desk.customer_book, staging=staging, stages=stages, fields=Fields(database)
    )
