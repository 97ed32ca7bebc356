"""Ticks. The jobs are sweeps over our own tables; nothing worth keeping lives in here."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import Clock, SystemClock
from bot.errors import CURE, NoAnswer, NotKept, Refused, WeComError, where
from bot.repeats import Repeats
from bot.store.postgres import full, gone

log = logging.getLogger(__name__)

_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    name: str
    run: Callable[[], Awaitable[object]]
    trigger: BaseTrigger
    aside: Callable[[], object] | None = None  # instead, where another process does it


def every(
    seconds: float, name: str, run: Callable[[], Awaitable[object]],
    *, aside: Callable[[], object] | None = None,
) -> Sweep:  # fmt: skip
    """
    Args:
        aside: what a process must do all the same to keep its memory in line, where several share
            the work and another one does this; may be a coroutine function.
    """
    return Sweep(name=name, run=run, trigger=IntervalTrigger(seconds=seconds), aside=aside)


def nightly(
    hour: int, minute: int, zone: ZoneInfo, name: str, run: Callable[[], Awaitable[object]]
) -> Sweep:
    trigger = CronTrigger(hour=hour, minute=minute, timezone=zone)
    return Sweep(name=name, run=run, trigger=trigger)


@asynccontextmanager
async def ticking(sweeps: list[Sweep]) -> AsyncIterator[None]:
    """Run each sweep when its trigger says; one that is still running is not started again.

    At the end those that run are broken off: each can be, and is begun anew at the next start.
    """
    scheduler, running, closing = AsyncIOScheduler(), set[asyncio.Task[Any]](), asyncio.Event()

    def ending(sweep: Sweep) -> Callable[[], Coroutine[Any, Any, None]]:
        run = guarded(sweep)

        async def until_the_end() -> None:
            me = asyncio.current_task()
            assert me is not None  # this is a coroutine
            running.add(me)
            try:
                await run()
            except asyncio.CancelledError:  # by us, or as what it waited for will never be
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
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        closing.set()
        left = [*running]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)


def guarded(sweep: Sweep, clock: Clock = _CLOCK) -> Callable[[], Coroutine[Any, Any, None]]:
    """A run of `sweep` that says in the log what it raised, and ends as if nothing had been.

    The same failure is told once an hour: some sweeps run every second, and each would fail.
    """
    repeats = Repeats(clock)

    def tell(level: int, what: str, key: object, **more: object) -> None:
        if times := repeats.due(key):
            extra = {"action": sweep.name, **more, "times": times}
            log.log(level, "a sweep failed%s", what, extra=extra)

    async def run() -> None:
        try:
            await sweep.run()
        except WeComError as error:  # the next tick tries again
            alert = isinstance(error, Refused) and error.alert
            # What WeCom says may quote somebody; why there was no answer, we say ourselves.
            what = f": {error.errmsg}" if isinstance(error, NoAnswer) else ""
            what += f"; {CURE}" if what or alert else ""
            told = error.errcode, error.api
            tell(
                logging.ERROR if alert else logging.WARNING, what, told,
                errcode=error.errcode, api=error.api,
            )  # fmt: skip
        except Exception as error:  # a mistake in one sweep must end neither it nor the bot
            if isinstance(error, NotKept) or gone(error):  # where it stays, others say so
                ours = isinstance(error, NotKept) or full(error)
                what = str(error) if ours else "the database did not answer"
                tell(logging.WARNING, f": {what}", what)
                return
            at = where(error)
            tell(logging.ERROR, f": {type(error).__name__}", (type(error), at), at=at)

    return run
