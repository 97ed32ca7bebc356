"""Trials on a copy of the database, in a thread, while the engine goes on."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bot.errors import BotError
from bot.plans.preflight import Trial
from bot.store_url import url_in
from bot.touch.touch_policy import TouchPolicy
from bot.web.jobs import Job
from bot.web.office import Office

T = TypeVar("T")
Tell = Callable[[float], None]  # how much of it is done, 0 to 1


def trial(office: Office, policy: TouchPolicy) -> Trial:
    root = office.settings.root
    return Trial(
        root, url_in(root, office.settings.store.url), library=office.desk.edition.library,
        policy=policy, zone=office.zone,
    )  # fmt: skip


async def in_thread(job: Job, work: Callable[[Tell], Coroutine[Any, Any, T]]) -> T:
    """`work` gets a function to report its progress, which ends it once the job is cancelled."""
    stop = threading.Event()
    job.total = 100

    def tell(part: float) -> None:
        if stop.is_set():
            raise BotError("cancelled")
        job.done = int(job.total * part)

    try:
        return await asyncio.to_thread(asyncio.run, work(tell))
    finally:
        stop.set()
