"""Codes by which customers add members (联系我, docs 92572, 92228)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import Refused
from bot.wecom.client import WeComClient
from bot.wecom.fields import items, next_cursor
from bot.wecom.understanding import understanding

NO_SUCH_WAY = 41044
LONGEST = 30  # characters of a remark, and of a state


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWay:
    """What a code shall be. Its type and scene never change."""

    state: str  # what WeCom tells with each customer who came by it
    remark: str  # for the company
    members: tuple[str, ...]  # 1 to 100
    skip_verify: bool  # nobody has to accept them

    def body(self) -> dict[str, Any]:
        return {
            "remark": self.remark[:LONGEST], "skip_verify": self.skip_verify,
            "state": self.state, "user": [*self.members],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    config_id: str  # the console does not show it, so it has to be kept
    picture: str  # where WeCom has the picture of the code


@understanding
class ContactWays:
    """Raises WeComError and nothing else."""

    def __init__(self, client: WeComClient) -> None:
        self._client = client

    async def add(self, way: ContactWay) -> Made:
        """Make a code for several members, even if there is one now: they may change."""
        answer = await self._post("add_contact_way", {"type": 2, "scene": 2, **way.body()})
        return Made(config_id=answer["config_id"], picture=answer.get("qr_code") or "")

    async def update(self, config_id: str, way: ContactWay) -> None:
        await self._post("update_contact_way", {"config_id": config_id, **way.body()})

    async def delete(self, config_id: str) -> None:
        """Delete it; one that is already gone counts as deleted (41044)."""
        try:
            await self._post("del_contact_way", {"config_id": config_id})
        except Refused as error:
            if error.errcode != NO_SUCH_WAY:
                raise

    async def find(self, state: str, since: float, until: float) -> Made | None:
        """The code of that state among those made between these moments (Unix seconds)."""
        cursor = ""
        while True:
            body = {"start_time": int(since), "end_time": int(until), "limit": 1000}
            page = await self._post(
                "list_contact_way", body | ({"cursor": cursor} if cursor else {})
            )
            for item in items(page, "contact_way"):
                answer = await self._post("get_contact_way", {"config_id": item["config_id"]})
                way = answer["contact_way"]
                if way.get("state") == state:
                    return Made(config_id=way["config_id"], picture=way.get("qr_code") or "")
            if not (cursor := next_cursor(page, cursor)):
                return None

    async def _post(self, api: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return await self._client.post("contact", f"externalcontact/{api}", dict(body))
