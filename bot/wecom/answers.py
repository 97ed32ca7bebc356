"""What WeCom answers, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self


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
    unionid: str

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        return cls(
            external_userid=item["external_userid"],
            name=item.get("nickname", ""),
            unionid=item.get("unionid", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    found: tuple[Profile, ...]
    invalid: tuple[str, ...]  # unknown, or silent for more than 48 hours


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    open_kfid: str
    name: str
    managed: bool = True  # the app may edit it and send and receive its messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Servicer:
    userid: str
    receiving: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Servicers:
    """Of an account of 微信客服."""

    members: tuple[Servicer, ...]
    departments: tuple[int, ...] = ()  # WeCom does not tell who of these receives


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSent:
    msgid: str
    invalid: tuple[str, ...]  # members who got nothing: unknown, out of range or unlicensed


def noted(item: Mapping[str, Any]) -> Mapping[str, str]:
    """What a member noted of a customer (follow_user, follow_info), by its name there."""
    names = ("remark", "description", "remark_corp_name")
    mobiles = "、".join(phone for phone in item.get("remark_mobiles") or () if phone)
    found = {name: str(item.get(name) or "") for name in names} | {"remark_mobiles": mobiles}
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
            phones=tuple(phone for phone in item.get("remark_mobiles") or () if phone),
            noted=noted(item),
            userid=item["userid"],
            remark=item.get("remark", ""),
            state=item.get("state", ""),
            way=item.get("add_way", 0),
            added_at=datetime.fromtimestamp(item.get("createtime", 0), UTC),
            tags=tuple(tag["tag_name"] for tag in item.get("tags", ()) if tag.get("tag_id")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    external_userid: str
    name: str
    unionid: str
    followers: tuple[Follower, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who opened a page: a member of the company, or an outsider, who has no userid."""

    userid: str
    external_userid: str

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        return cls(userid=item.get("userid", ""), external_userid=item.get("external_userid", ""))
