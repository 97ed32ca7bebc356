"""What WeCom answers, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from bot.wecom.fields import called, items, moment, need, number, text, texts

UNKNOWN = datetime.fromtimestamp(0, UTC)  # when somebody was added


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Messages of 微信客服 as WeCom tells them. `more`: ask again, even if there are none."""

    items: tuple[dict[str, Any], ...]
    cursor: str
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    external_userid: str
    name: str

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        return cls(external_userid=need(item, "external_userid"), name=called(item, "nickname"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    open_kfid: str
    name: str
    managed: bool = True  # the app may edit it and send and receive its messages

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        return cls(
            open_kfid=need(item, "open_kfid"),
            name=text(item, "name"),
            managed=item.get("manage_privilege") is not False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Servicer:
    userid: str
    receiving: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Servicers:
    """Of an account of 微信客服."""

    members: tuple[Servicer, ...]
    departments: tuple[int, ...] = ()  # WeCom does not tell who of these receives


def noted(item: Mapping[str, Any]) -> Mapping[str, str]:
    """What a member noted of a customer (follow_user, follow_info), by its name there."""
    names = ("remark", "description", "remark_corp_name")
    mobiles = "、".join(texts(item, "remark_mobiles"))
    found = {name: text(item, name) for name in names} | {"remark_mobiles": mobiles}
    return {name: text for name, text in found.items() if text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    userid: str
    remark: str
    state: str  # the channel code they met by
    added_at: datetime
    tags: tuple[str, ...]  # names of the company's tags; personal ones are left out
    phones: tuple[str, ...] = ()  # that the member noted
    noted: Mapping[str, str] = field(default_factory=dict)  # see `noted`
    way: int = 0  # add_way; 0 = not known

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        return cls(
            phones=texts(item, "remark_mobiles"),
            noted=noted(item),
            userid=need(item, "userid"),
            remark=text(item, "remark"),
            state=text(item, "state"),
            way=number(item, "add_way", 0),
            added_at=moment(item, "createtime") or UNKNOWN,
            tags=tuple(
                name
                for tag in items(item, "tags")
                if text(tag, "tag_id") and (name := text(tag, "tag_name"))
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    name: str
    unionid: str
    followers: tuple[Follower, ...]
