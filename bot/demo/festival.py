"""The next greeting that is planned: what happens on its day, with the clock put forward."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.clock import MovableClock
from bot.demo.stage import LIMING, XIAOMAN, Stage
from bot.plans.occasions import Occasion, Occasions
from bot.plans.plan import Campaign, OnOccasion
from bot.reasons import Why
from bot.store.facts import facts_of
from bot.store.ledger import Ledger
from bot.store.sql import Database
from bot.store.touches import touch_of
from bot.touch.present import present
from bot.touch.touch import Scenario, Touch

YEAR = timedelta(days=400)
EARLY = time(8, 0)  # in quiet hours
LOOKS_S = 120.0  # after which the bot asks what members have confirmed
PLANNED = """
    SELECT plan, customer, slot, scenario, script, words, member, receiver, due_at, deadline
    FROM touch WHERE plan = ? AND customer = ? ORDER BY due_at DESC LIMIT 1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Festival:
    """
    Args:
        clock: of the stage.
    """

    stage: Stage
    clock: MovableClock
    occasion: Occasion
    name: str  # 春节
    name_en: str

    @classmethod
    def next(cls, stage: Stage, clock: MovableClock) -> "Festival | None":
        """The next greeting among the plans in force."""
        touching = stage.assistant.touching
        calendar, now = touching.plans.calendar, clock.now()
        coming = [
            (occasion, plan.on)
            for plan in touching.plans.book.plans
            if isinstance(plan, Campaign) and plan.scenario is Scenario.HOLIDAY
            if isinstance(plan.on, OnOccasion)
            for occasion in Occasions(calendar, touching.zone).between(plan, now, now + YEAR)
            if occasion.start > now
        ]
        if not coming:
            return None
        occasion, on = min(coming, key=lambda one: one[0].start)
        names = calendar.names(on.occasion)
        return cls(stage=stage, clock=clock, occasion=occasion, name=names.zh, name_en=names.en)

    @property
    def day(self) -> str:
        return f"{self.occasion.start.astimezone(self._zone):%Y-%m-%d}"

    async def early(self) -> Why:
        """Early that morning; why nothing goes out."""
        local = self.occasion.start.astimezone(self._zone)
        await self._forward(datetime.combine(local.date(), EARLY, self._zone))
        await self.stage.assistant.touching.ahead.run()
        await self._look()
        return await self.why()

    async def due(self) -> Why:
        """When its moment has come: the member is asked, and confirms it on the phone."""
        touch = await self._planned()
        assert touch is not None  # the plan means everybody
        await self._forward(touch.due_at + timedelta(seconds=1))
        why = await self.why()
        await self._look()
        await self.stage.corp.member_confirms_mass(LIMING)
        await self.clock.advance(LOOKS_S)
        await self.stage.assistant.sweep("mass")
        await self.stage.settle()
        return why

    async def why(self) -> Why:
        """What the rules say now of the greeting for 小满."""
        touch, touching = await self._planned(), self.stage.assistant.touching
        if touch is None:
            return Why(zh="没有安排给谁", en="it is planned for nobody")
        policy, now = touching.rules.policy, self.clock.now()
        database: Database = touching.outreach.database
        today = present(now, touching.zone)
        (facts,) = await facts_of(database, Ledger(database), [touch], today)
        verdict = policy.judge(touch, facts, now)
        if touch.due_at <= now:
            return Why(zh=verdict.zh, en=verdict.en)
        due = f"{touch.due_at.astimezone(self._zone):%m-%d %H:%M}"
        return Why(zh=f"{verdict.zh}；计划排在 {due}", en=f"{verdict.en}; it is planned for {due}")

    async def _planned(self) -> Touch | None:
        rows: Sequence[dict[str, Any]] = await self.stage.assistant.journal.read(
            PLANNED, [self.occasion.plan, XIAOMAN]
        )
        return touch_of(rows[0]) if rows else None

    async def _look(self) -> None:
        await self.stage.assistant.sweep("touches")
        await self.stage.settle()

    async def _forward(self, moment: datetime) -> None:
        await self.clock.advance(max(0.0, (moment - self.clock.now()).total_seconds()))

    @property
    def _zone(self) -> ZoneInfo:
        return self.stage.assistant.touching.zone
