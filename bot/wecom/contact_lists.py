"""All contacts of a member, page by page, and the company's tags (docs 92994, 92117, 92118)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from bot.errors import Refused
from bot.store.customers.corp_tags import CorpTag
from bot.wecom.answers import UNKNOWN, noted
from bot.wecom.client import WeComClient
from bot.wecom.fields import (
    called,
    inner,
    items,
    moment,
    need,
    next_cursor,
    number,
    text,
    texts,
)
from bot.wecom.understanding import readable, understanding

NO_CUSTOMERS, NO_LICENCE = 84061, 701008  # of a member; of all members
PAGE = 100
MEMBERS = 100  # asked about together


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A customer as one member has them."""

    member: str
    customer: str
    name: str
    unionid: str
    phone: str  # the first that the member noted; "" = none
    state: str  # the channel code they met by
    way: int  # add_way; 0 = not known
    remark: str  # what the member calls them
    added_at: datetime
    tags: tuple[str, ...]  # ids
    noted: Mapping[str, str] = field(default_factory=dict)  # see bot.wecom.answers.noted

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        person, follow = inner(item, "external_contact"), inner(item, "follow_info")
        return cls(
            member=need(follow, "userid"),
            customer=need(person, "external_userid"),
            name=called(person, "name"),
            unionid=text(person, "unionid"),
            phone="".join(texts(follow, "remark_mobiles")[:1]),
            state=text(follow, "state"),
            way=number(follow, "add_way", 0),
            remark=text(follow, "remark"),
            added_at=moment(follow, "createtime") or UNKNOWN,
            tags=texts(follow, "tag_id"),
            noted=noted(follow),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedPage:
    items: tuple[Followed, ...]
    cursor: str  # of the next page; "" = this is the last


@understanding
class ContactLists:
    """Raises WeComError and nothing else."""

    def __init__(self, client: WeComClient) -> None:
        self._client = client

    async def ids(self, member: str) -> frozenset[str]:
        """All customers of `member`, those included who removed the member. Whom it leaves out is
        lost, so nothing but an answer is believed: not that the member has no licence now."""
        try:
            api = "externalcontact/list"
            answer = await self._client.get("contact", api, {"userid": member})
        except Refused as error:
            if error.errcode == NO_CUSTOMERS:
                return frozenset()
            raise
        if not isinstance(answer.get("external_userid"), list):
            raise ValueError("external_userid is no list")
        return frozenset(texts(answer, "external_userid"))

    async def followed(self, members: Sequence[str], cursor: str = "") -> FollowedPage:
        """A page of the customers of `members`, those included who removed the member: WeCom
        tells of that by its event alone. A customer of two of them comes twice."""
        body: dict[str, Any] = {"userid_list": [*members], "limit": PAGE}
        if cursor:
            body["cursor"] = cursor
        try:
            api = "externalcontact/batch/get_by_user"
            answer = await self._client.post("contact", api, body)
        except Refused as error:
            if error.errcode in (NO_CUSTOMERS, NO_LICENCE):
                return FollowedPage(items=(), cursor="")
            raise
        found = readable(Followed.read, items(answer, "external_contact_list"))
        return FollowedPage(items=tuple(found), cursor=next_cursor(answer, cursor))

    async def tag_names(self) -> Mapping[str, str]:
        """Of the company's tags, by id."""
        return {tag.id: tag.name for tag in await self.corp_tags()}

    async def corp_tags(self) -> list[CorpTag]:
        """The company's tags, in WeCom's order."""
        api = "externalcontact/get_corp_tag_list"
        answer = await self._client.post("contact", api, {})
        return [
            CorpTag(
                id=need(tag, "id"), name=need(tag, "name"), group_id=text(group, "group_id"),
                group_name=text(group, "group_name"),
            )
            for group in items(answer, "tag_group")
            for tag in items(group, "tag")
            if not tag.get("deleted")
        ]  # fmt: skip

    async def add_tags(self, group: str, names: Sequence[str]) -> Mapping[str, str]:
        """Make these in the group of that name, and the group if it is new; ids by name.

        Raises:
            AlreadyDone: 40071, there is one of these names.
        """
        request = {"group_name": group, "tag": [{"name": name} for name in names]}
        answer = await self._client.post("contact", "externalcontact/add_corp_tag", request)
        return {tag["name"]: tag["id"] for tag in answer["tag_group"]["tag"]}

    async def mark(
        self, member: str, customer: str, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        """Give and take tags, by id. Nobody is told of what is done by this call (doc 92130)."""
        request: dict[str, Any] = {"userid": member, "external_userid": customer}
        for name, tags in (("add_tag", add), ("remove_tag", remove)):
            if tags:
                request[name] = list(tags)
        await self._client.post("contact", "externalcontact/mark_tag", request)
