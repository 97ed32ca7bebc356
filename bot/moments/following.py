"""Follows moments at WeCom: made, posted by their members or not, seen, commented on."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

from bot.clock import Clock
from bot.errors import Refused, TryLater, WeComError
from bot.events import ReminderDue
from bot.inbox import EventSink
from bot.members.userids import among, folded
from bot.moments.judging import DAY_S
from bot.moments.rules import MomentBook
from bot.store.moments.moments import MomentTable, Part
from bot.store.states import PartState, PostState
from bot.wecom.moments import Moments

log = logging.getLogger(__name__)

AT_ONCE = 50
SOON_S, COMMENTS_S = 60.0, 900.0  # between two checks of a moment, and of its comments
WHY = "朋友圈还没有发表"  # of the to-do
NOT_YET = "这条朋友圈还没有发表，请到手机企业微信 → 工作台 → 客户朋友圈里点发表："
SHOWN = 40  # characters of a moment in a reminder
NOT_ABLE = ("企业微信说这位同事不能发朋友圈", "WeCom says that this member cannot post it")
GONE = ("企业微信里已没有这条朋友圈", "WeCom no longer has this moment")
MISSED = ("同事没有在规定时间里发表，已撤回", "it was not posted in time, and is withdrawn")


class MomentFollowing:
    """
    Args:
        works: whether members may be reminded at that moment.
    """

    def __init__(
        self, book: MomentBook, table: MomentTable, wecom: Moments, inbox: EventSink, clock: Clock,
        works: Callable[[datetime], bool],
    ) -> None:  # fmt: skip
        self._book, self._table, self._wecom = book, table, wecom
        self._inbox, self._clock, self._works = inbox, clock, works

    async def sweep(self) -> None:
        now = self._clock.timestamp()
        for job, post in await self._table.jobs(AT_ONCE):
            await self._patiently(self._take_up(job, post))
        for moment in await self._table.open(now - SOON_S, AT_ONCE):
            await self._table.checked(moment, now)
            await self._patiently(self._look_at(moment, now))
        since = now - self._book.rules.comment_days * DAY_S
        for part in await self._table.lately(since, now - COMMENTS_S, AT_ONCE):
            await self._table.looked(part, now)
            await self._patiently(self._read_comments(part))
        await self._table.close()

    async def _patiently(self, work: Awaitable[None]) -> None:
        try:
            await work
        except WeComError as error:
            log.warning(
                "a moment could not be followed up",
                extra={"action": "moment", "api": error.api, "errcode": error.errcode},
            )

    async def _take_up(self, job: str, post: str) -> None:
        found = await self._table.get(post)
        assert found is not None  # its share is there
        members = [one.member for one in found.parts if one.job == job]
        try:
            made = await self._wecom.made(job)
        except TryLater:
            return
        except Refused as error:
            zh, en = f"企业微信没有发出：{error.errcode} {error.errmsg}", f"WeCom refused: {error}"
            await self._table.end(post, members, PartState.REFUSED, zh, en)
            return
        if made is None:
            return
        if not made.moment:
            why = f"{made.errcode} {made.errmsg}"
            zh, en = f"企业微信没有发出：{why}", f"WeCom refused it: {why}"
            await self._table.end(post, members, PartState.REFUSED, zh, en)
            return
        if lost := [one for one in members if among(one, made.invalid)]:
            await self._table.end(post, lost, PartState.REFUSED, *NOT_ABLE)
        await self._table.made(job, made.moment)

    async def _look_at(self, moment: str, now: float) -> None:
        if not (left := await self._take_posted(moment, now)):
            return
        confirm_s = self._book.rules.confirm_h * 3600
        post = await self._table.get(left[0].post)
        assert post is not None  # its shares are there
        withdrawn = post.state is PostState.WITHDRAWN
        if withdrawn or any(now - (one.asked_at or now) >= confirm_s for one in left):
            with suppress(Refused):  # it may be withdrawn already, unnoted
                await self._wecom.cancel(moment)
            if left := await self._take_posted(moment, now):  # some may have just posted it
                members = [one.member for one in left]
                why = (PartState.WITHDRAWN, "", "") if withdrawn else (PartState.MISSED, *MISSED)
                await self._table.end(post.id, members, *why)
            return
        for part in left:
            await self._remind(part, post.text, now)

    async def _take_posted(self, moment: str, now: float) -> list[Part]:
        """Note who has posted it.

        Returns:
            The shares of those who still have to post it.
        """
        asked = [
            part for part in await self._table.of_moment(moment) if part.state is PartState.ASKED
        ]
        try:
            told = await self._wecom.posted(moment)
        except Refused as error:
            if not error.alert and asked:  # deleted in WeCom's console: nobody can post it
                members = [one.member for one in asked]
                await self._table.end(asked[0].post, members, PartState.MISSED, *GONE)
            raise
        posted = {folded(who): out for who, out in told.items()}
        left = []
        for part in asked:
            if posted.get(folded(part.member)):
                shown = await self._wecom.shown(moment, part.member)
                await self._table.confirm(part, now, shown)
            else:
                left.append(part)
        return left

    async def _remind(self, part: Part, text: str, now: float) -> None:
        rules = self._book.rules
        rested = now - (part.reminded_at or part.asked_at or now) >= rules.remind_h * 3600
        if not rested or part.reminders >= rules.reminders or not self._works(self._clock.now()):
            return
        text = text if len(text) <= SHOWN else text[:SHOWN] + "…"
        await self._inbox.put([
            ReminderDue(
                id=f"moment:{part.seq}:{part.reminders}", at=self._clock.now(),
                conversation=f"moment:{part.member}", customer="",
                member=part.member, words=f"{NOT_YET}{text}", who="", why=WHY,
            )
        ])  # fmt: skip
        await self._table.reminded(part, now)

    async def _read_comments(self, part: Part) -> None:
        found = await self._wecom.comments(part.moment, part.member)
        rows = [
            (part.moment, part.member, one.author, int(one.staff), one.at.timestamp())
            for one in found
        ]
        if rows:
            await self._table.put_comments(rows)
