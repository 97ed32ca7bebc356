"""Which scripts have a term. Most terms occur in one script only, so one number needs no list."""

from array import array
from collections.abc import Iterable
from typing import Union

# The one script, or all of them: an array takes half of the room, a list is walked more quickly.
Scripts = Union[int, list[int], "array[int]"]


class Postings:
    def __init__(self) -> None:
        self.held: dict[str, Scripts] = {}

    def add(self, terms: Iterable[str], number: int) -> None:
        """The terms of script `number`, each once; numbers come in order."""
        held = self.held
        for term in terms:
            there = held.setdefault(term, number)  # looked up once: most of the time goes there
            if not isinstance(there, int):
                there.append(number)
            elif there != number:
                held[term] = [there, number]

    def count(self, term: str) -> int:
        there = self.held.get(term, ())
        return 1 if isinstance(there, int) else len(there)
