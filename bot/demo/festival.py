"""The next planned greeting: puts the clock forward and shows what happens on its day."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.clock import MovableClock
from bot.demo.stage import LIMING, XIAOMAN, Stage
from bot.plans.occasions import Occasion, Occasions
from bot.plans.plan import Campaign, OnOccasion
from bot.reasons import Why
from bot.store.touch.records import planned_for
from bot.touch.advice import Adviser
from bot.touch.touch import Scenario, Touch
from bot.touch.verdicts import Teller

YEAR = timedelta(days=400)
EARLY = time(8, 0)  # in quiet hours
LOOKS_S = 120.0  # how long until the bot asks what members have confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class Festival:
    """
    Args:
        clock: the stage's.
    """

    stage: Stage
    clock: MovableClock
    occasion: Occasion
    name: str  # 春节
    name_en: str

    @classmethod
    def next(cls, stage: Stage, clock: MovableClock) -> "Festival | None":
        """The next greeting among the plans in force."""
        plans, now = stage.assistant.touching.plans, clock.now()
        calendar = plans.calendar
        occasions = Occasions(calendar, stage.assistant.desk.zone)
        coming = [
            (occasion, plan.on)
            for plan in plans.book.plans
            if isinstance(plan, Campaign) and plan.scenario is Scenario.HOLIDAY
            if isinstance(plan.on, OnOccasion)
            for occasion in occasions.between(plan, now, now + YEAR)
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
        """Go to early that morning; returns why nothing goes out."""
        local = self.occasion.start.astimezone(self._zone)
        await self._forward(datetime.combine(local.date(), EARLY, self._zone))
        await self.stage.assistant.touching.ahead.run()
        await self._look()
        touch = await self._greeting()
        why = await self._why(touch, self.clock.now())
        due = Teller(self._zone, self._zone)
        return Why(
            zh=f"{why.zh}；计划排在 {due.zh(touch.due_at)}",
            en=f"{why.en}; it is planned for {due.en(touch.due_at)}",
        )

    async def due(self) -> Why:
        """Go to its moment: WeCom asks the member, who confirms it on the phone."""
        touch = await self._greeting()
        moment = touch.due_at + timedelta(seconds=1)
        why = await self._why(touch, moment)  # before the bot itself looks
        await self._forward(moment)
        await self._look()
        await self.stage.corp.member_confirms_mass(LIMING)
        await self.clock.advance(LOOKS_S)
        await self.stage.assistant.sweep("mass")
        await self.stage.settle()
        return why

    async def _why(self, touch: Touch, at: datetime) -> Why:
        """What the rules say of it at that moment, as `huashu touch why` does."""
        touching = self.stage.assistant.touching
        adviser = Adviser(touching.outreach.database, touching.rules.policy, self.clock.now())
        verdict = (await adviser.advise(touch, at)).verdict
        return Why(zh=verdict.zh, en=verdict.en)

    async def _greeting(self) -> Touch:
        """The touch for 小满: the plan is for everybody who has not complained."""
        planned = await planned_for(self.stage.assistant.touching.outreach.database, XIAOMAN)
        return next(one.touch for one in planned if one.touch.plan == self.occasion.plan)

    async def _look(self) -> None:
        await self.stage.assistant.sweep("touches")
        await self.stage.settle()

    async def _forward(self, moment: datetime) -> None:
        await self.clock.advance(max(0.0, (moment - self.clock.now()).total_seconds()))

    @property
    def _zone(self) -> ZoneInfo:
        return self.stage.assistant.desk.zone
