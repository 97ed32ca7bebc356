"""An export as one file, kept in the workspace until the next one replaces it."""

import asyncio
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bot.leaving.export import Tell, export
from bot.leaving.manifest import Manifest
from bot.store.sql import Database

PLACE = Path("var", "exports", "huashu-export.zip")  # in the workspace
_AT_WORK = ".at-work-"


def kept(root: Path) -> tuple[datetime, int] | None:
    """When the archive was made, and its size in bytes; None: there is none."""
    try:
        found = (root / PLACE).stat()
    except OSError:
        return None
    return datetime.fromtimestamp(found.st_mtime, UTC), found.st_size


def unpacked(made_at: datetime) -> str:
    """The folder that unpacking the archive makes.

    Args:
        made_at: in the company's time zone.
    """
    return f"huashu-export-{made_at:%Y%m%d}"


def drop(root: Path) -> None:
    (root / PLACE).unlink(missing_ok=True)


def sweep(root: Path, before: float) -> None:
    """Delete what exports left behind that began before `before` (Unix seconds) and died with the
    program: a power cut must not leave all customers on the disk."""
    for left in (root / PLACE).parent.glob(f"{_AT_WORK}*"):
        if left.stat().st_mtime < before:
            shutil.rmtree(left)


async def pack(
    database: Database, root: Path, now: datetime, *, library: str, tell: Tell
) -> Manifest:
    """`export`, and pack it; the old archive goes only when the new one is complete.

    Raises:
        OSError: it cannot be written.
    """
    place = root / PLACE
    place.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=_AT_WORK, dir=place.parent))  # only its owner may read it
    try:
        folder = work / unpacked(now)
        manifest = await export(database, root, folder, now, library=library, tell=tell)
        packed = await asyncio.to_thread(_pack, folder, work / "whole")
        packed.chmod(0o600)
        os.utime(packed, (now.timestamp(), now.timestamp()))
        packed.replace(place)
    finally:
        await asyncio.to_thread(shutil.rmtree, work)
    return manifest


def _pack(folder: Path, target: Path) -> Path:
    return Path(shutil.make_archive(str(target), "zip", folder.parent, folder.name))
