"""What every part of a running assistant stands on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from bot.channels.book import ChannelBook
from bot.clock import Clock
from bot.cluster.cluster import Cluster
from bot.context import SPOKEN
from bot.customers.customers import Customers
from bot.desk import CHANNELS, Desk, Key
from bot.editions import Editions
from bot.inbox import Inbox
from bot.profile.rules import CustomerBook
from bot.referral.book import ReferralBook
from bot.scripts.edition import Edition
from bot.scripts.renderer import Renderer
from bot.sessions import Sessions
from bot.settings import Settings
from bot.signals.reading import SignalBook
from bot.store.journal import Journal
from bot.store.scripts.learned import Lessons
from bot.store.scripts.pictures import Pictures
from bot.store.scripts.versions import Approved
from bot.store.sql import Database, Source
from bot.tagging.book import TagBook
from bot.wecom.client import WeComClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    settings: Settings
    clock: Clock
    client: WeComClient
    database: Database
    journal: Journal
    inbox: Inbox
    customers: Customers
    sessions: Sessions
    editions: Editions
    desk: Desk
    cluster: Cluster | None  # None: this process is the only one
    own: bool  # scripts and plans come from the workspace's files and follow them

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return self.desk.zone


def open_editions(settings: Settings, source: Source, before: Editions | None = None) -> Editions:
    """The editions: the workspace's files, overlaid by what is approved in `source`."""
    library = settings.root / settings.library
    return Editions(
        library,
        Approved(source),
        Lessons(source),
        Pictures(source),
        required=SPOKEN,
        before=before,
    )


def open_desk(settings: Settings, services: Mapping[Key[Any], Any], editions: Editions) -> Desk:
    """The desk, which always has the latest edition.

    Raises:
        ConfigError: the rules of signals, codes, tags, referrals or customers cannot be used.
    """
    root = settings.root
    referrals = ReferralBook(root)
    channels = ChannelBook(root, referrals=referrals)
    rules, tags, customers = SignalBook(root), TagBook(root), CustomerBook(root)
    for book in (rules, referrals, channels, tags, customers):
        book.open()
    desk = Desk(
        settings=settings,
        edition=editions.edition,
        signal_book=rules,
        channel_book=channels,
        referral_book=referrals,
        tag_book=tags,
        customer_book=customers,
        manners=settings.manners,
        renderer=Renderer(
            {"company": asdict(settings.company)}, nicknames=lambda: customers.rules.nicknames
        ),
        services={CHANNELS: channels, **services},
    )

    def put(edition: Edition) -> None:
        desk.edition = edition

    editions.followers.append(put)
    return desk
