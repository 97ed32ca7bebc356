"""What a plan may name, and what it is checked against."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from bot.plans.segments import Segments
from bot.scripts.script import Script
from bot.touch.calendar import Calendar
from bot.touch.hours import Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    scripts: Mapping[str, Script]
    segments: Segments
    calendar: Calendar
    hours: Hours | None  # when a scenario may be sent; None: not checked
    today: date
    zone: ZoneInfo  # the company's
