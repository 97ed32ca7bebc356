"""(i) Finding a script among 100 to 100,000: time, memory and growth, beside what others use."""

import asyncio
import json
import sys
from collections.abc import Iterator

from benchmarks.figures import Figure, Section, below, middle, plain
from benchmarks.matching_one import TOOLS
from benchmarks.processes import CHECKOUT, first_core, pin

ROUNDS = {100: 3, 1000: 3, 10_000: 3, 100_000: 1}
AIMED_AT, SMALL, LARGEST = 10_000, 1000, 100_000
P50_MS, P99_MS, BUILD_S, GROWN_MB, GROWTH = 2, 8, 10, 400, 10
SLOW, SLOW_MOST = (
    "chatterbot",
    10_000,
)  # once of each size; of more, a question takes half a minute
NAMES = {
    "huashu": "Huashu",
    "rapidfuzz_ratio": "rapidfuzz extractOne, ratio",
    "rapidfuzz_wratio": "rapidfuzz extractOne, WRatio",
    "bm25s": "bm25s, characters and pairs",
    "chatterbot": "ChatterBot BestMatch",
}
MANY = 100  # questions from which on there is a p99

Found = dict[tuple[str, int], dict[str, float]]


async def run() -> Section:
    found: Found = {}
    for scripts, rounds in ROUNDS.items():
        tools = [tool.__name__ for tool in TOOLS if scripts <= SLOW_MOST or tool.__name__ != SLOW]
        told: dict[str, list[dict[str, float]]] = {tool: [] for tool in tools}
        for number in range(rounds):
            for tool, figures in told.items():
                if tool != SLOW or number == 0:
                    figures.append(await measured(tool, scripts))
        found |= {(tool, scripts): middle(figures) for tool, figures in told.items()}
    return Section(
        title="(i) finding a script, by the size of the library",
        figures=(
            *aims(found),
            *(figure for scripts in ROUNDS for figure in table(found, scripts)),
        ),
        notes=(
            "CPU time of a call in a process on one core; a tenth of the questions are long",
            "found: the right script first. The questions are made of our own wordings, so this",
            "shows that all tools do their work, and not which one understands people better",
            "ChatterBot without its tagger, whose models are a download; it compares every",
            f"statement, so its time grows with them: not asked beyond {SLOW_MOST:,} scripts",
        ),
    )


async def measured(tool: str, scripts: int) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.matching_one", tool, str(scripts),
        cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE, preexec_fn=pin(first_core()),
    )  # fmt: skip
    output, _ = await process.communicate()
    figures: dict[str, float] = json.loads(output)
    return figures


def aims(found: Found) -> Iterator[Figure]:
    aimed, largest = found["huashu", AIMED_AT], found["huashu", LARGEST]
    yield below(f"Huashu, {AIMED_AT:,} scripts: p50", aimed["p50 ms"], "ms", P50_MS)
    yield below(f"Huashu, {AIMED_AT:,} scripts: p99", aimed["p99 ms"], "ms", P99_MS)
    yield below(f"p50 at {LARGEST:,} over that at {SMALL:,} scripts",
                largest["p50 ms"] / found["huashu", SMALL]["p50 ms"], "times", GROWTH,
                f"{LARGEST // SMALL} would be linear")  # fmt: skip
    yield below(f"index of {LARGEST:,} scripts: built in", largest["build s"], "s", BUILD_S)
    yield below(f"index of {LARGEST:,} scripts: memory", largest["grown MB"], "MB", GROWN_MB)


def table(found: Found, scripts: int) -> Iterator[Figure]:
    ours = found["huashu", scripts]["p50 ms"]
    for tool, name in NAMES.items():
        if (tool, scripts) not in found:
            continue
        one = found[tool, scripts]
        times = "" if tool == "huashu" else f"{one['p50 ms'] / ours:.2g} times Huashu; "
        last = f"p99 {one['p99 ms']:.3g} ms; " if one["asked"] >= MANY else ""
        yield plain(
            f"{scripts:,} scripts: {name}", one["p50 ms"], "ms",
            f"{times}{last}built in {one['build s']:.2g} s, {one['grown MB']:.0f} MB; "
            f"found {one['found']:.0%} of {one['asked']:.0f}",
        )  # fmt: skip
