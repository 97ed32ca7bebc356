"""How much of a span was working time. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_DAYS = 60  # the rest of a longer span is not looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    begin_min: int  # of a day
    end_min: int
    zone: ZoneInfo
    works: Callable[[date], bool]  # whether anybody works on that day

    def between(self, since: datetime, until: datetime) -> timedelta:
        """Working time from `since` to `until`."""
        local, total = since.astimezone(self.zone), timedelta()
        for number in range(MOST_DAYS):
            day = local.date() + timedelta(days=number)
            begin, end = self._at(day, self.begin_min), self._at(day, self.end_min)
            if begin >= until:
                break
            if self.works(day):
                total += max(min(end, until) - max(begin, since), timedelta())
        return total

    def _at(self, day: date, minutes: int) -> datetime:
        days, rest = divmod(minutes, 24 * 60)
        clock = time(rest // 60, rest % 60, tzinfo=self.zone)
        return datetime.combine(day + timedelta(days=days), clock).astimezone(UTC)


def read_hours(text: str) -> tuple[int, int]:
    """ "09:00-21:00" → minutes of a day, from and to."""
    begin, end = ([*map(int, part.split(":"))] for part in text.split("-"))
    return begin[0] * 60 + begin[1], end[0] * 60 + end[1]
