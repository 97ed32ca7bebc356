"""The one place where the parts are joined. Resources are closed in reverse."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.blocking import interrupt_blocking
from bot.clock import Clock, SystemClock
from bot.cluster.cluster import Cluster, open_cluster
from bot.customers.customers import Customers
from bot.desk import Desk, Key
from bot.dispatcher import Dispatcher
from bot.editions import LOOK_S, Editions
from bot.inbox import Inbox, TableInbox
from bot.joined.ground import Ground, open_desk, open_editions
from bot.joined.instep import open_in_step
from bot.joined.talking import open_talking
from bot.joined.touching import Touching, open_touching
from bot.leaving import archive
from bot.memory import leave_alone_what_stays
from bot.process import feed_watchdog
from bot.scheduler import CLEANS_S, Run, Sweep, every, guarded, nightly, ticking
from bot.scripts.library import Library
from bot.sending.sender import Sender
from bot.sessions import Sessions
from bot.settings import Settings
from bot.signals.waiting import Waiting
from bot.site import listening
from bot.store.alone import working_alone
from bot.store.credentials import Credentials
from bot.store.customers.signals import FORGET_SIGNALS
from bot.store.database import open_database, opened
from bot.store.hosts import followed
from bot.store.journal import Journal
from bot.store.postgres import held
from bot.store.statements import (
    FORGET_ASKED,
    FORGET_EVENTS,
    FORGET_EXPIRED,
    FORGET_LEARNED,
    FORGET_MESSAGES,
)
from bot.store_url import url_in
from bot.web.login import first_link
from bot.web.office import Office
from bot.web.signals import SignalDoor
from bot.wecom.client import WeComClient
from bot.wecom.opening import open_client
from bot.workspace.application import load_application, serving

if TYPE_CHECKING:
    from tortoise import BaseDBAsyncClient

log = logging.getLogger(__name__)

FORGETTING = (
    FORGET_EVENTS, FORGET_MESSAGES, FORGET_LEARNED, FORGET_ASKED, FORGET_SIGNALS, FORGET_EXPIRED,
)  # fmt: skip


@dataclass(slots=True)
class Assistant:
    url: str
    journal: Journal
    editions: Editions
    touching: Touching
    sweeps: Sequence[Sweep]
    inbox: Inbox
    dispatcher: Dispatcher
    sender: Sender
    desk: Desk
    office: Office

    @property
    def pending(self) -> bool:
        """Something is not settled: it is going on, or waits for its time."""
        return self.inbox.open > 0 or self.sender.open > 0

    async def quiet(self) -> None:
        """Wait until nothing is going on; what waits for its time does not count."""
        pause = SystemClock()  # the database and the network run in real time
        while True:
            await self.journal.drain()
            if (
                self.inbox.open == self.dispatcher.held
                and self.sender.open == self.sender.postponed
            ):
                return
            await pause.sleep(0.001)

    async def sweep(self, name: str) -> None:
        """Run one sweep now, whatever its trigger says."""
        await next(sweep for sweep in self.sweeps if sweep.name == name).run()


@asynccontextmanager
async def assistant(
    settings: Settings,
    *,
    clock: Clock | None = None,
    library: Library | None = None,
    before: Editions | None = None,
    ticks: bool = True,
) -> AsyncIterator[Assistant]:
    """Run the whole assistant for as long as the context is open.

    Args:
        library: instead of the workspace's own.
        before: editions of an assistant that ran on these files before; see Editions.
        ticks: False: sweeps run only when `Assistant.sweep` tells them to.

    Raises:
        ConfigError: the settings, the scripts, the plans or the routers cannot be used.
    """
    clock = clock or SystemClock()
    application = load_application(settings.root, settings.routers)
    async with (
        working_alone(database_url(settings)),
        serving(application, settings.root, settings.routers) as services,
        open_database(database_url(settings)) as connection,
        held(connection, shared=bool(settings.inbox.url)),
        followed(database_url(settings), connection),
        open_client(settings, clock, Credentials()) as client,
        open_cluster(settings, connection, clock) as cluster,
    ):
        ground = await _open_ground(
            settings, clock, client, connection, services, library, before, cluster
        )
        touching = await open_touching(ground)
        talking = await open_talking(ground, application, touching)
        in_step = await open_in_step(ground, touching, talking.media)
        in_step.profiles.forgetting.append(talking.sender.forget)
        signals = None
        if settings.signals:
            signals = SignalDoor(settings, ground.inbox, ground.journal, clock)
        office = await Office.open(ground, touching, talking, in_step)
        sweeps = [
            *sweeps_of(ground), *talking.sweeps, *in_step.sweeps, *touching.sweeps(),
        ]  # fmt: skip
        first = in_step.runs
        if cluster:
            sweeps = cluster.sweeps(sweeps)
            first = [*cluster.runs, *map(cluster.when_it_leads, first)]
        runs = [
            ground.journal.run, *talking.runs, *first, office.live.run, office.jobs.run,
            guarded(sweeps[0]),  # tokens: at once, not in a minute
        ]  # fmt: skip
        async with background(*runs):
            try:
                async with (
                    ticking(sweeps if ticks else []),
                    background(*[talking.line.run] if talking.line else []),
                    listening(
                        settings, ground.inbox, talking.bot, clock,
                        signals=signals, office=office, line=talking.line,
                    ) as url,
                ):  # fmt: skip
                    log.info("ready", extra={"action": "ready", "url": url})
                    yield Assistant(
                        url, ground.journal, ground.editions, touching, sweeps, ground.inbox,
                        talking.dispatcher, talking.sender, ground.desk, office,
                    )  # fmt: skip
            finally:  # at the end, too: what is on its way arrives, what is decided is kept
                with suppress(TimeoutError):
                    async with asyncio.timeout(settings.wecom.timeout_s):
                        await talking.sender.stop()
                        await talking.hearing.write()
                        await ground.journal.drain()


async def _open_ground(
    settings: Settings, clock: Clock, client: WeComClient, connection: "BaseDBAsyncClient",
    services: Mapping[Key[Any], Any], library: Library | None, before: Editions | None,
    cluster: Cluster | None,
) -> Ground:  # fmt: skip
    """
    Raises:
        ConfigError: the scripts, or rules that the desk holds, cannot be used.
    """
    journal, database = Journal(connection), opened()
    customers = Customers(journal, clock)
    inbox: Inbox = TableInbox(journal, clock)
    if cluster:
        inbox = cluster.inbox_of(journal, connection, customers)
    editions = open_editions(settings, journal, before)
    await editions.open(library)
    desk = open_desk(settings, services, editions)
    await desk.refresh(database)
    return Ground(
        settings=settings, clock=clock, client=client, database=database, journal=journal,
        inbox=inbox, customers=customers, sessions=Sessions(journal), editions=editions,
        desk=desk, cluster=cluster, own=library is None,
    )  # fmt: skip


async def serve(settings: Settings, tell: Callable[[str], None], *, watched: bool) -> None:
    """`huashu run`: until cancelled.

    Args:
        tell: called with the link for the first admin, while there is none; "" if not `watched`.
        watched: a person reads what is told, and no log keeps it.
    """
    beside = background(partial(feed_watchdog, os.environ), interrupt_blocking)
    async with beside, assistant(settings) as running:
        leave_alone_what_stays()
        base = settings.server.public_url or running.url
        link = await first_link(running.office.database, running.office.clock, base, watched)
        if link is not None:
            tell(link)
        await asyncio.Event().wait()


def database_url(settings: Settings) -> str:
    """A path in the settings is relative to the workspace."""
    return url_in(settings.root, settings.store.url)


@asynccontextmanager
async def background(*runs: Run) -> AsyncIterator[None]:
    """Run these as long as the context is open; if one fails, everything does."""
    async with asyncio.TaskGroup() as tasks:
        started = [tasks.create_task(run()) for run in runs]
        try:
            yield
        finally:
            for task in started:
                task.cancel()


def sweeps_of(ground: Ground) -> list[Sweep]:
    """The sweeps of the parts on which all others are built."""
    settings, clock, desk = ground.settings, ground.clock, ground.desk

    async def forget() -> None:
        before = clock.timestamp() - settings.inbox.keep_days * 86_400
        for statement in FORGETTING:
            while await ground.journal.rows(statement, before):
                await clock.sleep(0.1)  # let others have the connection
        await asyncio.to_thread(archive.sweep, settings.root, clock.timestamp() - 86_400)
        await ground.editions.relearn()

    sweeps = [
        every(60, "tokens", ground.client.keep_fresh),
        nightly(3, 37, ground.zone, "forget", forget, after_start_s=CLEANS_S),
        every(LOOK_S, "stores", partial(desk.refresh, ground.database)),
        every(LOOK_S, "file", ground.journal.look),
    ]
    if ground.own:
        sweeps.append(every(LOOK_S, "scripts", ground.editions.sweep))
    if settings.signals:
        waiting = Waiting(ground.inbox, ground.journal, clock)
        sweeps.append(every(LOOK_S, "signals.rules", desk.signal_book.sweep))
        sweeps.append(every(10, "signals", waiting.sweep))
    return sweeps
