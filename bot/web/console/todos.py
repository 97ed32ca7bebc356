"""To-dos of everybody whose work one may see: whose, for whom, why and since when."""

from collections.abc import Iterable

from aiohttp import web

from bot.store.desk.staff import Role
from bot.store.desk.todos import number_in_sight
from bot.web.route import Route
from bot.web.todos import PAGE, of_all
from bot.web.visit import Visit


def routes() -> Iterable[Route]:
    yield Route("GET", "/console/todos", show, Role.MEMBER)


async def show(visit: Visit) -> web.Response:
    first = visit.number("from")
    found, more = await of_all(visit, first)
    return visit.html(
        "console/todos.html",
        found=found, first=first, next=first + PAGE if more else None,
        names=await visit.office.names(), number=await open_number(visit),
    )  # fmt: skip


async def open_number(visit: Visit) -> int:
    """How many to-dos the page shows."""
    office, me = visit.office, visit.me
    on_duty = office.settings.duty.has(me.id)
    return await number_in_sight(office.database, me.sight, on_duty=on_duty)
