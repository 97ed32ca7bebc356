"""Files and folders that whoever runs the tests may not open."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


@contextmanager
def closed(path: Path) -> Iterator[None]:
    """Nobody may read `path`; root, whom no mode keeps out, is somebody else meanwhile."""
    mode, user = path.stat().st_mode, os.geteuid()
    above = {one: one.stat().st_mode for one in path.parents} if user == 0 else {}
    path.chmod(0)
    for one, before in above.items():
        if not before & 0o001:
            one.chmod(before | 0o055)
    if user == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        if user == 0:
            os.seteuid(user)
        for one, before in above.items():
            if not before & 0o001:
                one.chmod(before)
        path.chmod(mode)
