"""Tells WeCom the tags that rules gave here (doc 92118), through whoever serves the customer."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from bot.clock import Clock
from bot.errors import Refused, WeComError
from bot.store.channels.taggings import Taggings
from bot.wecom.contact_lists import ContactLists
from bot.wecom.errcodes import CORP_WIDE
from bot.wecom.tagging import Tagging

log = logging.getLogger(__name__)

AT_ONCE = 50
REFUSED_S = 600.0  # until we try again when WeCom took nothing from us
NO_CONTACT = "no member has them as a contact"
NO_TAG = "the company has no such tag in WeCom"


Make = Callable[[Sequence[str]], Awaitable[bool]]  # tags; whether there are new ones


class TagTelling:
    """
    Args:
        make: makes tags that the company lacks, if it may.
    """

    def __init__(
        self, lists: ContactLists, tagging: Tagging, store: Taggings, clock: Clock, make: Make
    ) -> None:
        self._lists, self._tagging, self._store = lists, tagging, store
        self._clock, self._make = clock, make
        self._refused_until = 0.0

    async def sweep(self) -> None:
        """Give customers at WeCom the tags that rules gave them here.

        What WeCom cannot take stays only with us, with the reason. If it takes nothing at all,
        until a person has corrected that, all of them wait.

        Raises:
            WeComError: not now.
        """
        if self._clock.timestamp() < self._refused_until:
            return
        rows = await self._store.untold(AT_ONCE)
        if not rows:
            return
        known = await self._tagging.catalogue()
        if await self._make(sorted({row["tag"] for row in rows} - known.keys())):
            known = await self._tagging.catalogue(fresh=True)
        whose = itemgetter("customer", "member")
        for (customer, member), some in groupby(sorted(rows, key=whose), key=whose):
            names = {row["seq"]: row["tag"] for row in some}
            try:
                await self._tell(customer, member, names, known)
            except Refused as error:
                if error.errcode in CORP_WIDE:
                    self._refused_until = self._clock.timestamp() + REFUSED_S
                    raise
                extra = {"action": "tags", "customer": customer, "errcode": error.errcode}
                log.warning("WeCom does not take a tag", extra=extra)
                await self._store.told(names, self._clock.timestamp(), str(error))
            except WeComError:  # it will pass: the next sweep tries again
                return

    async def _tell(
        self, customer: str, member: str, names: Mapping[int, str], known: Mapping[str, str]
    ) -> None:
        now = self._clock.timestamp()
        if not member:
            await self._store.told(names, now, NO_CONTACT)
            return
        if unknown := [seq for seq, name in names.items() if name not in known]:
            await self._store.told(unknown, now, NO_TAG)
        if told := {seq: name for seq, name in names.items() if name in known}:
            await self._lists.mark(member, customer, add=sorted({known[n] for n in told.values()}))
            await self._tagging.keep(customer, member, told.values())
            await self._store.told(told, now)
