"""Whether all processes have the same files, and are the same program: with others they answer one
question otherwise."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from os.path import relpath
from pathlib import Path

import bot
from bot.files.stamp import Stamp, stamped
from bot.store.shares import ShareTable

log = logging.getLogger(__name__)

LOOK_S = 30  # between two looks; what differs at one alone is being brought there
SHOWN = 5  # files by name
READ = frozenset({".toml", ".jinja", ".py"})
PROGRAM, SAMPLE = Path(bot.__file__).parent, "_workspace"  # the latter only in a wheel


class Alike:
    """
    Args:
        folders: of the workspace `root`.
        program: the folder bot/ that is at work here.
    """

    def __init__(
        self, table: ShareTable, root: Path, folders: Sequence[str], program: Path = PROGRAM
    ) -> None:
        self._table, self._root, self._folders, self._program = table, root, folders, program
        self._stamp: Stamp = {}
        self._files: Mapping[str, str] = {}
        self._before: Mapping[str, str] = {}  # at the last look
        self._told = ""

    async def look(self) -> str:
        """What others have otherwise since the last look, by process; "" = nothing. It is told in
        the log once."""
        files = await asyncio.to_thread(self._read)
        found = {
            who: _named([one for one in {*files, *theirs} if files.get(one) != theirs.get(one)])
            for who, theirs in (await self._table.others(files)).items()
        }
        lasting = [f"{who}: {names}" for who, names in found.items() if who in self._before]
        self._before, told = found, "; ".join(sorted(lasting))
        if told and told != self._told:
            extra = {"action": "alike", "machine": self._table.name}
            log.warning("another process has other files than we: %s. They are to be the same on "
                        "all machines", told, extra=extra)  # fmt: skip
        self._told = told
        return told

    def _read(self) -> Mapping[str, str]:
        """The digest of each file, by name; read again where one has changed."""
        paths = [*self._paths()]
        stamp = stamped(paths)
        if stamp != self._stamp:
            self._stamp = stamp
            ours = {Path(relpath(path, self._root)).as_posix(): _digest(path) for path in paths}
            self._files = {**ours, f"{PROGRAM.name}/": self._works}
        return self._files

    @cached_property
    def _works(self) -> str:
        """The digest of the program, as it was at the first look: what is installed later waits
        for a restart."""
        paths = (path.relative_to(self._program) for path in self._program.rglob("*.py"))
        whole = blake2b(digest_size=6)
        for path in sorted(path for path in paths if path.parts[0] != SAMPLE):
            whole.update(f"{path.as_posix()} {_digest(self._program / path)}\n".encode())
        return whole.hexdigest()

    def _paths(self) -> Iterator[Path]:
        for folder in self._folders:
            yield from sorted(
                path for path in (self._root / folder).rglob("*")
                if path.suffix in READ and path.is_file()
            )  # fmt: skip


def _digest(path: Path) -> str:
    try:
        return blake2b(path.read_bytes(), digest_size=6).hexdigest()
    except OSError:  # it is gone since
        return ""


def _named(names: list[str]) -> str:
    more = f" … ({len(names)})" if len(names) > SHOWN else ""
    return ", ".join(sorted(names)[:SHOWN]) + more
