"""The one place where the parts are joined. Resources are closed in reverse."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.channels.book import ChannelBook
from bot.channels.codes import ChannelCodes
from bot.clock import Clock, SystemClock
from bot.complaining import open_complaining
from bot.context import SPOKEN
from bot.customers import Customers
from bot.desk import CHANNELS, Desk, Key
from bot.dispatcher import Dispatcher
from bot.editions import LOOK_S, Editions
from bot.groups.archive_opening import open_archive
from bot.groups.community import open_groups
from bot.groups.sync import GroupSync
from bot.handover.moving import open_moving
from bot.hearing import EVERY_S, Hearing
from bot.inbox import TableInbox
from bot.memory import leave_alone_what_stays
from bot.moments.joined import open_moments
from bot.profile.joined import open_profiles
from bot.profile.rules import CustomerBook
from bot.referral.book import ReferralBook
from bot.referral.joined import open_referrals
from bot.routing import Routes
from bot.scheduler import Sweep, every, guarded, nightly, ticking
from bot.scripts.edition import Edition
from bot.scripts.library import Library
from bot.scripts.renderer import Renderer
from bot.sender import Sender
from bot.sessions import Sessions
from bot.settings import Kf, Settings
from bot.signals.reading import SignalRules
from bot.signals.waiting import Waiting
from bot.site import listening
from bot.store.channels import ChannelStore
from bot.store.credentials import Credentials
from bot.store.database import open_database, url_in
from bot.store.figures import Figures
from bot.store.groups import Groups
from bot.store.journal import Journal
from bot.store.learned import Lessons
from bot.store.signals import FORGET_SIGNALS
from bot.store.sql import Database
from bot.store.staff import has_admin
from bot.store.statements import (
    FORGET_ASKED,
    FORGET_EVENTS,
    FORGET_LEARNED,
    FORGET_MESSAGES,
)
from bot.store.taggings import Taggings
from bot.store.versions import Approved, Read
from bot.tagging.applying import SegmentTags
from bot.tagging.book import TagBook
from bot.touch.rhythm import best_hours
from bot.touching import Touching, open_touching
from bot.web.login import new_once
from bot.web.office import Office
from bot.web.signals import SignalDoor
from bot.wecom.client import WeComClient
from bot.wecom.contact_ways import ContactWays
from bot.wecom.contacts import Contacts
from bot.wecom.customer_service import CustomerService
from bot.wecom.delivery import Delivery
from bot.wecom.long_connection import LongConnection
from bot.wecom.media import Media
from bot.wecom.opening import open_client
from bot.wecom.profiles import Profiles
from bot.wecom.smart_bot import SmartBot
from bot.wecom.tagging import Tagging
from bot.wecom.tags_joined import open_tags
from bot.workspace import Application, load_application

log = logging.getLogger(__name__)

FORGETTING = (
    FORGET_EVENTS, FORGET_MESSAGES, FORGET_LEARNED, FORGET_ASKED, FORGET_SIGNALS,
)  # fmt: skip


@dataclass(slots=True)
class Assistant:
    """A running assistant."""

    url: str
    journal: Journal
    editions: Editions
    touching: Touching
    sweeps: Sequence[Sweep]
    inbox: TableInbox
    dispatcher: Dispatcher
    sender: Sender
    desk: Desk
    office: Office

    @property
    def pending(self) -> bool:
        """Something is not settled: it goes on right now, or waits for its time."""
        return self.inbox.open > 0 or self.sender.open > 0

    async def quiet(self) -> None:
        """Until nothing goes on; what waits for its time does not count."""
        pause = SystemClock()  # the database and the network work in real time
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


def open_editions(settings: Settings, read: Read) -> Editions:
    """Over the files of the workspace lies what `read` finds approved in the database."""
    library = settings.root / settings.library
    return Editions(library, Approved(read), Lessons(read), required=SPOKEN)


def open_desk(settings: Settings, services: Mapping[Key[Any], Any], editions: Editions) -> Desk:
    """The desk at which always the latest edition lies.

    Raises:
        ConfigError: the rules of signals cannot be used.
    """
    rules = SignalRules(settings.root)
    rules.open()
    referrals = ReferralBook(settings.root)
    channels = ChannelBook(settings.root, referrals=referrals)
    for book in (referrals, channels):
        book.open()
    tag_book = TagBook(settings.root)
    tag_book.open()
    customer_book = CustomerBook(settings.root)
    customer_book.open()
    desk = Desk(
        settings=settings,
        edition=editions.edition,
        signal_rules=rules,
        channel_book=channels,
        referral_book=referrals,
        tag_book=tag_book,
        customer_book=customer_book,
        manners=settings.manners,
        renderer=Renderer({"company": asdict(settings.company)}),
        services={CHANNELS: channels, **services},
    )

    def put(edition: Edition) -> None:
        desk.edition = edition

    editions.followers.append(put)
    return desk


@asynccontextmanager
async def assistant(
    settings: Settings,
    *,
    clock: Clock | None = None,
    application: Application | None = None,
    library: Library | None = None,
    ticks: bool = True,
) -> AsyncIterator[Assistant]:
    """Run the whole assistant for as long as the context is open.

    Args:
        application, library: instead of the workspace's own.
        ticks: False: sweeps run only when they are told to, by `Assistant.sweep`.

    Raises:
        ConfigError: the settings, the scripts, the plans or the routers cannot be used.
    """
    clock = clock or SystemClock()
    application = application or load_application(settings.root, settings.routers)
    async with (
        application.services() as services,
        open_database(database_url(settings)) as connection,
        open_client(settings, clock, Credentials()) as client,
    ):
        journal, database = Journal(connection), Database(connection)
        editions = open_editions(settings, journal.read)
        await editions.open(library)
        desk = open_desk(settings, services, editions)
        inbox = TableInbox(journal, clock)
        await desk.refresh(database)
        touching = open_touching(
            settings, desk, client=client, database=database, journal=journal,
            inbox=inbox, clock=clock,
        )  # fmt: skip
        if library is None:
            await touching.open()
        sessions, customers = Sessions(journal), Customers(journal, clock)
        kf = settings.kf or Kf(enabled=False)
        media = Media(settings.root / settings.library, client, clock)
        await media.load()
        media.look_after(desk.edition.library.files)
        editions.followers.append(lambda edition: media.look_after(edition.library.files))
        delivery = Delivery(client, media, tasks=touching.tasks, handover_to=kf.handover_to)
        sender = Sender(
            journal=journal, inbox=inbox, sessions=sessions, clock=clock,
            limits=settings.platform, ways=delivery.ways,
        )  # fmt: skip
        service = CustomerService(
            client=client, journal=journal, inbox=inbox, clock=clock,
            enabled=kf.enabled, accounts=kf.accounts, answer_within_s=kf.answer_within_s,
        )  # fmt: skip
        dispatcher = Dispatcher(
            inbox=inbox, journal=journal, desk=desk, routes=Routes(application.routers),
            middlewares=application.middlewares,
            sessions=sessions, customers=customers, clock=clock,
            send=sender.feed, pull=service.notify,
        )  # fmt: skip
        bot = SmartBot(
            inbox=inbox, journal=journal, delivery=delivery, clock=clock,
            enter_s=settings.platform.bot_enter_s,
        )  # fmt: skip
        hearing = Hearing(
            journal, customers, ZoneInfo(settings.zone),
            works=lambda day: touching.plans.calendar.day(day).works,
            ends=lambda: touching.plans.book.ended_by_an_answer,
            best=lambda counts: best_hours(
                counts, hours=desk.manners.best_hours, least=desk.manners.best_messages
            ),
        )  # fmt: skip
        runs = [journal.run, service.run, dispatcher.run, sender.run, media.run]
        sources = []
        if settings.bot and settings.bot.secret and settings.bot.mode == "long_connection":
            delivery.connection = LongConnection(
                settings.bot.ws_url, settings.bot.id, settings.bot.secret.reveal(), clock,
                bot.received,
            )  # fmt: skip
            sources.append(delivery.connection.run)
        sweeps = sweeps_of(desk, editions, client, service, sender, customers, journal, clock)
        runs.append(guarded(sweeps[0]))
        sweeps.append(every(LOOK_S, "stores", partial(desk.refresh, database)))
        sweeps.append(every(3600, "media", media.keep_fresh))
        sweeps.append(every(EVERY_S, "hearing", hearing.write))
        sweeps.append(every(60, "figures", Figures(database, ZoneInfo(settings.zone)).count))
        complaining = open_complaining(
            settings, database, inbox, clock,
            works=lambda day: touching.plans.calendar.day(day).works,
        )  # fmt: skip
        sweeps.append(every(5, "complaints", complaining.sweep))
        sweeps += touching.sweeps(follow_files=library is None, wecom=bool(settings.app))
        moving = await open_moving(desk, client, database, touching.tasks, clock)
        moments = open_moments(
            touching, client=client, inbox=inbox, clock=clock, root=settings.root,
            library=settings.root / settings.library,
        )  # fmt: skip
        if library is None:
            await moments.open()
        sweeps += moments.sweeps(wecom=bool(settings.app))
        contacts = Contacts(client, journal, database, customers, clock)
        tagging = Tagging(client, journal, customers, clock)
        referrals = open_referrals(desk, client, database, journal, inbox, clock)
        if settings.app:
            first = every(86_400, "contacts.first", contacts.begin)
            runs.append(guarded(first))
            sweeps.append(every(5, "handovers", moving.sweep))
            sweeps.append(every(5, "contacts.refresh", contacts.refresh))
            sweeps.append(every(600, "contacts.resume", contacts.resume))
            codes = ChannelCodes(
                ContactWays(client), ChannelStore(database), desk.channel_book, clock
            )
            sweeps.append(every(LOOK_S, "channels", codes.look))
            sweeps += open_tags(desk, client, tagging, database, journal, customers, clock)
            sweeps += referrals.sweeps()
            zone = ZoneInfo(settings.zone)
            sweeps.append(nightly(2, 41, zone, "contacts", contacts.reconcile))
            groups = open_groups(
                desk, client=client, database=database, inbox=inbox, media=media, clock=clock
            )
            runs.append(guarded(every(86_400, "groups.first", groups.begin)))
            sweeps += groups.sweeps()
            if settings.archive:
                reader = open_archive(settings, client, database, journal, inbox, clock)
                sweeps.append(every(15, "archive", reader.sweep))
        by_segment = SegmentTags(
            desk.tag_book, Taggings(database), journal, customers, clock,
            ZoneInfo(settings.zone), lambda: touching.plans.calendar,
        )  # fmt: skip
        sweeps.append(every(LOOK_S, "tags.rules", by_segment.look))
        sweeps.append(every(3600, "tags.segments", by_segment.sweep))
        if library is None:
            sweeps.append(every(LOOK_S, "scripts", editions.sweep))
        profiles = open_profiles(desk, database, customers, clock)
        sweeps += profiles.sweeps()
        signals = None
        if settings.signals:
            signals = SignalDoor(settings, inbox, journal, clock)
            sweeps.append(every(LOOK_S, "signals.rules", desk.signal_rules.sweep))
            sweeps.append(every(10, "signals", Waiting(inbox, journal, clock).sweep))
        office = await Office.open(
            settings=settings, clock=clock, desk=desk, editions=editions, database=database,
            journal=journal, inbox=inbox, touching=touching, sender=sender, client=client,
            media=media, contacts=contacts,
            tagging=tagging,
            groups=GroupSync(client, Groups(database), clock), moving=moving,
            moments=moments.desk, profiles=profiles, referrals=referrals,
        )  # fmt: skip
        runs += [office.live.run, office.jobs.run]
        async with background(*runs):
            try:
                async with (
                    ticking(sweeps if ticks else []),
                    background(*sources),
                    listening(
                        settings,
                        inbox,
                        bot,
                        clock,
                        signals=signals,
                        office=office,
                        line=delivery.connection,
                    ) as url,
                ):
                    log.info("ready", extra={"action": "ready", "url": url})
                    yield Assistant(
                        url, journal, editions, touching, sweeps, inbox, dispatcher, sender,
                        desk, office,
                    )  # fmt: skip
            finally:  # also when told to end: what is on its way arrives, what is decided is kept
                with suppress(TimeoutError):
                    async with asyncio.timeout(settings.wecom.timeout_s):
                        await sender.stop()
                        await hearing.write()
                        await journal.drain()


async def serve(settings: Settings, tell: Callable[[str], None]) -> None:
    """`huashu run`: until cancelled.

    Args:
        tell: is given the link for the first admin, if there is none yet.
    """
    async with assistant(settings) as running:
        leave_alone_what_stays()
        if not await has_admin(running.office.database):
            tell(await new_once(running.office.clock, settings.server.public_url or running.url))
        await asyncio.Event().wait()


def database_url(settings: Settings) -> str:
    """A path in the settings is relative to the workspace."""
    return url_in(settings.root, settings.store.url)


@asynccontextmanager
async def background(*runs: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run these for as long as the context is open; if one fails, so does everything."""
    async with asyncio.TaskGroup() as tasks:
        started = [tasks.create_task(run()) for run in runs]
        try:
            yield
        finally:
            for task in started:
                task.cancel()


def sweeps_of(
    desk: Desk, editions: Editions, client: WeComClient, service: CustomerService,
    sender: Sender, customers: Customers, journal: Journal, clock: Clock,
) -> list[Sweep]:  # fmt: skip
    settings = desk.settings

    async def forget() -> None:
        before = clock.timestamp() - settings.inbox.keep_days * 86_400
        for statement in FORGETTING:
            while await journal.read(statement, [before]):
                await clock.sleep(0.1)  # let others have the connection
        await editions.relearn()

    sweeps = [
        every(60, "tokens", client.keep_fresh),
        every(60, "send", sender.sweep),
        nightly(3, 37, ZoneInfo(settings.zone), "forget", forget),
    ]
    if settings.kf and settings.kf.enabled:
        profiles = Profiles(client, customers, tags=lambda: desk.edition.library.tagged)
        sweeps.append(every(2, "profiles", profiles.learn))
        sweeps.append(every(290, "reconcile", service.reconcile))
    return sweeps
