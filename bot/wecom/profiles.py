"""Asks WeCom who our customers are, in the background: an answer never waits for it."""

import logging
from collections.abc import Callable

from msgspec.structs import replace

from bot.customers.customers import Customer, Customers
from bot.errors import Refused
from bot.wecom.client import WeComClient
from bot.wecom.errcodes import NOBODY

log = logging.getLogger(__name__)

AT_ONCE = 100  # the most that one batchget takes (doc 96429)


class Profiles:
    """
    Args:
        tags: whether to ask for tags as well, one call a customer (doc 92114). Only worth it if
            some script depends on them.
    """

    def __init__(
        self, client: WeComClient, customers: Customers, *, tags: Callable[[], bool]
    ) -> None:
        self._client, self._customers, self._tags = client, customers, tags
        self._untold: set[str] = set()  # whose tags WeCom refused to tell

    async def learn(self) -> None:
        """Ask about customers who are not known yet."""
        asked = sorted(self._customers.unknown)[:AT_ONCE]
        if not asked:
            return
        found = await self._client.service_customers(asked)
        names = {one.external_userid: one.name for one in found}
        for one in asked:  # each leaves the list once it is known, whatever happens to the next
            name = names.get(one, self._customers[one].name)
            try:
                self._customers.learn([await self._complete(one, name)])
            except Refused as error:  # the name is good for now, and nothing of it is kept
                extra = {"action": "profiles", "errcode": error.errcode}
                log.error("WeCom does not tell of a customer's tags", extra=extra)
                self._customers.correct([replace(self._customers[one], name=name)])
                self._untold.add(one)

    async def ask_again(self) -> None:
        """Ask again about those whom WeCom refused: somebody may have allowed it meanwhile."""
        self._customers.unknown |= {one for one in self._untold if one in self._customers}
        self._untold.clear()

    async def _complete(self, customer: str, name: str) -> Customer:
        """Whoever is a contact (客户联系) too has tags there, and perhaps the name.

        Raises:
            Refused: WeCom does not tell who are contacts.
        """
        if name and not self._tags():
            return Customer(id=customer, name=name)
        try:
            contact = await self._client.external_contact(customer)
        except Refused as error:
            if error.errcode not in NOBODY:
                raise
            return Customer(id=customer, name=name)
        tags = frozenset(tag for follower in contact.followers for tag in follower.tags)
        return Customer(id=customer, name=name or contact.name, tags=tags)
