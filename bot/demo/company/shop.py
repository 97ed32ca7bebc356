"""The shop's own system, which tells the bot about payments."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import ClientSession

from bot.demo.stage import Stage
from bot.errors import BotError

PATH = "/api/v1/signals"


@dataclass(slots=True, kw_only=True)
class Shop:
    """
    Args:
        secret: signs the signals.
    """

    stage: Stage
    http: ClientSession
    secret: str
    _told: int = field(default=0, init=False)

    async def sold(self, customer: str, amount: float, sku: str) -> None:
        details = {"order": f"A{1001 + self._told}", "amount": amount, "sku": [sku]}
        await self.tells("order_paid", customer, details)

    async def tells(self, kind: str, customer: str, details: Mapping[str, Any]) -> None:
        """
        Raises:
            BotError: the bot refuses it.
        """
        self._told += 1
        now, key = self.stage.clock.now(), f"demo:{self._told}"
        body = orjson.dumps(
            {
                "kind": kind, "at": now.isoformat(timespec="seconds"),
                "customer": {"external_userid": customer}, "details": details,
            }
        )  # fmt: skip
        at = f"{int(now.timestamp())}"
        text = f"{at}\n{key}\n".encode() + body
        headers = {
            "Content-Type": "application/json", "Idempotency-Key": key, "Huashu-Timestamp": at,
            "Huashu-Signature": hmac.new(self.secret.encode(), text, hashlib.sha256).hexdigest(),
        }  # fmt: skip
        url = self.stage.assistant.url + PATH
        async with self.http.post(url, data=body, headers=headers) as answer:
            if answer.status >= 400:
                raise BotError(f"{PATH}: {answer.status} {(await answer.text())[:200]}")
