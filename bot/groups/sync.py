"""Keeps what we know of customer groups in line with WeCom.

An event is a row until its group is fetched; many events of a group cost one call. The member
versions of events form a chain (doc 92130): if it does not begin at the version that we have, an
event was lost, and the answer of groupchat/get corrects everything.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from weakref import WeakValueDictionary

from bot.clock import Clock
from bot.errors import Refused, Unreadable, WeComError
from bot.store.groups.groups import Change, Groups
from bot.wecom.client import WeComClient
from bot.wecom.group_chats import OWNERS, GroupChats, Listed
from bot.wecom.patience import patiently

log = logging.getLogger(__name__)

Progress = Callable[[float], object]

AT_ONCE = 20  # groups asked for at a time
REFUSED_S = 600.0  # after which a group that WeCom refused to tell of is asked for again
LAG_S = 60.0  # so long groupchat/get may still tell what was before an event
EVER = 1.0  # any fetch was later
NO_GROUP = frozenset({49008, 90501, 90509})  # dismissed, or no customer group
TOO_MANY = 81017  # more than 1,000 members are seen: owners must be named


class GroupSync:
    def __init__(self, client: WeComClient, groups: Groups, clock: Clock) -> None:
        self._client, self._chats = client, GroupChats(client)
        self._groups, self._clock = groups, clock
        self._aside: dict[str, float] = {}  # groups that WeCom did not tell of, until when
        # For each group that is asked for: else an older answer may be kept last.
        self._asking = WeakValueDictionary[str, asyncio.Lock]()

    async def begin(self) -> None:
        """Ask for all groups that we do not know yet: at the first start for all, and after it
        was broken off for the rest.

        Raises:
            WeComError: WeCom would not tell even after some tries; what it told is kept.
        """
        await self._ask_for(await self._listed(), since=EVER)

    async def reconcile(self, progress: Progress = lambda _: None) -> int:
        """Ask for all groups; returns how many there are.

        If it was broken off within the last hour, it asks only for those that are left.

        Args:
            progress: called with the share that is done, 0 to 1.

        Raises:
            WeComError: WeCom would not tell even after some tries; what it told is kept.
        """
        begun = self._clock.timestamp()
        listed = await self._listed()
        await self._ask_for(listed, since=begun - 3600, progress=progress)
        chats = {one.chat_id for one in listed}
        for chat in await self._groups.alive(begun) - chats:  # WeCom lists it no more
            await self._ask(chat, patient=True)
        log.info("groups are in line", extra={"action": "groups", "groups": len(chats)})
        return len(chats)

    async def _ask_for(
        self, listed: Sequence[Listed], since: float, progress: Progress = lambda _: None
    ) -> None:
        """Ask for those groups that were not asked for since that moment (Unix seconds)."""
        chats = [one.chat_id for one in listed]
        left = set(chats) - await self._groups.fresh(chats, since)
        for number, chat in enumerate(chats, 1):
            if chat in left:
                await self._ask(chat, patient=True)
            progress(number / len(chats))
        await self._groups.owner_states({one.chat_id: one.status for one in listed})

    async def _listed(self) -> list[Listed]:
        try:
            return await self._pages(())
        except Refused as error:
            if error.errcode != TOO_MANY:
                raise
        members = await patiently(self._clock, self._client.follow_user_list)
        found: list[Listed] = []
        for start in range(0, len(members), OWNERS):
            found += await self._pages(members[start : start + OWNERS])
        return found

    async def _pages(self, owners: Sequence[str]) -> list[Listed]:
        found: list[Listed] = []
        cursor = ""
        while True:
            page = await patiently(self._clock, partial(self._chats.listed, owners, cursor))
            found += page.items
            if not (cursor := page.cursor):
                return found

    async def refresh(self) -> None:
        """Fetch the groups that events have named."""
        now = self._clock.timestamp()
        self._aside = {chat: until for chat, until in self._aside.items() if until > now}
        for chat in await self._groups.waiting(AT_ONCE + len(self._aside)):
            if chat not in self._aside:
                await self._ask(chat)

    async def look_up(self, chat: str) -> None:
        """Ask about one group now.

        Raises:
            WeComError: WeCom does not tell at the moment.
        """
        await self._ask(chat)

    async def _ask(self, chat: str, *, patient: bool = False) -> None:
        """Fetch the group as it is now.

        Args:
            patient: ask even if by its events we have it already, and again where it fails.
        """
        asking = partial(self._ask_once, chat, anyhow=patient)
        await (patiently(self._clock, asking) if patient else asking())

    async def _ask_once(self, chat: str, *, anyhow: bool) -> None:
        async with self._asking.setdefault(chat, asyncio.Lock()):
            await self._answered(chat, anyhow=anyhow)

    async def _answered(self, chat: str, *, anyhow: bool) -> None:
        changes, had = await self._groups.changes(chat), await self._groups.had(chat)
        now, last = self._clock.timestamp(), changes[-1] if changes else None
        if last and last.change == "dismiss":
            await self._groups.dismiss(chat, last.at)
            await self._groups.followed(chat, last.seq, now)
            return
        if last and not anyhow and known_already(changes, had.version):
            await self._groups.leave(chat, changes)
            await self._groups.followed(chat, last.seq, now)
            return
        try:
            told = await self._chats.get(chat)
        except (Refused, Unreadable) as error:
            await self._refused(chat, error)
            if isinstance(error, Refused) and error.alert:  # a person may set it right
                self._aside[chat] = now + REFUSED_S
            elif last:
                await self._groups.followed(chat, last.seq, now)
            return
        gap = bool(had.fetched_at) and has_gap(changes, had.version)
        if gap:
            log.warning("an event of a group was lost", extra={"action": "groups", "chat": chat})
        if last and now - last.at < LAG_S and is_late(changes, had.version, told.version):
            await self._groups.leave(chat, changes)
            return  # asked for again at the next sweep
        await self._groups.keep(told, now, changes, gap=gap)

    async def _refused(self, chat: str, error: WeComError) -> None:
        """Go on without a group that we may not see, or cannot read."""
        if error.errcode in NO_GROUP:
            await self._groups.dismiss(chat, self._clock.timestamp())
        else:
            extra = {"action": "groups", "chat": chat, "errcode": error.errcode}
            alert = isinstance(error, Refused) and error.alert
            level = logging.ERROR if alert else logging.WARNING
            log.log(level, "WeCom does not tell of a group", extra=extra)


def chain(changes: Sequence[Change]) -> list[Change]:
    """Those that changed the members: each has the version before and the one after."""
    return [one for one in changes if one.version]


def newest(links: Sequence[Change]) -> set[str]:
    """The versions that nothing follows. One, but where events were lost or are on their way."""
    return {one.version for one in links} - {one.last_version for one in links}


def known_already(changes: Sequence[Change], version: str) -> bool:
    """Whether what we have was fetched after all of these: nothing but members changed, and the
    last change led to the version that we have."""
    links = chain(changes)
    return len(links) == len(changes) > 0 and newest(links) == {version}


def has_gap(changes: Sequence[Change], version: str) -> bool:
    """Whether an event between `version`, which we have, and these was lost."""
    links = chain(changes)
    known = [place for place, one in enumerate(links) if one.version == version]
    later = links[known[-1] + 1 :] if known else links
    after = {version, *(one.version for one in later)}  # they may have overtaken each other
    return any(one.last_version not in after for one in later)


def is_late(changes: Sequence[Change], had: str, told: str) -> bool:
    """Whether WeCom's answer (`told`) is older than the last of the changes."""
    links = chain(changes)
    if not links or told in newest(links):
        return False
    passed = {version for one in links for version in (one.last_version, one.version)}
    return told in passed | {had}
