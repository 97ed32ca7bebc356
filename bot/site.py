"""The HTTP side: callbacks, signals, pages, and our health."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import hdrs, web

from bot.clock import Clock
from bot.inbox import Inbox
from bot.settings import CallbackKeys, KeyPair, Settings
from bot.signals.openapi import PATH, SPECIFICATION
from bot.store.postgres import gone
from bot.store.sqlite_file import amiss
from bot.web.office import Office
from bot.web.pages import add_pages
from bot.web.signals import SignalDoor
from bot.wecom.callback import Callback
from bot.wecom.crypto import Envelope
from bot.wecom.long_connection import LongConnection
from bot.wecom.payload import parse_bot, parse_xml
from bot.wecom.smart_bot import SmartBot

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

AWAY = "数据库暂时连不上，请稍后再试。\nThe database cannot be reached just now. Try again soon."


@asynccontextmanager
async def listening(
    settings: Settings,
    inbox: Inbox,
    bot: SmartBot,
    clock: Clock,
    *,
    signals: SignalDoor | None,
    office: Office,
    line: LongConnection | None,
) -> AsyncIterator[str]:
    """Serve callbacks, signals and pages; yields the address that was bound.

    Args:
        line: the smart bot's long connection; its state is part of our health.
    """

    async def health(request: web.Request) -> web.Response:
        unkept = inbox.trouble or inbox.unkept
        wecom = office.client.standing
        mute = f"WeCom refuses calls: {wecom.mute}" if wecom.mute else ""
        held = unkept or office.journal.trouble or inbox.stalled or mute
        told: dict[str, object] = {"status": held or "ok"}
        told |= {"bot": line.standing} if line else {}
        told |= {"differs": inbox.differs} if inbox.differs else {}
        told |= {"wecom": wecom.refused} if wecom.refused else {}
        # A load balancer asks, too: it shall bring callbacks here as long as the stream can keep
        # them.
        return web.json_response(told, status=503 if unkept else 200)

    app = web.Application(middlewares=[come_again])
    app.router.add_get("/healthz", health)
    posts: dict[str, Handler] = {}
    if settings.app:
        keys = settings.app.callback
        posts[keys.path] = add_callback(app, settings, inbox, clock, keys)
    if settings.bot and settings.bot.mode == "callback" and settings.bot.callback:
        keys = settings.bot.callback
        posts[keys.path] = add_callback(app, settings, inbox, clock, keys, bot=bot)
    if signals:
        app.router.add_post(PATH, signals.post)
        app.router.add_get(SPECIFICATION, signals.get)
    add_pages(app, office)
    # No access log: the query holds signatures. WeCom compresses nothing, strangers might.
    runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=3)
    await runner.setup()
    take_first(runner, posts)
    try:
        await web.TCPSite(runner, settings.server.host, settings.server.port).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def take_first(runner: web.AppRunner, posts: Mapping[str, Handler]) -> None:
    """Call these by path, past the router and what it makes for each request. It still has them,
    for whoever waits for a 100 before the body."""
    server = runner.server
    assert server is not None  # the runner was set up
    routed = server.request_handler

    def handle(request: web.Request) -> Awaitable[web.StreamResponse]:
        post = posts.get(request.rel_url.raw_path) if request.method == "POST" else None
        if post is None or hdrs.EXPECT in request.headers:
            return routed(request)
        return come_again(request, post)

    server.request_handler = handle  # type: ignore[assignment]  # no coroutine of its own


@web.middleware
async def come_again(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A database that is away is no mistake of ours: what was brought may come again."""
    try:
        return await handler(request)
    except Exception as error:
        if told := amiss(error):
            log.error("the database could not be used: %s", told, extra={"action": "page"})
        elif not gone(error):
            raise
        return web.Response(status=503, text=AWAY)


def add_callback(
    app: web.Application,
    settings: Settings,
    inbox: Inbox,
    clock: Clock,
    keys: CallbackKeys,
    *,
    bot: SmartBot | None = None,
) -> Handler:
    """Returns what takes its events."""
    receive_id = "" if bot else settings.wecom.corp_id  # doc 101033: empty for a smart bot

    def envelope(pair: KeyPair) -> Envelope:
        return Envelope(pair.token.reveal(), pair.aes_key.reveal(), receive_id)

    callback = Callback(
        envelope(keys),
        parse_bot if bot else parse_xml,
        form="json" if bot else "xml",
        clock=clock,
        inbox=inbox,
        tolerance_s=settings.server.timestamp_tolerance_s,
        max_body=settings.server.max_body_kb * 1024,
        reply=bot.reply if bot else None,
        old=envelope(keys.old) if keys.old else None,
    )
    app.router.add_get(keys.path, callback.get)
    app.router.add_post(keys.path, callback.post)
    return callback.post
