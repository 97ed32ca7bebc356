"""Asks WeCom who our customers are, behind the conversation and never before an answer."""

from collections.abc import Callable

from bot.customers import Customer, Customers
from bot.errors import Refused
from bot.wecom.client import WeComClient

AT_ONCE = 100  # the most that one batchget takes (doc 96429)


class Profiles:
    """
    Args:
        tags: whether to ask for tags as well, one call a customer (doc 92114). Worth it only if
            some script depends on them.
    """

    def __init__(
        self, client: WeComClient, customers: Customers, *, tags: Callable[[], bool]
    ) -> None:
        self._client, self._customers, self._tags = client, customers, tags

    async def learn(self) -> None:
        """Learn about those whom nobody knows yet."""
        asked = sorted(self._customers.unknown)[:AT_ONCE]
        if not asked:
            return
        profiles = await self._client.service_customers(asked)
        names = {one.external_userid: one.name for one in profiles.found}
        for one in asked:  # each is off the list once it is known, whatever happens to the next
            known = await self._complete(one, names.get(one, self._customers[one].name))
            self._customers.learn([known])

    async def _complete(self, customer: str, name: str) -> Customer:
        """Whoever is a contact (客户联系) too has tags there, and perhaps the name."""
        if name and not self._tags():
            return Customer(id=customer, name=name)
        try:
            contact = await self._client.external_contact(customer)
        except Refused:  # nobody's contact
            return Customer(id=customer, name=name)
        tags = frozenset(tag for follower in contact.followers for tag in follower.tags)
        return Customer(id=customer, name=name or contact.name, tags=tags)
