"""Plans ahead: what plans have for the next days becomes rows of table touch.

It runs at the start, each night, each hour for what customers themselves bring about, and when
plans have changed. What is planned already stays as it is, so running it again does no harm.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.clock import Clock, moment
from bot.errors import kind_of, where
from bot.plans.occasions import Occasion, Occasions
from bot.plans.plan import Plan, scripts_of
from bot.plans.planbook import PlanBook
from bot.scripts.library import Library
from bot.scripts.wording import words_of
from bot.store.groups.planning import GroupSlot, plan_post
from bot.store.plans.planning import BUSY_S, Choice, Opening, Planner, Slot
from bot.store.plans.replanning import drop_unmeant, forget, keep
from bot.store.plans.spread import SPREAD, spread_of
from bot.store.postgres import gone
from bot.store.sql import Database
from bot.store.sqlite_file import amiss
from bot.store.states import PlanState
from bot.store.touch.touches import STOPPED, Known, Touches
from bot.touch.hours import Hours, apart
from bot.touch.policy import Refuse
from bot.touch.touch import Scenario

log = logging.getLogger(__name__)

AHEAD = timedelta(days=2)  # what comes later is planned on a later night
WEST = timedelta(hours=26)  # the most by which a customer's day ends later than ours
SOON_S = 900  # posts in groups are spread over this span, from the moment they are wanted
NIGHT = time(1, 13)  # in the company's zone
GONE = Refuse("plan_gone", "计划已经不在了", "the plan is no longer there")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What one run has done."""

    added: int = 0
    dropped: int = 0  # were planned for customers whom the plan no longer means


