"""Plans as people make, change, pause and stop them while the bot runs: the console's side.

A plan that is made here stands in the database, and is read by the same reader as a file. It is
in force a few seconds later, when the running bot has looked at its plans again (PlanBook.sweep).
Plans of files can be paused and stopped here, but only their file says what they are.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bot.clock import Clock, moment
from bot.errors import Complaint, ConfigError, Declined
from bot.files.reader import Reader
from bot.plans.plan import Campaign, Plan, Programme, Reminder, Sequence, by_calendar
from bot.plans.planbook import PlanBook
from bot.plans.reading import place_of, read_plan, taken_by_file
from bot.plans.when import coming
from bot.store.plans.plans import PlanTable, Standing, StoredPlan
from bot.store.sql import Database
from bot.store.states import PlanState
from bot.store.touch.touches import STOPPED, Known, Touches

log = logging.getLogger(__name__)

Table = Mapping[str, Any]  # the keys of a plan's file (docs/plans.md)
NEXT = 3  # days that are told
KINDS: Mapping[type[Plan], str] = {
    Campaign: "campaign", Sequence: "sequence", Reminder: "reminder", Programme: "group",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEntry:
    """A plan, where it comes from, and its state."""

    id: str
    title: str
    kind: str  # "campaign", "sequence", "reminder", "group"
    scenario: str
    state: PlanState
    table: Table | None  # what it says; None: it comes from config/plans/ID.toml
    version: str  # of `table`
    next_days: tuple[date, ...]  # none where each customer has days of their own, or it is over
    standing: Standing
    arranging: bool  # what waits is not yet what it says now
    changed_at: datetime | None  # in the console, by `who`; None: never touched there
    who: str

    @property
    def is_over(self) -> bool:
        """Its day has gone, and nothing waits or is on its way any more."""
        to_come = self.next_days or self.standing.waiting or self.standing.on_the_way
        return self.kind == "campaign" and self.state is PlanState.ACTIVE and not to_come


class PlanDesk:
    """
    Args:
        zone: the company's.
    """

    def __init__(self, book: PlanBook, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._book, self._clock, self._zone = book, clock, zone
        self._table, self._touches = PlanTable(database), Touches(database)
        self._database = database

    async def propose(self, plan_id: str, table: Table) -> Plan | tuple[Complaint, ...]:
        """The plan that this would be, or everything that is wrong with it. Nothing is saved."""
        complaints: list[Complaint] = []
        reader = Reader(place_of(plan_id), {}, complaints)
        if any(plan.id == plan_id for plan in self._files()):
            reader.complain("id", *taken_by_file(plan_id))
        known = await asyncio.to_thread(self._book.known)
        plan = read_plan(plan_id, orjson.loads(orjson.dumps(table)), known, reader)
        return tuple(complaints) if plan is None or complaints else plan

    async def create(self, plan_id: str, table: Table, who: str) -> Plan:
        """
        Args:
            who: makes it.

        Raises:
            ConfigError: with everything that is wrong with it; also if the name is taken.
        """
        plan = await self._read(plan_id, table)
        body = orjson.dumps(table).decode()
        if not await self._table.create(plan_id, body, who, self._clock.timestamp()):
            problem, cure = "there is a plan of this name", "Change that one, or take another name"
            raise ConfigError([Complaint(place_of(plan_id), "id", problem, cure)])
        log.info("a new plan", extra={"action": "plan.new", "plan": plan_id, "who": who})
        return plan

    async def change(self, plan_id: str, table: Table, who: str, *, seen: str = "") -> Plan:
        """What waits with the old words is planned again; what went out stays.

        Args:
            seen: the version that `who` has changed; "" = whichever there is.

        Raises:
            ConfigError: with everything that is wrong with it.
            Declined: somebody else has changed it meanwhile.
            BotError: no plan of this name was made here.
        """
        plan = await self._read(plan_id, table)
        body, before = orjson.dumps(table).decode(), ""
        if seen:
            stored = {one.id: one for one in await self._table.news()}.get(plan_id)
            if stored is None or not stored.body:
                raise no_such(plan_id)
            if stored.version != seen:
                raise _overtaken()
            before = stored.body
        if not await self._table.change(plan_id, body, who, self._clock.timestamp(), before):
            raise _overtaken() if before else no_such(plan_id)
        log.info(
            "a plan was changed", extra={"action": "plan.changed", "plan": plan_id, "who": who}
        )
        return plan

    async def pause(self, plan_id: str, who: str) -> None:
        """Nothing more goes out; what is planned waits, until its deadline at the longest.

        Raises:
            BotError: there is no such plan.
        """
        await self._steer(plan_id, PlanState.PAUSED, who)

    async def resume(self, plan_id: str, who: str) -> None:
        """Follow it again. What came due meanwhile is due now; what was dropped stays dropped.

        Raises:
            BotError: there is no such plan.
            ConfigError: it was stopped, and has mistakes by now.
        """
        stored = {one.id: one for one in await self._table.news()}.get(plan_id)
        if stored and stored.body:
            await self._read(plan_id, orjson.loads(stored.body))
        await self._steer(plan_id, PlanState.ACTIVE, who)

    async def stop(self, plan_id: str, who: str) -> None:
        """Nothing more goes out, and what is planned is dropped with a record. What members were
        asked to confirm and have not is withdrawn within the hour.

        Raises:
            BotError: there is no such plan.
        """
        await self._steer(plan_id, PlanState.STOPPED, who)

    async def plans(self) -> list[PlanEntry]:
        """All, those of files first; each in the order of their ids."""
        return await self._entries()

    async def plan(self, plan_id: str) -> PlanEntry:
        """
        Raises:
            BotError: there is no such plan.
        """
        for entry in await self._entries(plan_id):
            return entry
        raise no_such(plan_id)

    async def _entries(self, only: str = "") -> list[PlanEntry]:
        stored = {one.id: one for one in await self._table.news()}
        standings = await self._table.standings(only)
        known = await self._touches.plans()
        read = {plan.id: plan for plan in self._book.book.plans}
        here = [one.id for one in stored.values() if one.body]
        ids = [*(plan.id for plan in self._files()), *here]
        return [
            self._entry(
                one, read.get(one), stored.get(one), known.get(one), standings.get(one, Standing())
            )
            for one in ids
            if only in ("", one)
        ]

    def _files(self) -> list[Plan]:
        here = {one.id for one in self._book.stored if one.body}
        return [plan for plan in self._book.book.plans if plan.id not in here]

    async def _read(self, plan_id: str, table: Table) -> Plan:
        found = await self.propose(plan_id, table)
        if isinstance(found, tuple):
            raise ConfigError(found)
        return found

    async def _steer(self, plan_id: str, state: PlanState, who: str) -> None:
        ids = {plan.id for plan in self._book.book.plans}
        if plan_id not in ids | {one.id for one in await self._table.news()}:
            raise no_such(plan_id)
        await steer(self._database, plan_id, state, who, self._clock.timestamp())

    def _entry(
        self, plan_id: str, plan: Plan | None, stored: StoredPlan | None, known: Known | None,
        standing: Standing,
    ) -> PlanEntry:  # fmt: skip
        table = orjson.loads(stored.body) if stored and stored.body else None
        told = table or {}
        return PlanEntry(
            id=plan_id,
            title=plan.title if plan else str(told.get("title", "")),
            kind=KINDS[type(plan)] if plan else str(told.get("kind", "")),
            scenario=str(plan.scenario if plan else told.get("scenario", "")),
            state=stored.state if stored else PlanState.ACTIVE,
            table=table,
            version=stored.version if stored else "",
            next_days=self._next(plan) if plan else (),
            standing=standing,
            arranging=self._arranging(plan, stored, known, standing),
            changed_at=moment(stored.changed_at) if stored else None,
            who=stored.who if stored else "",
        )

    def _arranging(
        self, plan: Plan | None, stored: StoredPlan | None, known: Known | None, standing: Standing
    ) -> bool:
        if stored and stored.state is PlanState.STOPPED:
            return standing.waiting > 0
        read = {one.id: one.body for one in self._book.stored}
        if stored and stored.body != read.get(stored.id, ""):
            return True  # this process has not read it yet
        planned = known.digest if known else ""
        active = not stored or stored.state is PlanState.ACTIVE
        return plan is not None and planned != plan.digest and (active or planned != "")

    def _next(self, plan: Plan) -> tuple[date, ...]:
        now, calendar, zone = self._clock.now(), self._book.calendar, self._zone
        parts = by_calendar(plan)
        found = (coming(one.on, one.span, now, NEXT, calendar, zone) for one in parts)
        return tuple(sorted({day for days in found for day in days})[:NEXT])


async def steer(database: Database, plan_id: str, state: PlanState, who: str, now: float) -> None:
    """Follow a plan, pause it, or stop it and drop what is planned; `now` is in Unix seconds."""
    await PlanTable(database).steer(plan_id, state, who, now)
    if state is PlanState.STOPPED:
        await Touches(database).drop(plan_id, STOPPED, now)
    log.info(
        "a plan is %s now", state.name.lower(),
        extra={"action": "plan.state", "plan": plan_id, "who": who},
    )  # fmt: skip


def no_such(plan_id: str) -> Declined:
    return Declined(f"没有这个计划：{plan_id!r}", f"no such plan: {plan_id!r}", 404)


def _overtaken() -> Declined:
    return Declined(
        "刚才有人改了这个计划，请重新打开再改。",
        "Somebody has changed this plan meanwhile: open it again.",
        409,
    )
