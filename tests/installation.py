"""What the doctor examines: WeCom, a program behind a public address, and its settings."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.clock import Clock, ManualClock
from bot.doctor import Line, Shown, examine
from bot.doctor.examination import FreshTokens
from bot.events import Event
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer
from bot.settings import CallbackKeys, Settings
from bot.wecom.callback import Callback
from bot.wecom.crypto import Envelope
from bot.wecom.jssdk import Signatures, Tickets
from bot.wecom.opening import open_client
from bot.wecom.payload import parse_xml
from tests.engine import SECRETS, workspace
from tests.stage import LONG_CONNECTION, company

AGENT, SECRET = 1000002, SECRETS["APP_SECRET"]


class NoInbox:
    trouble = ""

    async def put(self, events: Sequence[Event]) -> list[bool]:
        raise AssertionError("a verification stores nothing")


@dataclass(slots=True)
class Place:
    """An installation: WeCom, the program behind its public address, and the settings."""

    corp: MockCorp
    settings: Settings
    clock: ManualClock
    keys: CallbackKeys  # those of the running program; as its settings were at its start
    corp_id: str
    health: dict[str, object] = field(default_factory=lambda: {"status": "ok"})
    front: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]] | None = None  # a proxy
    page: str = ""
    shown: Shown = field(default_factory=Shown)

    @property
    def host(self) -> str:
        return self.settings.server.public_url.removeprefix("http://")

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/healthz":
            well = self.health["status"] == "ok"
            return web.json_response(self.health, status=200 if well else 503)
        if self.front:
            return await self.front(request)
        return await self.program(request)

    async def program(self, request: web.BaseRequest) -> web.Response:
        envelope = Envelope(self.keys.token.reveal(), self.keys.aes_key.reveal(), self.corp_id)
        callback = Callback(envelope, parse_xml, form="xml", clock=self.clock, inbox=NoInbox())
        return await callback.get(request)

    def set(self, **changes: Any) -> None:
        self.settings = replace(self.settings, **changes)

    def set_app(self, **changes: Any) -> None:
        assert self.settings.app
        self.set(app=replace(self.settings.app, **changes))

    def app(self, agent_id: int = AGENT, secret: str = SECRET, **changes: Any) -> None:
        """What the administrator entered in the console."""
        self.corp.add_app(agent_id, secret, "话术", **{"domain": self.host} | changes)

    async def signatures(self, url: str) -> Signatures:
        tokens = FreshTokens()
        async with open_client(self.settings, self.clock, tokens) as client:
            return await Tickets(client, tokens, self.clock).signatures(url)

    async def lines(self) -> list[Line]:
        found = examine(self.settings, self.clock, page=self.page, shown=self.shown)
        return [line async for line in found]


@asynccontextmanager
async def installed(root: Path, clock: ManualClock, wecom: Clock) -> AsyncIterator[Place]:
    corp = company(wecom)
    async with MockServer(corp) as server:
        settings = workspace(
            root, api=server.url, more=LONG_CONNECTION.format(ws="ws://localhost")
        )
        assert settings.app
        at = Place(corp, settings, clock, settings.app.callback, settings.wecom.corp_id)
        at.health["bot"] = "connected"
        runner = web.ServerRunner(web.Server(at.serve), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        url = f"http://127.0.0.1:{port}"
        at.set(server=replace(settings.server, port=port, public_url=url))
        at.app()
        try:
            yield at
        finally:
            await runner.cleanup()
