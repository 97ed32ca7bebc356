"""How time passes in the demo's company: from moment to moment, doing whatever is due."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.demo.stage import ZONE, Stage

DUE = (
    "profiles", "contacts.refresh", "groups.refresh", "complaints", "archive", "groups.joins",
    "groups.asked", "reminders", "touches", "mass", "tags", "handovers", "referral", "stages.news",
)  # fmt: skip
# What is counted once it has all happened.
COUNTED = ("groups.figures", "hearing", "tags.segments", "stages", "figures")
PIECES_S = 3.0  # after that, nobody adds to the same question


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """
    Attributes:
        begins: the day before the first one.
    """

    stage: Stage
    begins: datetime

    async def at(self, day: int, hour: int, minute: int = 0) -> None:
        """Go to that moment, unless it is past."""
        there = datetime.combine(
            self.begins.date() + timedelta(days=day), time(hour, minute), ZONE
        )
        left = (there - self.stage.clock.now()).total_seconds()
        if left > 0:
            await self.stage.clock.advance(left)

    async def goes_on(self, seconds: float = 0.0) -> None:
        """Let time pass, and wait until all messages and due work are dealt with."""
        stage = self.stage
        await self.calm()
        await stage.clock.advance(max(seconds, PIECES_S))
        await self.calm()  # those who might have written more get their answer
        for sweep in DUE:
            await stage.assistant.sweep(sweep)
        await self.calm()

    async def plans(self) -> None:
        """Plan the day, as happens at night and each hour."""
        touching = self.stage.assistant.touching
        await touching.ahead.run()
        await touching.ahead.run_today()
        await self.goes_on()

    async def calm(self) -> None:
        """Wait until nothing is under way."""
        await self.stage.corp.settled()
        await self.stage.assistant.quiet()
        await self.stage.corp.settled()
