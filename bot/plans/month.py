"""A month at a glance: by day and plan, what waits, what went out, what did not and why, and what
is still to be planned; for the console's calendar.

Plans are planned two days ahead. Beyond that, the number of customers that a plan means today is
the estimate; until then some will come, answer or buy.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock, moment
from bot.plans.condition import All, Node, Not
from bot.plans.occasions import Occasion, Occasions
from bot.plans.plan import Plan
from bot.plans.planbook import PlanBook
from bot.plans.planner import opening_of, slot_of
from bot.store.groups.planning import count_groups
from bot.store.plans.coming import ComingTable
from bot.store.plans.month import Bounds, MonthTable
from bot.store.sql import Database
from bot.store.states import TouchState
from bot.touch.hours import Hours


@dataclass(slots=True, kw_only=True)
class HeldBack:
    """Messages that one reason has kept from going out for good."""

    number: int = 0
    refused: bool  # by the policy or by WeCom; else dropped: too late, stopped, not meant any more
    zh: str  # as told of one of them
    en: str


@dataclass(slots=True, kw_only=True)
class PlanDay:
    """One plan on one day of the company's zone."""

    day: date
    plan: str
    waiting: int = 0  # planned, due on this day
    on_the_way: int = 0  # sent off on this day: its member has yet to confirm it, or it is unknown
    sent: int = 0
    held_back: dict[str, HeldBack] = field(default_factory=dict)  # by rule
    expected: int = 0  # not planned yet: so many are meant as of now; groups that it can reach

    @property
    def ahead(self) -> int:
        """Messages that customers have yet to get."""
        return self.waiting + self.on_the_way + self.expected


@dataclass(slots=True, kw_only=True)
class Coming:
    """To whom one script is said on a day. Names may be hostile."""

    plan: str
    script: str
    number: int
    at: float | None = None  # of the first, in Unix seconds; None: not planned yet
    names: list[str] = field(default_factory=list)  # of a few


AROUND = timedelta(days=2)  # the most that two clocks on earth differ, and a bit
_Found = dict[tuple[date, str], PlanDay]


class Month:
    """
    Args:
        hours: the policy's.
        zone: the company's.
    """

    def __init__(
        self, book: PlanBook, database: Database, clock: Clock, *, hours: Callable[[], Hours],
        zone: ZoneInfo,
    ) -> None:  # fmt: skip
        self._book, self._clock, self._hours, self._zone = book, clock, hours, zone
        self._database, self._table = database, MonthTable(database)
        self._coming = ComingTable(database)

    async def days(self, first: date, last: date, plan: str = "") -> list[PlanDay]:
        """From `first` to `last`, both included, in the order of days and plans; a plan that has
        nothing on a day is left out.

        Args:
            plan: only this one; "" = all.
        """
        found: _Found = {}
        await self._count(found, first, last, plan)
        await self._expect(found, first, last, plan)
        return [found[key] for key in sorted(found)]

    async def day(self, day: date) -> tuple[list[PlanDay], list[Coming]]:
        """What `days` tells of one day, and `coming`; what is expected is counted once for
        both."""
        found: _Found = {}
        await self._count(found, day, day, "")
        coming = await self.coming(day)
        for one in coming:
            if one.at is None:
                _row(found, day, one.plan).expected += one.number
        return [found[key] for key in sorted(found)], coming

    async def coming(self, day: date) -> list[Coming]:
        """What has yet to reach somebody on this day, script by script, and who comes first."""
        found: dict[tuple[str, str], Coming] = {}
        (bounds,) = self._bounds(day, day)
        for row in await self._coming.planned(bounds.since, bounds.until):
            plan, script = row["plan"], row["script"]
            one = Coming(plan=plan, script=script, number=row["number"], at=row["due_at"])
            found.setdefault((plan, script), one).names.append(row["name"])
        expected = [
            Coming(
                plan=occasion.plan, script=occasion.say[0].script, number=number,
                names=await self._named(occasion),
            )
            async for occasion in self._ahead(day, day, "")
            for occasion in apart(occasion)
            if (number := (await self._meant(occasion))[day])
        ]  # fmt: skip
        return [*found.values(), *expected]

    async def _named(self, occasion: Occasion) -> list[str]:
        if occasion.to == "group":
            return await self._coming.groups(occasion.groups, occasion.names)
        return await self._coming.customers(occasion.condition)

    async def _count(self, found: _Found, first: date, last: date, plan: str) -> None:
        for one in await self._table.counts([*self._bounds(first, last)], plan):
            row = _row(found, date.fromisoformat(one.day), one.plan)
            match one.state:
                case TouchState.WAITING:
                    row.waiting += one.number
                case TouchState.TAKEN:
                    row.on_the_way += one.number
                case TouchState.SENT:
                    row.sent += one.number
                case _:
                    refused = one.state is TouchState.REFUSED
                    why = HeldBack(refused=refused, zh=one.zh, en=one.en)
                    row.held_back.setdefault(one.rule, why).number += one.number

    async def _expect(self, found: _Found, first: date, last: date, only: str) -> None:
        async for occasion in self._ahead(first, last, only):
            for day, number in (await self._meant(occasion)).items():
                if number and first <= day <= last:
                    _row(found, day, occasion.plan).expected += number

    async def _ahead(self, first: date, last: date, only: str) -> AsyncIterator[Occasion]:
        """What is not planned yet of plans that are followed, around these days."""
        planned = await self._table.planned_until()
        for plan in self._book.book.plans:
            until = planned.get(plan.id, 0.0)
            if only in ("", plan.id) and until is not None:
                since = max(self._clock.now(), moment(until))
                for occasion in self._occasions(plan, since, first, last):
                    yield occasion

    async def _meant(self, occasion: Occasion) -> Counter[date]:
        """How many are meant, by the day on which the planner would send it: plans follow each
        customer's own clock, on which it may be another day than here."""
        now, hours = self._clock.now(), self._hours()
        if occasion.to == "group":
            opening = opening_of(occasion, hours, self._zone, now)
            found = await count_groups(self._database, occasion.groups, occasion.names)
            return Counter({self._day(opening.start): found.reached})
        slot = slot_of(occasion, hours, self._zone, now, lambda _: "")
        return await self._table.meant(occasion.condition, slot, self._day)

    def _occasions(
        self, plan: Plan, since: datetime, first: date, last: date
    ) -> Iterator[Occasion]:
        """Those that may reach somebody on earth in these days, and are not planned yet."""
        occasions = Occasions(self._book.calendar, self._zone)
        begin, end = self._begins(first) - AROUND, self._begins(last + timedelta(days=1)) + AROUND
        for one in occasions.between(plan, begin, end):
            if one.start >= since:  # later ones are planned already, or begun
                yield one

    def _day(self, moment: float) -> date:
        return datetime.fromtimestamp(moment, self._zone).date()

    def _bounds(self, first: date, last: date) -> Iterator[Bounds]:
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            ends = self._begins(day + timedelta(days=1)).timestamp()
            yield Bounds(day.isoformat(), self._begins(day).timestamp(), ends)

    def _begins(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone)


def apart(occasion: Occasion) -> Iterator[Occasion]:
    """One for each of its scripts, with those whom none before it means."""
    before: tuple[Node, ...] = ()
    for choice in occasion.say:
        whom = All((choice.whom, *map(Not, before)))
        yield replace(occasion, say=(replace(choice, whom=whom),))
        before += (choice.whom,)


def _row(found: _Found, day: date, plan: str) -> PlanDay:
    return found.setdefault((day, plan), PlanDay(day=day, plan=plan))
