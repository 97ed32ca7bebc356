"""What the pages work with. One for the whole program."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.channels.codes import ChannelCodes
from bot.clock import Clock, SystemClock
from bot.desk import Desk
from bot.editions import Editions
from bot.groups.sync import GroupSync
from bot.handover.moving import Moving
from bot.inbox import Inbox
from bot.joined.ground import Ground
from bot.joined.instep import InStep
from bot.joined.profiles import Profiles
from bot.joined.referrals import Referrals
from bot.joined.talking import Talking
from bot.joined.touching import Touching
from bot.members.names import Spelled
from bot.moments.desk import MomentDesk
from bot.sending.sender import Sender
from bot.settings import Settings
from bot.store.credentials import Credentials
from bot.store.customers.serving import Reach
from bot.store.desk import staff
from bot.store.desk.audit import Deed, note
from bot.store.desk.staff import Sight
from bot.store.journal import Journal
from bot.store.scripts.figures import Figures
from bot.store.sql import Database
from bot.web.asking import Asking
from bot.web.assets import Assets
from bot.web.console.scripts.board import Board
from bot.web.console.scripts.catalogue import Catalogue
from bot.web.jobs import Jobs
from bot.web.live import Live
from bot.web.own import OwnScripts
from bot.web.session import Seal
from bot.wecom.client import WeComClient
from bot.wecom.contacts import Contacts
from bot.wecom.jssdk import Tickets
from bot.wecom.media import Media
from bot.wecom.tagging import Tagging


@dataclass(kw_only=True)
class Office:
    settings: Settings
    clock: Clock
    desk: Desk  # `desk.edition`: the scripts in force, with matcher and search
    editions: Editions
    database: Database
    journal: Journal
    inbox: Inbox
    touching: Touching
    sender: Sender
    client: WeComClient
    media: Media
    contacts: Contacts  # of WeCom, if there is an app
    channels: ChannelCodes
    tagging: Tagging
    groups: GroupSync
    moving: Moving  # handovers
    moments: MomentDesk
    profiles: Profiles  # what is known of customers, and by which rules
    referrals: Referrals
    tickets: Tickets
    asking: Asking
    own: OwnScripts
    seal: Seal
    assets: Assets
    live: Live
    jobs: Jobs
    catalogue: Catalogue
    board: Board

    @classmethod
    async def open(
        cls, ground: Ground, touching: Touching, talking: Talking, in_step: InStep
    ) -> "Office":
        kept, clock, client, database = Credentials(), ground.clock, ground.client, ground.database
        live = Live(database, clock, lambda: ground.journal.commits)
        ground.editions.followers.append(lambda edition: live.tell("scripts"))
        return cls(
            settings=ground.settings, clock=clock, desk=ground.desk, editions=ground.editions,
            database=database, journal=ground.journal, inbox=ground.inbox, touching=touching,
            sender=talking.sender, client=client, media=talking.media,
            contacts=in_step.contacts, channels=in_step.channels, tagging=in_step.tagging,
            groups=in_step.groups, moving=in_step.moving, moments=in_step.moments.desk,
            profiles=in_step.profiles, referrals=in_step.referrals,
            tickets=Tickets(client, kept, clock),
            asking=Asking(clock),
            own=OwnScripts(database, ground.settings.root),
            seal=await Seal.open(kept, SystemClock()),  # sessions follow real time
            assets=Assets(),
            live=live,
            jobs=Jobs(),
            catalogue=Catalogue(),
            board=Board(),
        )  # fmt: skip

    @cached_property
    def zone(self) -> ZoneInfo:
        """The company's."""
        return ZoneInfo(self.settings.zone)

    @property
    def now(self) -> datetime:
        """By the company's clock."""
        return self.clock.now().astimezone(self.zone)

    @property
    def today(self) -> date:
        return self.now.date()

    @cached_property
    def figures(self) -> Figures:
        shared = bool(self.settings.inbox.url)
        return Figures(self.database, self.zone, shared=shared)

    @property
    def corp(self) -> str:
        return self.settings.wecom.corp_id

    @property
    def agent(self) -> int:
        return self.settings.app.agent_id if self.settings.app else 0

    def reach(self, sight: Sight) -> Reach:
        """The reach of those in `sight` right now."""
        lasts_s = self.settings.platform.kf_window_h * 3600
        return Reach(sight=sight, since=self.clock.timestamp() - lasts_s)

    async def names(self) -> Mapping[str, str]:
        """userid, in any case, → what to call them."""
        people = await staff.everybody(self.database)
        return Spelled({person.id: person.name for person in people}, self.settings.members)

    async def note(self, *deeds: Deed) -> None:
        """Keep who did what."""
        await note(self.database, deeds, self.clock.timestamp())
