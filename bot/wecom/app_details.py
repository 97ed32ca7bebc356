"""What WeCom tells of our own app (doc 90227) and of a member (doc 90196)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from bot.wecom.client import WeComClient
from bot.wecom.fields import inner, items, need, text
from bot.wecom.understanding import understood


@dataclass(frozen=True, slots=True, kw_only=True)
class AppDetails:
    name: str
    redirect_domain: str  # 可信域名, a port included; "" = none is set
    members: tuple[str, ...]  # 可见范围, as it is set: not who is in its departments and tags
    tags: tuple[int, ...]

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        users = items(inner(item, "allow_userinfos"), "user")
        return cls(
            name=text(item, "name"),
            redirect_domain=text(item, "redirect_domain"),
            members=tuple(need(user, "userid") for user in users),
            tags=tuple(int(one) for one in items(inner(item, "allow_tags"), "tagid")),
        )


@understood
async def app_details(client: WeComClient, agent_id: int) -> AppDetails:
    """Refused when `agent_id` is not the app of the secret (301002, 40056)."""
    return AppDetails.read(await client.get("app", "agent/get", {"agentid": str(agent_id)}))


async def see_member(client: WeComClient, userid: str) -> None:
    """Refused when the app may not see them (60011) or there is nobody of that id (60111)."""
    await client.get("app", "user/get", {"userid": userid})


@understood
async def departments_of(client: WeComClient, userid: str) -> frozenset[int]:
    """Those that the app may see; of a department above them nothing is said (doc 90196). Refused
    like `see_member`."""
    member = await client.get("app", "user/get", {"userid": userid})
    return frozenset(int(one) for one in items(member, "department"))
