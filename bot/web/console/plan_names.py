"""What the plans of messages are called, and where one reads more of them."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from bot.store.states import ANSWERS, REFERRAL
from bot.touch.reminders import PLAN as REMINDER
from bot.web.visit import Visit


class Called(NamedTuple):
    """Hostile: the title."""

    title: str
    link: str  # "" = there is no page of it


def called(visit: Visit, titles: Mapping[str, str]) -> Callable[[str], Called]:
    """
    Args:
        titles: of the plans that there are, by id.
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
