"""How time goes by in the demo's company: from moment to moment, and what is due is done."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.demo.stage import ZONE, Stage

DUE = (
    "profiles", "contacts.refresh", "groups.refresh", "complaints", "archive", "groups.joins",
    "groups.asked", "reminders", "touches", "mass", "tags", "handovers", "referral", "stages.news",
)  # fmt: skip
# What is counted when all of it has happened.
COUNTED = ("groups.figures", "hearing", "tags.segments", "stages", "figures")
PIECES_S = 3.0  # by then nobody writes another piece of the same question


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """
    Attributes:
        begins: the day before the first.
    """

    stage: Stage
    begins: datetime

    async def at(self, day: int, hour: int, minute: int = 0) -> None:
        """Be there, if that is not over."""
        there = datetime.combine(
            self.begins.date() + timedelta(days=day), time(hour, minute), ZONE
        )
        left = (there - self.stage.clock.now()).total_seconds()
        if left > 0:
            await self.stage.clock.advance(left)

    async def goes_on(self, seconds: float = 0.0) -> None:
        """Everybody has dealt with what was said and what is due."""
        stage = self.stage
        await self.calm()
        await stage.clock.advance(max(seconds, PIECES_S))
        await self.calm()  # whoever might have written more is answered now
        for sweep in DUE:
            await stage.assistant.sweep(sweep)
        await self.calm()

    async def plans(self) -> None:
        """What is planned for the day, as the night and each hour do it."""
        touching = self.stage.assistant.touching
        await touching.ahead.run()
        await touching.ahead.run_today()
        await self.goes_on()

    async def calm(self) -> None:
        """Nothing is under way."""
        await self.stage.corp.settled()
        await self.stage.assistant.quiet()
        await self.stage.corp.settled()
