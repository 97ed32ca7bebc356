"""Customer groups (客户群), their figures and welcome (docs 92120, 92122, 92133, 92366)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from bot.wecom.client import WeComClient
from bot.wecom.fields import called, inner, items, need, next_cursor, number, text
from bot.wecom.understanding import readable, understanding

PAGE = 1000  # groups a page (doc 92120)
OWNERS = 100  # in one owner_filter
CUSTOMER = 2  # member_list.type: 1 one of our members, 2 somebody from outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    chat_id: str
    status: int  # 0 normal, 1 the owner has left, 2 being inherited, 3 inherited

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        return cls(chat_id=need(item, "chat_id"), status=number(item, "status", 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPage:
    items: tuple[Listed, ...]
    cursor: str  # of the next page; "" = this is the last


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in a group. Moments are Unix seconds."""

    userid: str
    customer: bool
    name: str = ""
    nickname: str = ""  # within this group
    joined_at: float
    join_scene: int = 0  # 1 invited, 2 by an invitation link, 3 by a QR code
    invitor: str = ""
    state: str = ""  # of the join-group code

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        return cls(
            userid=need(item, "userid"),
            customer=number(item, "type", 0) == CUSTOMER,
            name=called(item, "name"),
            nickname=called(item, "group_nickname"),
            joined_at=float(number(item, "join_time", 0)),
            join_scene=number(item, "join_scene", 0),
            invitor=text(inner(item, "invitor"), "userid"),
            state=text(item, "state"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChat:
    """A group as WeCom tells it."""

    chat_id: str
    name: str
    owner: str
    notice: str
    created_at: float  # Unix seconds
    admins: tuple[str, ...]
    people: tuple[Person, ...]
    version: str  # member_version

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        return cls(
            chat_id=need(item, "chat_id"),
            name=text(item, "name"),
            owner=text(item, "owner"),
            notice=text(item, "notice"),
            created_at=float(number(item, "create_time", 0)),
            admins=tuple(text(admin, "userid") for admin in items(item, "admin_list")),
            people=tuple(readable(Person.read, items(item, "member_list"))),
            version=text(item, "member_version"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The seven official figures."""

    chats: int  # chat_total
    new_chats: int
    active_chats: int  # in which somebody wrote
    members: int  # member_total
    new_members: int
    speakers: int  # members who wrote
    messages: int

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            chats=number(data, "chat_total", 0),
            new_chats=number(data, "new_chat_cnt", 0),
            active_chats=number(data, "chat_has_msg", 0),
            members=number(data, "member_total", 0),
            new_members=number(data, "new_member_cnt", 0),
            speakers=number(data, "member_has_msg", 0),
            messages=number(data, "msg_total", 0),
        )


@understanding
class GroupChats:
    """Raises WeComError and nothing else."""

    def __init__(self, client: WeComClient) -> None:
        self._client = client

    async def listed(self, owners: Sequence[str], cursor: str = "") -> ListedPage:
        """A page of the groups of up to 100 owners; without owners of all, where not more than
        1,000 members can be seen (else Refused, 81017)."""
        body: dict[str, Any] = {"status_filter": 0, "limit": PAGE}
        if owners:
            body["owner_filter"] = {"userid_list": list(owners)}
        if cursor:
            body["cursor"] = cursor
        answer = await self._post("groupchat/list", body)
        found = readable(Listed.read, items(answer, "group_chat_list"))
        return ListedPage(items=tuple(found), cursor=next_cursor(answer, cursor))

    async def get(self, chat_id: str) -> GroupChat:
        """
        Raises:
            Refused: 49008, it is dismissed; 90501, 90509: it is no customer group.
        """
        answer = await self._post("groupchat/get", {"chat_id": chat_id, "need_name": 1})
        return GroupChat.read(inner(answer, "group_chat"))

    async def by_day(
        self, owner: str, first: datetime, last: datetime
    ) -> tuple[tuple[int, Figures], ...]:
        """The figures of all groups of an owner, day by day, each with the day's begin (Unix
        seconds). Both days inclusive, from 180 days ago to yesterday (doc 92133)."""
        body = {
            "day_begin_time": int(first.timestamp()),
            "day_end_time": int(last.timestamp()),
            "owner_filter": {"userid_list": [owner]},
        }
        answer = await self._post("groupchat/statistic_group_by_day", body)
        return tuple(
            (number(one, "stat_time"), Figures.read(inner(one, "data")))
            for one in items(answer, "items")
        )

    async def add_welcome(self, body: Mapping[str, Any], *, notify: bool) -> str:
        """Returns the template_id. Called twice it makes two; up to 100 in a company (41055)."""
        request = {**body, "notify": int(notify)}
        return str((await self._post("group_welcome_template/add", request))["template_id"])

    async def edit_welcome(self, template_id: str, body: Mapping[str, Any]) -> None:
        request = {"template_id": template_id, **body}
        await self._post("group_welcome_template/edit", request)

    async def drop_welcome(self, template_id: str) -> None:
        await self._post("group_welcome_template/del", {"template_id": template_id})

    async def _post(self, api: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._client.post("contact", f"externalcontact/{api}", body)
