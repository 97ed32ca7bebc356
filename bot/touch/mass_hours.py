"""The hours of a mass message: its member may confirm it at any hour, its customers may not hear
of it at any."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.store.mass import MassTable, MassTask
from bot.touch.touch import Receiver, Scenario

# The next hours from a moment on, and when they end; None: there are none.
Opening = Callable[[Scenario, Receiver, str, datetime], tuple[datetime, datetime] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class MassHours:
    """
    Args:
        opening: by scenario, receiver and zone, as the rules in force have it.
    """

    table: MassTable
    opening: Opening

    async def closes_at(self, task: MassTask, now: float) -> float | None:
        """When it may not be confirmed any more, for the first of those whom it is for; `now`
        where that is over. None: it may at any time."""
        ends = []
        for begin, end in await self._openings(task, now):
            if begin > now:
                return now
            ends.append(end)
        return min(ends, default=None)

    async def open_again(self, task: MassTask, now: float) -> bool:
        """Whether some of them have hours before its deadline."""
        last = task.deadline or now
        return any(begin < last for begin, _ in await self._openings(task, now))

    async def _openings(self, task: MassTask, now: float) -> list[tuple[float, float]]:
        moment = datetime.fromtimestamp(now, UTC)
        found = [
            self.opening(scenario, receiver, zone, moment)
            for scenario, receiver, zone in await self.table.places(task.id)
            if scenario is not Scenario.REPLY  # an answer to a group has hours of its own
        ]
        return [(one[0].timestamp(), one[1].timestamp()) for one in found if one]
