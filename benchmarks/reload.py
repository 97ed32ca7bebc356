"""(h) Scripts matched, and loaded again beside serving: how long the loop stands still."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import load
from benchmarks.envelopes import app_text, xml_request
from benchmarks.figures import Figure, Section, below, middle, plain
from benchmarks.many_scripts import edit_one, write_library
from benchmarks.processes import CHECKOUT, Server, engine, first_core, module
from benchmarks.workspace import ENVIRON, workspace

ROUNDS = {10_000: 3, 100_000: 1}
MOST_MS = 20
SERVED, AT_ONCE, REQUESTS, MEMBERS = 10_000, 16, 4000, 1000
QUESTION = "怎么退款"
DONE = b"new scripts are in force"


async def run() -> Section:
    figures: list[Figure] = []
    for scripts, rounds in ROUNDS.items():
        found = middle([await reloaded(scripts) for _ in range(rounds)])
        figures += told(scripts, found)
    before, during = await served()
    return Section(
        title="(h) one script edited: a new library, while the old one answers; messages matched",
        figures=(
            *figures,
            plain("callbacks acknowledged before: p99", before.ms(0.99), "ms",
                  f"{AT_ONCE} callers, {SERVED:,} scripts, the engine on one core"),
            plain("while the library is built again: p99", during.ms(0.99), "ms"),
            below("the longest of them", during.ms(1), "ms", 500),
        ),
        notes=(
            "stood still: no more of a tick's lateness than our process was at work in it",
        ),
    )  # fmt: skip


def told(scripts: int, found: dict[str, float]) -> Iterator[Figure]:
    name = f"{scripts:,} scripts"
    seconds = f"{found['reload s']:.1f} s in all, {found['open s']:.1f} s at the start"
    yield below(f"{name}: longest that the loop stood still", found["reload longest"], "ms",
                MOST_MS, seconds)  # fmt: skip
    yield below(f"{name}: while the old one is set free", found["free longest"], "ms",
                MOST_MS, f"{found['free s']:.1f} s in all")  # fmt: skip
    yield plain(f"{name}: a tick at p99", found["reload p99"], "ms")
    yield below(f"{name}: while a burst of questions is matched", found["short longest"], "ms",
                MOST_MS, f"p99 {found['short p99']:.1f} ms")  # fmt: skip
    yield below(f"{name}: while long messages are, up to 10,000 signs", found["long longest"],
                "ms", MOST_MS, f"p99 {found['long p99']:.1f} ms")  # fmt: skip
    yield plain(f"{name}: longest by the clock on the wall", found["reload wall"], "ms",
                f"idle {found['idle wall']:.0f} ms")  # fmt: skip


async def reloaded(scripts: int) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.reload_huashu", str(scripts),
        cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    found: dict[str, float] = json.loads(output)
    return found


async def served() -> tuple[load.Answered, load.Answered]:
    """Callbacks of members, before and while the scripts are loaded again."""
    async with module("api_stub") as stub:
        with workspace(stub.url) as root:
            config = root / "config/bot.toml"
            text = config.read_text("utf-8").replace('level = "WARNING"', 'level = "INFO"')
            config.write_text(text, "utf-8")
            library = root / "scripts_library/bench"
            write_library(library, SERVED)
            async with engine(root, ENVIRON, core=first_core()) as server:
                before = await called(server, root, REQUESTS)
                edit_one(library)
                return before, await called(server, root, None)


async def called(server: Server, root: Path, number: int | None) -> load.Answered:
    """`number` callbacks, or as many as there is time for until the new scripts are in force."""
    write = xml_request()

    def requests() -> Iterator[bytes]:
        sent = 0
        while sent < number if number else DONE not in (root / "engine.log").read_bytes():
            yield write(app_text(f"member{sent % MEMBERS}", QUESTION))
            sent += 1

    return await load.call(server.port, requests(), AT_ONCE)
