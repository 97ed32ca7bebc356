"""Joins what belongs to moments."""

from dataclasses import dataclass

from bot.editions import LOOK_S
from bot.joined.ground import Ground
from bot.joined.touching import Touching
from bot.moments.desk import MomentDesk
from bot.moments.following import MomentFollowing
from bot.moments.judging import Judge
from bot.moments.rules import MomentBook
from bot.moments.sending import MomentSending
from bot.plans.segments import Segments, tagged
from bot.scheduler import Sweep, every
from bot.store.moments.moments import MomentTable
from bot.wecom.contact_lists import ContactLists
from bot.wecom.moments import Moments


@dataclass(slots=True, kw_only=True)
class MomentWork:
    book: MomentBook
    desk: MomentDesk
    sending: MomentSending
    following: MomentFollowing

    async def look(self) -> None:
        """Take up changes of the file; a page may have read them first."""
        self.book.look()
        await self.desk.adopt()

    def sweeps(self, *, wecom: bool) -> list[Sweep]:
        """
        Args:
            wecom: whether there is an app that can make moments.
        """
        sweeps = [every(LOOK_S, "moments.rules", self.look)]
        if wecom:
            sweeps.append(every(60, "moments", self.sending.sweep))
            sweeps.append(every(30, "moments.follow", self.following.sweep))
        return sweeps


async def open_moments(ground: Ground, touching: Touching) -> MomentWork:
    """
    Raises:
        ConfigError: config/moments.toml cannot be used.
    """
    settings, clock, zone = ground.settings, ground.clock, ground.zone
    table, wecom = MomentTable(ground.database), Moments(ground.client)

    def segments() -> Segments:
        return touching.plans.book.segments

    book = MomentBook(settings.root, lambda: tagged(segments()))
    judge = Judge(
        table=table, book=book, caps=lambda: touching.rules.policy.profile.caps,
        hands_over=ground.desk.stand_ins.__contains__, zone=zone,
    )  # fmt: skip
    moments = MomentWork(
        book=book,
        desk=MomentDesk(table, judge, clock, zone),
        sending=MomentSending(
            judge, table, wecom, ContactLists(ground.client), clock,
            tags=lambda name: tagged(segments()).get(name),
            library=settings.root / settings.library, zone=zone,
        ),
        following=MomentFollowing(book, table, wecom, ground.inbox, clock, touching.works),
    )  # fmt: skip
    if ground.own:
        book.open()
        await moments.desk.adopt()
    return moments
