"""One customer in the console, shown as in the sidebar."""

from collections.abc import Iterable

from aiohttp import web

from bot.errors import Declined
from bot.leaving import archive
from bot.store.customers import serving
from bot.store.customers.copying import copied
from bot.store.desk.audit_names import names
from bot.store.desk.staff import Role
from bot.web.attached import attached
from bot.web.customer_card import whole
from bot.web.route import Route
from bot.web.sidebar.subject import LONGEST, Subject
from bot.web.visit import Visit


def routes() -> Iterable[Route]:
    path = "/console/customers/{id}"
    yield Route("GET", path, show, Role.MEMBER)
    yield Route("GET", f"{path}/erase", ask_erase, Role.ADMIN)
    yield Route("POST", f"{path}/erase", erase, Role.ADMIN)
    yield Route("GET", f"{path}/copy", ask_copy, Role.ADMIN)
    yield Route("POST", f"{path}/copy", copy, Role.ADMIN)


async def show(visit: Visit) -> web.Response:
    """For those who do not serve the customer there is no such page."""
    customer, database = visit.part("id")[:LONGEST], visit.office.database
    known = await serving.person(database, customer)
    reach = visit.office.reach(visit.me.sight)
    if known is None or not await serving.is_served(database, customer, reach):
        return visit.wrong(
            "没有这位客户，或者不归您负责。", "There is no such customer, or they are not yours.",
            404,
        )  # fmt: skip
    subject = await _subject_of(visit, customer, known)
    return visit.html("console/customer.html", subject=subject, **await whole(visit, subject))


async def ask_erase(visit: Visit) -> web.Response:
    return _asking(visit, await _subject(visit))


def _asking(visit: Visit, subject: Subject, wrong: str = "") -> web.Response:
    return visit.html(
        "console/customer_erase.html", status=422 if wrong else 200, subject=subject,
        wrong=wrong, kept=archive.kept(visit.office.settings.root),
    )  # fmt: skip


async def erase(visit: Visit) -> web.Response:
    """Delete all that we keep of them, on their demand; the reason is kept."""
    subject, why = await _subject(visit), visit.asked("why")
    if not why:
        wrong = visit.t(
            "请写明原因，例如客户要求删除。", "Write down why: they demanded it, for example."
        )
        return _asking(visit, subject, wrong)
    office = visit.office
    friends = await office.profiles.erase(subject.id, office.clock.timestamp())
    await visit.note("customer.erase", subject.id, why)
    if friends:
        return visit.go(
            "/console/customers",
            "资料已删除，以前的聊天记录正在后台清除。还有同事加着这位客户，企业微信会再告诉我们名字；"
            "系统不再主动给客户发消息。",
            "All is deleted; talk of before is being cleared. Somebody has them as a contact "
            "still, so WeCom tells their name again; we do not write to them first.",
        )
    return visit.go(
        "/console/customers", "资料已删除，以前的聊天记录正在后台清除。",
        "All that was kept is deleted; talk of before is being cleared.",
    )  # fmt: skip


async def ask_copy(visit: Visit) -> web.Response:
    return visit.html("console/customer_copy.html", subject=await _subject(visit), wrong="")


async def copy(visit: Visit) -> web.Response:
    """Download all that we keep of them, on their demand; the reason is kept."""
    subject, why, office = await _subject(visit), visit.asked("why"), visit.office
    if not why:
        wrong = visit.t(
            "请写明原因，例如客户要求查看。", "Write down why: they asked for it, for example."
        )
        return visit.html("console/customer_copy.html", status=422, subject=subject, wrong=wrong)
    now = office.now
    content = await copied(
        office.database, subject.id, now, office.zone, office.settings.company.name
    )
    if content is None:
        raise _none()
    await visit.note("customer.copy", subject.id, why)
    stem = visit.t("客户资料", "customer")
    return attached(f"{stem}-{now:%Y%m%d}.json", content)


def _none() -> Declined:
    return Declined("没有这位客户。", "There is no such customer.", 404)


async def _subject(visit: Visit) -> Subject:
    """
    Raises:
        Declined: there is no such customer.
    """
    customer = visit.part("id")[:LONGEST]
    known = await serving.person(visit.office.database, customer)
    if known is None:
        raise _none()
    return await _subject_of(visit, customer, known)


async def _subject_of(visit: Visit, customer: str, known: serving.Person) -> Subject:
    """A customer without a name gets the name that they have in their group."""
    name = known.name or (await names(visit.office.database, [customer])).get(customer, "")
    return Subject(kind="customer", id=customer, name=name, tags=known.tags)
