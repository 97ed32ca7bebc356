"""A bot's own side, as small as can be: a callback address and a long connection."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.mockwecom.bot_callbacks import BotCallback
from bot.mockwecom.corp import MockCorp
from bot.wecom.crypto import Envelope

TOKEN, AES_KEY = "botToken", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
BOT, SECRET, NAME = "aibDemo0001", "bot-secret", "SalesBot"
GROUP = "wrDemoChat000000000000000000001"
DATA = Path(__file__).parents[1] / "data" / "wecom"
CARD: dict[str, Any] = json.loads((DATA / "aibot_reply_template_card.json").read_text("utf-8"))


def stream(
    content: str, *, finish: bool = True, name: str = "st-1", **more: Any
) -> dict[str, Any]:
    said = {"id": name, "finish": finish, "content": content, **more}
    return {"msgtype": "stream", "stream": said}


def said(corp: MockCorp) -> list[tuple[str, str, str]]:
    return [(delivery.to, delivery.kind, delivery.text) for delivery in corp.deliveries]


class CallbackBot:
    """Opens what comes and seals what `answer` returns (None: the empty 200)."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.statuses: list[int] = []  # the first answers, instead of 200
        self.answer: Callable[[dict[str, Any]], Any] = lambda _: None
        self.seal_reply: Callable[[dict[str, Any]], dict[str, Any]] = lambda sealed: sealed
        self.envelope = Envelope(TOKEN, AES_KEY, "")

    async def handle(self, request: web.Request) -> web.Response:
        query = request.query
        signed = query["msg_signature"], query["timestamp"], query["nonce"]
        if request.method == "GET":
            return web.Response(body=self.envelope.open(*signed, query["echostr"]))
        sealed = await request.json()
        assert set(sealed) == {"encrypt"}
        self.received.append(json.loads(self.envelope.open(*signed, sealed["encrypt"])))
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        reply = self.answer(self.received[-1])
        if reply is None:
            return web.Response()
        timestamp, nonce = query["timestamp"], query["nonce"]
        encrypt, signature = self.envelope.seal(json.dumps(reply).encode(), timestamp, nonce)
        body = {"encrypt": encrypt, "msgsignature": signature}
        return web.json_response(
            self.seal_reply({**body, "timestamp": int(timestamp), "nonce": nonce})
        )


@asynccontextmanager
async def callback_bot() -> AsyncIterator[tuple[CallbackBot, BotCallback]]:
    bot, app = CallbackBot(), web.Application()
    app.router.add_route("*", "/bot", bot.handle)
    async with TestServer(app) as server:
        url = str(server.make_url("/bot"))
        yield bot, BotCallback(url=url, token=TOKEN, aes_key=AES_KEY)


class Line:
    """A long connection; `ask` sends a frame and returns its answer."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self._asked = 0

    async def read(self) -> dict[str, Any]:
        frame: dict[str, Any] = await self.socket.receive_json(timeout=60)
        return frame

    async def ask(self, cmd: str, body: Any = None, req_id: str = "") -> dict[str, Any]:
        self._asked += 1
        req_id = req_id or f"req-{self._asked}"
        frame = {"cmd": cmd, "headers": {"req_id": req_id}}
        await self.socket.send_json(frame if body is None else {**frame, "body": body})
        answer = await self.read()
        assert answer["headers"] == {"req_id": req_id}
        return answer

    async def subscribe(self, secret: str = SECRET) -> dict[str, Any]:
        return await self.ask("aibot_subscribe", {"bot_id": BOT, "secret": secret})


@asynccontextmanager
async def line_to(url: str, path: str = "/aibot/ws") -> AsyncIterator[Line]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url}{path}") as socket,
    ):
        yield Line(socket)
