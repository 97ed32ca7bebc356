"""Ticks. The jobs are sweeps over our own tables; nothing worth keeping lives in here."""

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

from bot.errors import WeComError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    name: str
    run: Callable[[], Awaitable[object]]
    trigger: BaseTrigger


def every(seconds: float, name: str, run: Callable[[], Awaitable[object]]) -> Sweep:
    return Sweep(name=name, run=run, trigger=IntervalTrigger(seconds=seconds))


def nightly(
    hour: int, minute: int, zone: ZoneInfo, name: str, run: Callable[[], Awaitable[object]]
) -> Sweep:
    trigger = CronTrigger(hour=hour, minute=minute, timezone=zone)
    return Sweep(name=name, run=run, trigger=trigger)


@asynccontextmanager
async def ticking(sweeps: list[Sweep]) -> AsyncIterator[None]:
    """Run each sweep when its trigger says; one that is still running is not started again."""
    scheduler = AsyncIOScheduler()
    for sweep in sweeps:
        scheduler.add_job(
            guarded(sweep), sweep.trigger, id=sweep.name, max_instances=1, coalesce=True,
            misfire_grace_time=None,
        )  # fmt: skip
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


def guarded(sweep: Sweep) -> Callable[[], Coroutine[Any, Any, None]]:
    async def run() -> None:
        try:
            await sweep.run()
        except WeComError as error:  # the next tick tries again
            log.warning(
                "a sweep failed",
                extra={"action": sweep.name, "errcode": error.errcode, "api": error.api},
            )

    return run
