"""Long work that a page starts; the page shows how far it is, and can cancel it.

A job of the kind "preflight" is shown by templates/jobs/preflight.html. Most of these extend
jobs/job.html, which shows the progress, and say what `job.result` means once it has ended.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.errors import BotError
from bot.telling.complaints import told

log = logging.getLogger(__name__)

KEPT = 50  # of those that have ended
State = Literal["running", "done", "failed", "cancelled"]


@dataclass(slots=True, kw_only=True)
class Job:
    """The work itself sets `total` and `done`, and may say in `zh` and `en` what it is doing."""

    kind: str
    who: str  # userid
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: State = "running"
    total: int = 0  # 0: not known yet
    done: int = 0
    zh: str = ""
    en: str = ""
    found: Any = None  # what is known already
    result: Any = None  # of the whole, once it is done
    task: "asyncio.Task[None] | None" = None

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0

    def cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()

    async def ended(self) -> None:
        if self.task is not None:
            await asyncio.wait([self.task])


Work = Callable[[Job], Awaitable[Any]]


class Jobs:
    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._due: asyncio.Queue[tuple[Job, Work]] = asyncio.Queue()

    async def run(self) -> None:
        """Run what is started, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                job, work = await self._due.get()
                job.task = tasks.create_task(self._do(job, work))

    def start(self, kind: str, who: str, work: Work) -> Job:
        """Start `work`, which is given the job. What it returns becomes the job's result."""
        job = Job(kind=kind, who=who)
        ended = [old for old in self._jobs.values() if old.state != "running"]
        for old in ended[: max(0, len(ended) - KEPT)]:
            del self._jobs[old.id]
        self._jobs[job.id] = job
        self._due.put_nowait((job, work))
        return job

    def find(self, job_id: str, who: str) -> Job | None:
        """Only whoever started it can see it."""
        job = self._jobs.get(job_id)
        return job if job and job.who == who else None

    async def _do(self, job: Job, work: Work) -> None:
        try:
            job.result = await work(job)
            job.state = "done"
        except asyncio.CancelledError:
            job.state = "cancelled"
            raise
        except BotError as error:
            job.state, job.zh, job.en = "failed", told(error, "zh"), told(error, "en")
        except Exception:  # a page's work must not end the engine
            log.exception("long work failed", extra={"action": f"job.{job.kind}"})
            job.state = "failed"
            job.zh, job.en = "程序出错，已记入日志", "The program failed; the log says how"
