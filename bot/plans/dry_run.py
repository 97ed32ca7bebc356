"""Runs plans, rules and calendar at full speed on a copy of the database, without WeCom.

The real planner and the real policy do the work; what would be sent counts as arrived at once.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import ManualClock, moment
from bot.events import Event, MassDue, TouchDue
from bot.plans.by_itself import ByItself
from bot.plans.plan import Plan
from bot.plans.planbook import PlanBook
from bot.plans.planner import PlanAhead, next_night
from bot.plans.uses import used_by
from bot.scripts.library import Library
from bot.scripts.script import Facts
from bot.store.plans.by_itself import next_at
from bot.store.plans.dry_run import DryTouches
from bot.store.sql import Database
from bot.touch.outreach import BATCH, Outreach
from bot.touch.policy import Via
from bot.touch.present import present
from bot.touch.touch_policy import TouchPolicy

MINUTE_S = 60.0
TAGS = "SELECT tag FROM customer_tag WHERE customer = $1"
UNSAID = ("when", "话术的使用条件不满足", "the script's `when` does not hold")


class Filed:
    """Collects the events that would go into the inbox."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def put(self, events: Sequence[Event]) -> list[bool]:
        self.events += events
        return [True] * len(events)


class DryRun:
    """
    Args:
        root: the workspace.
        database: a copy (bot.store.plans.dry_run.copy_database).
        clock: set to where the run begins.
        library: the scripts in force.
        zone: the company's.
    """

    def __init__(
        self,
        *,
        root: Path,
        database: Database,
        clock: ManualClock,
        book: PlanBook,
        library: Callable[[], Library],
        policy: TouchPolicy,
        zone: ZoneInfo,
    ) -> None:
        self._database, self._clock, self._zone = database, clock, zone
        self._library, self._filed = library, Filed()
        self._outreach = Outreach(
            database=database,
            inbox=self._filed,
            clock=clock,
            policy=lambda: policy,
            uses=lambda: used_by(book.book.plans),
            library=library,
        )
        self._by_itself = ByItself(
            root, database, clock, zone, self._filed,
            calendar=lambda: book.calendar, library=library, fields=policy.fields,
        )  # fmt: skip
        self._ahead = PlanAhead(
            book, database, clock, library=library, hours=lambda: policy.hours, zone=zone
        )
        offset = clock.now().astimezone(zone).utcoffset() or timedelta()
        self.offset_s = offset.total_seconds()
        self.touches = DryTouches(database, self.offset_s)

    @property
    def now(self) -> datetime:
        return self._clock.now()

    async def plan(self, plan: Plan, until: datetime) -> None:
        """Plan what this one has before `until`, and nothing else."""
        await self._ahead.run_one(plan, until)

    async def run(self, until: datetime, tell: Callable[[float], None] = lambda _: None) -> None:
        """Everything that comes before `until`.

        Args:
            tell: called with the share that is done, from 0 to 1; what it raises ends the run.
        """
        await self.touches.confirm(present(self._clock.now(), self._zone))
        await self._by_itself.new_day()
        await self._ahead.catch_up()
        begun = self._clock.now()
        night = next_night(self._clock.now(), self._zone)
        while (at := min(night, await self._next())) < until:
            await self._clock.jump(at)
            tell((at - begun) / (until - begun))
            if at == night:
                await self._by_itself.new_day()
                await self._ahead.run()
                night = next_night(self._clock.now(), self._zone)
            else:
                await self._by_itself.come()
                await self._sweep()
        await self._clock.jump(until)
        await self._sweep()

    async def _next(self) -> datetime:
        """The next second in which something is due: the bot looks once a second. Where much is
        due, the end of its minute: windows and periods begin and end on whole minutes, so all of
        one minute can be judged together."""
        now = self._clock.timestamp()
        moments = await self.touches.next_at(), await next_at(self._database)
        due = min((one for one in moments if one is not None), default=None)
        if due is None:
            return datetime.max.replace(tzinfo=UTC)
        at: float = ceil(due)
        minute_ends = due // MINUTE_S * MINUTE_S + MINUTE_S - 0.001
        if await self.touches.many_by(minute_ends, BATCH):
            at = max(at, minute_ends)
        return moment(at if at > now else now + 1.0)

    async def _sweep(self) -> None:
        now = self._clock.timestamp()
        await self._outreach.sweep()
        await self.touches.hold(now)
        events, self._filed.events = self._filed.events, []
        unsaid = [task for event in events if (task := await self._unsaid(event))]
        await self.touches.unsay(unsaid, *UNSAID, now)
        sessions = [
            event.conversation
            for event in events
            if isinstance(event, TouchDue) and event.via == Via.SERVICE_SESSION
        ]
        await self.touches.arrive(sessions, now)

    async def _unsaid(self, event: Event) -> str:
        """The touch.task of what its handler would not say; "" if it would."""
        if not isinstance(event, TouchDue | MassDue):
            return ""
        to_member = isinstance(event, TouchDue) and event.via == Via.STAFF_NOTICE
        when = self._library()[event.script].when
        facts = Facts(
            channel=event.conversation.partition(":")[0],
            now=self._clock.now().astimezone(self._zone),
            tags=await self._tags(event) if when.tags else frozenset(),
        )
        said = to_member or when.holds(facts)
        return "" if said else event.task if isinstance(event, MassDue) else event.id

    async def _tags(self, event: TouchDue | MassDue) -> frozenset[str]:
        if isinstance(event, MassDue):  # one text for all
            return frozenset()
        rows = await self._database.rows(TAGS, event.customer)
        return frozenset(str(row["tag"]) for row in rows)