class PlanAhead:
    """
    Args:
        library: the scripts in force.
        hours: the policy's.
        zone: the company's.
    """

    def __init__(
        self,
        book: PlanBook,
        database: Database,
        clock: Clock,
        *,
        library: Callable[[], Library],
        hours: Callable[[], Hours],
        zone: ZoneInfo,
    ) -> None:
        self._book, self._database, self._clock = book, database, clock
        self._library, self._hours, self._zone = library, hours, zone
        self._touches, self._planner = Touches(database), Planner(database, clock)
        self._one_at_a_time = asyncio.Lock()
        self.failed: Mapping[str, str] = {}  # by plan, what kept it from being planned

    async def run(self) -> Planned:
        """Plan everything for the next two days."""
        return await self._run(self._clock.now() + AHEAD)

    async def run_today(self) -> Planned:
        """Plan the rest of this day for customers whom plans did not mean before: who came, bought
        or was tagged."""
        return await self._run(self._midnight())

    async def catch_up(self) -> Planned:
        """For a forecast: plan what a running bot would within the hour, and no further ahead, so
        that what comes later takes no room from what comes now."""
        known, midnight = await self._touches.plans(), self._midnight()
        for plan in self._book.book.plans:
            one = known.get(plan.id)
            if one is None or (
                one.state is PlanState.ACTIVE
                and (one.digest != plan.digest or (one.planned_until or 0) < midnight.timestamp())
            ):
                return await self.run()
        return await self.run_today()

    async def run_one(self, plan: Plan, until: datetime) -> None:
        """Plan everything of this one before `until`, whether it is in force or not."""
        async with self._one_at_a_time:
            await self._plan_all([plan], until)

    def _has_words(self, plan: Plan) -> bool:
        """Whether all scripts that a plan says are there.

        One can be removed from its file while plans still say it. They stay in force, and what is
        planned stays planned.
        """
        library = self._library()
        gone = [script for script in scripts_of(plan) if script not in library]
        if gone:
            text = "plan %s is left out: its scripts are gone: %s"
            log.error(text, plan.id, ", ".join(gone), extra={"action": "plan"})
        return not gone

    def _midnight(self) -> datetime:
        tomorrow = self._clock.now().astimezone(self._zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), self._zone)

    async def _run(self, until: datetime) -> Planned:
        async with self._one_at_a_time:
            known = await self._touches.plans()
            plans = self._book.book.plans
            await self._take_back(plans, known)
            await self._touches.release(
                self._clock.timestamp()
            )  # the process that resumed it may have died
            active = [plan for plan in plans if _state(known, plan) is PlanState.ACTIVE]
            done = await self._plan([plan for plan in active if self._has_words(plan)], until)
        extra = {"action": "plan", "added": done.added, "dropped": done.dropped}
        log.info("planned ahead", extra=extra)
        return done

    async def _take_back(self, plans: Iterable[Plan], known: Mapping[str, Known]) -> None:
        """Take back what waits with words that have changed since."""
        now, digests = self._clock.timestamp(), {plan.id: plan.digest for plan in plans}
        for kept in known.values():
            digest = digests.get(kept.id, "")
            stopped = kept.state is PlanState.STOPPED
            if not kept.digest:  # nothing of it waits
                continue
            if stopped or not digest:
                await self._touches.drop(kept.id, STOPPED if stopped else GONE, now)
                await keep(self._database, {kept.id: ""}, None, now)
            elif digest != kept.digest:
                await forget(self._database, kept.id)

    async def _plan(self, plans: Sequence[Plan], until: datetime) -> Planned:
        """Customers are gone through once for all plans. Where that fails, once for each: a plan
        that cannot be planned keeps no other from it, and is tried again in an hour."""
        done = await self._tried(plans, until)
        if isinstance(done, Planned):
            self.failed = {}
            return done
        each = {plan.id: await self._tried([plan], until) for plan in plans}
        before = self.failed
        self.failed = {plan: why for plan, why in each.items() if isinstance(why, str)}
        for plan, why in self.failed.items():
            if why != before.get(plan):
                extra = {"action": "plan", "plan": plan}
                log.error("a plan cannot be planned: %s", why, extra=extra)
        some = [one for one in each.values() if isinstance(one, Planned)]
        return Planned(
            added=sum(one.added for one in some), dropped=sum(one.dropped for one in some)
        )

    async def _tried(self, plans: Sequence[Plan], until: datetime) -> Planned | str:
        """What has been done, or what kept it from being done."""
        try:
            return await self._plan_all(plans, until)
        except Exception as error:
            if amiss(error) or gone(error):  # the database is away, or full
                raise
            return f"{kind_of(error)}, {where(error)}"

    async def _plan_all(self, plans: Sequence[Plan], until: datetime) -> Planned:
        now, occasions = self._clock.now(), Occasions(self._book.calendar, self._zone)
        added = dropped = 0
        addressed = list[Occasion]()
        for plan in plans:
            for occasion in occasions.between(plan, now - WEST, until):
                if occasion.to != "group":
                    addressed.append(occasion)
                elif occasion.deadline > now:
                    post = self._post(occasion, now)
                    new, gone = await plan_post(self._database, post, now.timestamp())
                    added, dropped = added + new, dropped + gone
        meant = {(one.plan, one.slot): one.condition for one in addressed}
        dropped += await drop_unmeant(self._database, meant, now.timestamp())
        added += await self._planner.plan(self._slot(one, now) for one in addressed)
        digests = {plan.id: plan.digest for plan in plans}
        await keep(self._database, digests, until.timestamp(), now.timestamp())
        return Planned(added=added, dropped=dropped)

    def _post(self, occasion: Occasion, now: datetime) -> GroupSlot:
        script = occasion.say[0].script
        first = opening_of(occasion, self._hours(), self._zone, now)
        return GroupSlot(
            plan=occasion.plan,
            slot=occasion.slot,
            scenario=occasion.scenario,
            groups=occasion.groups,
            names=occasion.names,
            script=script,
            words=words_of(self._library()[script]),
            due_at=partial(_soon, first),
            deadline=occasion.deadline.timestamp(),
        )

    def _slot(self, occasion: Occasion, now: datetime) -> Slot:
        library = self._library()
        return slot_of(
            occasion, self._hours(), self._zone, now, lambda script: words_of(library[script])
        )


