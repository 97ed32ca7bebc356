"""The matcher: how fast it is (`run`, for `make bench`), how it was fitted, how good it is."""

from benchmarks.matching_scale import run

__all__ = ["run"]
