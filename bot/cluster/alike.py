"""Whether all processes have the same files and secrets, and are the same program: if not, they
answer one question differently, or not at all."""

import asyncio
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from os.path import relpath
from pathlib import Path

import bot
from bot.files.reader import read_dotenv
from bot.files.stamp import Stamp, stamped
from bot.settings import Settings
from bot.store.shares import ShareTable

log = logging.getLogger(__name__)

LOOK_S = 30  # between two looks; what differs at one look only is just being copied
SHOWN = 5  # files by name
READ = frozenset({".toml", ".jinja", ".py"})
PROGRAM, SAMPLE = Path(bot.__file__).parent, "_workspace"  # the latter only in a wheel
# Of the program: what a wheel leaves out, and what each machine makes of the rest.
ASIDE = frozenset({".md", ".pyc", ".so", ".pyd"})
WORKS, KEY = f"{PROGRAM.name}/", "aes_key ([app.callback])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Secrets are compared but never shown. Their digests are in the database: without a key,
    whoever reads them could try out short passwords."""

    key: bytes = field(repr=False)  # that all have; not empty
    values: Mapping[str, str] = field(repr=False)  # of variables, as this process began with them
    folder: Path | None = None  # with the private keys of the message archive

    @classmethod
    def of(cls, settings: Settings) -> "Secrets":
        """The variables that .env names, and our own; not addresses, since the same thing has
        different ones on two machines."""
        assert settings.app is not None  # a smart bot alone is not shared
        kept = read_dotenv(settings.root / ".env", [])
        own = {name for name in os.environ if name.startswith("HUASHU_")}
        known = {**kept, **os.environ}
        archive = settings.archive
        return cls(
            key=settings.app.callback.aes_key.reveal().encode(),
            values={
                one: known[one] for one in {*kept, *own} if known[one] and "://" not in known[one]
            },
            folder=settings.root / archive.keys if archive else None,
        )

    def digest(self, content: bytes) -> str:
        return blake2b(content, digest_size=6, key=self.key).hexdigest()


class Alike:
    """
    Args:
        folders: of the workspace `root`.
        program: the folder bot/ that is at work here.
    """

    def __init__(
        self, table: ShareTable, root: Path, folders: Sequence[str], secrets: Secrets,
        program: Path = PROGRAM,
    ) -> None:  # fmt: skip
        self._table, self._root, self._folders, self._program = table, root, folders, program
        self._secrets = secrets
        self._stamp: Stamp = {}
        self._files: Mapping[str, str] = {}
        self._before: Mapping[str, str] = {}  # at the last look
        self._told = ""

    async def look(self) -> str:
        """What differs in others since the last look, by process; "" = nothing. It is logged
        once."""
        files = await asyncio.to_thread(self._read)
        found = {
            who: names
            for who, theirs in (await self._table.others(files)).items()
            if (names := _named(_differing(files, theirs)))
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
        """The digest of each file, by name; changed ones are read again."""
        open_ones, sealed = [*self._paths()], [*self._keys()]
        stamp = stamped([*open_ones, *sealed])
        if stamp != self._stamp or not self._files:
            self._stamp = stamp
            self._files = {
                **{self._name(path): _digest(_content(path)) for path in open_ones},
                **{self._name(path): self._secrets.digest(_content(path)) for path in sealed},
                **self._variables,
                KEY: self._secrets.digest(b""),
                WORKS: self._works,
            }
        return self._files

    def _name(self, path: Path) -> str:
        return Path(relpath(path, self._root)).as_posix()

    @cached_property
    def _variables(self) -> Mapping[str, str]:
        values = self._secrets.values
        return {f".env {name}": self._secrets.digest(values[name].encode()) for name in values}

    @cached_property
    def _works(self) -> str:
        """The digest of the program at the first look: what is installed later waits for a
        restart."""
        paths = (path.relative_to(self._program) for path in self._program.rglob("*.*"))
        whole = blake2b(digest_size=6)
        for path in sorted(path for path in paths if path.parts[0] != SAMPLE):
            if path.suffix not in ASIDE and (self._program / path).is_file():
                content = _content(self._program / path)
                whole.update(f"{path.as_posix()} {_digest(content)}\n".encode())
        return whole.hexdigest()

    def _paths(self) -> Iterator[Path]:
        for folder in self._folders:
            yield from sorted(
                path for path in (self._root / folder).rglob("*")
                if path.suffix in READ and path.is_file()
            )  # fmt: skip

    def _keys(self) -> Iterator[Path]:
        if self._secrets.folder:
            yield from sorted(self._secrets.folder.glob("*.pem"))


def _differing(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """By name. With another key all secrets look different, and another program may digest them
    otherwise: then they are not compared."""
    names = {one for one in {*ours, *theirs} if ours.get(one) != theirs.get(one)}
    if {WORKS, KEY} & names:
        names = {one for one in names if not _is_secret(one)}
        names -= {KEY} if KEY not in theirs else set()
    return sorted(names)


def _is_secret(name: str) -> bool:
    return name.startswith(".env ") or name.endswith(".pem")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it is gone since
        return b""


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=6).hexdigest()


def _named(names: list[str]) -> str:
    more = f" … ({len(names)})" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
