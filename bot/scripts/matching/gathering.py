"""The terms of a large library: those of each Utterance, without making an Utterance of each text.

A hundred thousand scripts have millions of terms, and each occurs again and again. So neighbours
are joined once for all at the end, not as often as they stand side by side. And all texts go
through one family after another, so that its tables stay in the processor's cache.
"""

from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterable, Sequence

from bot.scripts.matching.postings import Scripts
from bot.scripts.matching.terms import parts_of, sound_of, sounded, worded
from bot.scripts.matching.topics import topics_of
from bot.scripts.matching.wordings import Wordings

_NOBODY = 0xFFFFFFFF  # before the first script


class Growing:
    """Which scripts have a term, while one script after another comes."""

    def __init__(self) -> None:
        self._cells = _Cells()

    def run(self, parts: Sequence[str], number: int) -> int:
        """Each part and each pair of neighbours; how many of them script `number` had not yet."""
        new = 0
        behind: dict[str, Scripts] | None = None
        for part, scripts, following in map(self._cells.__getitem__, parts):
            if scripts[-1] != number:
                scripts.append(number)
                new += 1
            if behind is not None:
                there = behind.get(part)
                if there is None:
                    behind[part] = number
                    new += 1
                elif isinstance(there, int):
                    if there != number:
                        behind[part] = array("I", (there, number))
                        new += 1
                elif there[-1] != number:
                    there.append(number)
                    new += 1
            behind = following
        return new

    def each(self, parts: Iterable[str], number: int) -> int:
        """The same of each part by itself."""
        new = 0
        for _, scripts, _ in map(self._cells.__getitem__, parts):
            if scripts[-1] != number:
                scripts.append(number)
                new += 1
        return new

    def settle(self, held: dict[str, Scripts]) -> None:
        """Fill `held` with all terms; none stays here."""
        while self._cells:
            left, (_, scripts, following) = self._cells.popitem()
            held[left] = scripts[1:] if len(scripts) > 2 else scripts[1]
            for right, there in following.items():
                held[f"{left} {right}"] = there

    def spread(self) -> dict[str, int]:
        """How many scripts have a part."""
        return {part: len(scripts) - 1 for part, scripts, _ in self._cells.values()}


class Way(Growing, ABC):
    """One of the families."""

    @abstractmethod
    def add(self, text: str, number: int) -> int:
        """Take a text of a script apart; how many terms come that the script had not yet."""


class Typed(Way):
    def add(self, text: str, number: int) -> int:
        return self.run(parts_of(text), number)


class Hinted(Way):
    def add(self, text: str, number: int) -> int:
        return self.each(topics_of(text), number)


class Sounded(Way):
    """Here a text is brought to its tokens as well."""

    def __init__(self, wordings: Wordings) -> None:
        super().__init__()
        self._wordings = wordings
        self._sounds = _Sounds()
        self.tokens = Growing()

    def add(self, text: str, number: int) -> int:
        tokens = self._wordings.tokens(text)
        self.tokens.each(tokens, number)
        words = worded(text, parts_of(text), tokens)
        sounds = list(map(self._sounds.__getitem__, words))
        if "" not in sounds:
            return self.run(sounds, number)
        return sum([self.run(term.split(" "), number) for term in sounded(words, sounds)])


# a part; the scripts that have it; what stands behind it → the scripts that have both
_Cell = tuple[str, "array[int]", dict[str, Scripts]]


class _Cells(dict[str, _Cell]):
    def __missing__(self, part: str) -> _Cell:
        cell = self[part] = part, array("I", (_NOBODY,)), {}
        return cell


class _Sounds(dict[str, str]):
    def __missing__(self, part: str) -> str:
        sound = self[part] = sound_of(part)
        return sound
