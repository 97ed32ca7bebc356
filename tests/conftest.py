"""For all tests."""

import os

from hypothesis import settings

# No test is timed: the machines are shared.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: many tests wait for a browser or another process."""
    return (os.cpu_count() or 1) + 1
