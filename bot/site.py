"""The HTTP side: callbacks, and whether we are well."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.clock import Clock
from bot.inbox import Inbox
from bot.settings import CallbackKeys, Settings
from bot.wecom.callback import Callback
from bot.wecom.crypto import Envelope
from bot.wecom.payload import parse_bot, parse_xml
from bot.wecom.smart_bot import SmartBot


@asynccontextmanager
async def listening(
    settings: Settings, inbox: Inbox, bot: SmartBot, clock: Clock
) -> AsyncIterator[str]:
    """Serve the callbacks; yields the address that was bound."""
    site = web.Application()
    site.router.add_get("/healthz", health)
    if settings.app:
        add_callback(site, settings, inbox, clock, settings.app.callback)
    if settings.bot and settings.bot.mode == "callback" and settings.bot.callback:
        add_callback(site, settings, inbox, clock, settings.bot.callback, bot=bot)
    # No access log: the query holds signatures. WeCom compresses nothing, strangers might.
    runner = web.AppRunner(site, access_log=None, auto_decompress=False, shutdown_timeout=3)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.server.host, settings.server.port).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def health(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def add_callback(
    site: web.Application,
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
    site.router.add_get(keys.path, callback.get)
    site.router.add_post(keys.path, callback.post)
