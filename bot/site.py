"""The HTTP side: callbacks, and whether we are well."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from bot.clock import Clock
from bot.inbox import Inbox
from bot.settings import CallbackKeys, Settings
from bot.signals.openapi import PATH, SPECIFICATION
from bot.web.signals import SignalDoor
from bot.wecom.callback import Callback
from bot.wecom.crypto import Envelope
from bot.wecom.payload import parse_bot, parse_xml
from bot.wecom.smart_bot import SmartBot

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def listening(
    settings: Settings,
    inbox: Inbox,
    bot: SmartBot,
    clock: Clock,
    *,
    signals: SignalDoor | None = None,
) -> AsyncIterator[str]:
    """Serve callbacks and signals; yields the address that was bound."""
    handlers: dict[tuple[str, str], Handler] = {("GET", "/healthz"): health}
    if settings.app:
        add_callback(handlers, settings, inbox, clock, settings.app.callback)
    if settings.bot and settings.bot.mode == "callback" and settings.bot.callback:
        add_callback(handlers, settings, inbox, clock, settings.bot.callback, bot=bot)
    if signals:
        handlers["POST", PATH] = signals.post
        handlers["GET", SPECIFICATION] = signals.get

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        handler = handlers.get((request.method, request.path))
        return await handler(request) if handler else nothing_here(request, handlers)

    # A handful of fixed paths needs no router. No access log: the query holds signatures. WeCom
    # compresses nothing, strangers might.
    server = web.Server(serve, access_log=None, auto_decompress=False)
    runner = web.ServerRunner(server, shutdown_timeout=3)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.server.host, settings.server.port).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def nothing_here(
    request: web.BaseRequest, handlers: Mapping[tuple[str, str], Handler]
) -> web.Response:
    methods = [method for method, path in handlers if path == request.path]
    if methods:
        return web.Response(status=405, headers={"Allow": ", ".join(methods)})
    return web.Response(status=404)


async def health(request: web.BaseRequest) -> web.Response:
    return web.json_response({"status": "ok"})


def add_callback(
    handlers: dict[tuple[str, str], Handler],
    settings: Settings,
    inbox: Inbox,
    clock: Clock,
    keys: CallbackKeys,
    *,
    bot: SmartBot | None = None,
) -> None:
    receive_id = "" if bot else settings.wecom.corp_id  # doc 101033: empty for a smart bot
    callback = Callback(
        Envelope(keys.token.reveal(), keys.aes_key.reveal(), receive_id),
        parse_bot if bot else parse_xml,
        form="json" if bot else "xml",
        clock=clock,
        inbox=inbox,
        tolerance_s=settings.server.timestamp_tolerance_s,
        max_body=settings.server.max_body_kb * 1024,
        reply=bot.reply if bot else None,
    )
    handlers["GET", keys.path] = callback.get
    handlers["POST", keys.path] = callback.post
