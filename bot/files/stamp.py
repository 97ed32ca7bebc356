"""Tells whether files were changed since one looked."""

from collections.abc import Iterable
from pathlib import Path

Stamp = dict[str, tuple[int, int]]  # path → (mtime in ns, bytes)


def stamped(files: Iterable[Path]) -> Stamp:
    """Of those that there are: there need not be one, or it is gone since it was listed."""
    stamp = {}
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        stamp[str(file)] = status.st_mtime_ns, status.st_size
    return stamp
