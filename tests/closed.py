"""Files and folders that whoever runs the tests may not open."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VERSION_3 = 0x20080522  # of the kernel's structures: linux/capability.h


@contextmanager
def closed(path: Path) -> Iterator[None]:
    """Nobody may read `path`; root, whom no mode stops, lacks those powers meanwhile.

    Nothing above it is touched: tests beside this one have their folders there.
    """
    mode = path.stat().st_mode
    path.chmod(0)
    try:
        if os.geteuid() == 0:
            with _powerless():
                yield
        else:
            yield
    finally:
        path.chmod(mode)


@contextmanager
def _powerless() -> Iterator[None]:
    """For this thread and those that it starts: they still own their files, but modes apply."""
    kernel = ctypes.CDLL(None, use_errno=True)
    head = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    powers = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; and once more
    assert kernel.capget(head, powers) == 0
    before = powers[0], powers[3]
    powers[0] = powers[3] = 0
    assert kernel.capset(head, powers) == 0
    try:
        yield
    finally:
        powers[0], powers[3] = before
        assert kernel.capset(head, powers) == 0
