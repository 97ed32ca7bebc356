"""(c) Dispatch alone: an event object, its handler found and run; nothing stored or sent."""

import asyncio
import sys

from benchmarks.figures import Section, below, middle, plain
from benchmarks.processes import CHECKOUT, first_core, pin

ROUNDS = 3
EVENTS = {"huashu": 20_000, "aiogram": 600, "nonebot": 150}
OURS, TIGHT_US, FLAT = (1, 20, 200), 20, 1.25


async def run() -> Section:
    rounds = [{**await ours(), **await peers()} for _ in range(ROUNDS)]
    found = middle(rounds)
    return Section(
        title="(c) dispatch alone",
        figures=(
            *(
                below(f"Huashu, {number} handlers", found[f"huashu {number}"], "µs", TIGHT_US)
                for number in OURS
            ),
            below("Huashu, 200 handlers over 1", found["huashu 200"] / found["huashu 1"],
                  "times", FLAT),
            plain("aiogram feed_update, 20 handlers, the last matches", found["aiogram 20"], "µs"),
            plain("nonebot2 handle_event, 20 matchers, the last matches", found["nonebot 20"],
                  "µs"),
        ),
        notes=("Huashu: Dispatcher.handle with the outcome put together, and not committed",),
    )  # fmt: skip


async def ours() -> dict[str, float]:
    return {f"huashu {number}": await timed("huashu", number) for number in OURS}


async def peers() -> dict[str, float]:
    return {f"{peer} 20": await timed(peer, 20) for peer in ("aiogram", "nonebot")}


async def timed(peer: str, handlers: int) -> float:
    """µs of CPU an event, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"benchmarks.dispatch_{peer}", str(handlers), str(EVENTS[peer]),
        cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE, preexec_fn=pin(first_core()),
    )  # fmt: skip
    out, _ = await process.communicate()
    return float(out.decode().split()[-1])
