"""Tags that a person gives and takes (企业客户标签), at WeCom and in our tables.

WeCom sends no callback for what is done by its API (doc 92130), so both are changed together here.
"""

from collections.abc import Iterable, Mapping

from bot.clock import Clock
from bot.customers.customers import Customers
from bot.errors import Declined
from bot.store.customers.people import tagged, untagged, untold
from bot.store.journal import Journal, Write
from bot.wecom.client import WeComClient
from bot.wecom.contact_lists import ContactLists

FRESH_S = 60.0  # how long the catalogue need not be fetched again


def not_yours() -> Declined:
    """Made each time: an exception raised again keeps the frames of all earlier ones alive."""
    return Declined(
        "这位客户不是您的好友，标签要由加了他的同事来打。",
        "You are no contact of theirs: a member who is can tag them.",
    )


class Tagging:
    def __init__(
        self, client: WeComClient, journal: Journal, customers: Customers, clock: Clock
    ) -> None:
        self._client, self._lists, self._journal = client, ContactLists(client), journal
        self._customers, self._clock = customers, clock
        self._names: Mapping[str, str] = {}
        self._fresh_until = 0.0

    async def catalogue(self, *, fresh: bool = False) -> Mapping[str, str]:
        """The ids of the company's tags, by name.

        Args:
            fresh: ask again, however recently that was done.

        Raises:
            WeComError: WeCom does not tell at the moment.
        """
        if fresh or self._clock.timestamp() >= self._fresh_until:
            names = await self._lists.tag_names()
            self._names = {name: tag for tag, name in reversed([*names.items()])}
            self._fresh_until = self._clock.timestamp() + FRESH_S
        return self._names

    async def give(self, customer: str, member: str, tag: str) -> None:
        """
        Args:
            member: through whom, who has them as a contact.

        Raises:
            Declined: the company has no such tag.
            WeComError: WeCom did not take it; nothing is kept.
        """
        known = await self.catalogue()
        if tag not in known:
            raise Declined(
                f"企业微信里没有「{tag}」这个标签，请让管理员先在后台建好。",
                f"There is no tag “{tag}” in WeCom: ask your admin to make it there.",
            )
        await self._lists.mark(member, customer, add=[known[tag]])
        await self.keep(customer, member, [tag])

    async def keep(self, customer: str, member: str, tags: Iterable[str]) -> None:
        """Keep tags that WeCom has accepted, whatever it told of the customer before."""
        more = tagged(customer, tags, self._clock.timestamp()) | untold(customer, [member])
        await self._journal.write(Write(more=more))
        self._customers.heed(more)

    async def take(self, customer: str, tag: str) -> None:
        """Take a tag from a customer, for all members who gave it: each member gives tags of their
        own.

        Raises:
            Declined: it is not a tag of the company's: WeCom does not know it.
            WeComError: WeCom did not take it; nothing is kept.
        """
        known = await self.catalogue()
        if tag not in known:
            raise Declined(
                "这个标签不是企业微信里的，是系统按规则打的，不能在这里去掉。",
                "It is no tag of WeCom's: rules of the system gave it, so it stays.",
            )
        names = await self._lists.tag_names()
        ids = [one for one, name in names.items() if name == tag]
        contact = await self._client.external_contact(customer)
        for follower in contact.followers:
            if tag in follower.tags:
                await self._lists.mark(follower.userid, customer, remove=ids)
        gave = [one.userid for one in contact.followers if tag in one.tags]
        more = untagged(customer, [tag]) | untold(customer, gave)
        await self._journal.write(Write(more=more))
        self._customers.heed(more)
