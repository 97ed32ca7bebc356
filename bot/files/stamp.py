"""Tells whether files were changed since one looked, and whether they are all gone."""

from collections.abc import Iterable
from pathlib import Path

from bot.errors import Complaint

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


def torn(root: Path) -> list[Complaint]:
    """About the workspace `root` of a program that runs, if its config/ is gone: nobody who made a
    wrong checkout meant that there be no quiet hours, no caps and no plans any more."""
    if any((root / "config").rglob("*.toml")):
        return []
    cure = "Put its files back, for the user that the bot runs as to read"
    return [Complaint("config/", "*", "is gone, or has no file that can be read", cure)]
