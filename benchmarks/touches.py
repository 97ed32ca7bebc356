"""(j) A greeting planned for a million customers while callbacks come in; what is due, judged.

`HUASHU_BENCH_CUSTOMERS=100000` plans for fewer.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import load
from benchmarks.envelopes import app_text, xml_request
from benchmarks.figures import Figure, Section, at_least, below, percentile, plain
from benchmarks.footprint import resident_mb
from benchmarks.processes import CHECKOUT, Server, first_core, module, pin
from benchmarks.touch_server import PLAN_PATH

MOST = int(os.environ.get("HUASHU_BENCH_CUSTOMERS", "1000000"))
SIZES = (MOST // 100, MOST // 10, MOST)
DUE, JOBS, SLOW_JOBS = 20_000, 20_000, 1_000
CALLS_A_SECOND, IDLE_S = 100, 5.0
Found = dict[str, float]


async def run() -> Section:
    planned = {size: await planned_on_sqlite(size) for size in SIZES}
    postgres = await child("touch_shop", "postgres", str(MOST))
    swept = {kind: await child("touch_sweep", kind, str(DUE)) for kind in ("sqlite", "postgres")}
    memory = await child("touch_jobs", "memory", str(JOBS))
    stored = await child("touch_jobs", "sqlite", str(SLOW_JOBS))
    return Section(
        title="(j) touches: planned, claimed, judged, reserved",
        figures=(
            *of_planning(planned, postgres),
            *of_sweeping(swept),
            plain("APScheduler, one job a touch, in memory: to plan one", memory["us"], "µs",
                  f"{memory['kb']:.1f} kB each, lost at a restart"),
            plain("APScheduler, one job a touch, in SQLite: to plan one", stored["us"], "µs",
                  f"{stored['us'] * MOST / 6e7:.0f} minutes for {MOST:,}, the loop stands still"),
            at_least("of that, ours takes one part in", stored["us"] / each(planned, MOST),
                     "", 10),
        ),
        notes=(
            f"meanwhile {CALLS_A_SECOND} callbacks a second, each on a connection of its own",
            "a sweep's rate is by the time of one core; PostgreSQL's own time is not in it",
        ),
    )  # fmt: skip


def each(planned: dict[int, Found], size: int) -> float:
    """µs for one touch."""
    return planned[size]["s"] / planned[size]["planned"] * 1e6


def of_planning(planned: dict[int, Found], postgres: Found) -> Iterator[Figure]:
    for size, found in planned.items():
        note = f"{each(planned, size):.1f} µs each; again {found['again s']:.1f} s"
        yield plain(f"SQLite: {size:,} customers planned", found["s"], "s", note)
    most = planned[MOST]
    yield below("SQLite: the most, planned", most["s"], "s", 20)
    yield below("resident at the most", most["mb"], "MB", 300)
    yield below("longest that a statement held the writer", most["held ms"], "ms", 200,
                f"{most['statements']:.0f} statements")  # fmt: skip
    yield below("callbacks acknowledged meanwhile, p99", most["p99"], "ms", 300,
                f"p50 {most['p50']:.1f}; idle p99 {most['idle p99']:.1f} ms")  # fmt: skip
    yield below("growth of the cost of one, over a hundred times as many",
                each(planned, MOST) / each(planned, SIZES[0]), "times", 2)  # fmt: skip
    yield below("PostgreSQL: the most, planned", postgres["s"], "s", 30,
                f"longest statement {postgres['held ms']:.0f} ms")  # fmt: skip


def of_sweeping(swept: dict[str, Found]) -> Iterator[Figure]:
    for kind, found in swept.items():
        name = f"{kind}: claimed, judged and reserved"
        note = f"{found['cpu us']:.0f} µs; by the clock {found['rate']:,.0f}/s"
        yield at_least(name, 1e6 / found["cpu us"], "/s", 5000, note)
    yield below("the policy, a verdict", swept["sqlite"]["judge us"], "µs", 30)


async def planned_on_sqlite(size: int) -> Found:
    with tempfile.TemporaryDirectory(prefix="huashu-bench-") as folder:
        file = f"{folder}/touches.db"
        await child("touch_shop", file, str(size))
        async with module("touch_server", file, core=first_core()) as server:
            idle = await called(server, asyncio.create_task(asyncio.sleep(IDLE_S)))
            planning = asyncio.create_task(plan(server))
            busy = await called(server, planning)
            found = await planning
    return {
        **found,
        "mb": max(idle[1], busy[1]),
        "idle p99": percentile(idle[0], 0.99) * 1000,
        "p50": percentile(busy[0], 0.5) * 1000,
        "p99": percentile(busy[0], 0.99) * 1000,
    }


async def called(server: Server, until: "asyncio.Task[Any]") -> tuple[list[float], float]:
    """How long each of many callbacks took, so many a second until a task has ended; and how much
    memory (MB) the server had at most."""
    write, began, latencies, most = xml_request(), perf_counter(), list[float](), 0.0
    async with asyncio.TaskGroup() as calls:

        async def call(number: int) -> None:
            body = app_text(f"member{number % 500}", "你好,请问明天几点开门?")
            latencies.extend((await load.call(server.port, [write(body)], 1)).latencies)

        for number in count():
            calls.create_task(call(number))
            await asyncio.sleep(max(0, began + (number + 1) / CALLS_A_SECOND - perf_counter()))
            most = max(most, resident_mb(server))
            if until.done():
                break
    return latencies, most


async def plan(server: Server) -> Found:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"POST {PLAN_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode(errors="replace"))
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    found: Found = json.loads(await reader.readexactly(length))
    writer.close()
    return found


async def child(name: str, *arguments: str) -> Found:
    """`python -m benchmarks.NAME …` on the first core, and what it prints, if it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"benchmarks.{name}", *arguments, cwd=Path(CHECKOUT),
        stdout=asyncio.subprocess.PIPE, preexec_fn=pin(first_core()),
    )  # fmt: skip
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{name} ended with {process.returncode}")
    found: Found = json.loads(output) if output else {}
    return found
