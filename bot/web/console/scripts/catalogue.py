"""All scripts on shelves that one can count, filter and page; sorted once for each edition.

No page goes through all of 100,000: that would block the event loop.
"""

import asyncio
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import NamedTuple

import orjson

from bot.scripts.edition import Edition
from bot.scripts.library import Library
from bot.scripts.script import CATEGORIES
from bot.store.scripts import script_states
from bot.store.scripts.script_states import Open
from bot.store.sql import Database

DATABASE = "database:"


class Shelf(NamedTuple):
    category: str
    group: str  # "faq/money" of faq/money/refund
    stored: bool  # in the database, else in a file


Shelves = Sequence[tuple[Shelf, Sequence[str]]]  # the ids on each, in order


class Folders(NamedTuple):
    """How many are in each category, those of everybody first, and in each group of one category;
    a single group is not listed."""

    categories: Sequence[tuple[str, int]] = ()
    groups: Sequence[tuple[str, int]] = ()


class Catalogue:
    def __init__(self) -> None:
        self._sorted: tuple[int, Shelves] = (0, ())  # with the number of the edition
        self._step = -1  # at which the drafts were read
        self._drafts: Mapping[str, str] = {}  # script → category
        self._waiting: Mapping[str, Open] = {}
        self.rejected: Mapping[str, Open] = {}  # as of the last `waiting`

    async def of(self, edition: Edition) -> Shelves:
        """The scripts in force."""
        number, shelves = self._sorted
        if number != edition.number:
            shelves = await asyncio.to_thread(_in_force, edition.library)
            self._sorted = edition.number, shelves
        return shelves

    async def categories(self, edition: Edition) -> Sequence[tuple[str, int]]:
        """The categories of scripts in force, with how many each has."""
        return folders(counted(await self.of(edition))).categories

    async def waiting(self, database: Database) -> Mapping[str, Open]:
        """Drafts and versions that wait for approval, by script; read again after any change."""
        step = await script_states.steps(database)
        if step != self._step:
            found = await script_states.open_versions(database)
            rejected = await script_states.rejected(database)
            # All at once: another page may have asked meanwhile, and each draft must be waiting.
            self._waiting = {one.script: one for one in found}
            self.rejected = {one.script: one for one in rejected}
            self._drafts = {one.script: _category(one) for one in found}
            self._step = step
        return self._waiting

    def new(self, library: Library) -> Shelves:
        """Scripts that are only drafts so far; call `waiting` first."""
        new = ((one, of) for one, of in self._drafts.items() if one not in library)
        return shelved((one, category, True) for one, category in new)


def shelved(scripts: Iterable[tuple[str, str, bool]]) -> Shelves:
    """
    Args:
        scripts: id, category, and whether it is in the database.
    """
    found = defaultdict[Shelf, list[str]](list)
    for script, category, stored in scripts:
        found[Shelf(category, group_of(script), stored)].append(script)
    for ids in found.values():
        ids.sort()
    return [*found.items()]


def _in_force(library: Library) -> Shelves:
    return shelved((one.id, one.category, one.file.startswith(DATABASE)) for one in library)


def _category(draft: Open) -> str:
    return str(orjson.loads(draft.content or "{}").get("category", ""))


def group_of(script: str) -> str:
    return script.rpartition("/")[0]


def placed(shelves: Shelves, place: str) -> Shelves:
    """Only those in a "file", or those in the "database"."""
    return [one for one in shelves if not place or one[0].stored == (place == "database")]


def counted(shelves: Shelves) -> Counter[tuple[str, str]]:
    """How many there are, by category and group."""
    found = Counter[tuple[str, str]]()
    for shelf, ids in shelves:
        found[shelf.category, shelf.group] += len(ids)
    return found


def folders(counted: Mapping[tuple[str, str], int], category: str = "") -> Folders:
    categories, groups = Counter[str](), Counter[str]()
    for (one, group), number in counted.items():
        categories[one] += number
        if category and one == category:
            groups[group] += number
    order = dict.fromkeys((*CATEGORIES, *sorted(categories)))
    return Folders(
        [(one, categories[one]) for one in order if categories[one]],
        sorted(groups.items()) if len(groups) > 1 else (),
    )


def picked(shelves: Shelves, *, category: str, group: str, after: str) -> Iterator[str]:
    """The ids that fit, beginning after `after`."""
    fitting = (
        ids
        for shelf, ids in shelves
        if (not category or shelf.category == category) and (not group or shelf.group == group)
    )
    return merge(*(ids[bisect_right(ids, after) :] for ids in fitting))
