"""Sees to it that complaints get an answer: the member is told at once, the leader if need be."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.clock import Clock, moment
from bot.events import ComplaintDue
from bot.inbox import EventSink
from bot.settings import Complaints
from bot.store.customers.cases import Cases, Waiting
from bot.touch.working import WorkingHours, read_hours


def answering_hours(
    rules: Complaints, zone: ZoneInfo, works: Callable[[date], bool]
) -> WorkingHours:
    """The hours in which somebody has to answer.

    Args:
        works: whether a date is a workday.
    """
    begin, end = read_hours(rules.hours)
    return WorkingHours(
        begin_min=begin, end_min=end, zone=zone,
        works=(lambda day: True) if rules.weekends else works,
    )  # fmt: skip


class Complaining:
    """
    Args:
        answer_min: of working time, in which somebody has to answer.
    """

    def __init__(
        self, cases: Cases, inbox: EventSink, clock: Clock, *, hours: WorkingHours, answer_min: int
    ) -> None:
        self._cases, self._inbox, self._clock = cases, inbox, clock
        self._hours, self._answer_min = hours, answer_min

    async def sweep(self) -> None:
        """Tell whoever should be told by now; doing it twice repeats nothing."""
        now = self._clock.now()
        for one in await self._cases.waiting():
            if not one.told:
                await self._inbox.put([self._due(one, one.member, now)])
                await self._cases.told(one.seq, now.timestamp())
            elif self._is_late(one.since, now):
                await self._inbox.put([self._due(one, one.leader, now, late=True)])
                await self._cases.escalated(one.seq, now.timestamp(), one.leader)

    def _is_late(self, since: float, now: datetime) -> bool:
        worked = self._hours.between(moment(since), now)
        return worked.total_seconds() >= self._answer_min * 60

    def _due(
        self, one: Waiting, member: str, now: datetime, *, late: bool = False
    ) -> ComplaintDue:
        step = "late" if late else "told"
        return ComplaintDue(
            id=f"complaint:{one.seq}:{step}:{one.since:.3f}", at=now,
            conversation=one.conversation, case=one.seq, customer=one.customer, member=member,
            group=one.chat, words=one.words, sounds=one.sounds, late=late,
            responsible=one.responsible, minutes=self._answer_min,
        )  # fmt: skip
