"""What is kept in step with WeCom: customers, tags, codes, groups, moments and handovers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from bot.channels.codes import ChannelCodes
from bot.customers.complaining import Complaining, answering_hours
from bot.customers.missed import Heartbeat, Missed
from bot.editions import LOOK_S
from bot.groups.sync import GroupSync
from bot.handover.departed import Departed
from bot.handover.handovers import Handovers
from bot.handover.moving import Moving
from bot.joined.ground import Ground
from bot.joined.groups import open_groups
from bot.joined.moments import MomentWork, open_moments
from bot.joined.profiles import Profiles, open_profiles
from bot.joined.referrals import Referrals, open_referrals
from bot.joined.touching import Touching
from bot.scheduler import Run, Sweep, every, guarded, nightly
from bot.store.channels.channels import ChannelStore
from bot.store.channels.taggings import Taggings
from bot.store.customers.cases import Cases
from bot.store.customers.corp_tags import CorpTags
from bot.store.customers.missed import MissedTable
from bot.store.groups.groups import Groups
from bot.store.presence import Presence
from bot.store.scripts.figures import Figures
from bot.tagging.applying import SegmentTags
from bot.touch.mass import MassTasks
from bot.wecom.contact_lists import ContactLists
from bot.wecom.contact_ways import ContactWays
from bot.wecom.contacts import Contacts
from bot.wecom.media import Media
from bot.wecom.tag_sync import TagSync
from bot.wecom.tag_telling import TagTelling
from bot.wecom.tagging import Tagging


@dataclass(slots=True, kw_only=True)
class InStep:
    contacts: Contacts
    channels: ChannelCodes
    tagging: Tagging
    groups: GroupSync
    moving: Moving
    moments: MomentWork
    profiles: Profiles
    referrals: Referrals
    runs: list[Run] = field(default_factory=list)
    sweeps: list[Sweep] = field(default_factory=list)


async def open_in_step(ground: Ground, touching: Touching, media: Media) -> InStep:
    """
    Raises:
        ConfigError: the rules of groups, the archive or plans of moments cannot be used.
    """
    clock, client, desk = ground.clock, ground.client, ground.desk
    database, journal, customers = ground.database, ground.journal, ground.customers
    wecom = bool(ground.settings.app)
    kept = InStep(
        moments=await open_moments(ground, touching),
        contacts=Contacts(
            client,
            journal,
            database,
            customers,
            clock,
            lambda: desk.customer_book.rules.fields.values(),
        ),
        channels=ChannelCodes(
            ContactWays(client), ChannelStore(database), desk.channel_book, clock
        ),
        tagging=Tagging(client, journal, customers, clock),
        groups=GroupSync(client, Groups(database), clock),
        moving=await open_moving(ground, touching.tasks),
        profiles=open_profiles(ground),
        referrals=open_referrals(ground),
    )
    kept.sweeps += kept.moments.sweeps(wecom=wecom)
    kept.sweeps += kept.profiles.sweeps()
    kept.sweeps += sweeps_of_figures(ground, touching)
    presence = Presence(database)
    heart = Heartbeat(
        presence, clock, alone=ground.cluster is None, hindered=lambda: journal.hindered
    )
    there = every(60, "presence", heart.beat)
    kept.runs.append(guarded(there))
    kept.sweeps.append(there)
    if wecom:
        follow_wecom(ground, kept, media, presence)
    return kept


async def open_moving(ground: Ground, tasks: MassTasks) -> Moving:
    """Opens what knows in whose name nothing may be said, before anything is said."""
    on_duty = ground.settings.duty.members
    handovers = Handovers(ground.database, ground.clock, lambda: on_duty)
    moving = Moving(handovers, ground.client, tasks, ground.clock, ground.desk.stand_ins)
    await moving.open()
    return moving


def sweeps_of_figures(ground: Ground, touching: Touching) -> list[Sweep]:
    """Sweeps that work only on our own tables."""
    database, clock = ground.database, ground.clock
    complaining = open_complaining(
        ground, works=lambda day: touching.plans.calendar.day(day).works
    )
    figures = Figures(database, ground.zone, shared=ground.cluster is not None)
    by_segment = SegmentTags(
        ground.desk.tag_book, Taggings(database), ground.journal, ground.customers.heed, clock,
        ground.zone, lambda: touching.plans.calendar,
    )  # fmt: skip
    return [
        every(5, "complaints", complaining.sweep),
        every(60, "figures", figures.count),
        every(LOOK_S, "tags.rules", by_segment.look, aside=ground.desk.tag_book.look),
        every(3600, "tags.segments", by_segment.sweep),
    ]


def open_complaining(ground: Ground, works: Callable[[date], bool]) -> Complaining:
    """
    Args:
        works: whether a date is a workday.
    """
    rules = ground.settings.complaints
    hours = answering_hours(rules, ground.zone, works)
    return Complaining(
        Cases(ground.database), ground.inbox, ground.clock,
        hours=hours, answer_min=rules.answer_min,
    )  # fmt: skip


def follow_wecom(ground: Ground, kept: InStep, media: Media, presence: Presence) -> None:
    """What WeCom knows of customers, codes, tags and groups; it needs the app."""
    settings, clock, client, desk = ground.settings, ground.clock, ground.client, ground.desk
    database, contacts = ground.database, kept.contacts
    groups = open_groups(ground, media, kept.groups)
    missed = Missed(
        presence, MissedTable(database), contacts, ground.inbox, clock, ground.zone,
        lambda: desk.manners.windows.quiet, tries_s=settings.platform.callback_tries_s,
        keep_days=settings.inbox.keep_days,
    )  # fmt: skip
    kept.runs += [
        guarded(every(86_400, "contacts.first", contacts.begin)),
        guarded(every(86_400, "groups.first", groups.begin)),
    ]
    kept.sweeps += [
        every(5, "handovers", kept.moving.sweep, aside=kept.moving.open),
        every(5, "contacts.refresh", contacts.refresh),
        every(600, "contacts.resume", contacts.resume),
        every(3600, "staff.departed", Departed(client, database, desk, clock).sweep),
        every(60, "contacts.missed", missed.sweep),
        nightly(2, 41, ground.zone, "contacts", contacts.reconcile),
        every(LOOK_S, "channels", kept.channels.look, aside=desk.channel_book.look),
        *sweeps_of_tags(ground, kept.tagging),
        *kept.referrals.sweeps(),
        *groups.sweeps(),
    ]
    if settings.archive:
        from bot.joined.archive import open_archive  # see there

        reader = open_archive(ground, settings.archive)
        kept.sweeps.append(every(15, "archive", reader.sweep))


def sweeps_of_tags(ground: Ground, tagging: Tagging) -> list[Sweep]:
    """The catalogue first, then the tags that customers got here."""
    lists, database, clock = ContactLists(ground.client), ground.database, ground.clock
    sync = TagSync(
        lists, ground.desk.customer_book, CorpTags(database), ground.journal, ground.customers,
        clock,
    )  # fmt: skip
    telling = TagTelling(lists, tagging, Taggings(database), clock, make=sync.make)
    return [
        every(5, "tags.catalogue", sync.sweep),
        every(86_400, "tags.catalogue.daily", sync.take_up),
        every(5, "tags", telling.sweep),
    ]
