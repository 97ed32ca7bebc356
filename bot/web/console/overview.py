"""The console's first page: what happened, and what waits."""

from collections.abc import Iterable

from aiohttp import web

from bot.store.staff import Role
from bot.web.route import Route
from bot.web.visit import Visit


def routes() -> Iterable[Route]:
    yield Route(method="GET", path="/console", answer=overview, needs=Role.MEMBER)


async def overview(visit: Visit) -> web.Response:
    return visit.html("console/overview.html")
