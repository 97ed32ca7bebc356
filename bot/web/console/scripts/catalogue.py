"""All scripts in a list that can be counted, filtered and paged; made once for each edition."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from bot.scripts.edition import Edition
from bot.scripts.library import Library
from bot.scripts.script import CATEGORIES
from bot.store.scripts import script_states
from bot.store.scripts.script_states import Open
from bot.store.sql import Database

DATABASE = "database:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    id: str
    category: str
    group: str  # "faq/money" of faq/money/refund
    stored: bool  # in the database, else in a file

    @classmethod
    def of_draft(cls, draft: Open) -> "Item":
        record = orjson.loads(draft.content or "{}")
        group = draft.script.rpartition("/")[0]
        category = str(record.get("category", ""))
        return cls(id=draft.script, category=category, group=group, stored=True)


class Catalogue:
    def __init__(self) -> None:
        self._number = 0  # of the edition
        self._items: Sequence[Item] = ()
        self._step = -1  # that the drafts were read at
        self._drafts: Sequence[Item] = ()
        self._waiting: Mapping[str, Open] = {}
        self.rejected: Mapping[str, Open] = {}  # as of when `waiting` was asked for
        self.categories: Sequence[tuple[str, int]] = ()  # those of everybody first

    def of(self, edition: Edition) -> Sequence[Item]:
        """By their ids."""
        if self._number != edition.number:
            self._items = [
                Item(
                    id=one.id, category=one.category, group=one.id.rpartition("/")[0],
                    stored=one.file.startswith(DATABASE),
                )
                for one in sorted(edition.library, key=lambda script: script.id)
            ]  # fmt: skip
            self.categories = in_order(Counter(item.category for item in self._items))
            self._number = edition.number
        return self._items

    async def waiting(self, database: Database) -> Mapping[str, Open]:
        """Drafts and what waits for approval, by script; read again once anything was done."""
        step = await script_states.steps(database)
        if step != self._step:
            found = await script_states.open_versions(database)
            self._waiting = {one.script: one for one in found}
            self.rejected = {one.script: one for one in await script_states.rejected(database)}
            self._drafts = [Item.of_draft(self._waiting[one]) for one in sorted(self._waiting)]
            self._step = step
        return self._waiting

    def new(self, library: Library) -> Sequence[Item]:
        """Scripts that are nothing but drafts so far, by their ids; `waiting` was asked for."""
        return [item for item in self._drafts if item.id not in library]

    def filters(self, library: Library) -> Sequence[tuple[str, int]]:
        """Categories of all that is listed, the new ones too; `waiting` was asked for."""
        counted = Counter(dict(self.categories))
        counted.update(item.category for item in self.new(library))
        return in_order(counted)

    def groups(self, category: str) -> Sequence[tuple[str, int]]:
        """Of the ids of one category."""
        return several(item.group for item in self._items if item.category == category)


def in_order(categories: Counter[str]) -> Sequence[tuple[str, int]]:
    """Those of everybody first."""
    order = dict.fromkeys((*CATEGORIES, *sorted(categories)))
    return [(one, categories[one]) for one in order if categories[one]]


def several(groups: Iterable[str]) -> Sequence[tuple[str, int]]:
    """How often each stands there; none where there is only one."""
    found = Counter(groups)
    return sorted(found.items()) if len(found) > 1 else ()


def chosen(
    items: Iterable[Item], *, category: str = "", group: str = "", place: str = "", after: str = ""
) -> Iterator[Item]:
    """Those that fit, from behind the id `after` on."""
    for item in items:
        if (
            item.id > after
            and (not category or item.category == category)
            and (not group or item.group == group)
            and (not place or item.stored == (place == "database"))
        ):
            yield item
