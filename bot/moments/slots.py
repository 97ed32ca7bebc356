"""When a moment is to be posted: in the hour in which most of the audience is active. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

PAST = 7  # minutes: everybody calls on full and half hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """So many customers write mostly from `begin` to `end` (hours, exclusive; over midnight)."""

    begin: int
    end: int
    customers: int

    def is_about(self, hour: int) -> bool:
        if self.begin < self.end:
            return self.begin <= hour < self.end
        return hour >= self.begin or hour < self.end


def best_hour(audience: Iterable[Audience], opens: int, shuts: int, usual: int) -> int:
    """Of the hours from `opens` to `shuts` (exclusive).

    Args:
        usual: the hour for an unknown audience; among equal hours it wins, then the one nearest to
            it.
    """
    known = [*audience]

    def worth(hour: int) -> tuple[int, int]:
        about = sum(one.customers for one in known if one.is_about(hour))
        return about, -abs(hour - usual)

    return max(range(opens, shuts), key=worth)


def due_at(day: date, slot: str, hour: int, zone: ZoneInfo) -> datetime:
    """
    Args:
        slot: "20:30"; "" = some minutes past `hour`.
    """
    when = time.fromisoformat(slot) if slot else time(hour, PAST)
    return datetime.combine(day, when, zone)
