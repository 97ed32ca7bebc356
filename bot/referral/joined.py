"""What belongs to referral campaigns, joined."""

from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.desk import Desk
from bot.editions import LOOK_S
from bot.inbox import Files
from bot.referral.book import ReferralBook
from bot.referral.codes import ReferralCodes
from bot.referral.counting import Counting
from bot.scheduler import Sweep, every
from bot.store.journal import Journal
from bot.store.referral.referrals import ReferralStore
from bot.store.sql import Database
from bot.wecom.client import WeComClient
from bot.wecom.contact_ways import ContactWays


@dataclass(slots=True, kw_only=True)
class Referrals:
    book: ReferralBook
    codes: ReferralCodes
    counting: Counting
    inbox: Files

    def sweeps(self) -> list[Sweep]:
        return [
            every(LOOK_S, "referral.codes", self.codes.look, aside=self.book.look),
            every(2, "referral.wishes", partial(self.codes.grant, self.inbox)),
            every(5, "referral", self.counting.sweep),
        ]


def open_referrals(
    desk: Desk, client: WeComClient, database: Database, journal: Journal, inbox: Files,
    clock: Clock,
) -> Referrals:  # fmt: skip
    store, zone, book = ReferralStore(database), ZoneInfo(desk.settings.zone), desk.referral_book
    return Referrals(
        book=book,
        codes=ReferralCodes(ContactWays(client), store, book, clock, zone),
        counting=Counting(
            store, book, journal, clock, zone, library=lambda: desk.edition.library,
            staff=lambda: desk.settings.members,
        ),
        inbox=inbox,
    )  # fmt: skip
