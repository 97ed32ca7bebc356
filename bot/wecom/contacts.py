"""Keeps what we know of customers in line with WeCom: which members have them, their names and
tags.

Events tell what changes, but may be lost (doc 90238), so everything is asked for once a night and
at the first start. Customers whom an event names are asked about within seconds.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from bot.clock import Clock
from bot.customers.customers import Customer, Customers
from bot.errors import Refused, Unreadable, WeComError
from bot.profile.fields import FieldRule
from bot.store.customers.contacts import (
    Find,
    Had,
    Kept,
    Kind,
    Told,
    by_customer,
    friends_of,
    lose,
    weigh,
)
from bot.store.customers.missed import Missing
from bot.store.customers.sync_rounds import Round, SyncRounds, found_by, rows_of
from bot.store.journal import Journal, Write
from bot.store.sql import Database
from bot.store.touch.statements import merge
from bot.wecom.client import WeComClient
from bot.wecom.contact_lists import MEMBERS, ContactLists, Followed
from bot.wecom.errcodes import BAD_CURSOR, NOBODY
from bot.wecom.patience import patiently
from bot.wecom.under_way import UnderWay

log = logging.getLogger(__name__)

Progress = Callable[[Round], object]

API = "externalcontact/get"
AT_ONCE = 20  # customers asked about at a time
REFUSED_S = 600.0  # until a customer whom WeCom refused is asked about again
RESUME_S = 12 * 3600.0  # a round broken off longer ago begins again
KEEP_S = 90 * 86_400.0  # how long the finds of a round are kept


class Contacts:
    def __init__(
        self,
        client: WeComClient,
        journal: Journal,
        database: Database,
        customers: Customers,
        clock: Clock,
        fields: Callable[[], Iterable[FieldRule]] = tuple,
    ) -> None:
        """
        Args:
            fields: the company's, of what is known of customers; some are what members note.
        """
        self._client, self._lists = client, ContactLists(client)
        self._journal, self._database = journal, database
        self._customers, self._clock, self._fields = customers, clock, fields
        self._rounds = SyncRounds(database)
        self._missing = Missing(database, self._rounds)
        self._catalogue: frozenset[str] = frozenset()  # names of tags, past ones included
        self._aside: dict[str, float] = {}  # customers whom WeCom did not tell of, until when
        self._anew = -1  # the share that was begun anew last in this round
        self._turn = database.turns("contacts")  # else two rounds tell each other's news
        self._keeping = asyncio.Lock()  # what we hold an answer against must not change meanwhile
        self._asking = UnderWay[None](API)  # about one customer each
        self._told = set[str]()  # whom such an answer was about since the last page was asked for

    async def begin(self) -> None:
        """Ask for everything if that was never finished; go on if it was broken off."""
        async with self._turn():
            if await self._rounds.ended() is None or await self._broken_off():
                await self._round()

    async def resume(self) -> None:
        """Go on with what was broken off."""
        async with self._turn():
            if await self._broken_off():
                await self._round()

    async def reconcile(self, progress: Progress = lambda _: None) -> Round:
        """Ask for all customers of all members; returns what came of it.

        Broken off, by an error or by a crash, it goes on where it stood.

        Args:
            progress: called with how far it is.

        Raises:
            WeComError: WeCom would not tell even after some tries; what it told is kept.
        """
        async with self._turn():
            return await self._round(progress)

    async def _round(self, progress: Progress = lambda _: None) -> Round:
        self._anew = -1
        names = await patiently(self._clock, self._tag_names)
        now = await self._broken_off() or await self._open()
        while now.place < len(now.shares):
            progress(now)
            now = await self._step(now, names)
        ended_at = self._clock.timestamp()
        await self._rounds.end(now, ended_at)
        await self._rounds.forget(ended_at - KEEP_S)
        now = (await self._rounds.last())[0]
        progress(now)
        extra = {"action": "contacts", "contacts": now.done, "found": now.found}
        log.info("contacts are in line", extra=extra)
        return now

    async def catch_up(self) -> None:
        """After an absence: ask who came meanwhile. The lists tell only ids, and cost one call for
        each member; those whom we never heard of are then asked about as if their events had
        come."""
        for member in sorted(await self._missing.members()):
            try:
                ids = await patiently(self._clock, partial(self._lists.ids, member))
            except (
                Refused,
                Unreadable,
            ):  # they left, or are not to be seen: the round of the night tells
                continue
            self._customers.stale.update(await self._missing.unknown(member, ids))

    async def _broken_off(self) -> Round | None:
        after = self._clock.timestamp() - RESUME_S
        last = await self._rounds.last()
        open_ = [one for one in last if one.ended_at is None and one.begun_at > after]
        return open_[0] if open_ else None

    async def _open(self) -> Round:
        members = await patiently(self._clock, self._client.follow_user_list)
        ordered = sorted(members)
        shares = [ordered[at : at + MEMBERS] for at in range(0, len(ordered), MEMBERS)]
        return await self._rounds.begin(self._clock.timestamp(), shares)

    async def _step(self, now: Round, names: dict[str, str]) -> Round:
        """Ask for one more page. It is on disk, with how far we are, before the next one is asked
        for."""
        share = now.shares[now.place]
        try:
            if not now.cursor:
                now = await self._list(now, share)
            return await patiently(self._clock, partial(self._page, now, share, names))
        except (Refused, Unreadable) as error:
            return await self._refused(now, share, error)

    async def _page(self, now: Round, share: Sequence[str], names: dict[str, str]) -> Round:
        """Keep one page; not of those whom WeCom told about one by one meanwhile, for that answer
        is complete and may be newer."""
        self._told.clear()
        page = await self._lists.followed(share, now.cursor)
        async with self._keeping:
            every = by_customer(told_of(one, names) for one in page.items)
            told = [one for one in every if one.customer not in self._told]
            at = self._clock.timestamp()
            kept, write = await self._weigh(told, at)
            finds = self._news(now, kept.finds)
            after = now.moved(len(page.items), page.cursor).found_more(finds)
            missed = await self._missing.among(told, kept.finds, at)
            write.more = merge(write.more, rows_of(after, [*finds, *missed], at))
            await self._journal.write(write)
            self._correct(told, kept.tags)
        return after

    async def _list(self, now: Round, share: Sequence[str]) -> Round:
        """Ask for the list of all customers, and take as lost those whom members had when the
        round began and WeCom does not name any more.

        The list is fetched in one go and not gathered from the pages: while those are read, people
        come and go, and a customer may move to a page that was read already.
        """
        number, finds, at = 0, list[Find](), self._clock.timestamp()
        for member in share:
            begun = self._clock.timestamp()
            had = await friends_of(self._database, member, begun)
            ids = await patiently(self._clock, partial(self._lists.ids, member))
            number += len(ids)
            if missing := had - ids:
                some = self._news(now, [Find(one, member, Kind.LOST) for one in missing])
                finds += some
                write = await lose(
                    self._database, member, missing, begun, catalogue=self._catalogue
                )
                write.more = merge(write.more, rows_of(now.found_more(finds), some, at))
                await self._journal.write(write)
        now = now.found_more(finds).listed(number)
        await self._journal.write(Write(more=rows_of(now, (), at)))
        return now

    async def _refused(self, now: Round, share: Sequence[str], error: WeComError) -> Round:
        """Go on without a member whom we may not see, or whose answer makes no sense: the others'
        customers are still read."""
        if error.errcode == BAD_CURSOR and now.cursor:
            if self._anew == now.place:  # it was begun again once, and would be for ever
                raise error
            self._anew, after = now.place, now.again()
        elif len(share) > 1:
            singles = [(member,) for member in share]
            shares = [*now.shares[: now.place], *singles, *now.shares[now.place + 1 :]]
            return (await self._rounds.share(now, shares)).again()
        else:
            extra = {"action": "contacts", "member": share[0], "errcode": error.errcode}
            log.warning("WeCom does not tell of a member's customers", extra=extra)
            after = now.moved(0, "")
        await self._journal.write(Write(more=rows_of(after, (), self._clock.timestamp())))
        return after

    def _news(self, now: Round, finds: Sequence[Find]) -> list[Find]:
        """Customers who are new to us. None at the first round, when all are; nor those whom we
        are about to ask about anyway."""
        stale = self._customers.stale
        return [] if now.initial else [find for find in finds if find.customer not in stale]

    @property
    def waiting(self) -> int:
        """Customers whom events have named, and who are not asked about yet."""
        return len(self._customers.stale)

    async def refresh(self) -> None:
        """Ask about those whom events have named. A refusal, for one or for all, does not stop the
        others; it is tried again later."""
        stale, now = self._customers.stale, self._clock.timestamp()
        again = [customer for customer, at in self._aside.items() if at <= now]
        for customer in again:
            del self._aside[customer]
        stale.update(again)
        for customer in list(stale)[:AT_ONCE]:
            if customer in self._asking:  # perhaps since before their event
                continue
            stale.discard(customer)  # an event that names them from now on counts again
            try:
                await self.look_up(customer)
            except (Refused, Unreadable):
                self._aside[customer] = now + REFUSED_S
            except BaseException:
                stale.add(customer)
                raise

    async def look_up(self, customer: str) -> None:
        """Ask about one customer now; callers who meet here share one answer. Nothing is stored
        about somebody who is nobody's contact.

        Raises:
            WeComError: WeCom does not tell, or not at the moment.
        """
        await self._asking.once(customer, partial(self._ask, customer))

    async def _ask(self, customer: str) -> None:
        if not self._catalogue:
            await self._tag_names()
        try:
            contact = await self._client.external_contact(customer)
        except Refused as error:
            if error.errcode in NOBODY:  # any more: its event tells the rest
                return
            extra = {"action": "contacts", "errcode": error.errcode}
            log.error("WeCom does not tell of a customer", extra=extra)
            raise
        phones = [phone for one in contact.followers for phone in one.phones]
        told = Told(
            customer=customer,
            name=contact.name,
            unionid=contact.unionid,
            phone=phones[0] if phones else "",
            had=tuple(
                Had(
                    member=one.userid, added_at=one.added_at.timestamp(), state=one.state,
                    remark=one.remark, tags=frozenset(one.tags), noted=one.noted, way=one.way,
                )
                for one in contact.followers
            ),
        )  # fmt: skip
        async with self._keeping:
            now = self._clock.timestamp()
            kept, write = await self._weigh([told], now)
            if missed := await self._missing.among([told], kept.finds, now):
                last = (await self._rounds.last())[0]
                write.more = merge(write.more, found_by(last, missed, now))
            await self._journal.write(write)
            self._correct([told], kept.tags)
            self._told.add(customer)

    async def _weigh(self, told: Sequence[Told], now: float) -> tuple[Kept, Write]:
        return await weigh(
            self._database, told, now, catalogue=self._catalogue, fields=self._fields()
        )

    def _correct(self, told: Sequence[Told], tags: Mapping[str, frozenset[str]]) -> None:
        self._customers.correct(
            Customer(id=one.customer, name=one.name, tags=tags[one.customer]) for one in told
        )

    async def _tag_names(self) -> dict[str, str]:
        names = dict(await self._lists.tag_names())
        self._catalogue |= frozenset(names.values())
        return names


def told_of(one: Followed, names: dict[str, str]) -> Told:
    """`names`: of tags, by id; what is not in it is no tag of the company's."""
    return Told(
        customer=one.customer,
        name=one.name,
        unionid=one.unionid,
        phone=one.phone,
        had=(
            Had(
                member=one.member, added_at=one.added_at.timestamp(), state=one.state,
                remark=one.remark, noted=one.noted, way=one.way,
                tags=frozenset(names[tag] for tag in one.tags if tag in names),
            ),
        ),
    )  # fmt: skip
