"""Processes that share their work over real PostgreSQL and NATS, stepped by the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tortoise import BaseDBAsyncClient

from benchmarks.machines import nats
from bot.app import background
from bot.clock import ManualClock
from bot.cluster.cluster import open_cluster
from bot.cluster.inbox_jetstream import JetStreamInbox
from bot.cluster.shares import Shares
from bot.customers.customers import Customers
from bot.events import Event
from bot.settings import Settings
from bot.store.database import open_database
from bot.store.journal import Journal, Write
from tests.databases import fresh
from tests.engine import workspace

CLOCK = ManualClock()
EXPIRE = "UPDATE share SET until = 0 RETURNING number"
FORGET = "DELETE FROM machine RETURNING id"


@dataclass(slots=True)
class Machine:
    """A process that handles what it takes when the test says so."""

    journal: Journal
    inbox: JetStreamInbox
    shares: Shares

    async def take(self, number: int) -> list[Event]:
        taken = list[Event]()
        async with asyncio.timeout(60):
            while len(taken) < number:
                taken += await self.inbox.take()
        return taken

    async def settle(self, *events: Event, why: str = "{}") -> None:
        ids = [event.id for event in events]
        rows = [(why, 1.0, one) for one in ids]
        message = (f"m{why}{ids[0]}"[:32], ids[0], "c", "kf", "faq", "{}", False, 1.0, 1.0)
        write = Write(finished=rows, messages=[message], then=lambda fresh: self.inbox.done(ids))
        await self.journal.write(write)


@asynccontextmanager
async def machine(connection: BaseDBAsyncClient, settings: Settings) -> AsyncIterator[Machine]:
    clock = ManualClock()  # nobody renews here, and no lease is over before its time
    async with open_cluster(settings, connection, clock) as cluster:
        assert cluster is not None
        journal = Journal(connection)
        inbox = cluster.inbox_of(journal, connection, Customers(journal, clock))

        async def gained(share: int, epoch: int) -> None:
            assert await inbox.gained(share, epoch)

        cluster.shares.gained, cluster.shares.leaving = gained, inbox.leaving
        async with background(journal.run, inbox.run):
            yield Machine(journal, inbox, cluster.shares)


@asynccontextmanager
async def ground(
    folder: Path, allows: str = ""
) -> AsyncIterator[tuple[BaseDBAsyncClient, Settings]]:
    async with nats(folder, allows=allows) as url, open_database(fresh(str(folder))) as connection:
        more = f'[inbox]\nurl = "{url}"\npartitions = 4'
        yield connection, workspace(folder, more=more, store="postgres")
