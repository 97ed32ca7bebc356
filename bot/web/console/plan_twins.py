"""Other plans that say what a plan says."""

from bot.plans.plan import Plan
from bot.plans.twins import Twin, Twins
from bot.store.states import PlanState
from bot.web.visit import Visit


async def twins_of(visit: Visit, plan: Plan) -> list[Twin]:
    """Plans in force that say the same to the same customers on the same day."""
    office = visit.office
    calendar, today = office.touching.plans.calendar, office.now
    twins = Twins(office.desk.edition.library, today.date(), calendar, office.zone)
    others = {one.id: one for one in office.touching.plans.book.plans}
    for entry in await office.touching.desk.plans():
        if entry.state is PlanState.STOPPED or entry.is_over:
            others.pop(entry.id, None)
    return [*twins.of(plan, others.values())]
