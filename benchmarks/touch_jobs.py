"""The straightforward way: one APScheduler job a touch.

`python -m benchmarks.touch_jobs STORE NUMBER` prints what a job costs; STORE is memory or sqlite.
"""

import asyncio
import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from time import perf_counter

import psutil
from apscheduler.jobstores.base import BaseJobStore
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler


def greet(customer: str, script: str) -> None:
    greeted.append(customer)


greeted: list[str] = []


async def main(store: str, number: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="huashu-bench-") as folder:
        scheduler = AsyncIOScheduler(jobstores={"default": opened(store, folder)})
        scheduler.start(paused=True)
        before, begun = resident_mb(), perf_counter()
        due = datetime.now(UTC) + timedelta(days=1)
        for one in range(number):
            scheduler.add_job(
                greet, "date", run_date=due + timedelta(seconds=one % 30_000),
                args=(f"wm{one}", "holiday/moon"), id=f"mid_autumn:wm{one}",
            )  # fmt: skip
        took, kept = perf_counter() - begun, resident_mb() - before
        scheduler.shutdown(wait=False)
    return {"us": took / number * 1e6, "kb": kept * 1024 / number}


def opened(store: str, folder: str) -> BaseJobStore:
    if store == "memory":
        return MemoryJobStore()
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore

    return SQLAlchemyJobStore(f"sqlite:///{folder}/jobs.db")


def resident_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], int(sys.argv[2])))))
