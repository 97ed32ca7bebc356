"""The names of the plans behind messages, with links to them."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from bot.store.states import ANSWERS, REFERRAL
from bot.touch.reminders import PLAN as REMINDER
from bot.web.visit import Visit

_DAY = re.compile(r"^\d{4}-\d\d-\d\d\b")
_STEP = re.compile(r"day(\d+)@(.*)")  # a slot of a sequence


class Called(NamedTuple):
    """A plan's name; its title may be hostile."""

    title: str
    link: str  # "" = it has no page


def called(visit: Visit, titles: Mapping[str, str]) -> Callable[[str], Called]:
    """
    Args:
        titles: of the existing plans, by id.
    """

    def told(plan: str) -> Called:
        if plan in titles:
            return Called(titles[plan] or plan, f"/console/plans/{plan}")
        if plan.startswith(REFERRAL):
            title = visit.office.desk.referral_book.titles.get(plan, plan)
            return Called(title, f"/console/referral/{plan.removeprefix(REFERRAL)}")
        if plan.startswith(REMINDER):
            return Called(visit.t("同事设的提醒", "A member's reminder"), "")
        if plan == ANSWERS:
            return Called(visit.t("群里问题的回答", "Answers to groups"), "/console/groups")
        return Called(plan, "")

    return told


def occasion_of(visit: Visit, slot: str) -> str:
    """A slot in people's words: "day7@2027-02-21" is a step of a sequence that began then; a
    programme's slot names its post after the day."""
    if found := _STEP.fullmatch(slot):
        began = visit.dated(found[2])
        return visit.t(f"{began}起第 {found[1]} 天", f"day {found[1]} from {began}")
    return _DAY.sub(lambda day: visit.dated(day[0]), slot)
