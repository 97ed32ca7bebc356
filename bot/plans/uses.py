"""Which field of customers a plan makes use of. Pure."""

from collections.abc import Iterable, Mapping

from bot.plans.condition import All, Any, BornIn, BornOn, Node, Not
from bot.plans.plan import Addressed, Campaign, Plan, Reminder, Sequence
from bot.profile.fields import BIRTHDAY


def used_by(plans: Iterable[Plan]) -> Mapping[str, str]:
    """The field, by the ids of those plans that use one."""
    return {plan.id: BIRTHDAY for plan in plans if _by_birthday(plan)}


def _by_birthday(plan: Plan) -> bool:
    if isinstance(plan, Reminder) and plan.date == BIRTHDAY:
        return True
    if not isinstance(plan, Addressed):
        return False
    says = plan.say if isinstance(plan, Campaign | Reminder) else ()
    steps = plan.steps if isinstance(plan, Sequence) else ()
    choices = (*says, *(choice for step in steps for choice in step.say))
    return any(_born(node) for node in (plan.whom, *(choice.whom for choice in choices)))


def _born(node: Node) -> bool:
    match node:
        case BornIn() | BornOn():
            return True
        case All(parts) | Any(parts):
            return any(map(_born, parts))
        case Not(part):
            return _born(part)
    return False
