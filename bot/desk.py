"""What every context needs, the scripts in force among it."""

from asyncio import Lock
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from bot.channels.book import ChannelBook
from bot.events import TouchDue
from bot.groups.rules import GroupRules
from bot.handover.stand_ins import StandIns
from bot.members.names import Names
from bot.members.userids import folded, same
from bot.profile.printing import Printing
from bot.profile.rules import CustomerBook
from bot.referral.book import ReferralBook
from bot.scripts.edition import Edition
from bot.scripts.renderer import Renderer
from bot.settings import Settings
from bot.signals.reading import SignalBook
from bot.store.desk import staff
from bot.store.groups.groups import Groups
from bot.store.sql import Database
from bot.store.stores.stores import StoreTable
from bot.stores.voices import Voices
from bot.tagging.book import TagBook
from bot.touch.policy import Refuse
from bot.touch.rules import Manners

T = TypeVar("T")


class Key(Generic[T]):
    """Names an application service: `ORDERS = Key[Orders]("orders")`, then `context[ORDERS]`."""

    def __init__(self, name: str) -> None:
        self.name = name


CHANNELS = Key[ChannelBook]("channels")  # channel codes by which customers come


@dataclass(kw_only=True)
class Desk:
    """One for the whole program."""

    settings: Settings
    edition: Edition  # each event is handled with the edition that is here when its turn comes
    renderer: Renderer
    signal_book: SignalBook
    services: Mapping[Key[Any], Any] = field(default_factory=dict)
    manners: Manners = field(default_factory=Manners)  # those in force
    group_rules: GroupRules = field(default_factory=GroupRules)  # those in force
    voices: Voices = field(default_factory=Voices)  # of members and stores
    stand_ins: StandIns = field(default_factory=StandIns)  # for members who hand over
    heirs: Mapping[str, str] = field(default_factory=dict)  # bot.store.desk.staff.heirs
    groups_off: frozenset[str] = frozenset()  # chat_ids in which the bot is switched off
    channel_book: ChannelBook
    referral_book: ReferralBook
    tag_book: TagBook
    customer_book: CustomerBook
    printing: Printing | None = None  # None: customers are not known
    # Whether a touch that waited on its way may still be said; None: it may.
    ask_again: Callable[[TouchDue], Awaitable[Refuse | None]] | None = None
    ended_by_a_purchase: tuple[str, ...] = ()  # ids of plans, those in force
    _reading: Lock = field(default_factory=Lock, init=False)  # else the older may come last

    async def refresh(self, database: Database) -> None:
        """Read again who speaks, by which name and voice, who does not, and where the bot is
        off."""
        async with self._reading:
            self.names.take(await staff.named(database))
            self.heirs = await staff.heirs(database)
            await self.voices.refresh(StoreTable(database))
            self.groups_off = await Groups(database).off()

    @cached_property
    def names(self) -> Names:
        """What members are called."""
        return Names(self.settings.members)

    def heir(self, member: str) -> str:
        """Who gets a to-do meant for `member`, who may be switched off; "" = whoever is on duty.

        For a member who hands over it depends on the customer: see `receivers`.
        """
        return member if member in self.stand_ins else self.heirs.get(folded(member), member)

    def receivers(self, member: str, customer: str) -> Sequence[str]:
        """The members who are told what is meant for `member` ("" = whoever is on duty) about a
        customer. Nobody is told of a question of their own while somebody else is on duty."""
        if member := self.heir(member):
            return (self.stand_ins.of(member, customer),)
        on_duty = self.stand_ins.left_of(self.settings.duty.members)
        return [one for one in on_duty if not same(one, customer)] or on_duty

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.zone)
