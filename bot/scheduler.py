"""The ticks. Jobs are sweeps over our own tables; nothing worth keeping lives here."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import Clock, SystemClock
from bot.errors import NotKept, Refused, WeComError, kind_of, reason_of, where
from bot.repeats import Repeats
from bot.store.postgres import full, gone
from bot.store.sqlite_file import amiss

log = logging.getLogger(__name__)

Run = Callable[[], Coroutine[Any, Any, None]]

_CLOCK = SystemClock()
LOOK_S = 10.0
CLEANS_S = 600.0  # after the start, where nights may go by without us; what began waits for it
FIRST_S, SPARED_S = 2.0, 60.0  # between two runs that WeCom fails: twice as long after each


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    name: str
    run: Callable[[], Awaitable[object]]
    trigger: BaseTrigger
    aside: Callable[[], object] | None = None  # instead, where another process does it
    after_start_s: float | None = None  # once more, so long after the start


class _Interval(IntervalTrigger):  # type: ignore[misc] # of a library without types
    """After a clock was put forward, or the machine slept, one run replaces all that were missed:
    the scheduler would compute each of them, and after three days nothing else would run for a
    minute."""

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        if previous is not None:  # in seconds: between two hours of one zone they may be others
            late_s = max(0.0, now.timestamp() - previous.timestamp())
            due = previous.timestamp() + late_s // self.interval_length * self.interval_length
            previous = datetime.fromtimestamp(due, self.timezone)
        found: datetime | None = super().get_next_fire_time(previous, now)
        return found


def every(
    seconds: float, name: str, run: Callable[[], Awaitable[object]],
    *, aside: Callable[[], object] | None = None,
) -> Sweep:  # fmt: skip
    """
    Args:
        aside: what a process must do to keep its memory up to date if several share the work and
            another one does this; may be a coroutine function.
    """
    trigger = _Interval(seconds=seconds)
    return Sweep(name=name, run=_one_by_one(run), trigger=trigger, aside=aside)


def nightly(
    hour: int, minute: int, zone: ZoneInfo, name: str, run: Callable[[], Awaitable[object]],
    *, after_start_s: float | None = None,
) -> Sweep:  # fmt: skip
    """
    Args:
        after_start_s: also so long after the start, for a program that is off at night; after a
            night that was not missed there is little to do.
    """
    trigger = CronTrigger(hour=hour, minute=minute, timezone=zone)
    return Sweep(name=name, run=_one_by_one(run), trigger=trigger, after_start_s=after_start_s)


def _one_by_one(run: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
    """`run`, one call at a time: whoever calls it beside the clock, at the start or because a
    person wants it now, waits for the other and finds its work done."""
    one = asyncio.Lock()

    async def alone() -> object:
        async with one:
            return await run()

    return alone


@asynccontextmanager
async def ticking(sweeps: list[Sweep], clock: Clock = _CLOCK) -> AsyncIterator[None]:
    """Run each sweep when its trigger says so; one that is still running is not started again.

    At the end those that run are cancelled: each can be, and the next start begins it again.

    Args:
        clock: tells whether the system's was put back.
    """
    scheduler, running, closing = AsyncIOScheduler(), set[asyncio.Task[Any]](), asyncio.Event()

    def ending(sweep: Sweep) -> Run:
        run = guarded(sweep)

        async def until_the_end() -> None:
            me = asyncio.current_task()
            assert me is not None  # this is a coroutine
            running.add(me)
            try:
                await run()
            except asyncio.CancelledError:  # by us, or because what it awaited was cancelled
                if not closing.is_set() and me.cancelling():
                    raise
            finally:
                running.discard(me)

        return until_the_end

    for sweep in sweeps:
        scheduler.add_job(
            ending(sweep), sweep.trigger, id=sweep.name, max_instances=1, coalesce=True,
            misfire_grace_time=None,
        )  # fmt: skip
        if sweep.after_start_s is not None:
            at = _CLOCK.now() + timedelta(seconds=sweep.after_start_s)
            scheduler.add_job(ending(sweep), DateTrigger(at), misfire_grace_time=None)
    scheduler.start()
    async with asyncio.TaskGroup() as tasks:
        heeding = tasks.create_task(_heed(clock, scheduler, sweeps))
        try:
            yield
        finally:
            heeding.cancel()
            scheduler.shutdown(wait=False)
            closing.set()
            left = [*running]
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left)


async def _heed(clock: Clock, scheduler: AsyncIOScheduler, sweeps: list[Sweep]) -> None:
    """The scheduler waits for a wall-clock time: if the clock is put back, it would wait that much
    longer."""
    while True:
        seen = clock.timestamp()
        await clock.sleep(LOOK_S)
        back_s = seen - clock.timestamp()
        if (late_s := -back_s - LOOK_S) > LOOK_S:
            told = "the program stood still, the machine slept, or the clock was put forward"
            log.warning(told, extra={"action": "clock", "seconds": round(late_s)})
        if back_s > 0:
            extra = {"action": "clock", "seconds": round(back_s)}
            log.warning("the clock was put back: is it kept in step (NTP)?", extra=extra)
            now = clock.now()
            for sweep in sweeps:
                next_at = sweep.trigger.get_next_fire_time(now, now)
                scheduler.modify_job(sweep.name, next_run_time=next_at)


def guarded(sweep: Sweep, clock: Clock = _CLOCK) -> Run:
    """A run of `sweep` that logs what it raised, and ends normally.

    The same failure is logged once an hour: some sweeps run every second, and each would fail. One
    that WeCom does not answer, or refuses, skips runs: in the end all but one a minute.
    """
    repeats, failures, waits_until = Repeats(clock), 0, 0.0

    def tell(level: int, what: str, key: object, **more: object) -> None:
        if times := repeats.due(key):
            extra = {"action": sweep.name, **more, "times": times}
            log.log(level, "a sweep failed%s", what, extra=extra)

    async def run() -> None:
        nonlocal failures, waits_until
        if clock.timestamp() < waits_until <= clock.timestamp() + SPARED_S:  # it may be put back
            return
        try:
            await sweep.run()
            failures = 0
        except WeComError as error:  # a later tick tries again
            waits_until = clock.timestamp() + min(SPARED_S, FIRST_S * 2**failures)
            failures += 1
            alert = isinstance(error, Refused) and error.alert
            told = error.errcode, error.api
            tell(
                logging.ERROR if alert else logging.WARNING, reason_of(error), told,
                errcode=error.errcode, api=error.api,
            )  # fmt: skip
        except Exception as error:  # a mistake in one run must end neither the sweep nor the bot
            if isinstance(error, NotKept) or gone(error):  # if it lasts, others say so
                what = str(error) if isinstance(error, NotKept) else full(error)
                what = what or "the database did not answer"
                tell(logging.WARNING, f": {what}", what)
                return
            at = where(error)
            tell(
                logging.ERROR,
                f": {amiss(error) or kind_of(error)}",
                (type(error), at),
                at=at,
            )

    return run
