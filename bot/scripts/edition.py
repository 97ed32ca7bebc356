"""A library and its matcher, which belong together: what one event is handled with."""

from dataclasses import dataclass
from typing import Self

from bot.scripts.library import Library
from bot.scripts.matcher import Matcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Never changed, only replaced by the next one."""

    number: int
    library: Library
    matcher: Matcher

    @classmethod
    def of(cls, library: Library, number: int = 1) -> Self:
        return cls(number=number, library=library, matcher=Matcher(library))
