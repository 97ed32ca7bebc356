"""Customers' own codes at WeCom: made when one is wanted, changed with their campaign, deleted
when that is over."""

import logging
from collections.abc import Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from bot.channels.way import digest_of, made
from bot.clock import Clock
from bot.errors import Declined, Refused, WeComError
from bot.events import InviteReady
from bot.inbox import EventSink
from bot.referral.book import Campaign, ReferralBook
from bot.store.referral.referrals import OwnCode, ReferralStore, Wish
from bot.wecom.contact_ways import NO_SUCH_WAY, ContactWays

log = logging.getLogger(__name__)

AT_ONCE: Final = 20  # codes in one sweep: others want to reach WeCom, too
REST_S: Final = 300.0
PATIENCE_S: Final = 600.0  # for codes that somebody waits for
NO_CAMPAIGN = ("现在没有进行中的邀请活动。", "No referral campaign runs now.")
PAUSED = ("活动暂停了，先不发新的邀请码。", "The campaign is paused: no new codes for now.")
ENOUGH = ("这个活动的邀请码已经发满，要加请改 codes。", "It has given as many codes as it may.")


class ReferralCodes:
    """
    Args:
        zone: the company's.
    """

    def __init__(
        self, ways: ContactWays, store: ReferralStore, book: ReferralBook, clock: Clock,
        zone: ZoneInfo,
    ) -> None:  # fmt: skip
        self._ways, self._store, self._book = ways, store, book
        self._clock, self._zone = clock, zone
        self._turn = store.turns("referral codes")  # else two requests for one code make two
        self._rests_until = 0.0  # after WeCom said no
        self.problem = ""  # its last no to a change, in its words

    @property
    def today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    async def give(self, campaign_id: str, customer: str, who: str) -> OwnCode:
        """Their code, made if they have none yet.

        Args:
            who: the member who wants it for them; "" = they asked themselves.

        Raises:
            Declined: there is none to be had, and why.
            WeComError: WeCom does not make it.
        """
        campaign = self._book.campaigns.get(campaign_id)
        if campaign is None or not campaign.runs(self.today):
            raise Declined(*NO_CAMPAIGN)
        async with self._turn():
            code = await self._store.code(campaign.id, customer)
            if code and code.config_id:
                return code
            if await self._store.paused(campaign.plan):
                raise Declined(*PAUSED)
            if code is None and await self._store.number(campaign.id) >= campaign.codes:
                raise Declined(*ENOUGH)
            return await self._make(campaign, customer, who, code)

    async def _make(
        self, campaign: Campaign, customer: str, who: str, code: OwnCode | None
    ) -> OwnCode:
        state, now = code.state if code else campaign.new_state(), self._clock.timestamp()
        way, asked_at = campaign.channel(state).way, code.asked_at if code else None
        if code and code.config_id:  # it was deleted at WeCom
            await self._store.lost(state, now)
            asked_at = None  # what came of that is known
        found = await made(
            self._ways, way, now, asked_at,
            lambda: self._store.ask(state, campaign.id, customer, who, now),
        )  # fmt: skip
        await self._store.made(state, found.config_id, found.picture, _digest(campaign))
        kept = await self._store.code(campaign.id, customer)
        assert kept is not None  # it was asked for
        return kept

    async def grant(self, inbox: EventSink) -> None:
        """Make codes for those who asked; each is announced by an event of their conversation."""
        for wish in await self._store.wishes(AT_ONCE):
            event = await self._granted(wish)
            if event is not None:
                await inbox.put([event])
                await self._store.granted(wish.id)

    async def _granted(self, wish: Wish) -> InviteReady | None:
        """None: WeCom is asked again."""
        now, link, why = self._clock.now(), "", ""
        try:
            link = (await self.give(wish.campaign, wish.customer, "")).picture
        except Declined as error:
            why = error.zh
        except Refused as error:
            why = f"企业微信没有给邀请码：{error.errmsg}"
        except WeComError:
            if now.timestamp() - wish.at < PATIENCE_S:
                return None
            why = "企业微信一直没有给邀请码"
        campaign = self._book.campaigns.get(wish.campaign)
        return InviteReady(
            id=f"invite:{wish.id}", at=now, conversation=wish.conversation,
            customer=wish.customer, account=wish.account, link=link, why=why,
            title=campaign.title if campaign else "",
            until=f"{campaign.until.month}月{campaign.until.day}日" if campaign else "",
        )  # fmt: skip

    async def look(self) -> None:
        """Take up what has changed in the file; delete codes of campaigns that are over."""
        changed, now = self._book.look(), self._clock.timestamp()
        if now < self._rests_until and not changed:
            return
        try:
            for campaign in self._book.campaigns.values():
                if campaign.until < self.today:
                    await self._delete(await self._store.standing(campaign.id, AT_ONCE))
                else:
                    await self._change(campaign)
            await self._delete(await self._store.orphans(AT_ONCE))
            self.problem = ""
        except WeComError as error:  # a later look goes on
            self._rests_until = now + REST_S
            self.problem = f"{error.errmsg} ({error.errcode})"
            extra = {"action": "referral.codes", "errcode": error.errcode}
            log.warning("WeCom does not change customers' codes", extra=extra)

    async def _change(self, campaign: Campaign) -> None:
        digest = _digest(campaign)
        for code in await self._store.outdated(campaign.id, digest, AT_ONCE):
            try:
                await self._ways.update(code.config_id, campaign.channel(code.state).way)
            except Refused as error:
                if error.errcode != NO_SUCH_WAY:
                    raise
                async with self._turn():  # theirs when they ask
                    kept = await self._store.code(campaign.id, code.customer)
                    if kept == code:  # else another process made it, or they were forgotten
                        await self._make(campaign, code.customer, code.who, code)
            else:
                await self._store.made(code.state, code.config_id, code.picture, digest)

    async def _delete(self, codes: Sequence[OwnCode]) -> None:
        for code in codes:
            await self._ways.delete(code.config_id)
            await self._store.gone(code.state, self._clock.timestamp())


def _digest(campaign: Campaign) -> str:
    """A digest of what all its codes have in common."""
    return digest_of(campaign.channel("").way)
