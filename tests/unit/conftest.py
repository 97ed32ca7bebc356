"""A callback's address with a list as its inbox, and how WeCom posts there."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.clock import ManualClock
from bot.events import ChatEntered, Event
from bot.wecom.callback import Callback
from bot.wecom.crypto import Envelope
from bot.wecom.payload import parse_bot, parse_xml

DATA = Path(__file__).parent.parent / "data" / "wecom"
CORP, TOKEN, KEY = "wwdemo0000000001", "token", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CORP_ENVELOPE = Envelope(TOKEN, KEY, CORP)
WELCOME = '{"msgtype":"text","text":{"content":"你好"}}'.encode()
START = datetime(2026, 1, 1, 2, tzinfo=UTC)
ADDED = (DATA / "evt_change_external_contact__add_external_contact.xml").read_bytes()

Client = TestClient[web.Request, web.Application]


class ListInbox:
    """Keeps events while it is `open`; raises `failing` if set."""

    def __init__(self) -> None:
        self.trouble = ""
        self.events: dict[str, Event] = {}
        self.open = asyncio.Event()
        self.failing: Exception | None = None
        self.open.set()

    async def put(self, events: Sequence[Event]) -> list[bool]:
        await self.open.wait()
        if self.failing:
            raise self.failing
        fresh = [event.id not in self.events for event in events]
        self.events.update({event.id: event for event in events})
        return fresh


async def welcome(event: Event) -> bytes | None:
    return WELCOME if isinstance(event, ChatEntered) else None


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def inbox() -> ListInbox:
    return ListInbox()


@pytest.fixture
async def client(clock: ManualClock, inbox: ListInbox) -> AsyncIterator[Client]:
    app = web.Application()
    corp, bot = CORP_ENVELOPE, Envelope(TOKEN, KEY, "")
    callbacks = {
        "/app": Callback(corp, parse_xml, form="xml", clock=clock, inbox=inbox, max_body=4096),
        "/bot": Callback(bot, parse_bot, form="json", clock=clock, inbox=inbox, reply=welcome),
        "/old": Callback(corp, parse_xml, form="xml", clock=clock, inbox=inbox, tolerance_s=0),
    }
    for path, callback in callbacks.items():
        app.router.add_get(path, callback.get)
        app.router.add_post(path, callback.post)
    async with TestClient(TestServer(app)) as started:
        yield started


def sealed(
    plain: bytes,
    receive_id: str = CORP,
    *,
    form: Literal["xml", "json"] = "xml",
    at: float = START.timestamp(),
    nonce: str = "nonce-1",
) -> tuple[dict[str, str], bytes]:
    """The query and the body of a callback, as WeCom sends them."""
    timestamp = str(int(at))
    encrypt, signature = Envelope(TOKEN, KEY, receive_id).seal(plain, timestamp, nonce)
    query = {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}
    if form == "json":
        return query, json.dumps({"encrypt": encrypt}).encode()
    body = f"<xml><AgentID></AgentID>\n<Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
    return query, body.encode()


async def post(
    client: Client, query: dict[str, str], body: Any, path: str = "/app"
) -> tuple[int, bytes]:
    async with client.post(path, params=query, data=body) as response:
        return response.status, await response.read()


def vector(name: str) -> dict[str, str]:
    vectors = json.loads((DATA / "crypto_vectors.json").read_text("utf-8"))["callback_vectors"]
    found: dict[str, str] = next(v for v in vectors if v["id"] == name)
    return found
