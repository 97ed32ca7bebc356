"""Prints, as JSON, how long the event loop stood still: N scripts matched, and loaded again."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks.figures import percentile
from benchmarks.many_questions import questions
from benchmarks.many_scripts import edit_one, write_library
from bot.clock import turn
from bot.editions import Editions
from bot.memory import leave_alone_what_stays
from bot.process import run_until_told
from bot.scripts.matcher import Matcher
from bot.store.scripts.learned import Lessons
from bot.store.scripts.pictures import Pictures
from bot.store.scripts.versions import Approved
from bot.store.sql import Rows

TICK_S = 0.001
IDLE_S = 3.0
BURST = 500  # messages
FLOOD = "请问我上次买的那个东西到哪里了，怎么一直没有动静？"


class EmptyStore:
    async def rows(self, text: str, *values: Any) -> Rows:
        return []


class Ticker:
    """Sleeps a millisecond, again and again, and notes how long each took beyond that."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._own: list[float] = []  # of that no more than this process was at work
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        moment, spent = time.perf_counter(), time.process_time()
        while True:
            await asyncio.sleep(TICK_S)
            now, used = time.perf_counter(), time.process_time()
            late = max(0.0, now - moment - TICK_S)
            self._late.append(late)
            self._own.append(min(late, used - spent))
            moment, spent = now, used

    def __enter__(self) -> "Ticker":
        return self

    def __exit__(self, *error: object) -> None:
        self._task.cancel()

    def figures(self, name: str) -> dict[str, float]:
        return {
            f"{name} longest": max(self._own) * 1000,
            f"{name} p99": percentile(self._own, 0.99) * 1000,
            f"{name} wall": max(self._late) * 1000,
        }


async def watched(name: str, work: Awaitable[object]) -> dict[str, float]:
    started = time.perf_counter()
    with Ticker() as ticker:
        await work
        await asyncio.sleep(0.01)  # what stood still is noted by the tick after it
        return {**ticker.figures(name), f"{name} s": time.perf_counter() - started}


async def decided(matcher: Matcher, texts: Sequence[str]) -> None:
    """As the dispatcher has them decided; between two messages the loop has time for a tick."""
    for text in texts:
        for _ in matcher.read(text):
            await turn()
        matcher.decide(text)
        await asyncio.sleep(2 * TICK_S)


def long_texts() -> list[str]:
    """Messages of all lengths up to ten thousand characters, no two the same."""
    asked = [one.text for one in questions(1000, BURST)]
    joined = [" ".join(asked[at : at + at // 2]) for at in range(1, 100)]
    return [*joined, *(f"{one}{FLOOD * 400}" for one in asked[:20])]


async def main(scripts: int) -> None:
    with tempfile.TemporaryDirectory(prefix="huashu-bench-") as folder:
        library = Path(folder)
        write_library(library, scripts)
        store = EmptyStore()
        editions = Editions(library, Approved(store), Lessons(store), Pictures(store))
        started = time.perf_counter()
        await editions.open()
        found = {"open s": time.perf_counter() - started}
        leave_alone_what_stays()
        found |= await watched("idle", asyncio.sleep(IDLE_S))
        matcher = editions.edition.matcher
        short = [one.text for one in questions(10_000, BURST)]
        found |= await watched("short", decided(matcher, short))
        found |= await watched("long", decided(matcher, long_texts()))
        del matcher  # or the old library could not be set free
        edit_one(library)
        await editions.sweep()
        found |= await watched("reload", editions.sweep())
        assert editions.edition.number == 2
        found |= await watched("free", editions.sweep())
    print(orjson.dumps(found).decode())


if __name__ == "__main__":
    run_until_told(main(int(sys.argv[1])))
