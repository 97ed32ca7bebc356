"""Customer groups (客户群), their figures and welcome (docs 92120, 92122, 92133, 92366)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from bot.wecom.client import WeComClient
from bot.wecom.understanding import understanding

PAGE = 1000  # groups a page (doc 92120)
OWNERS = 100  # in one owner_filter
CUSTOMER = 2  # member_list.type: 1 one of our members, 2 somebody from outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    chat_id: str
    status: int  # 0 normal, 1 the owner has left, 2 being inherited, 3 inherited


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
            userid=item["userid"],
            customer=item.get("type") == CUSTOMER,
            name=item.get("name") or "",
            nickname=item.get("group_nickname") or "",
            joined_at=float(item.get("join_time") or 0),
            join_scene=item.get("join_scene") or 0,
            invitor=(item.get("invitor") or {}).get("userid", ""),
            state=item.get("state") or "",
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
            chat_id=item["chat_id"],
            name=item.get("name") or "",
            owner=item.get("owner") or "",
            notice=item.get("notice") or "",
            created_at=float(item.get("create_time") or 0),
            admins=tuple(admin["userid"] for admin in item.get("admin_list") or ()),
            people=tuple(Person.read(one) for one in item.get("member_list") or ()),
            version=item.get("member_version") or "",
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
            chats=data.get("chat_total") or 0,
            new_chats=data.get("new_chat_cnt") or 0,
            active_chats=data.get("chat_has_msg") or 0,
            members=data.get("member_total") or 0,
            new_members=data.get("new_member_cnt") or 0,
            speakers=data.get("member_has_msg") or 0,
            messages=data.get("msg_total") or 0,
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
        items = answer.get("group_chat_list") or ()
        return ListedPage(
            items=tuple(Listed(chat_id=one["chat_id"], status=one.get("status") or 0)
                        for one in items),
            cursor=answer.get("next_cursor") or "",
        )  # fmt: skip

    async def get(self, chat_id: str) -> GroupChat:
        """
        Raises:
            Refused: 49008, it is dismissed; 90501, 90509: it is no customer group.
        """
        answer = await self._post("groupchat/get", {"chat_id": chat_id, "need_name": 1})
        return GroupChat.read(answer["group_chat"])

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
        items = answer.get("items") or ()
        return tuple((one["stat_time"], Figures.read(one.get("data") or {})) for one in items)

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
