"""Hands customers and groups to another member (分配客户).

Docs 92125, 94088 (in service), 94081, 94082 (resigned), 92124, 92127 and 95703 (groups).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from bot.wecom.client import WeComClient
from bot.wecom.fields import errcode, items, need, number, status_of, text
from bot.wecom.understanding import understanding

CUSTOMERS = 100  # in one call (doc 92125); groups as well (doc 92127)
WORDS = 200  # characters of transfer_success_msg
CUSTOMER_WAITS = frozenset({40100, 40129})  # it is being handed over already
NOT_THEIRS = 40131  # the member does not have this customer (any more)
SAME_OWNER = 90504
BUSY_TODAY = 45009  # assumed: as many groups as one may take over in a day


class Fate(IntEnum):
    """`status` of transfer_result (doc 94088); of those who have left the first four."""

    DONE = 1
    WAITING = 2  # the customer may refuse for 24 hours
    REFUSED = 3
    FULL = 4
    NO_RECORD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    customer: str
    fate: Fate
    taken_at: float  # Unix seconds; 0: not yet


@understanding
class Transfers:
    """Raises WeComError and nothing else."""

    def __init__(self, client: WeComClient) -> None:
        self._client = client

    async def ask(
        self, leaver: str, taker: str, customers: Sequence[str], *, left: bool, words: str = ""
    ) -> Mapping[str, int]:
        """Have up to 100 customers asked; returns the errcode of each, 0 = asked.

        Args:
            left: `leaver` has left the company.
            words: to the customer when it is done; only of a leaver who stays.
        """
        body: dict[str, Any] = {
            "handover_userid": leaver, "takeover_userid": taker,
            "external_userid": list(customers),
        }  # fmt: skip
        if words and not left:
            body["transfer_success_msg"] = words[:WORDS]
        api = f"externalcontact/{'resigned/' if left else ''}transfer_customer"
        answer = await self._client.post("contact", api, body)
        return {need(one, "external_userid"): errcode(one) for one in items(answer, "customer")}

    async def results(self, leaver: str, taker: str, *, left: bool) -> Mapping[str, Result]:
        """What became of the customers of this pair, by customer."""
        body = {"handover_userid": leaver, "takeover_userid": taker}
        api = f"{'resigned/' if left else ''}transfer_result"
        return {
            customer: Result(
                customer=customer, fate=fate, taken_at=float(number(one, "takeover_time", 0))
            )
            for one in await self._client.contact_list(api, body, "customer")
            if (customer := text(one, "external_userid"))
            and (fate := status_of(Fate, one)) is not None
        }

    async def groups(self, chats: Sequence[str], owner: str, *, left: bool) -> Mapping[str, int]:
        """Give up to 100 groups another owner; the errcode of those that stay as they are.

        Args:
            left: the owner so far has left the company.
        """
        api = "transfer" if left else "onjob_transfer"
        body = {"chat_id_list": list(chats), "new_owner": owner}
        answer = await self._client.post("contact", f"externalcontact/groupchat/{api}", body)
        return {need(one, "chat_id"): errcode(one) for one in items(answer, "failed_chat_list")}
