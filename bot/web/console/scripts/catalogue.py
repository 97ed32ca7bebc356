"""All scripts in a list that can be counted, filtered and paged; made once for each edition."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.scripts.edition import Edition
from bot.scripts.script import CATEGORIES

DATABASE = "database:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    id: str
    category: str
    group: str  # "faq/money" of faq/money/refund
    stored: bool  # in the database, else in a file


class Catalogue:
    def __init__(self) -> None:
        self._number = 0  # of the edition
        self._items: Sequence[Item] = ()
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
            counted = Counter(item.category for item in self._items)
            order = dict.fromkeys((*CATEGORIES, *sorted(counted)))
            self.categories = [(one, counted[one]) for one in order if counted[one]]
            self._number = edition.number
        return self._items

    def groups(self, category: str) -> Sequence[tuple[str, int]]:
        """Of the ids of one category; none where there is only one."""
        found = Counter(item.group for item in self._items if item.category == category)
        return sorted(found.items()) if len(found) > 1 else ()


def chosen(
    items: Sequence[Item], *, category: str = "", group: str = "", place: str = "", after: str = ""
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
