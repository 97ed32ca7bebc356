"""Files that nobody but their owner may read: they hold tokens, and what customers wrote."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE


def create_private(path: Path) -> None:
    """Make it, and the folders that it lies in; what is there stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


@contextmanager
def whole(path: Path) -> Iterator[None]:
    """Half of a file that the block cannot write, as on a full disk, does not stay. One that it
    could not even open, such as yesterday's, is left as it was."""
    before = _state(path)
    try:
        yield
    except OSError:
        if path.is_file() and _state(path) != before:  # no device, such as /dev/stdout
            path.unlink()
        raise


def _state(path: Path) -> object:
    """The same as long as nobody writes to it; an empty file is always another."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns) if found.st_size else object()


def keep_private(path: Path) -> None:
    """The same of a database and what lies beside it that came from a backup, if they are ours."""
    if os.name != "posix":
        return
    whole = path.resolve()
    for one in (whole, *(whole.with_name(f"{whole.name}-{part}") for part in ("wal", "shm"))):
        with suppress(FileNotFoundError):
            found = one.stat()
            if found.st_uid == os.geteuid() and found.st_mode & 0o077:
                one.chmod(S_IMODE(found.st_mode) & ~0o077)
