"""What speaks for a script in a search besides the typed text."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest

from bot.scripts.script import CATEGORIES, Script

LEAST, MOST = 0.8, 1.25
_CATEGORY, _TAGS, _FAVOURITE = 1.06, 1.10, 1.10
_NOT_FOR_THEM = 0.8  # a script for customers with other tags
_USED_MOST, _USED_HALF = 0.10, 10  # the most that use adds; so many uses add half of it
_SUCCESS = 0.08  # what success adds, or failure takes away, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosts:
    """Puts scripts that match about equally well in order; it never makes a script match.

    All of it together multiplies a script's score by LEAST to MOST. A script that matches more
    than MOST / LEAST times better than another stays before it, whatever speaks for the other.
    """

    categories: Sequence[str] = ()  # preferred ones
    tags: frozenset[str] | None = None  # the customer's; None: not known
    favourites: Collection[str] = frozenset()  # ids
    uses: Mapping[str, int] = field(default_factory=dict)  # id → how often it was sent
    successes: Mapping[str, float] = field(default_factory=dict)  # id → share of good outcomes

    def factor(self, script: Script) -> float:
        """By how much to multiply a script's score, LEAST..MOST; 1 if nothing is known."""
        found = 1.0
        if script.category in self.categories:
            found *= _CATEGORY
        if script.when.tags and self.tags is not None:
            found *= _NOT_FOR_THEM if self._is_for_others(script) else _TAGS
        if script.id in self.favourites:
            found *= _FAVOURITE
        if (uses := self.uses.get(script.id, 0)) > 0:
            found *= 1 + _USED_MOST * uses / (uses + _USED_HALF)
        if (share := self.successes.get(script.id)) is not None:
            found *= 1 + _SUCCESS * (2 * min(max(share, 0.0), 1.0) - 1)
        return min(max(found, LEAST), MOST)

    def at_hand(self, scripts: Iterable[Script], limit: int) -> list[Script]:
        """What to show before anything is typed: favourites first, then the most used, then by
        category; scripts for customers with other tags come last."""
        order = dict.fromkeys((*self.categories, *CATEGORIES))
        places = {category: place for place, category in enumerate(order)}

        def key(script: Script) -> tuple[bool, bool, int, int]:
            return (
                self._is_for_others(script),
                script.id not in self.favourites,
                -self.uses.get(script.id, 0),
                places.get(script.category, len(places)),
            )

        return nsmallest(limit, scripts, key=key)

    def _is_for_others(self, script: Script) -> bool:
        return (
            bool(script.when.tags)
            and self.tags is not None
            and self.tags.isdisjoint(script.when.tags)
        )
