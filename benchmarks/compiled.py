"""The compiled form of the engine, which `make fast` leaves in build/fast."""

import filecmp
from collections.abc import Mapping
from functools import cache

from benchmarks.processes import CHECKOUT

FAST = CHECKOUT / "build/fast"


@cache
def environ() -> Mapping[str, str]:
    """What makes a Python process use it; nothing if it is not made of just these sources."""
    sources = [path.relative_to(CHECKOUT) for path in (CHECKOUT / "bot").rglob("*.py")]
    made = any(FAST.glob("*mypyc*")) and all(
        (FAST / path).is_file() and filecmp.cmp(CHECKOUT / path, FAST / path, shallow=False)
        for path in sources
    )
    # safe path: `python -m` shall not look into the checkout first
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": f"{FAST}:{CHECKOUT}"} if made else {}
