"""A complaint, or an opt-out, only sounds like one: whoever serves the customer confirms it."""

from collections.abc import Iterable

from aiohttp import web

from bot.errors import Declined
from bot.store.desk.staff import Role
from bot.store.touch.brakes import Brakes, BrakeStep
from bot.web.route import Route
from bot.web.sidebar.subject import subject_of
from bot.web.visit import Visit


def routes() -> Iterable[Route]:
    yield Route("POST", "/sidebar/customer/confirm", confirm, Role.MEMBER)


async def confirm(visit: Visit) -> web.Response:
    """?kind=: complaint or opt_out. Their words are kept with it once more."""
    subject, kind = await subject_of(visit, "customer"), visit.asked("kind")
    brakes = Brakes(visit.office.database)
    standing = await brakes.standing(customer=subject.id)
    found = next((one for one in standing if one.kind == kind), None)
    if found is None:
        raise Declined("可能刚被解除，请刷新。", "It may just be lifted: reload.", 404)
    step = BrakeStep(
        customer=subject.id, kind=found.kind, active=True, who=visit.me.id, why=found.why,
        at=visit.office.clock.timestamp(),
    )  # fmt: skip
    if await brakes.turn(step):
        await visit.note(f"brake.confirm.{kind}", subject.id, found.why)
    return visit.told(
        "已确认，继续停发主动消息。", "Confirmed: we do not write first.",
        trigger="brakes:changed, customer:changed",
    )  # fmt: skip
