"""Joins what belongs to referral campaigns."""

from dataclasses import dataclass
from functools import partial

from bot.editions import LOOK_S
from bot.inbox import EventSink
from bot.joined.ground import Ground
from bot.referral.book import ReferralBook
from bot.referral.codes import ReferralCodes
from bot.referral.counting import Counting
from bot.scheduler import Sweep, every
from bot.store.referral.referrals import ReferralStore
from bot.wecom.contact_ways import ContactWays


@dataclass(slots=True, kw_only=True)
class Referrals:
    book: ReferralBook
    codes: ReferralCodes
    counting: Counting
    inbox: EventSink

    def sweeps(self) -> list[Sweep]:
        return [
            every(LOOK_S, "referral.codes", self.codes.look, aside=self.book.look),
            every(2, "referral.wishes", partial(self.codes.grant, self.inbox)),
            every(5, "referral", self.counting.sweep),
        ]


def open_referrals(ground: Ground) -> Referrals:
    desk, clock, zone = ground.desk, ground.clock, ground.zone
    store, book = ReferralStore(ground.database), desk.referral_book
    return Referrals(
        book=book,
        codes=ReferralCodes(ContactWays(ground.client), store, book, clock, zone),
        counting=Counting(
            store, book, ground.journal, clock, zone, library=lambda: desk.edition.library,
            staff=lambda: desk.settings.members,
        ),
        inbox=ground.inbox,
    )  # fmt: skip
