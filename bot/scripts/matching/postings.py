"""Which scripts have a term. Most terms stand in one script only, so one number needs no list."""

from array import array
from collections.abc import Iterable, Sequence


class Postings:
    def __init__(self) -> None:
        self._held: dict[str, int | array[int]] = {}

    def add(self, terms: Iterable[str], number: int) -> None:
        """The terms of script `number`, each once; numbers come in order."""
        held = self._held
        for term in terms:
            there = held.get(term)
            if there is None:
                held[term] = number
            elif isinstance(there, int):
                held[term] = array("I", (there, number))
            else:
                there.append(number)

    def of(self, term: str) -> Sequence[int]:
        there = self._held.get(term, ())
        return (there,) if isinstance(there, int) else there

    def count(self, term: str) -> int:
        return len(self.of(term))
