"""A WeCom that answers what the test prepared, even what the mock never would."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.clock import Clock, turn
from bot.wecom.client import WeComClient
from bot.wecom.limits import RULES, Limiter

SAMPLES = Path(__file__).parent.parent / "data" / "wecom"
TEXT = {"msgtype": "text", "text": {"content": "您好"}}
Make = Callable[..., WeComClient]


class Shelf:
    """Stores tokens; outlives a keeper as a database outlives a process."""

    def __init__(self) -> None:
        self.tokens: dict[str, tuple[str, float]] = {}

    async def load(self, key: str) -> tuple[str, float] | None:
        return self.tokens.get(key)

    async def save(self, key: str, token: str, expires_at: float) -> None:
        self.tokens[key] = (token, expires_at)


def client_at(url: str, clock: Clock, **changes: Any) -> WeComClient:
    """The client of the app of all tests here, calling `url`."""
    settings: dict[str, Any] = {
        "base_url": url,
        "corp_id": "wwdemo0000000001",
        "secrets": {"app": "APP-SECRET"},
        "tokens": Shelf(),
        "clock": clock,
        "limiter": Limiter(RULES, clock),
    }
    return WeComClient(**settings | changes)


class WeCom:
    """Answers each API with what the test prepared for it, and records the requests."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, list[Any]] = {}  # the last one is repeated
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.tokens = 0
        self.gate: asyncio.Event | None = None  # holds every API but the welcome's

    def answer(self, api: str, *answers: Any) -> None:
        self.answers[api] = list(answers)

    def bodies(self, api: str) -> list[Any]:
        return [body for name, _, body in self.asked if name == api]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        api = request.path.removeprefix("/cgi-bin/")
        raw = await request.read()
        is_json = request.content_type == "application/json"
        self.asked.append((api, dict(request.query), json.loads(raw) if is_json else raw))
        if self.gate and "welcome" not in api and api != "gettoken":
            await self.gate.wait()
        laid_out = self.answers.get(api)
        if laid_out is None and api == "gettoken":
            self.tokens += 1
            laid_out = [{"errcode": 0, "access_token": f"T{self.tokens}", "expires_in": 7200}]
        answer = {"errcode": 0} if not laid_out else laid_out[0]
        if laid_out and len(laid_out) > 1:
            laid_out.pop(0)
        if answer == "cut":
            assert request.transport
            request.transport.abort()
            return web.Response()
        if isinstance(answer, list):  # pieces, one after the other
            whole = web.StreamResponse()
            await whole.prepare(request)
            for piece in answer:
                await whole.write(piece)
                await turn()
            return whole
        if isinstance(answer, web.Response):
            return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
        return web.json_response(answer)


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def refusal(errcode: int) -> dict[str, Any]:
    return {"errcode": errcode, "errmsg": "no, hint: [1], from ip: 203.0.113.7"}


async def send(client: WeComClient) -> str:
    return await client.send_service_message("wk1", "wm1", TEXT, "out-1")
