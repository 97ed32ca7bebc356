"""Whether a plan still means its customer when a message is due. Between planning and sending, a
birthday may be corrected or a tag removed, and the planner looks only once an hour."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.plans.occasions import Occasions
from bot.plans.planbook import PlanBook
from bot.store.plans.replanning import whom_it_means
from bot.store.sql import Database
from bot.touch.touch import Touch

DAY = timedelta(days=1)  # more than any customer's clock differs from ours


class Meant:
    """
    Args:
        zone: the company's.
    """

    def __init__(self, book: PlanBook, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._book, self._database, self._clock, self._zone = book, database, clock, zone

    async def others(self, touches: Sequence[Touch]) -> set[int]:
        """The numbers of those touches whose plan no longer means their customer."""
        waiting: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, touch in enumerate(touches):
            if touch.to != "group":
                waiting[touch.plan, touch.slot].append(number)
        now, about = self._clock.now(), {plan for plan, _ in waiting}
        occasions, found = Occasions(self._book.calendar, self._zone), set[int]()
        for plan in self._book.book.plans:
            if plan.id not in about:
                continue
            for one in occasions.between(plan, now - DAY, now + DAY):
                if numbers := waiting.get((one.plan, one.slot)):
                    whose = [touches[number].customer for number in numbers]
                    meant = await whom_it_means(self._database, one.condition, whose)
                    found.update(each for each in numbers if touches[each].customer not in meant)
        return found