def slot_of(
    occasion: Occasion, hours: Hours, company: ZoneInfo, now: datetime,
    words: Callable[[str], str],
) -> Slot:  # fmt: skip
    """The slot that an occasion for customers becomes.

    Args:
        words: digest of what a script says.
    """
    return Slot(
        plan=occasion.plan,
        slot=occasion.slot,
        scenario=occasion.scenario,
        to=occasion.to,
        whom=occasion.whom.sql(occasion.day),
        say=[
            Choice(whom=whom, script=script, words=words(script))
            for whom, script in occasion.choices
        ],
        openings=partial(openings, occasion, hours, company, now),
        start=max(occasion.start, now).timestamp(),
        deadline=partial(deadline_of, occasion, company, now),
        # A member has to confirm each mass message: so one for all their customers, at one moment.
        together=occasion.to == "customer" and occasion.scenario is not Scenario.FREE_MOMENT,
    )


def deadline_of(occasion: Occasion, company: ZoneInfo, now: datetime, zone: str) -> float | None:
    """The deadline for customers of `zone`, on their own clock, as the hours are.

    What is over on both clocks is planned for nobody. What is over only on theirs is planned, and
    the policy says why they do not get it.
    """
    theirs = occasion.deadline.replace(tzinfo=_clock_of(occasion, zone, company))
    return theirs.timestamp() if max(theirs, occasion.deadline) > now else None


def opening_of(occasion: Occasion, hours: Hours, company: ZoneInfo, now: datetime) -> Opening:
    """When owners are asked to confirm a post in their groups."""
    opened = openings(occasion, hours, company, now, "", None)
    start = max(occasion.start, now).timestamp()
    return opened[0] if opened else Opening(start, start + 1)


def openings(
    occasion: Occasion,
    hours: Hours,
    company: ZoneInfo,
    now: datetime,
    zone: str,
    best: tuple[int, int] | None,
) -> list[Opening]:
    """When a message may go out to customers of `zone` ("" = the company's), in order.

    The plan's hours and its deadline are on their clock. Where the windows leave nothing of the
    hours, it is whatever opens next before the deadline.
    """
    theirs = _clock_of(occasion, zone, company)
    start, end, deadline = (
        moment.replace(tzinfo=theirs)
        for moment in (occasion.start, occasion.end, occasion.deadline)
    )
    start = max(start, now)
    found = list(_stretches(hours, occasion.scenario, theirs, best, start, end))
    if not found:
        rest = _stretches(hours, occasion.scenario, theirs, best, start, deadline)
        found = [*islice(rest, 1)]
    return found


def _soon(opened: Opening, owner: str) -> float:
    """When an owner is asked to confirm a post: soon after its time, not all at one moment."""
    room = min(SOON_S, opened.end - opened.start)
    begins = moment(opened.start)
    chosen = begins + timedelta(seconds=room * spread_of(owner) // SPREAD)
    return apart(chosen, BUSY_S, begins).timestamp()


def _stretches(
    hours: Hours,
    scenario: Scenario,
    zone: ZoneInfo,
    best: tuple[int, int] | None,
    start: datetime,
    end: datetime,
) -> Iterator[Opening]:
    while start < end and (opened := hours.opening(start, zone, scenario, best=best)):
        begins, closes = opened
        if begins >= end:
            return
        yield Opening(begins.timestamp(), min(closes, end).timestamp())
        start = closes


def next_night(now: datetime, zone: ZoneInfo) -> datetime:
    """When the nightly run is due next."""
    local = now.astimezone(zone)
    tonight = datetime.combine(local.date(), NIGHT, zone)
    return tonight if tonight > local else tonight + timedelta(days=1)


def _state(known: Mapping[str, Known], plan: Plan) -> PlanState:
    return known[plan.id].state if plan.id in known else PlanState.ACTIVE


def _clock_of(occasion: Occasion, name: str, company: ZoneInfo) -> ZoneInfo:
    """Whose clock counts: for a to-do that of its member, which is the company's."""
    try:
        return ZoneInfo(name) if name and occasion.to == "customer" else company
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return company
