"""Asks for the official figures of groups, day by day, and judges the stage of each group."""

import logging
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.errors import Refused
from bot.groups.rules import GroupBook
from bot.groups.stage import judge
from bot.store.groups.figures import GroupFigures, Verdict
from bot.store.groups.views import WECOM_ZONE, wecom_day
from bot.wecom.group_chats import Figures, GroupChats
from bot.wecom.patience import patiently

log = logging.getLogger(__name__)

BACK_DAYS = 180  # the furthest that WeCom tells (doc 92133)
SPAN_DAYS = 30  # a question; no page tells how many it may be
AGAIN_DAYS = 3  # figures of late days may still be corrected


class FigureBook:
    def __init__(
        self, chats: GroupChats, figures: GroupFigures, book: GroupBook, clock: Clock,
        zone: ZoneInfo,
    ) -> None:  # fmt: skip
        self._chats, self._figures, self._book = chats, figures, book
        self._clock, self._zone = clock, zone

    async def fetch(self) -> int:
        """Fetch figures up to yesterday: 180 days of new owners, else what is missing. If it is
        broken off, the next call goes on with owners whose days are missing. Returns how many days
        there were.

        Raises:
            WeComError: WeCom would not tell even after some tries; what it told is kept.
        """
        yesterday = self._clock.now().astimezone(WECOM_ZONE).date() - timedelta(days=1)
        known, told = await self._figures.last_days(), 0
        history = min(self._book.rules.history_days, BACK_DAYS)
        for owner in await self._figures.owners():
            begin = yesterday - timedelta(days=history - 1)
            if owner in known:
                again = date.fromisoformat(known[owner]) - timedelta(days=AGAIN_DAYS - 1)
                begin = max(begin, again)
            try:
                told += await self._fetch_of(owner, begin, yesterday)
            except Refused as error:  # out of our range: others are told all the same
                extra = {"action": "groups", "owner": owner, "errcode": error.errcode}
                log.warning("WeCom does not tell an owner's figures", extra=extra)
        return told

    async def _fetch_of(self, owner: str, begin: date, last: date) -> int:
        days: dict[str, Figures] = {}
        while begin <= last:
            end = min(begin + timedelta(days=SPAN_DAYS - 1), last)
            first, final = _midnight(begin), _midnight(end)
            ask = partial(self._chats.by_day, owner, first, final)
            told = await patiently(self._clock, ask)
            days |= {wecom_day(at): figures for at, figures in told}
            begin = end + timedelta(days=1)
        if days:
            await self._keep_single(owner, days)
            await self._figures.put(owner, "", days)  # last: by it the owner is known
        return len(days)

    async def _keep_single(self, owner: str, days: Mapping[str, Figures]) -> None:
        """Figures of an owner with one group are that group's."""
        since = _midnight(date.fromisoformat(min(days))).timestamp()
        if only := await self._figures.single(owner, since):
            chat, made = only
            born = wecom_day(made) if made else ""
            own = {day: one for day, one in days.items() if one.chats == 1 and day >= born}
            if own:
                await self._figures.put(owner, chat, own)

    async def judge(self) -> None:
        """Find the kind and the stage of every group."""
        now, rules = self._clock.now().astimezone(self._zone), self._book.rules
        lately, longer = (
            (now - timedelta(days=days)).timestamp()
            for days in (rules.stages.growing_days, rules.stages.closing_days)
        )
        after = ""
        while standing := await self._figures.standing(lately, longer, after):
            verdicts = []
            for one in standing:
                judged = judge(one, rules.stages, now)
                verdicts.append(
                    Verdict(
                        chat_id=one.chat_id, stage=judged.stage, zh=judged.zh, en=judged.en,
                        kind=rules.kind_of(one.name, one.owner),
                    )
                )  # fmt: skip
            await self._figures.judged(verdicts, now.timestamp())
            after = standing[-1].chat_id


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), WECOM_ZONE)
