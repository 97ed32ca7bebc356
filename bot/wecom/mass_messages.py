"""Mass messages (企业群发): a member confirms each in the client before WeCom sends any of it.

Docs 92135, 93338, 97610, 97611.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from bot.wecom.answers import UNKNOWN
from bot.wecom.client import WeComClient
from bot.wecom.fields import inner, moment, need, number, status_of, text, texts
from bot.wecom.understanding import understanding

CUSTOMERS = 10_000  # in one task (doc 92135)
REMINDERS = 3  # of one task, in 24 hours (doc 97610)
CONFIRMED = 2


class Fate(IntEnum):
    """What became of a mass message to one customer (doc 93338)."""

    UNSENT = 0  # not confirmed, on its way, or left out by the member
    SENT = 1
    NO_FRIEND = 2
    OVER_QUOTA = 3  # as many as the company's rule (群发规则) allows reached them before


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    msgid: str
    failed: tuple[str, ...]  # customers whom the member cannot write to


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    msgid: str
    created_at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    member: str
    confirmed_at: datetime | None  # None: not yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    customer: str  # or the chat_id of a group
    fate: Fate
    sent_at: datetime | None


@understanding
class MassMessages:
    """Raises WeComError and nothing else; TryLater (41063) for a task that is just being made."""

    def __init__(self, client: WeComClient) -> None:
        self._client = client

    async def create(
        self,
        member: str,
        customers: Sequence[str],
        body: dict[str, Any],
        *,
        to_groups: bool = False,
    ) -> Created:
        """Have `member` asked to send `body` to up to 10,000 of their customers, or to up to 2,000
        customer groups (chat ids) that they own.

        Called twice it makes two tasks: WeCom knows no repetition here.

        Raises:
            Refused: 41048, the member can write to none of them.
        """
        whom: dict[str, Any] = {
            "chat_type": "single", "external_userid": list(customers), "allow_select": False,
        }  # fmt: skip
        if to_groups:
            whom = {"chat_type": "group", "chat_id_list": list(customers)}
        request = {**whom, "sender": member, **body}
        answer = await self._client.post("contact", "externalcontact/add_msg_template", request)
        return Created(msgid=text(answer, "msgid"), failed=texts(answer, "fail_list"))

    async def remind(self, msgid: str) -> None:
        """Ask the member again; three times in 24 hours at most, else TryLater (41094)."""
        request = {"msgid": msgid}
        await self._client.post("contact", "externalcontact/remind_groupmsg_send", request)

    async def cancel(self, msgid: str) -> None:
        """Nothing more of it goes out. AlreadyDone (41093) if it was cancelled before."""
        request = {"msgid": msgid}
        await self._client.post("contact", "externalcontact/cancel_groupmsg_send", request)

    async def listed(
        self, since: datetime, until: datetime, *, to_groups: bool = False
    ) -> tuple[Listed, ...]:
        """Those to customers, or groups, that the company (not a member) made; up to 31 days."""
        request = {
            "chat_type": "group" if to_groups else "single",
            "start_time": int(since.timestamp()),
            "end_time": int(until.timestamp()),
            "filter_type": 0,
            "limit": 100,
        }
        told = await self._client.contact_list("get_groupmsg_list_v2", request, "group_msg_list")
        return tuple(
            Listed(
                msgid=need(item, "msgid"),
                created_at=moment(item, "create_time") or UNKNOWN,
                text=text(inner(item, "text"), "content"),
            )
            for item in told
        )

    async def confirmations(self, msgid: str) -> tuple[Confirmation, ...]:
        """Each member who has to confirm it."""
        told = await self._client.contact_list(
            "get_groupmsg_task", {"msgid": msgid, "limit": 1000}, "task_list"
        )
        return tuple(
            Confirmation(
                member=need(item, "userid"),
                confirmed_at=moment(item, "send_time")
                if number(item, "status", 0) == CONFIRMED
                else None,
            )
            for item in told
        )

    async def outcomes(self, msgid: str, member: str) -> tuple[Outcome, ...]:
        """What became of it for each customer of `member`; of groups only those that got it."""
        request = {"msgid": msgid, "userid": member, "limit": 1000}
        told = await self._client.contact_list("get_groupmsg_send_result", request, "send_list")
        return tuple(
            Outcome(customer=receiver, fate=fate, sent_at=moment(item, "send_time"))
            for item in told
            if (receiver := text(item, "external_userid") or text(item, "chat_id"))
            and (fate := status_of(Fate, item)) is not None
        )
