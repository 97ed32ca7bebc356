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

from bot.errors import Refused, WeComError, where

log = logging.getLogger(__name__)


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
            except asyncio.CancelledError:
                if not closing.is_set():
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


def guarded(sweep: Sweep) -> Callable[[], Coroutine[Any, Any, None]]:
    """A run of `sweep` that says in the log what it raised, and ends as if nothing had been."""

    async def run() -> None:
        try:
            await sweep.run()
        except WeComError as error:  # the next tick tries again
            alert = isinstance(error, Refused) and error.alert
            log.log(
                logging.ERROR if alert else logging.WARNING,
                "a sweep failed",
                extra={"action": sweep.name, "errcode": error.errcode, "api": error.api},
            )
        except Exception as error:  # a mistake in one sweep must end neither it nor the bot
            log.error(
                "a sweep failed: %s", type(error).__name__,
                extra={"action": sweep.name, "at": where(error)},
            )  # fmt: skip

    return run
