"""Judges invitations when their time has come, and has rewards sent, each once.

A reward is a touch like any other: the policy decides when it goes, the sender whether it arrived.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.referral.book import Campaign, ReferralBook
from bot.referral.rule import judge
from bot.scripts.library import Library
from bot.scripts.wording import words_of
from bot.store.customers.people import planned
from bot.store.journal import Journal, Write
from bot.store.referral.referrals import ReferralStore, Ripe
from bot.store.touch.statements import TouchStatement
from bot.touch.touch import Scenario, Touch

BATCH: Final = 500
WORTH: Final = timedelta(days=14)  # what could not be sent until then is shown as not sent


class Counting:
    """
    Args:
        library: the scripts in force.
        staff: userids, of now.
        zone: the company's.
    """

    def __init__(
        self, store: ReferralStore, book: ReferralBook, journal: Journal, clock: Clock,
        zone: ZoneInfo, *, library: Callable[[], Library], staff: Callable[[], Collection[str]],
    ) -> None:  # fmt: skip
        self._store, self._book, self._journal = store, book, journal
        self._clock, self._zone = clock, zone
        self._library, self._staff = library, staff
        self._reached = dict[str, Campaign]()  # as who has reached what was found last

    async def sweep(self) -> None:
        """Judge those whose time has come. Doing it twice repeats nothing; what is paused waits,
        and so do its rewards."""
        await self._store.follow()
        for campaign in self._book.campaigns.values():
            if await self._store.paused(campaign.plan):
                continue
            if await self._judge(campaign) or self._reached.get(campaign.id) != campaign:
                for one in campaign.thresholds:
                    await self._store.reached(campaign.id, one.count, self._clock.timestamp())
                self._reached[campaign.id] = campaign
            await self._reward(campaign)

    async def _judge(self, campaign: Campaign) -> int:
        """How many were looked at."""
        number = 0
        now, staff = self._clock.timestamp(), frozenset(self._staff())
        span = campaign.span(self._zone)
        while due := await self._store.due(campaign.id, now, BATCH):
            verdicts = [
                (seq, judge(one, campaign, now, span=span, staff=staff)) for seq, one in due
            ]
            await self._store.judged(verdicts, now)
            number += len(due)
        return number

    async def _reward(self, campaign: Campaign) -> None:
        scripts = {one.count: one.script for one in campaign.thresholds}
        ripe = [
            one
            for one in await self._store.ripe(campaign.id, BATCH)
            if scripts.get(one.step) in self._library()
        ]
        if not ripe:
            return
        now = self._clock.now()
        more = planned([_touch(campaign, one, scripts[one.step], self._library(), now)
                        for one in ripe])  # fmt: skip
        more[TouchStatement.TRY_REWARDS] = [(_slot(one), one.seq, one.tries) for one in ripe]
        await self._journal.write(Write(more=more))


def _slot(one: Ripe) -> str:
    return f"{one.step}" if one.tries == 0 else f"{one.step}.{one.tries + 1}"


def _touch(campaign: Campaign, one: Ripe, script: str, library: Library, now: datetime) -> Touch:
    return Touch(
        plan=campaign.plan, slot=_slot(one), customer=one.inviter,
        scenario=Scenario(campaign.scenario), script=script, words=words_of(library[script]),
        due_at=now, deadline=now + WORTH,
    )  # fmt: skip
