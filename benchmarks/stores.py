"""(m) One campaign to 3,000 stores: 5 % fail, 20 % do not confirm; the board beside the truth.

`HUASHU_BENCH_STORES=300` takes fewer.
"""

import os

from benchmarks.figures import Section, at_least, below, plain
from benchmarks.touches import child

STORES, EACH = int(os.environ.get("HUASHU_BENCH_STORES", "3000")), 5


async def run() -> Section:
    ours = await child("stores_run", str(STORES), str(EACH))
    memory = await child("touch_jobs", "memory", str(STORES * EACH))
    stored = await child("touch_jobs", "sqlite", "1000")
    us = ours["plan s"] / ours["planned"] * 1e6
    kept = max(ours["plan mb"] * 1024 / ours["planned"], 0.01)
    return Section(
        title=f"(m) stores: one campaign to {STORES:,}, {STORES * EACH:,} customers",
        figures=(
            below("accounts that the board tells otherwise than the truth", ours["differ"], "", 1,
                  f"{ours['failed']:.0f} failed, {ours['asked']:.0f} not confirmed"),
            plain("planned, by a few statements", ours["plan s"], "s", f"{us:.0f} µs a customer"),
            at_least("APScheduler, one job each, in SQLite: times as long", stored["us"] / us,
                     "times", 2),
            plain("APScheduler, one job each, in memory: times as long", memory["us"] / us,
                  "times", "lost at a restart"),
            plain("memory of a job in memory, times ours", memory["kb"] / kept, "times",
                  f"{memory['kb']:.1f} kB against {kept:.2f} kB a customer"),
            plain("all stores' words and personas in memory", ours["voices mb"], "MB"),
            plain("tasks made at WeCom, by HTTP", ours["made s"], "s",
                  f"{ours['made']:.0f}; {ours['burst']:.0%} of them in the busiest ten minutes"),
            plain("who has confirmed asked for, and results settled", ours["poll s"], "s"),
            below("the board's sums", ours["count ms"], "ms", 250),
            below("a page of the board, the slowest", ours["page ms"], "ms", 50),
            below("a page of those that failed alone", ours["rare ms"], "ms", 250),
            plain("resident, with the mock server in the same process", ours["mb"], "MB"),
        ),
        notes=("everything runs by the engine's own ways against the mock, over real HTTP",),
    )  # fmt: skip
