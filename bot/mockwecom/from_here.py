"""Only this machine may use a port of the mock, since whoever reaches it can do anything."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

HERE = frozenset({"127.0.0.1", "localhost", "::1"})


@web.middleware
async def from_here(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse what another site's page has our own browser send: such a request names its origin,
    or calls us by a name of its own that leads here (DNS rebinding)."""
    named = [f"//{request.host}", request.headers.get("Origin", "//localhost")]
    if not HERE.issuperset(map(_host, named)):
        return web.Response(status=403)
    return await handler(request)


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
