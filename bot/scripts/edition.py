"""A library and its matcher, which belong together: an event is handled with one edition."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from bot.scripts.library import Library
from bot.scripts.matcher import Matcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A library with its matcher; never changed, only replaced by the next edition."""

    number: int
    library: Library
    matcher: Matcher
    learned: Mapping[str, str] = field(default_factory=dict)  # normalised question → script

    @classmethod
    def of(
        cls, library: Library, number: int = 1, learned: Mapping[str, str] | None = None
    ) -> Self:
        """The edition of a library.

        Args:
            learned: normalised question → the script that people chose for it.
        """
        matcher = Matcher(library, learned=learned)
        return cls(number=number, library=library, matcher=matcher, learned=learned or {})
