"""For all tests."""

import asyncio
import gc
import os
import shutil
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The loop of `huashu run`, where there is one: it takes a tenth less of all that is heavy.
with suppress(ImportError):  # Windows
    from uvloop import EventLoopPolicy

    asyncio.set_event_loop_policy(EventLoopPolicy())

# No test is timed: the machines are shared. And each run tries the same: what chance finds one day
# would be found in a change that has no part in it. TRIED_CHANCE=1 looks further.
settings.register_profile(
    "shared",
    deadline=None,
    derandomize="TRIED_CHANCE" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("shared")

# Thousands of tests and all modules live to the end: to look through them for garbage each time
# that something was made took a quarter of the processor's time.
gc.disable()
# Objects until garbage among the new ones is looked for; not as in bot/memory.py, which knows a
# running bot by its own.
_MADE = 25_000


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(_MADE, 20, 20)
    gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    """A folder that all workers have in common; see databases.py."""
    if "HUASHU_TESTS" not in os.environ:
        folder = os.environ["HUASHU_TESTS"] = tempfile.mkdtemp(prefix="huashu-")

        def forgotten() -> None:
            del os.environ["HUASHU_TESTS"]
            shutil.rmtree(folder, ignore_errors=True)

        config.add_cleanup(forgotten)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: many tests wait for a browser or another process."""
    return (os.cpu_count() or 1) + 1


def pytest_sessionstart(session: pytest.Session) -> None:
    """Of the whole suite, each worker compiles a share; the others find it compiled."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or session.config.getoption("file_or_dir"):
        return
    root = Path(__file__).parent
    first, step = int(worker["workerid"].removeprefix("gw")), int(worker["workercount"])
    for path in sorted(root.rglob("test_*.py"))[first::step]:
        name = ".".join(path.relative_to(root.parent).with_suffix("").parts)
        with suppress(Exception):  # it is told when the tests of the file are collected
            import_module(name)
