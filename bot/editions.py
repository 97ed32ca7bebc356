"""Holds the edition in force, and brings out the next one when files or database have changed.

The next one is built by a thread and takes its place in one step. An event that began with the old
one ends with it.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.errors import Complaint, ScriptError
from bot.files.stamp import Stamp, stamped
from bot.memory import alone, take_apart, working_aside
from bot.scripts.checks.fields import unknown_fields
from bot.scripts.edition import Edition
from bot.scripts.known import Known
from bot.scripts.layers import Layers, lay_over, read_layers
from bot.scripts.library import Library
from bot.scripts.version import Version
from bot.store.scripts.learned import Lessons
from bot.store.scripts.pictures import Pictures
from bot.store.scripts.versions import Approved

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_S = 2.0  # between two looks at the files


class Editions:
    """
    Args:
        path: the library.
        approved: versions that lie over it.
        lessons: what people chose for a question.
        pictures: those of scripts that were written on another machine.
        required: ids of scripts without which no edition comes out.
        before: editions of an assistant that ran before; what the files still say is taken from
            them, not built again.
    """

    def __init__(
        self,
        path: Path,
        approved: Approved,
        lessons: Lessons,
        pictures: Pictures,
        *,
        required: Collection[str] = (),
        before: "Editions | None" = None,
    ) -> None:
        self._path, self._required = path, required
        self._approved, self._lessons, self._pictures = approved, lessons, pictures
        self._before = before
        self._known: Known = Known(before._known if before else None)
        self._seen: Stamp = {}  # at the last look
        self._tried: Stamp = {}  # at the last attempt to bring one out
        self._due = False  # whatever the files say
        self._old: list[Edition] = []
        self._one_at_a_time = asyncio.Lock()
        self.complaints: tuple[Complaint, ...] = ()  # why the last attempt came to nothing
        self.base = Library(())  # of the files alone, as they were last taken up
        self.followers: list[Callable[[Edition], None]] = []  # are given each new one

    async def open(self, library: Library | None = None) -> Edition:
        """Build the first one; from `library` instead of the files if that is given, and then for
        good.

        Raises:
            ScriptError: the scripts cannot be used.
        """
        if library is not None:
            library.require(self._required)
            self.edition, self.base = Edition.of(library), library
            return self.edition
        await self.fetch()
        self._seen = self._tried = await asyncio.to_thread(stamp_of, self._path)
        await self._approved.refresh()
        await self._lessons.refresh(all_of_it=True)
        self.edition = await asyncio.to_thread(self._first)
        return self.edition

    async def fetch(self) -> None:
        """Fetch the pictures that this machine lacks into the library."""
        await self._pictures.fetch(self._path)

    async def sweep(self) -> None:
        """Bring out the next edition if something has changed; with mistakes the old one stays."""
        async with self._one_at_a_time:
            await self._discard()
            if await self._has_changed():
                await self.fetch()
                with working_aside():
                    await self._renew()

    async def relearn(self) -> None:
        """Take up all that people have chosen; for a quiet hour."""
        async with self._one_at_a_time:
            self._due = await self._lessons.refresh(all_of_it=True) or self._due

    async def judge(self, version: Version) -> Sequence[Complaint]:
        """What would be wrong if this version were approved now; not what is wrong with others."""
        return await self._by_now(partial(self._mistakes, version))

    async def current(self) -> Layers:
        """Files and approved versions as they are now, in force or not yet."""
        return await self._by_now(self._read)

    async def _by_now(self, work: Callable[[], T]) -> T:
        """`work` in a thread, once what is approved by now is here."""
        async with self._one_at_a_time:
            self._due = await self._approved.refresh() or self._due
            await self.fetch()
            with working_aside():
                return await asyncio.to_thread(work)

    async def _has_changed(self) -> bool:
        """A change counts once the files have rested from one look to the next: it may go on."""
        before, self._seen = self._seen, await asyncio.to_thread(stamp_of, self._path)
        news = await self._approved.refresh(), await self._lessons.refresh()
        self._due = any(news) or self._due or self._seen != self._tried
        return self._due and self._seen == before

    async def _renew(self) -> None:
        self._tried, self._due = self._seen, False
        try:
            edition = await asyncio.to_thread(self._next)
        except ScriptError as error:
            self.complaints = error.complaints
            for told in error.complaints:
                log.error("the scripts stay as they were: %s", told, extra={"action": "scripts"})
            return
        self.complaints = ()
        if edition is None:
            return
        self._old.append(self.edition)
        self.edition = edition
        for follow in self.followers:
            follow(edition)
        extra = {"action": "scripts", "edition": edition.number, "scripts": len(edition.library)}
        log.info("new scripts are in force", extra=extra)

    def _first(self) -> Edition:
        layers = self._read()
        library, self.base = layers.library(self._required), layers.base
        learned, others, self._before = self._lessons.agreed, self._before, None
        before = others.edition if others else None
        if before and library.says_the_same(before.library) and learned == before.learned:
            return before
        return Edition.of(library, learned=learned)

    def _next(self) -> Edition | None:
        """The next edition; None: it would say the same."""
        layers = self._read()
        library, self.base = layers.library(self._required), layers.base
        learned, before = self._lessons.agreed, self.edition
        if library.says_the_same(before.library) and learned == before.learned:
            return None
        return Edition.of(library, before.number + 1, learned)

    def _mistakes(self, version: Version) -> Sequence[Complaint]:
        layers = self._read(version)
        if own := [told for told in layers.complaints if told.file == version.place]:
            return own
        try:
            lay_over(layers.base, layers.overlay).require(self._required)
        except ScriptError as error:
            return error.complaints
        root = self._path.resolve().parent
        made = (one for one in layers.overlay.scripts if one.file == version.place)
        return tuple(told for one in made for told in unknown_fields(one, root))

    def _read(self, *proposed: Version) -> Layers:
        versions = {one.script: one for one in (*self._approved, *proposed)}
        return read_layers(self._path, versions.values(), known=self._known)

    async def _discard(self) -> None:
        """Free what no event uses any more."""
        for place in reversed(range(len(self._old))):
            if alone(self._old, place):
                with working_aside():
                    await asyncio.to_thread(take_apart, [self._old.pop(place)])


def stamp_of(path: Path) -> Stamp:
    """Changes when the library at `path`, or a file that its scripts send, is changed."""
    files = path.rglob("*") if path.is_dir() else [path, *path.parent.glob("*.toml")]
    return stamped(files)
