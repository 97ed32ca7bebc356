"""Tells WeCom of tags that rules gave here (doc 92118), through the member who serves them."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from operator import itemgetter

from bot.clock import Clock
from bot.errors import Refused, WeComError
from bot.store.journal import Journal, Write
from bot.store.people import untold
from bot.store.taggings import Taggings
from bot.wecom.contact_lists import ContactLists
from bot.wecom.tagging import Tagging

log = logging.getLogger(__name__)

AT_ONCE = 50
NO_CONTACT = "no member has them as a contact"
NO_TAG = "the company has no such tag in WeCom"


Make = Callable[[Sequence[str]], Awaitable[bool]]  # tags; whether there are new ones


class TagTelling:
    """
    Args:
        make: makes tags that the company has not, if it may.
    """

    def __init__(
        self, lists: ContactLists, tagging: Tagging, store: Taggings, journal: Journal,
        clock: Clock, make: Make,
    ) -> None:  # fmt: skip
        self._lists, self._tagging, self._store = lists, tagging, store
        self._journal, self._clock, self._make = journal, clock, make

    async def sweep(self) -> None:
        """What WeCom cannot take stays ours, with the reason."""
        rows = await self._store.untold(AT_ONCE)
        if not rows:
            return
        known = await self._tagging.catalogue()
        if await self._make(sorted({row["tag"] for row in rows} - known.keys())):
            known = await self._tagging.catalogue(fresh=True)
        whose = itemgetter("customer", "member")
        for (customer, member), some in groupby(sorted(rows, key=whose), key=whose):
            ids = {row["seq"]: known.get(row["tag"], "") for row in some}
            try:
                await self._tell(customer, member, ids)
            except Refused as error:
                extra = {"action": "tags", "customer": customer, "errcode": error.errcode}
                log.warning("WeCom does not take a tag", extra=extra)
                await self._store.told(ids, self._clock.timestamp(), str(error))
            except WeComError:  # it passes: the next sweep tells it
                return

    async def _tell(self, customer: str, member: str, ids: dict[int, str]) -> None:
        now = self._clock.timestamp()
        if not member:
            await self._store.told(ids, now, NO_CONTACT)
            return
        if unknown := [seq for seq, tag in ids.items() if not tag]:
            await self._store.told(unknown, now, NO_TAG)
        if tags := sorted({tag for tag in ids.values() if tag}):
            await self._lists.mark(member, customer, add=tags)
            await self._journal.write(Write(more=untold(customer, [member])))
            await self._store.told([seq for seq, tag in ids.items() if tag], now)
