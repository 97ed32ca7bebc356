"""WeCom's paths over HTTP: checks the caller, the API and the request, then asks the corp."""

import json
import ssl as tls
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from email.utils import formatdate
from typing import Any, Self

import aiohttp
import orjson
from aiohttp import web

from bot.mockwecom.client.frame import COOKIES_BYTES, Frame
from bot.mockwecom.client.site import Client
from bot.mockwecom.control import Control
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.endpoint import Answer, Endpoint, Request, Upload
from bot.mockwecom.faults import Fault
from bot.mockwecom.from_here import from_here
from bot.mockwecom.record import Call
from bot.mockwecom.rules import BARE, TEXTS, Refusal
from bot.mockwecom.shapes import check

MOST_BYTES = 21 * 2**20  # the largest file is 20 MB
SECRETS = ("access_token", "corpsecret")
HOST = "127.0.0.1"


class Cut(Exception):
    """The connection is cut instead of an answer."""


class MockServer:
    """Serves one corp; also owns what runs beside it (callbacks on their way).

    Args:
        routes: what the port serves besides WeCom's paths: the demo's own.
        frame_port: of the client's web view, where pages of ours are shown; None: there is none.
        extras: see Client.
    """

    def __init__(
        self,
        corp: MockCorp,
        port: int = 0,
        ssl: tls.SSLContext | None = None,
        routes: Sequence[web.RouteDef] = (),
        frame_port: int | None = None,
        extras: Mapping[str, str] | None = None,
    ) -> None:
        self.corp, self.port, self._ssl = corp, port, ssl
        self._routes, self._extras = routes, extras
        self.frame = None if frame_port is None else Frame(HOST, frame_port)
        self._endpoints = corp.endpoints()
        self._stack = AsyncExitStack()

    @property
    def url(self) -> str:
        return f"{'https' if self._ssl else 'http'}://{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[from_here])
        app.add_routes([web.get("/healthz", self._healthz), *self._routes])
        app.add_routes(Client(self.corp, frame=self.frame, extras=self._extras).routes())
        app.on_shutdown.append(self._stop_watching)
        app.add_routes(Control(self.corp).routes())
        app.add_routes(self.corp.bots.routes())
        app.add_routes([web.route("*", "/cgi-bin/{api:.+}", self._call)])
        app.add_routes([web.route("*", "/{rest:.*}", self._unknown)])
        self.corp.bell.open()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.corp.pushes)
            runner = web.AppRunner(
                app, access_log=None, shutdown_timeout=1, max_field_size=COOKIES_BYTES
            )
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            site = web.TCPSite(runner, HOST, self.port, ssl_context=self._ssl)
            await site.start()
            self.port = runner.addresses[0][1]
            await stack.enter_async_context(self.corp.bots.open(self.url))
            if self.frame:
                await stack.enter_async_context(self.frame.serving(self.url))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _stop_watching(self, _: web.Application) -> None:
        self.corp.bell.close()

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def _unknown(self, request: web.Request) -> web.Response:
        """WeCom answers HTTP 404 without a body."""
        self.corp.misused(request.path, "unknown path")
        return web.Response(status=404)

    async def _call(self, request: web.Request) -> web.Response:
        api, query = request.match_info["api"], dict(request.query)
        endpoint = self._endpoints.get(api)
        if endpoint is None and api != "gettoken":
            return await self._unknown(request)
        started = self.corp.timestamp()
        fault = self.corp.faults.strike(api)
        body: Any = None
        try:
            await self._fail(fault)
            if endpoint is None:
                answer = self._gettoken(request, query)
            else:
                body = await self._read(request, endpoint)
                answer = await self._answer(request, api, endpoint, query, body)
            answer = {"errcode": 0, "errmsg": "ok", **answer}
        except Refusal as refusal:
            answer = self._no(refusal, endpoint, request.remote or "")
        except Cut:
            self._log(api, query, body, -1, started)
            return self._cut(request)
        self._log(api, query, body, answer["errcode"], started)
        return self._cut(request) if fault.disconnect_after else self._reply(answer)

    async def _fail(self, fault: Fault) -> None:
        """Carry out a fault that strikes before anything is done."""
        if fault.latency_s:
            await self.corp.clock.sleep(fault.latency_s)
        if fault.drop:
            raise Cut
        if fault.errcode:
            raise Refusal(fault.errcode, fault.errmsg)

    def _cut(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _gettoken(self, request: web.Request, query: dict[str, str]) -> Answer:
        if request.method != "GET":
            raise self._misuse("gettoken", "wrong method", 40063)
        self._check_query("gettoken", query, frozenset({"corpid", "corpsecret"}))
        return self.corp.access.gettoken(query, request.remote or "")

    async def _read(self, request: web.Request, endpoint: Endpoint) -> Any:
        """The body; None if it is not JSON at all."""
        if request.method == "GET":
            return {}
        if endpoint.uploads:
            return await self._upload(request)
        raw = await request.read()
        try:
            return orjson.loads(raw) if raw else {}
        except orjson.JSONDecodeError:
            return None

    async def _upload(self, request: web.Request) -> Upload | None:
        if not request.content_type.startswith("multipart/"):
            return None
        async for part in await request.multipart():
            if isinstance(part, aiohttp.BodyPartReader) and part.name == "media":
                content = bytes(await part.read(decode=True))
                return Upload(filename=part.filename or "", content=content)
        return None

    async def _answer(
        self, request: web.Request, api: str, endpoint: Endpoint, query: dict[str, str], body: Any
    ) -> Answer:
        app = self.corp.access.admit(api, query.get("access_token"), request.remote or "")
        if request.method not in endpoint.methods:
            raise self._misuse(api, f"{request.method} is not its method", 40063)
        self._check_query(api, query, endpoint.query | {"access_token"})
        if isinstance(body, Upload) or endpoint.uploads:
            upload = body if isinstance(body, Upload) else None
            return await endpoint.answer(Request(app=app, query=query, body={}, upload=upload))
        self._check_body(api, endpoint, body)
        return await endpoint.answer(Request(app=app, query=query, body=body))

    def _check_query(self, api: str, query: Mapping[str, str], known: frozenset[str]) -> None:
        # `debug=1` asks for more diagnostics (doc 90664) and changes nothing else.
        unknown = query.keys() - known - {"debug"}
        if unknown:
            raise self._misuse(api, f"unknown query parameter {min(unknown)!a}", 40058)

    def _check_body(self, api: str, endpoint: Endpoint, body: Any) -> None:
        if not isinstance(body, dict):
            raise self._misuse(api, "Warning: wrong json format.", 40058)
        seen = {name: value for name, value in body.items() if name not in endpoint.opaque}
        try:
            check(seen, endpoint.body, "body")
        except Refusal as refusal:
            # A wrong shape is the calling program's fault, never the customer's; only sizes depend
            # on what people write.
            if refusal.errcode == 40058:
                self.corp.misused(api, refusal.detail)
            raise

    def _misuse(self, api: str, problem: str, errcode: int) -> Refusal:
        self.corp.misused(api, problem)
        return Refusal(errcode, problem)

    def _no(self, refusal: Refusal, endpoint: Endpoint | None, ip: str) -> Answer:
        text = refusal.detail or TEXTS.get(refusal.errcode, "mock: see doc 90313")
        if refusal.errcode not in BARE:
            hint = self.corp.people.new_number()
            text += (
                f", hint: [{hint}], from ip: {ip}, more info at "
                f"https://open.work.weixin.qq.com/devtool/query?e={refusal.errcode}"
            )
        empty = endpoint.empty if endpoint else {}
        return {"errcode": refusal.errcode, "errmsg": text, **empty, **refusal.extra}

    def _reply(self, answer: Answer) -> web.Response:
        # The corp's clock, by which it also judges the age of what it is told.
        headers = {"Date": formatdate(self.corp.timestamp(), usegmt=True)}
        if answer["errcode"]:
            # A field name from outside may contain what a header cannot carry.
            message = json.dumps(answer["errmsg"])[1:-1]
            headers |= {"Error-Code": str(answer["errcode"]), "Error-Msg": message}
        return web.Response(
            body=orjson.dumps(answer),
            headers={"Content-Type": "application/json; charset=UTF-8", **headers},
        )

    def _log(
        self, api: str, query: dict[str, str], body: Any, errcode: int, started: float
    ) -> None:
        call = Call(
            at=self.corp.clock.now(),
            api=api,
            query={name: value for name, value in query.items() if name not in SECRETS},
            body=body,
            errcode=errcode,
            latency_s=self.corp.timestamp() - started,
        )
        self.corp.calls.append(call)
        self.corp.bell.ring()
