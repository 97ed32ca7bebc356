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
    """Half of a file that the block cannot write, as on a full disk, does not stay."""
    try:
        yield
    except OSError:
        if path.is_file():  # no device, such as /dev/stdout
            path.unlink()
        raise


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
