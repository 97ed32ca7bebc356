"""All plans and segments of a workspace, read together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.errors import Complaint
from bot.plans.known import Known, Windows
from bot.plans.plan import Plan
from bot.plans.reading import read_plans
from bot.plans.segments import FILE as SEGMENTS
from bot.plans.segments import Segments, read_segments
from bot.reader import Reader
from bot.scripts.script import Script
from bot.touch.calendar import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """`complaints`: with any of these the plans must not be followed."""

    plans: tuple[Plan, ...]
    segments: Segments
    complaints: tuple[Complaint, ...]


def read_book(
    root: Path,
    *,
    scripts: Mapping[str, Script],
    calendar: Calendar,
    today: date,
    zone: ZoneInfo,
    windows: Windows | None = None,
) -> Book:
    """config/segments.toml and config/plans/*.toml of the workspace `root`; never raises.

    Args:
        scripts: by id, all that plans may say.
        windows: when a scenario may be sent.
        today: by the company's `zone`.
    """
    complaints: list[Complaint] = []
    reader = Reader(SEGMENTS, {}, complaints)
    segments = read_segments(reader, reader.table(root, needed=False))
    known = Known(
        scripts=scripts,
        segments=segments,
        calendar=calendar,
        windows=windows,
        today=today,
        zone=zone,
    )
    plans = read_plans(root, known, complaints)
    return Book(plans=plans, segments=segments, complaints=tuple(complaints))
