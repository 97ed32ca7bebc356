"""Moments (客户朋友圈): a task makes them, and each member posts theirs with a tap.

Docs 95094, 93333, 97612.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.wecom.answers import UNKNOWN
from bot.wecom.client import WeComClient
from bot.wecom.fields import errcode, inner, items, need, number, texts
from bot.wecom.fields import moment as moment_of
from bot.wecom.fields import text as text_of
from bot.wecom.understanding import understanding

DONE = 3
POSTED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How making a moment ended."""

    moment: str  # its id; "" = it came to nothing
    invalid: tuple[str, ...] = ()  # members who cannot post it
    errcode: int = 0
    errmsg: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    moment: str
    created_at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """Who and when: WeCom does not tell the words."""

    author: str
    staff: bool
    at: datetime


@understanding
class Moments:
    """Raises WeComError and nothing else."""

    def __init__(self, client: WeComClient) -> None:
        self._client = client

    async def upload(self, filename: str, content: bytes) -> str:
        """The media_id of a picture, good for 3 days and for moments alone."""
        return await self._client.upload_attachment("image", filename, content)

    async def create(
        self, members: Sequence[str], text: str, pictures: Sequence[str], tags: Sequence[str]
    ) -> str:
        """Have members asked to post it; returns the id of the job that makes it.

        Called twice it makes two: WeCom does not recognise repetitions here.

        Args:
            pictures: media_ids.
            tags: ids; only customers with one of them see it. None: all of a member's.
        """
        visible: dict[str, Any] = {"sender_list": {"user_list": list(members)}}
        if tags:
            visible["external_contact_list"] = {"tag_list": list(tags)}
        images = [{"msgtype": "image", "image": {"media_id": one}} for one in pictures]
        request: dict[str, Any] = {"visible_range": visible}
        if text:
            request["text"] = {"content": text}
        if images:
            request["attachments"] = images
        answer = await self._post("add_moment_task", request)
        return text_of(answer, "jobid")

    async def made(self, job: str) -> Made | None:
        """None: it is being made."""
        api = "externalcontact/get_moment_task_result"
        answer = await self._client.get("contact", api, {"jobid": job})
        if number(answer, "status", 0) != DONE:
            return None
        result = inner(answer, "result")
        return Made(
            moment=text_of(result, "moment_id"),
            invalid=texts(inner(result, "invalid_sender_list"), "user_list"),
            errcode=errcode(result),
            errmsg=text_of(result, "errmsg"),
        )

    async def listed(self, since: datetime, until: datetime) -> tuple[Listed, ...]:
        """Those that the company (not a member) made; up to 30 days."""
        request = {
            "start_time": int(since.timestamp()), "end_time": int(until.timestamp()),
            "filter_type": 0, "limit": 20,
        }  # fmt: skip
        return tuple(
            Listed(
                moment=need(item, "moment_id"),
                created_at=moment_of(item, "create_time") or UNKNOWN,
                text=text_of(inner(item, "text"), "content"),
            )
            for item in await self._client.contact_list("get_moment_list", request, "moment_list")
        )

    async def posted(self, moment: str) -> Mapping[str, bool]:
        """For each member who was asked, whether they have posted it."""
        request = {"moment_id": moment, "limit": 1000}
        told = await self._client.contact_list("get_moment_task", request, "task_list")
        return {need(item, "userid"): number(item, "publish_status", 0) == POSTED for item in told}

    async def shown(self, moment: str, member: str) -> int:
        """How many customers see what `member` has posted."""
        request = {"moment_id": moment, "userid": member, "limit": 5000}
        return len(
            await self._client.contact_list("get_moment_send_result", request, "customer_list")
        )

    async def comments(self, moment: str, member: str) -> tuple[Comment, ...]:
        request = {"moment_id": moment, "userid": member}
        answer = await self._post("get_moment_comments", request)
        return tuple(
            Comment(
                author=text_of(item, "external_userid") or text_of(item, "userid"),
                staff=not text_of(item, "external_userid"),
                at=moment_of(item, "create_time") or UNKNOWN,
            )
            for item in items(answer, "comment_list")
        )

    async def cancel(self, moment: str) -> None:
        """Cancel it: nobody can post it any more; whoever has posted it keeps it."""
        await self._post("cancel_moment_task", {"moment_id": moment})

    async def _post(self, api: str, request: dict[str, Any]) -> dict[str, Any]:
        return await self._client.post("contact", f"externalcontact/{api}", request)
