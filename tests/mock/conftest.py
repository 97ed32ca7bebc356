"""A small company on the mock, a client that talks to it as to WeCom, and a listener."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import aiohttp
import pytest
from aiohttp import web

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer
from bot.wecom.crypto import Envelope
from tests.mock import bots

TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CORP_ID = "wwdemo0000000001"
AGENT, SECRET, KF = 1000002, "secret-of-the-app", "wkDemoKfAAAA000000000000000001"
ANNA, BEN = "wmDemoAAAA0000000000000000000001", "wmDemoAAAA0000000000000000000002"


@dataclass
class Listener:
    """A callback address of ours: opens what comes, and answers as told."""

    url: str = ""
    envelope: Envelope = field(default_factory=lambda: Envelope(TOKEN, AES_KEY, CORP_ID))
    heard: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  # of the next answers; 200 after that

    async def answer(self, request: web.Request) -> web.Response:
        query = request.query
        signed = query["msg_signature"], query["timestamp"], query["nonce"]
        if request.method == "GET":
            if self.statuses:
                return web.Response(status=self.statuses.pop(0))
            return web.Response(body=self.envelope.open(*signed, query["echostr"]))
        outer = ElementTree.fromstring(await request.text())
        plain = self.envelope.open(*signed, outer.findtext("Encrypt", ""))
        self.heard.append({item.tag: item.text or "" for item in ElementTree.fromstring(plain)})
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


class Api:
    """Calls the mock as any client would, without knowing its insides."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url, self.session = url, session
        self.headers: dict[str, str] = {}

    async def get(self, path: str, **query: str) -> Any:
        async with self.session.get(f"{self.url}/cgi-bin/{path}", params=query) as answer:
            self.headers = dict(answer.headers)
            return await answer.json()

    async def token(self, secret: str = SECRET) -> str:
        answer = await self.get("gettoken", corpid=CORP_ID, corpsecret=secret)
        return str(answer["access_token"])

    async def post(self, path: str, body: Any, **query: str) -> Any:
        query = query or {"access_token": await self.token()}
        url = f"{self.url}/cgi-bin/{path}"
        async with self.session.post(url, json=body, params=query) as answer:
            self.headers = dict(answer.headers)
            return await answer.json()

    async def control(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        async with self.session.request(method, f"{self.url}/_mock/{path}", json=body) as answer:
            return answer.status, await answer.json()

    async def kf_send(self, text: str = "您好", to: str = ANNA, **more: Any) -> Any:
        body = {"touser": to, "open_kfid": KF, "msgtype": "text", "text": {"content": text}}
        return await self.post("kf/send_msg", body | more)

    async def welcome(self, code: str, text: str = "欢迎", **more: Any) -> Any:
        body = {"welcome_code": code, "text": {"content": text}, **more}
        return await self.post("externalcontact/send_welcome_msg", body)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def corp(clock: ManualClock) -> MockCorp:
    corp = MockCorp(CORP_ID, clock=clock)
    corp.rules.wait(60)
    for userid, name in (("liming", "李明"), ("WangFang", "王芳")):
        corp.add_member(userid, name)
    corp.add_customer(ANNA, "安娜")
    corp.add_customer(BEN, "小本")
    corp.add_app(AGENT, SECRET, "话术")
    corp.add_kf_account(KF, "小助手", ["liming", "WangFang"])
    return corp


@pytest.fixture
async def server(corp: MockCorp) -> AsyncIterator[MockServer]:
    async with MockServer(corp) as server:
        yield server


@pytest.fixture
async def api(server: MockServer) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(server.url, session)


@pytest.fixture
async def listener(corp: MockCorp, server: MockServer) -> AsyncIterator[Listener]:
    listener = Listener()
    app = web.Application()
    app.add_routes([web.route("*", "/callback", listener.answer)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/callback"
    corp.set_callback("app", listener.url, TOKEN, AES_KEY)
    yield listener
    await runner.cleanup()


@pytest.fixture
async def bot(corp: MockCorp, server: MockServer) -> AsyncIterator[bots.CallbackBot]:
    """A smart bot with a callback address."""
    async with bots.callback_bot() as (bot, callback):
        corp.add_bot(bots.BOT, bots.SECRET, bots.NAME, callback)
        yield bot
        await corp.settled()
