"""Keeps what we know of customers in line with WeCom: whom members have, their names and tags.

Events tell what changes, and may be lost (doc 90238): so everything is asked for once a night,
and at the first start. Whom an event names is asked about within seconds.
"""

import logging
from collections.abc import Sequence
from functools import partial

from bot.clock import Clock
from bot.customers import Customer, Customers
from bot.errors import Refused
from bot.store.contacts import Had, Told, friends_of, is_empty, keep, lose
from bot.store.journal import Journal
from bot.store.sql import Database
from bot.wecom.client import WeComClient
from bot.wecom.contact_lists import ContactLists, Followed
from bot.wecom.patience import patiently

log = logging.getLogger(__name__)

AT_ONCE = 20  # customers asked about at a time


class Contacts:
    def __init__(
        self,
        client: WeComClient,
        journal: Journal,
        database: Database,
        customers: Customers,
        clock: Clock,
    ) -> None:
        self._client, self._lists = client, ContactLists(client)
        self._journal, self._database = journal, database
        self._customers, self._clock = customers, clock
        self._catalogue: frozenset[str] = frozenset()  # names of tags, past ones included

    async def begin(self) -> None:
        """Ask for everything if nothing is known yet."""
        if await is_empty(self._database):
            await self.reconcile()

    async def reconcile(self) -> None:
        """Ask for all customers of all members.

        Raises:
            WeComError: WeCom would not tell even after some tries; what it told is kept.
        """
        since, number = self._clock.timestamp(), 0
        names = await self._tag_names()
        for member in await patiently(self._clock, self._client.follow_user_list):
            number += await self._reconcile_member(member, names, since)
        log.info("contacts are in line", extra={"action": "contacts", "contacts": number})

    async def _reconcile_member(self, member: str, names: dict[str, str], since: float) -> int:
        """Those whom `member` had and WeCom does not name any more are lost.

        Only those who were known before the first page: whoever is added meanwhile may stand on
        a page that was read already.
        """
        begun = self._clock.timestamp()
        missing = await friends_of(self._database, member, begun)
        number, cursor = 0, ""
        while True:
            page = await patiently(self._clock, partial(self._lists.followed, member, cursor))
            told = [told_of(one, names) for one in page.items]
            if told:
                await self._keep(told, since)
            missing.difference_update(one.customer for one in told)
            number += len(told)
            if not (cursor := page.cursor):
                break
        await lose(self._journal, member, missing, begun)
        return number

    async def refresh(self) -> None:
        """Ask about those whom events have named."""
        stale = self._customers.stale
        for customer in list(stale)[:AT_ONCE]:
            await self.look_up(customer)
            stale.discard(customer)

    async def look_up(self, customer: str) -> None:
        """Ask about one of them now. Nothing is kept of somebody who is nobody's contact.

        Raises:
            WeComError: WeCom does not tell at the moment.
        """
        if not self._catalogue:
            await self._tag_names()
        try:
            contact = await self._client.external_contact(customer)
        except Refused:  # nobody's contact any more: its event tells the rest
            return
        phones = [phone for one in contact.followers for phone in one.phones]
        told = Told(
            customer=customer,
            name=contact.name,
            unionid=contact.unionid,
            phone=phones[0] if phones else "",
            tags=frozenset(tag for one in contact.followers for tag in one.tags),
            had=tuple(
                Had(
                    member=one.userid,
                    added_at=one.added_at.timestamp(),
                    state=one.state,
                    remark=one.remark,
                )
                for one in contact.followers
            ),
        )
        await self._keep([told], None)

    async def _keep(self, told: Sequence[Told], since: float | None) -> None:
        now = self._clock.timestamp()
        tags = await keep(
            self._database, self._journal, told, now,
            catalogue=self._catalogue, whole_since=since,
        )  # fmt: skip
        self._customers.correct(
            Customer(id=one.customer, name=one.name, tags=tags[one.customer]) for one in told
        )

    async def _tag_names(self) -> dict[str, str]:
        names = dict(await patiently(self._clock, self._lists.tag_names))
        self._catalogue |= frozenset(names.values())
        return names


def told_of(one: Followed, names: dict[str, str]) -> Told:
    """`names`: of tags, by id; what is not in it is no tag of the company's."""
    had = Had(
        member=one.member, added_at=one.added_at.timestamp(), state=one.state, remark=one.remark
    )
    return Told(
        customer=one.customer,
        name=one.name,
        unionid=one.unionid,
        phone=one.phone,
        tags=frozenset(names[tag] for tag in one.tags if tag in names),
        had=(had,),
    )
