"""What a plan may name, and what it is held against."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.plans.segments import Segments
from bot.scripts.script import Script
from bot.touch.calendar import Calendar
from bot.touch.touch import Scenario


class Windows(Protocol):
    """What plans need of the policy's hours."""

    def next_open(self, now: datetime, zone: ZoneInfo, scenario: Scenario) -> datetime | None:
        """`now` or the first moment after it when a message may go out; None: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    scripts: Mapping[str, Script]
    segments: Segments
    calendar: Calendar
    windows: Windows | None  # None: not looked at
    today: date
    zone: ZoneInfo  # the company's
