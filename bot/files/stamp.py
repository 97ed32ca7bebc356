"""Tells whether files were changed since one looked, and whether they are all gone."""

from collections.abc import Iterable
from pathlib import Path

from bot.errors import Complaint

Stamp = dict[str, tuple[int, int]]  # path → (mtime in ns, bytes)


def stamped(files: Iterable[Path]) -> Stamp:
    """Only files that exist: one may be optional, or gone since it was listed."""
    stamp = {}
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        stamp[str(file)] = status.st_mtime_ns, status.st_size
    return stamp


def torn(root: Path) -> list[Complaint]:
    """A complaint if config/ of a running program's workspace `root` is gone: a checkout gone
    wrong is not meant to abolish quiet hours, caps and plans."""
    if any((root / "config").rglob("*.toml")):
        return []
    cure = "Put its files back, for the user that the bot runs as to read"
    return [Complaint("config/", "*", "is gone, or has no file that can be read", cure)]
