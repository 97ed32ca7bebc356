"""Of all customers or groups that a plan means: how many get it on its day, how many later, how
many not, and why.

It is tried out on a copy of the database, with everything else that is planned from now on, so
that caps are used up in the real order.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bot.clock import ManualClock
from bot.errors import ConfigError, Declined
from bot.plans.dry_run import DryRun
from bot.plans.occasions import Occasion, Occasions
from bot.plans.plan import Campaign, Plan, Programme
from bot.plans.planbook import PlanBook
from bot.plans.planner import AHEAD
from bot.scripts.library import Library
from bot.store.plans.beside import Beside, plans_beside
from bot.store.plans.dry_run import Group, Reader, Wave, Week
from bot.store.plans.effect import PlanEffect, Replanning
from bot.store.plans.plans import PlanTable
from bot.store.plans.trial_copy import copied
from bot.store.sql import Database
from bot.store.states import PlanState, TouchState
from bot.touch.touch_policy import TouchPolicy

HORIZON = timedelta(days=400)  # an occasion that has not come by then never will
WHOLE = timedelta(days=31)  # anything nearer is tried out from now on
SLACK = timedelta(minutes=2)
SECOND = timedelta(seconds=1)  # just before midnight it is still that day
WEEK = timedelta(days=7)
WEEKS = timedelta(days=14)  # that a change is looked at for
NAMED = 6  # customers and members, at most
SAME_FOR_ALL = (Campaign, Programme)  # other plans come on each customer's own days


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    plan: Plan
    days: Mapping[str, str]  # by slot, the day on which it is meant to come
    begins: datetime
    deadline: datetime  # the last, where customers live in several zones
    profile: str
    groups: tuple[Group, ...]  # of those for whom it is planned
    unwelcome: tuple[Group, ...]  # fit, and want nothing: for them nothing is planned at all
    waves: tuple[Wave, ...] = ()  # in order
    senders: tuple[tuple[str, int], ...] = ()  # members with most of it, and how many they send
    sending: int = 0  # members, all of them
    readers: tuple[Reader, ...] = ()  # the first
    effect: PlanEffect | None = None  # of the change, where the plan is there already
    beside: tuple[Beside, ...] = ()  # other plans of the day, where caps let one message by
    # by customer: how it ends, the day, the rule; only where it was asked for
    each: Mapping[str, tuple[TouchState, str, str]] = field(default_factory=dict)

    @property
    def messages(self) -> int:
        """One for each customer or group on each of its days."""
        return sum(one.number for one in (*self.groups, *self.unwelcome))

    @property
    def ahead(self) -> int:
        """How many days it covers; 0: only the next occasion, which is the same for all."""
        return 0 if isinstance(self.plan, SAME_FOR_ALL) else AHEAD.days

    @property
    def on_time(self) -> int:
        """How many get it on its day."""
        return sum(one.number for one in self.sent if not self._late(one))

    @property
    def sent(self) -> list[Group]:
        return [one for one in self.groups if one.state is TouchState.SENT]

    @property
    def later(self) -> Mapping[str, list[Group]]:
        """By day."""
        found: dict[str, list[Group]] = {}
        for one in self.sent:
            if self._late(one):
                found.setdefault(one.day, []).append(one)
        return {day: merged(groups) for day, groups in sorted(found.items())}

    def _late(self, group: Group) -> bool:
        return group.day > self.days[group.slot]

    @property
    def never(self) -> list[Group]:
        """By rule, the most frequent first."""
        ended = [one for one in self.groups if one.state is not TouchState.SENT]
        return merged([*ended, *self.unwelcome])


def merged(groups: Iterable[Group]) -> list[Group]:
    """One for each rule, in the words of the largest."""
    found: dict[str, Group] = {}
    for one in sorted(groups, key=lambda group: -group.number):
        known = found.get(one.rule)
        found[one.rule] = replace(known, number=known.number + one.number) if known else one
    return sorted(found.values(), key=lambda group: -group.number)


class Trial:
    """
    Args:
        root: the workspace.
        store: the URL of its database.
        library: the scripts in force.
        zone: the company's.
    """

    def __init__(
        self,
        root: Path,
        store: str,
        *,
        library: Library,
        policy: TouchPolicy,
        zone: ZoneInfo,
    ) -> None:
        self._root, self._store, self._library = root, store, library
        self._policy, self._zone = policy, zone

    async def preflight(
        self, plan: str, now: datetime, *, each: bool = False,
        proposed: Mapping[str, Any] | None = None, tell: Callable[[float], None] = lambda _: None,
    ) -> Preflight:  # fmt: skip
        """
        Args:
            each: report every customer, too.
            proposed: what the plan would say; it may exist already and say something else.
            tell: is told how much is done, from 0 to 1; what it raises ends the trial.

        Raises:
            BotError: there is no such plan, or none of its messages lies ahead.
            ConfigError: the plans cannot be used.
        """
        with TemporaryDirectory(prefix="huashu-preflight-") as folder:
            async with copied(self._store, Path(folder) / "copy.db") as database:
                old: Plan | None = None
                changes = False
                if proposed is not None:
                    old = await self._old(database, plan, now)
                    body = orjson.dumps(proposed).decode()
                    changes = not await _put(PlanTable(database), plan, body, now.timestamp())
                return await self._fly(database, plan, now, each, tell, changes, old)

    async def _fly(
        self, database: Database, plan: str, now: datetime, each: bool,
        tell: Callable[[float], None], changes: bool, old: Plan | None,
    ) -> Preflight:  # fmt: skip
        clock = ManualClock(now)
        book = self._book(database, clock)
        await book.open()
        found, occasions = self._next(book, plan, now)
        first = occasions[0]
        run = self._dry_run(database, clock, book)
        effect = None
        if changes:
            coming = [first, *(self._coming(book, old, now) if old else ())]
            until = max(now + WEEKS, *(one.start + SLACK for one in coming))
            effect = await self._effect(run, database, old, found, until)
        if first.start > now + WHOLE:
            await clock.jump(_period(first.start.astimezone(self._zone)))
        deadline = max(one.deadline for one in occasions)
        await run.run(self._night(deadline) + SLACK, tell)
        slots = [one.slot for one in occasions]
        last = await run.touches.deadline(plan, slots)
        if last > deadline:  # of customers whose day ends after ours
            deadline = last
            await run.run(self._night(deadline) + SLACK, lambda _: tell(1.0))
        return Preflight(
            plan=found,
            days={one.slot: self._day(max(one.start, now)) for one in occasions},
            begins=max(first.start, now).astimezone(self._zone),
            deadline=deadline.astimezone(self._zone),
            profile=self._policy.profile.name,
            effect=effect,
            beside=await plans_beside(database, plan, slots, run.offset_s, book.titles),
            groups=tuple(await run.touches.groups(plan, slots)),
            unwelcome=tuple(
                [
                    group
                    for one in occasions
                    if one.to != "group"
                    for group in await run.touches.unwelcome(one.slot, one.unwelcome)
                ]
            ),
            waves=tuple(await run.touches.waves(plan, slots)),
            senders=tuple(await run.touches.senders(plan, slots, NAMED)),
            sending=await run.touches.sending(plan, slots),
            readers=tuple(await run.touches.readers(plan, slots, NAMED)),
            each=await run.touches.each(plan, slots) if each else {},
        )

    def _book(self, database: Database, clock: ManualClock) -> PlanBook:
        return PlanBook(
            self._root,
            self._zone,
            clock,
            library=lambda: self._library,
            hours=lambda: self._policy.hours,
            stored=PlanTable(database).news,
        )

    def _dry_run(self, database: Database, clock: ManualClock, book: PlanBook) -> DryRun:
        return DryRun(
            root=self._root, database=database, clock=clock, book=book,
            library=lambda: self._library, policy=self._policy, zone=self._zone,
        )  # fmt: skip

    async def week(self, now: datetime, tell: Callable[[float], None] = lambda _: None) -> Week:
        """All that the plans send in the next days, under the policy of this trial.

        Args:
            tell: see `preflight`.

        Raises:
            ConfigError: the plans cannot be used.
        """
        with TemporaryDirectory(prefix="huashu-week-") as folder:
            async with copied(self._store, Path(folder) / "copy.db") as database:
                clock = ManualClock(now)
                book = self._book(database, clock)
                await book.open()
                run = self._dry_run(database, clock, book)
                await run.run(now + WEEK, tell)
                return await run.touches.week(now.timestamp())

    async def _old(self, database: Database, plan: str, now: datetime) -> Plan | None:
        """What the plan says so far; None: there is none, it is stopped, or it has a mistake."""
        book = self._book(database, ManualClock(now))
        with suppress(ConfigError):
            await book.open()
        return next((one for one in book.book.plans if one.id == plan), None)

    async def _effect(
        self, run: DryRun, database: Database, old: Plan | None, new: Plan, until: datetime
    ) -> PlanEffect:
        """What a change of a plan would do: the plan as it is and as it would be are both planned
        for some weeks and compared."""
        if old is not None:
            await run.plan(old, until)
        replanning = Replanning(database, new.id, run.offset_s)
        await replanning.begin()
        await run.plan(new, until)
        return await replanning.effect(self._day(until))

    def _night(self, deadline: datetime) -> datetime:
        """The end of the plan's day: what others have left for that day shows who made room for
        whom."""
        local = (deadline - SECOND).astimezone(self._zone)
        return datetime.combine(local.date() + timedelta(days=1), time(), self._zone)

    def _day(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).date().isoformat()

    def _next(self, book: PlanBook, name: str, now: datetime) -> tuple[Plan, Sequence[Occasion]]:
        """The next occasion of a campaign or a programme; of other plans, whose days are each
        customer's own, all of the next two days."""
        plans = {one.id: one for one in book.book.plans}
        if (plan := plans.get(name)) is None:
            known = "、".join(plans)
            raise Declined(
                f"没有这个计划：{name!r}。有：{known}",
                f"no such plan: {name!r}. There are: {known}",
            )
        found = self._coming(book, plan, now)
        if not found:
            raise Declined(
                f"计划 {name} 的日子已经过了，没有下一次",
                f"nothing of the plan {name} comes any more",
            )
        return plan, found

    def _coming(self, book: PlanBook, plan: Plan, now: datetime) -> list[Occasion]:
        same_for_all = isinstance(plan, SAME_FOR_ALL)
        until = now + (HORIZON if same_for_all else AHEAD)
        occasions = Occasions(book.calendar, self._zone).between(plan, now, until)
        found = sorted(occasions, key=lambda one: one.start)
        return found[:1] if same_for_all else found


async def _put(table: PlanTable, plan: str, body: str, now: float) -> bool:
    """Returns whether it is new. A paused one is tried out as if it went on."""
    if await table.create(plan, body, "", now):
        return True
    await table.change(plan, body, "", now)
    await table.steer(plan, PlanState.ACTIVE, "", now)
    return False


def _period(moment: datetime) -> datetime:
    """The start of its month or its week, whichever is earlier: no cap counts for longer."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return min(day.replace(day=1), day - timedelta(days=day.weekday()))
