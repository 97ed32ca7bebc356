"""All plans and segments of a workspace, read together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.errors import Complaint
from bot.files.reader import Reader
from bot.plans.known import Known
from bot.plans.plan import Campaign, Plan, Programme, Sequence
from bot.plans.reading import read_plans, written_in
from bot.plans.segments import FILE as SEGMENTS
from bot.plans.segments import Segments, read_segments
from bot.plans.twins import Twins
from bot.plans.when import upcoming
from bot.scripts.script import Script
from bot.touch.calendar import Calendar
from bot.touch.hours import Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """`complaints`: if there are any, the plans must not be followed."""

    plans: tuple[Plan, ...]
    segments: Segments
    complaints: tuple[Complaint, ...]
    doubts: tuple[Complaint, ...] = ()  # warnings, which stop nothing

    @property
    def ended_by_an_answer(self) -> tuple[str, ...]:
        """Ids of sequences that end as soon as the customer says something."""
        return self._ended_by("answered")

    @property
    def ended_by_a_purchase(self) -> tuple[str, ...]:
        """Ids of sequences that end as soon as the customer buys."""
        return self._ended_by("bought")

    def _ended_by(self, end: str) -> tuple[str, ...]:
        sequences = (plan for plan in self.plans if isinstance(plan, Sequence))
        return tuple(plan.id for plan in sequences if end in plan.ends)


def _over(plan: Plan, today: date, calendar: Calendar, zone: ZoneInfo) -> Iterator[Complaint]:
    """Warns of a campaign, or a programme, none of whose days lies ahead."""
    match plan:
        case Campaign():
            said = [(plan.on, plan.span)]
        case Programme():
            said = [(post.on, post.span) for post in plan.posts]
        case _:
            return
    late = ((on, today - timedelta(days=span.deadline_days)) for on, span in said)
    if not any(upcoming(on, since, 1, calendar, zone) for on, since in late):
        problem = "its day is past: it sends nothing any more"
        cure = "Look at the year, or take the plan away"
        yield Complaint(written_in(plan.id, {}), "on", problem, cure)


def read_book(
    root: Path,
    *,
    scripts: Mapping[str, Script],
    calendar: Calendar,
    today: date,
    zone: ZoneInfo,
    hours: Hours | None = None,
    bodies: Mapping[str, str] = MappingProxyType({}),
) -> Book:
    """config/segments.toml and config/plans/*.toml of the workspace `root`; never raises.

    Args:
        scripts: by id, all that plans may say.
        hours: when a scenario may be sent; None: not checked.
        today: by the company's `zone`.
        bodies: plans of the database, by id; JSON.
    """
    complaints: list[Complaint] = []
    reader = Reader(SEGMENTS, {}, complaints)
    segments = read_segments(reader, reader.table(root, needed=False))
    known = Known(
        scripts=scripts,
        segments=segments,
        calendar=calendar,
        hours=hours,
        today=today,
        zone=zone,
    )
    plans = read_plans(root, known, complaints, bodies)
    doubts: tuple[Complaint, ...] = ()
    if not complaints:
        twins = Twins(scripts, today, calendar, zone)
        doubts = tuple(twins.doubts(plans, lambda one: written_in(one, bodies)))
        written = [one for one in plans if one.id not in bodies]  # the console tells of its own
        doubts += tuple(one for plan in written for one in _over(plan, today, calendar, zone))
    return Book(plans=plans, segments=segments, complaints=tuple(complaints), doubts=doubts)
