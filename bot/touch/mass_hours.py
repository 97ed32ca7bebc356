"""The hours of a mass message: its member may confirm it at any time, but customers may not get it
at any time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.store.touch.mass import MassTable, MassTask
from bot.touch.touch import Receiver, Scenario

# The next open hours from a moment on, and when they end; None: there are none.
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
        """When its member may no longer confirm it, as the hours of some customer end or its
        deadline is over; `now` if that has passed already. None: it may be confirmed at any
        time."""
        moment = datetime.fromtimestamp(now, UTC)  # rounded: it is compared only with itself
        openings = await self._openings(task, moment)
        if any(begin > moment for begin, _ in openings):
            return now
        ends = [end.timestamp() for _, end in openings]
        return min([*ends, *([task.deadline] if task.deadline else [])], default=None)

    async def open_again(self, task: MassTask, now: float) -> bool:
        """Whether some of them have hours before its deadline."""
        moment, last = datetime.fromtimestamp(now, UTC), task.deadline or now
        openings = await self._openings(task, moment)
        return any(begin.timestamp() < last for begin, _ in openings)

    async def _openings(self, task: MassTask, moment: datetime) -> list[tuple[datetime, datetime]]:
        found = [
            self.opening(scenario, receiver, zone, moment)
            for scenario, receiver, zone in await self.table.places(task.id)
            if scenario is not Scenario.REPLY  # an answer to a group has hours of its own
        ]
        return [one for one in found if one]
