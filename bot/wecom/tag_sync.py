"""Keeps the company's tags in step with WeCom (docs 92117, 92130).

Events say that something has changed, but not what (a deleted group's tags have none), so all tags
are asked for at the start and after each event. A tag that is gone is taken from our customers; a
new name replaces the old one.
"""

import asyncio
import logging
from collections.abc import Sequence

from bot.clock import Clock
from bot.customers.customers import Customers
from bot.errors import AlreadyDone, Refused
from bot.profile.rules import CustomerBook
from bot.store.customers.corp_tags import CorpTags
from bot.store.journal import Journal, Write
from bot.wecom.contact_lists import ContactLists
from bot.wecom.tag_telling import NO_TAG

log = logging.getLogger(__name__)

AT_ONCE = 1_000  # customers in one write


class TagSync:
    def __init__(
        self, lists: ContactLists, book: CustomerBook, tags: CorpTags, journal: Journal,
        customers: Customers, clock: Clock,
    ) -> None:  # fmt: skip
        self._lists, self._book, self._tags = lists, book, tags
        self._journal, self._customers, self._clock = journal, customers, clock
        self._creating = False  # by the rules, when we looked last
        self._one_at_a_time = asyncio.Lock()  # else an older answer may be taken up last

    async def sweep(self) -> None:
        """Ask for all tags if an event has told of a change, if nobody has asked since the start,
        or if we may make tags from now on."""
        creating = self._book.rules.tags.create
        if creating and not self._creating:
            await self._tags.tell_anew(NO_TAG)
        self._creating = creating
        if self._customers.tags_changed:
            self._customers.tags_changed = False
            try:
                await self.take_up()
            except BaseException:
                self._customers.tags_changed = True
                raise

    async def take_up(self) -> None:
        """
        Raises:
            WeComError: WeCom does not tell at the moment.
        """
        async with self._one_at_a_time:
            await self._take_up()

    async def _take_up(self) -> None:
        told = await self._lists.corp_tags()
        news = await self._tags.take_up(told, self._clock.timestamp())
        for old, new in (*news.renamed.items(), *((one, "") for one in sorted(news.gone))):
            await self._replace(old, new)
        if news.new:
            await self._tags.tell_anew(NO_TAG, news.new)
        if changed := len(news.new) + len(news.gone) + len(news.renamed):
            log.info("tags are in step", extra={"action": "tags", "changed": changed})

    async def make(self, names: Sequence[str]) -> bool:
        """Make tags that we need, where config/customers.toml allows it. Returns whether there are
        new ones.

        Raises:
            WeComError: not now.
        """
        rules = self._book.rules.tags
        if not rules.create or not names:
            return False
        try:
            await self._lists.add_tags(rules.group, names)
        except AlreadyDone:  # somebody has just made one of them
            pass
        except Refused as error:  # there are too many
            log.warning("WeCom makes no tag", extra={"action": "tags", "errcode": error.errcode})
            return False
        await self.take_up()
        return True

    async def _replace(self, old: str, new: str) -> None:
        after = ""
        while customers := await self._tags.bearers(old, after, AT_ONCE):
            more = await self._tags.replacing(old, new, customers)
            await self._journal.write(Write(more=more))
            self._customers.heed(more)
            after = customers[-1]
