"""(k) The matcher as Python and compiled: the same decisions, and how quick each form is."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping

from benchmarks import compiled
from benchmarks.figures import Section, below, plain
from benchmarks.processes import CHECKOUT, first_core, pin


async def run() -> Section:
    if not compiled.environ():
        note = "there is no compiled form of just these sources: make fast"
        return Section(title="(k) Python and compiled", figures=(), notes=(note,))
    python, fast = await told({}), await told(compiled.environ())
    if python["compiled"] or not fast["compiled"]:
        raise RuntimeError("one form was taken for the other")
    return Section(
        title="(k) the matcher as Python and compiled, of the same sources",
        figures=(
            below(
                "kinds of decisions that are not the same to the last bit",
                float(python["digest"] != fast["digest"]), "", 1,
                f"{python['decided']:,} questions",
            ),
            plain("a new question, Python", python["µs"], "µs"),
            plain("a new question, compiled", fast["µs"], "µs"),
        ),
    )  # fmt: skip


async def told(environ: Mapping[str, str]) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.forms_one", env={**os.environ, **environ},
        cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE, preexec_fn=pin(first_core()),
    )  # fmt: skip
    output, _ = await process.communicate()
    found: dict[str, float] = json.loads(output)
    return found
