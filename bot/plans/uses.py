"""Which customer field a plan uses, and which segments. Pure."""

from collections.abc import Iterable, Mapping

from bot.plans.condition import All, Any, BornIn, BornOn, Node, Not
from bot.plans.plan import Addressed, Campaign, Choice, Plan, Reminder, Sequence
from bot.profile.fields import BIRTHDAY


def used_by(plans: Iterable[Plan]) -> Mapping[str, str]:
    """By plan id: the field, for those plans that use one."""
    return {plan.id: BIRTHDAY for plan in plans if _by_birthday(plan)}


def _by_birthday(plan: Plan) -> bool:
    if isinstance(plan, Reminder) and plan.date == BIRTHDAY:
        return True
    if not isinstance(plan, Addressed):
        return False
    return any(_born(node) for node in (plan.whom, *(one.whom for one in _choices(plan))))


def naming(plans: Iterable[Plan], segment: str) -> list[Plan]:
    """Those that are addressed to it, or choose their words by it."""
    return [
        plan
        for plan in plans
        if isinstance(plan, Addressed)
        and segment in (plan.segment, *(one.segment for one in _choices(plan)))
    ]


def _choices(plan: Addressed) -> Iterable[Choice]:
    says = plan.say if isinstance(plan, Campaign | Reminder) else ()
    steps = plan.steps if isinstance(plan, Sequence) else ()
    return (*says, *(choice for step in steps for choice in step.say))


def _born(node: Node) -> bool:
    match node:
        case BornIn() | BornOn():
            return True
        case All(parts) | Any(parts):
            return any(map(_born, parts))
        case Not(part):
            return _born(part)
    return False
