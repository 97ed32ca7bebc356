"""One customer in the console: the same as in the sidebar."""

from collections.abc import Iterable

from aiohttp import web

from bot.store import serving
from bot.store.staff import Role
from bot.web.customer_card import whole
from bot.web.route import Route
from bot.web.sidebar.subject import LONGEST, Subject
from bot.web.visit import Visit


def routes() -> Iterable[Route]:
    yield Route(method="GET", path="/console/customers/{id}", answer=show, needs=Role.MEMBER)


async def show(visit: Visit) -> web.Response:
    """Whom they do not serve is not there for them."""
    customer, database = visit.part("id")[:LONGEST], visit.office.database
    known = await serving.person(database, customer)
    if known is None or not await serving.is_served(database, customer, visit.me.sight):
        return visit.wrong(
            "没有这位客户，或者不归您负责。", "There is no such customer, or they are not yours.",
            404,
        )  # fmt: skip
    subject = Subject(kind="customer", id=customer, name=known.name, tags=known.tags)
    return visit.html("console/customer.html", subject=subject, **await whole(visit, subject))
