"""Who our customers are, in memory with the table behind them."""

from collections import OrderedDict
from collections.abc import Iterable

import orjson
from msgspec import Struct
from msgspec.structs import replace

from bot.clock import Clock
from bot.events import (
    OF_CUSTOMERS,
    CustomerAdded,
    CustomerEdited,
    CustomerLost,
    Event,
    MessageReceived,
    TagChanged,
)
from bot.store.journal import Journal, Write
from bot.store.plans.spread import spread_of
from bot.store.sql import given
from bot.store.statements import CUSTOMERS
from bot.store.touch.statements import TouchRows, TouchStatement

MOST = 100_000


class Customer(Struct, frozen=True, kw_only=True):
    id: str  # external_userid, or a member's userid on the bot's and the app's channels
    name: str = ""  # "" while we do not know it
    tags: frozenset[str] = frozenset()  # names of the company's tags
    opted_out: bool = False  # they want nothing that they did not ask for
    member: str = ""  # who served them last, when this was read
    store: str = ""  # by their profile, when this was read


class Customers:
    def __init__(self, journal: Journal, clock: Clock, most: int = MOST) -> None:
        self._journal, self._clock, self._most = journal, clock, most
        self._known: OrderedDict[str, Customer] = OrderedDict()
        self._old: set[str] = set()  # those of them to be read again
        self.unknown: set[str] = set()  # to be asked about, by whoever may call WeCom
        self.heard: dict[str, list[float]] = {}  # when they wrote, kept by hearing.py
        self.stale: set[str] = set()  # contacts (客户联系) of whom our copy may be out of date
        self.moved: set[str] = set()  # whose stage may have changed
        self.tags_changed = True  # the company's, at WeCom

    async def fetch(self, ids: Iterable[str]) -> None:
        """Load these, with one query for all that are missing.

        When there are too many, the least recently used go.
        """
        missing = dict[str, Customer | None]()
        for one in set(ids):
            if known := self._known.get(one):
                self._known.move_to_end(one)
            if one and (known is None or one in self._old):
                missing[one] = known
        if not missing:
            return
        self._old.difference_update(missing)
        found = dict[str, Customer]()
        for row in await self._journal.rows(CUSTOMERS, given(missing)):
            tags = frozenset(orjson.loads(row["tags"]))
            before = missing[row["id"]]
            found[row["id"]] = Customer(
                id=row["id"], name=row["name"] or (before.name if before else ""), tags=tags,
                opted_out=row["opted_out_at"] is not None,
                member=row["member"], store=row["store"],
            )  # fmt: skip
            if not row["fetched_at"] and not before:  # we have only met them now
                self.unknown.add(row["id"])
        for one, before in missing.items():
            if self._known.get(one) is before:  # else it has changed since, and so will the table
                self._known[one] = found.get(one) or Customer(id=one)
                if before is None and one not in found:
                    self.unknown.add(one)
        while len(self._known) > self._most:
            self._old.discard(self._known.popitem(last=False)[0])

    def __getitem__(self, customer: str) -> Customer:
        return self._known.get(customer) or Customer(id=customer)

    def __contains__(self, customer: str) -> bool:
        """Whether they are in memory."""
        return customer in self._known

    def observe(self, event: Event) -> None:
        """A customer wrote; or a member got, edited or lost one, so our copy may be old."""
        if isinstance(event, MessageReceived) and event.channel in OF_CUSTOMERS:
            self.heard.setdefault(event.sender, []).append(event.at.timestamp())
            self.moved.add(event.sender)
        if isinstance(event, TagChanged):
            self.tags_changed = True
        if isinstance(event, (CustomerAdded, CustomerEdited, CustomerLost)):
            self.stale.add(event.customer)
            self.moved.add(event.customer)
        if isinstance(event, CustomerEdited) and event.customer in self._known:
            self.unknown.add(event.customer)

    def read_anew(self, customer: str) -> None:
        """Another process may change them meanwhile: their next event reads the table. For what is
        under way they stay as they were."""
        if customer in self._known:
            self._old.add(customer)

    def forget(self, customer: str) -> None:
        """Forget these: their next event reads the table."""
        self._known.pop(customer, None)
        for some in (self.unknown, self.stale, self.moved, self._old):
            some.discard(customer)
        self.heard.pop(customer, None)

    def correct(self, customers: Iterable[Customer]) -> None:
        """Make in memory the change that the caller writes into the table."""
        for one in customers:
            self.unknown.discard(one.id)
            if one.id in self._known:
                self._known[one.id] = _as_known(one, self._known[one.id])

    def heed(self, more: TouchRows) -> None:
        """Make in memory the changes that are written with the outcome of an event."""
        self.moved.update(row[1] for row in more.get(TouchStatement.PUT_PURCHASES, ()))
        for at, customer in more.get(TouchStatement.OPT_OUT, ()):
            if customer in self._known:
                self._known[customer] = replace(self._known[customer], opted_out=at is not None)
        for tag, customer in more.get(TouchStatement.PUT_TAGS, ()):
            if one := self._known.get(customer):
                self._known[customer] = replace(one, tags=one.tags | {tag})
        for tag, customer in more.get(TouchStatement.DROP_TAGS, ()):
            if one := self._known.get(customer):
                self._known[customer] = replace(one, tags=one.tags - {tag})

    def learn(self, customers: Iterable[Customer]) -> None:
        """Tags are only added: WeCom does not know those that we gave (by signals), and the
        contacts tell which ones were taken away."""
        now = self._clock.timestamp()
        rows, tagged = [], []
        for found in customers:
            one = _as_known(found, self[found.id])
            if one.id in self._known:  # else only the table knows whether they opted out
                self._known[one.id] = one
            self.unknown.discard(one.id)
            tags = orjson.dumps(sorted(one.tags)).decode()
            rows.append((one.id, one.name, tags, now, spread_of(one.id)))
            tagged += [(tag, one.id) for tag in sorted(one.tags)]
        if rows:
            more: TouchRows = {
                TouchStatement.PUT_TAGS: tagged,
                TouchStatement.RECKON_TAGS: [(one,) for one, *_ in rows],
            }
            self._journal.post(Write(customers=rows, more=more))


def _as_known(found: Customer, known: Customer) -> Customer:
    """What WeCom told, with what only we know."""
    return replace(found, opted_out=known.opted_out, member=known.member, store=known.store)
