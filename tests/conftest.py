"""Set-up for all tests."""

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

# The loop of `huashu run`, if there is one: it saves a tenth of all heavy work.
with suppress(ImportError):  # Windows
    from uvloop import EventLoopPolicy

    asyncio.set_event_loop_policy(EventLoopPolicy())

# No test has a time limit, as machines are shared. And each run tries the same: else chance would
# blame a change that has no part in what it finds. TRIED_CHANCE=1 looks further.
settings.register_profile(
    "shared",
    deadline=None,
    derandomize="TRIED_CHANCE" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("shared")

# Thousands of tests and all modules live to the end: searching them for garbage again and again
# took a quarter of the processor's time.
gc.disable()
# New objects until the next search for garbage among them; bot/memory.py has its own number, for
# a running bot.
_MADE = 25_000


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(_MADE, 20, 20)
    gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    """Make a folder that all workers share; see databases.py."""
    for one in config.args:
        if not Path(one.partition("::")[0]).exists():  # xdist says only that no tests ran
            raise pytest.UsageError(f"there is no {one}")
    if "HUASHU_TESTS" not in os.environ:
        folder = os.environ["HUASHU_TESTS"] = tempfile.mkdtemp(prefix="huashu-")

        def forgotten() -> None:
            del os.environ["HUASHU_TESTS"]
            shutil.rmtree(folder, ignore_errors=True)

        config.add_cleanup(forgotten)


def pytest_xdist_auto_num_workers() -> int:
    """One more than the cores: many tests wait for a browser or another process."""
    return (os.cpu_count() or 1) + 1


def pytest_sessionstart(session: pytest.Session) -> None:
    """Each worker compiles a share of the whole suite, which the others then find."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or session.config.getoption("file_or_dir"):
        return
    root = Path(__file__).parent
    first, step = int(worker["workerid"].removeprefix("gw")), int(worker["workercount"])
    for path in sorted(root.rglob("test_*.py"))[first::step]:
        name = ".".join(path.relative_to(root.parent).with_suffix("").parts)
        with suppress(Exception):  # collecting the file will report it
            import_module(name)
