"""A shop that sends signals to the assistant, for tests."""

import hashlib
import hmac
import json
from typing import Any

from aiohttp import ClientSession

from bot.clock import Clock

SECRET = "0123456789abcdef0123456789abcdef"
SIGNALS = """
[signals]
secret = "env:SIGNALS_SECRET"
"""


def order(**more: Any) -> dict[str, Any]:
    """A signal as the shop sends it."""
    return {
        "kind": "order_paid",
        "at": "2026-01-01T10:00:00+08:00",
        "customer": {"external_userid": "wm1"},
        "details": {"order": "A1001", "amount": 199.0, "sku": ["milk-3"]},
        **more,
    }


def signed(body: bytes, key: str, timestamp: float, secret: str = SECRET) -> dict[str, str]:
    """The headers that go with `body`."""
    said = f"{int(timestamp)}\n{key}\n".encode() + body
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "Huashu-Timestamp": str(int(timestamp)),
        "Huashu-Signature": hmac.new(secret.encode(), said, hashlib.sha256).hexdigest(),
    }


async def send(
    url: str,
    clock: Clock,
    signal: Any,
    key: str = "k1",
    *,
    age_s: float = 0,
    **headers: str,
) -> tuple[int, dict[str, Any]]:
    """Status and body of the answer.

    Args:
        signal: a value to send as JSON, or the bytes of a body.
        headers: replace the right ones; _ stands for -.
    """
    body = signal if isinstance(signal, bytes) else json.dumps(signal).encode()
    told = signed(body, key, clock.timestamp() - age_s)
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        ClientSession() as session,
        session.post(f"{url}/api/v1/signals", data=body, headers=told) as response,
    ):
        return response.status, json.loads(await response.read())
