"""Joins what belongs to talking with people: answering events, sending answers."""

from dataclasses import dataclass, field

from bot.customers.hearing import EVERY_S, Hearing
from bot.dispatcher import Dispatcher
from bot.joined.ground import Ground
from bot.joined.touching import Touching
from bot.routing import Routes
from bot.scheduler import Run, Sweep, every
from bot.sending.gathering import open_gathering
from bot.sending.sender import Sender
from bot.settings import Kf
from bot.touch.rhythm import best_hours
from bot.wecom.customer_service import CustomerService
from bot.wecom.delivery import Delivery
from bot.wecom.long_connection import LongConnection
from bot.wecom.media import Media
from bot.wecom.profiles import Profiles
from bot.wecom.smart_bot import SmartBot
from bot.workspace.application import Application


@dataclass(slots=True, kw_only=True)
class Talking:
    media: Media
    sender: Sender
    dispatcher: Dispatcher
    bot: SmartBot
    hearing: Hearing
    line: LongConnection | None  # to the smart bot; None: WeCom calls its URL, or there is no bot
    runs: list[Run] = field(default_factory=list)
    sweeps: list[Sweep] = field(default_factory=list)


async def open_talking(ground: Ground, application: Application, touching: Touching) -> Talking:
    settings, clock, client, desk = ground.settings, ground.clock, ground.client, ground.desk
    journal, inbox, customers = ground.journal, ground.inbox, ground.customers
    kf = settings.kf or Kf(enabled=False)
    media, sessions = await open_media(ground), ground.sessions
    delivery = Delivery(
        client, media, tasks=touching.tasks, handover_to=kf.handover_to,
        notice_bytes=settings.platform.app_text_bytes, duty=settings.duty.members,
    )  # fmt: skip
    sender = Sender(
        journal=journal, inbox=inbox, sessions=sessions, clock=clock,
        limits=settings.platform, ways=delivery.ways,
        gathering=open_gathering(clock, customers, desk), shared=ground.cluster,
        halted=touching.outreach.halted,
    )  # fmt: skip
    service = CustomerService(
        client=client, journal=journal, inbox=inbox, clock=clock,
        enabled=kf.enabled, accounts=kf.accounts, answer_within_s=kf.answer_within_s,
        shared=ground.cluster is not None,
    )  # fmt: skip
    dispatcher = Dispatcher(
        inbox=inbox, journal=journal, desk=desk, routes=Routes(application.routers),
        middlewares=application.middlewares, sessions=sessions, customers=customers,
        clock=clock, send=sender.feed, pull=service.notify,
    )  # fmt: skip
    await sender.begin()
    if ground.cluster:
        ground.cluster.join(sender, dispatcher, client.limiter)
    bot, hearing = open_bot(ground, delivery), open_hearing(ground, touching)
    talking = Talking(
        media=media, sender=sender, dispatcher=dispatcher, bot=bot, hearing=hearing,
        line=delivery.connection,
        runs=[service.run, dispatcher.run, sender.run, media.run],
        sweeps=[
            every(60, "send", sender.sweep),
            every(3600, "media", media.keep_fresh),
            every(EVERY_S, "hearing", hearing.write),
        ],
    )  # fmt: skip
    if kf.enabled:
        profiles = Profiles(client, customers, tags=lambda: desk.edition.library.tagged)
        talking.sweeps.append(every(2, "profiles", profiles.learn))
        talking.sweeps.append(every(600, "profiles.again", profiles.ask_again))
        talking.sweeps.append(every(290, "reconcile", service.reconcile))
        talking.sweeps.append(every(2, "catch_up", service.catch_up))
    return talking


def open_bot(ground: Ground, delivery: Delivery) -> SmartBot:
    """The smart bot; `delivery` answers through its long connection, if it has one."""
    settings, clock = ground.settings, ground.clock
    bot = SmartBot(
        inbox=ground.inbox, journal=ground.journal, delivery=delivery, clock=clock,
        enter_s=settings.platform.bot_enter_s,
    )  # fmt: skip
    if settings.bot and settings.bot.secret and settings.bot.mode == "long_connection":
        delivery.connection = LongConnection(
            settings.bot.ws_url, settings.bot.id, settings.bot.secret.reveal(), clock,
            bot.received, proxy=settings.wecom.proxy,
        )  # fmt: skip
    return bot


async def open_media(ground: Ground) -> Media:
    """The files that scripts send."""
    settings, editions = ground.settings, ground.editions
    media = Media(settings.root / settings.library, ground.client, ground.clock)
    await media.load()
    media.look_after(editions.edition.library.files)
    editions.followers.append(lambda edition: media.look_after(edition.library.files))
    return media


def open_hearing(ground: Ground, touching: Touching) -> Hearing:
    desk = ground.desk
    return Hearing(
        ground.journal, ground.customers, ground.zone,
        works=lambda day: touching.plans.calendar.day(day).works,
        ends=lambda: touching.plans.book.ended_by_an_answer,
        best=lambda counts: best_hours(
            counts, hours=desk.manners.best_hours, least=desk.manners.best_messages
        ),
    )  # fmt: skip
