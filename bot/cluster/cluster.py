"""What each of several processes does that share one PostgreSQL and one stream of NATS."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING

from apscheduler.triggers.cron import CronTrigger

from bot.clock import Clock
from bot.cluster.alike import LOOK_S, Alike, Secrets
from bot.cluster.reaching import reached, wrong
from bot.cluster.shares import Shares
from bot.customers.customers import Customers
from bot.errors import ConfigError
from bot.events import Event
from bot.outbox import Message
from bot.scheduler import Run, Sweep, every
from bot.settings import Inbox, Settings
from bot.store.commits import PostgresCommits
from bot.store.fence import Fence
from bot.store.journal import Journal
from bot.store.postgres import alone, full
from bot.store.shares import ShareTable
from bot.store.sql import Database, Rows
from bot.store_url import INSTALL
from bot.ways import customer_of
from bot.wecom.delivery import repeatable

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js.api import StreamConfig
    from tortoise import BaseDBAsyncClient

    from bot.cluster.inbox_jetstream import JetStreamInbox
    from bot.dispatcher import Dispatcher
    from bot.sending.sender import Sender
    from bot.wecom.limits import Limiter

log = logging.getLogger(__name__)

ROOM_S = 1.0  # until a database that has no room is asked again
LEAVE_S = 3.0  # for what is on its way when a share is given up
FRESH_S = 5.0  # a message that waited for longer may have been dropped by hand, on another machine
LATE = timedelta(hours=1)  # nightly work that nobody has begun until then waits for another night
DUPLICATES_S = 600.0  # so long the stream knows an event by its id
# What each process does for itself: its own messages, and what it keeps in memory. All other
# sweeps are done by the one that has the first share.
EVERYWHERE = frozenset({
    "send", "media", "hearing", "profiles", "profiles.again", "customers.erased", "stores",
    "scripts", "rules", "plans", "customers.rules", "stages.news", "contacts.refresh",
    "tags.catalogue", "moments.rules", "signals.rules",
})  # fmt: skip


class Cluster:
    """
    Attributes:
        shares: of the conversations, those that this process works.
    """

    alike: Alike  # given by who opens it

    def __init__(self, client: "Client", wanted: Inbox, table: ShareTable, clock: Clock) -> None:
        self._client, self._wanted, self._table, self._clock = client, wanted, table, clock
        self.shares = Shares(table, clock)
        self.shares.reaches = lambda: client.is_connected
        self._inbox: JetStreamInbox | None = None
        self._sender: Sender | None = None
        self._dispatcher: Dispatcher | None = None

    def inbox_of(
        self, journal: Journal, connection: "BaseDBAsyncClient", customers: Customers
    ) -> "JetStreamInbox":
        from bot.cluster.inbox_jetstream import JetStreamInbox

        def rested(event: Event) -> None:
            customers.read_anew(customer_of(event))

        inbox = JetStreamInbox(
            self._client, self._wanted.stream, self.shares, journal, self._clock,
            rested=rested, anew=partial(_make_stream, self._client, self._wanted),
        )  # fmt: skip
        journal.fence = Fence(PostgresCommits(connection), inbox)
        self.shares.gained = self._gained
        self.shares.leaving, self.shares.lost = self._leaving, inbox.lost
        self._inbox = inbox
        return inbox

    @property
    def inbox(self) -> "JetStreamInbox":
        assert self._inbox is not None  # made before anything else
        return self._inbox

    def join(self, sender: "Sender", dispatcher: "Dispatcher", limiter: "Limiter") -> None:
        self._sender, self._dispatcher = sender, dispatcher
        self.inbox.elsewhere = sender.look

        def among(machines: int) -> None:
            """Share the limits: WeCom counts the calls of all processes together."""
            sender.share(machines)
            limiter.parts = machines

        self.shares.among = among

    async def _gained(self, share: int, epoch: int) -> None:
        """Take up a share: whoever had it may have been interrupted anywhere."""
        assert self._sender is not None  # joined before anything runs
        assert self._dispatcher is not None
        self._dispatcher.begin_anew(lambda name: self.shares.share_of(name) == share)
        note = "the process that was sending this stopped"
        for message in await self._table.doubt(share, self._clock.timestamp(), note):
            self._sender.tell_doubt(message)
        await self._sender.sweep()
        if not await self.inbox.gained(share, epoch):
            self.shares.begin_again()
        self._sender.look()  # at what they still said while it was read no more

    async def _leaving(self, shares: Collection[int]) -> None:
        """Give up a share, once what is on its way has arrived: its next owner would find it
        doubtful."""
        await self.inbox.leaving(shares)
        assert self._sender is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                while self._sender.busy(lambda name: self.shares.share_of(name) in shares):
                    await self._clock.sleep(0.05)

    # What bot/sending/sender.py asks.

    def owns(self, conversation: str) -> bool:
        return self.shares.owns(conversation)

    def waiting(self) -> Callable[[int, int, str], Awaitable[Rows]]:
        return partial(self._table.waiting, self.shares.given)

    async def admits(self, message: Message) -> bool:
        while True:
            try:
                return await self._is_ours(message)
            except Exception as error:
                if not full(error):
                    raise
            await self._clock.sleep(ROOM_S)

    async def _is_ours(self, message: Message) -> bool:
        if not await self.shares.sure(message.conversation):
            return False
        if not repeatable(message):
            return await self._table.take_in_hand(message.id)
        age = self._clock.timestamp() - message.created_at
        fresh = age < FRESH_S and not message.attempts and not message.repeated
        return fresh or await self._table.still_waits(message.id)

    # Who does what.

    def sweeps(self, sweeps: Sequence[Sweep]) -> list[Sweep]:
        """The sweeps that this process runs, always or while it has the first share."""
        mine = [
            one if one.name in EVERYWHERE else self._where_it_leads(self._once_a_night(one))
            for one in sweeps
        ]
        return [
            *mine, every(LOOK_S, "alike", self.compare),
            self._where_it_leads(every(10, "inbox", self.inbox.sweep)),
        ]  # fmt: skip

    async def compare(self) -> None:
        """Whether the others have the same files."""
        self.shares.differs = await self.alike.look()

    def _where_it_leads(self, sweep: Sweep) -> Sweep:
        async def run() -> None:
            if self.shares.leads:
                await sweep.run()
            elif sweep.aside and isawaitable(done := sweep.aside()):
                await done

        return Sweep(name=sweep.name, run=run, trigger=sweep.trigger)

    def _once_a_night(self, sweep: Sweep) -> Sweep:
        """Run a nightly sweep in one process only. Whoever led at its moment may have died just
        then, so the next leader checks whether it was begun."""
        trigger = sweep.trigger
        if not isinstance(trigger, CronTrigger):
            return sweep

        async def run() -> None:
            now = self._clock.now()
            due = trigger.get_next_fire_time(None, now - LATE)
            if due and due <= now and await self._table.begins(sweep.name, due.timestamp()):
                await sweep.run()

        return every(60, sweep.name, run)

    def when_it_leads(self, run: Run) -> Run:
        async def wait() -> None:
            await self.shares.to_lead()
            await run()

        return wait

    @property
    def runs(self) -> list[Run]:
        return [self.inbox.run, self.shares.run]


@asynccontextmanager
async def open_cluster(
    settings: Settings, connection: "BaseDBAsyncClient", clock: Clock
) -> AsyncIterator[Cluster | None]:
    """None: this process is the only one.

    Raises:
        ConfigError: NATS does not let us in or has no JetStream, or others run with another number
            of partitions.
    """
    if not settings.inbox.url:
        yield None
        return
    try:
        from nats.errors import Error
    except ImportError:
        raise wrong("url", "NATS is spoken by nats-py, which is not installed",
                     INSTALL) from None  # fmt: skip
    wanted = settings.inbox
    me = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    table = ShareTable(Database(connection), me, wanted.partitions)
    cluster: Cluster

    async def reconnected() -> None:
        cluster.shares.begin_again()

    client = await reached(wanted.url, me, reconnected)
    try:
        async with alone(connection):
            await _lay_out(client, table, wanted)
    except Error as error:
        await client.close()
        raise wrong("url", f"JetStream refuses: {error}", cure_of(error)) from error
    except ConfigError:
        await client.close()
        raise
    cluster = Cluster(client, wanted, table, clock)
    package = settings.routers.partition(":")[0].partition(".")[0]
    folders = (settings.library, "config", package)
    cluster.alike = Alike(table, settings.root, folders, Secrets.of(settings))
    try:
        yield cluster
    finally:
        await client.close()


def cure_of(error: Exception) -> str:
    """For what JetStream refuses at the start."""
    from nats.js.errors import APIError, ServiceUnavailableError

    if "no space left" in str(error):
        return "Make room on the disk of NATS, and restart NATS, which does not see it by itself"
    if isinstance(error, APIError) and not isinstance(error, ServiceUnavailableError):
        return "Look at [inbox] replicas; a stream of others wants another [inbox] stream"
    return "Start nats-server with JetStream: -js; of a cluster, most of its servers"


def _config(wanted: Inbox) -> "StreamConfig":
    from nats.js.api import RetentionPolicy, StorageType, StreamConfig

    return StreamConfig(
        name=wanted.stream, subjects=[f"{wanted.stream}.*"],
        retention=RetentionPolicy.WORK_QUEUE, storage=StorageType.FILE,
        num_replicas=wanted.replicas, duplicate_window=DUPLICATES_S,
    )  # fmt: skip


async def _make_stream(client: "Client", wanted: Inbox) -> None:
    """Make it; no harm if another process has."""
    await client.jetstream().add_stream(_config(wanted))


async def _lay_out(client: "Client", table: ShareTable, wanted: Inbox) -> None:
    """Make the stream and the shares if they do not exist yet."""
    from nats.js.errors import NotFoundError

    streams = client.jetstream()
    try:
        left = (await streams.stream_info(wanted.stream)).state.messages
        await streams.update_stream(_config(wanted))
    except NotFoundError:
        left = 0
        await _make_stream(client, wanted)
    before, held = await table.lay_out()
    if before not in (0, wanted.partitions) and (held or left):
        raise wrong("partitions", f"others work with {before}, or left events behind",
                     f"Write partitions = {before}; change it when all have stopped and "
                     "nothing is left in the stream")  # fmt: skip
    await table.begin(anew=before != wanted.partitions)
