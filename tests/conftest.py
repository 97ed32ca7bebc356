"""For all tests."""

from hypothesis import settings

# No test is timed: the machines are shared.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")
