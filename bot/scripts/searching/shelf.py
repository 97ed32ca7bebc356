"""Holds all texts of a library in a few long strings, and tells whose the place of a match is."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.scripts.decision import Field
from bot.scripts.matching.wordings import Wordings
from bot.scripts.normalise import plain
from bot.scripts.script import Script
from bot.scripts.searching.alphabet import ANYTHING, Alphabet, Step
from bot.scripts.searching.ways import Ways

# What a match in each kind of text is worth.
WORTH: Mapping[Field, float] = {"title": 1.0, "example": 0.85, "keyword": 0.8, "words": 0.35}
_SAID = 300  # how many characters of what a script says are searched
_REMEMBERED = 500  # steps whose scripts are kept
EVERYWHERE = -1  # all scripts
_FILLED_IN = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)
_END = re.compile("\n")


class Row:
    """All texts of one kind (`Field`), each behind a newline; those of a script are neighbours.

    A set of scripts is a number in which the bit of each script is set.
    """

    def __init__(self, field: Field, text: str, owners: "array[int]", scripts: int) -> None:
        """
        Args:
            text: all texts, in the codes of an `Alphabet`.
            owners: for each text the number of its script.
            scripts: how many there are.
        """
        self.field, self.worth = field, WORTH[field]
        self.text, self.owners = text, owners
        self.starts = array("I", (end.end() for end in _END.finditer(text)))
        self.starts.pop()  # behind the last one
        firsts = [bisect_left(owners, number) for number in range(scripts)]
        self._bounds = [self.starts[at] if at < len(self.starts) else len(text) for at in firsts]
        self._bounds.append(len(text))
        self._having: dict[str, int] = {}  # sign → the scripts that have it, a bit for each
        for number, start in enumerate(self._bounds[:-1]):
            for sign in set(text[start : self._bounds[number + 1]]):
                self._having[sign] = self._having.get(sign, 0) | 1 << number
        self._known: dict[str, int] = {}

    def having(self, steps: Iterable[Step]) -> int:
        """The scripts that may match all of `steps`. If there are none, no expression has to be
        made, which takes longer than looking with it."""
        found, known = EVERYWHERE, self._known
        for step in steps:
            if step is not ANYTHING:
                having = known.get(step.pattern)
                found &= self._having_one(step) if having is None else having
                if not found:
                    break
        return found

    def _having_one(self, step: Step) -> int:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        found, having = 0, self._having
        for signs in step.signs:
            here = having.get(signs[0], 0)
            for sign in signs[1:]:
                here &= having.get(sign, 0)
            found |= here
        self._known[step.pattern] = found
        return found

    def scan(self, pattern: re.Pattern[str], scripts: int) -> Iterator[re.Match[str]]:
        """All matches in the texts of these scripts."""
        text, search = self.text, pattern.search  # dearer to begin: finditer
        for start, end in self._runs(scripts):
            while match := search(text, start, end):
                yield match
                start = match.end()

    def texts(self, scripts: int) -> Iterator[str]:
        """Their texts, those of neighbours in one piece."""
        return (self.text[start:end] for start, end in self._runs(scripts))

    def _runs(self, scripts: int) -> Iterator[tuple[int, int]]:
        bounds, behind = self._bounds, 0
        find = f"0{scripts:b}"[::-1].find
        while (first := find("1", behind)) >= 0:
            behind = find("0", first)
            yield bounds[first], bounds[behind]

    def size_of(self, scripts: int) -> int:
        """About how many characters the texts of these scripts have."""
        return scripts.bit_count() * len(self.text) // (len(self._bounds) - 1 or 1)

    def place(self, at: int) -> int:
        """The number of the text that has the character at `at`."""
        return bisect_right(self.starts, at) - 1


class Shelf:
    """The scripts with their texts, ready to be looked through."""

    def __init__(self, scripts: Sequence[Script], synonyms: Mapping[str, str]) -> None:
        self.scripts = scripts
        self._numbers = {script.id: number for number, script in enumerate(scripts)}
        joined: list[tuple[Field, str, array[int]]] = []
        for field in WORTH:
            owners = array("I")
            texts = [""]
            for number, script in enumerate(scripts):
                for text in texts_of(script, field, synonyms):
                    texts.append(text.replace("\n", " "))
                    owners.append(number)
            joined.append((field, plain("\n".join((*texts, ""))), owners))
        alphabet = Alphabet(frozenset().union(*(text for _, text, _ in joined)))
        *self.asked, self.said = (
            Row(field, alphabet.encode(text), owners, len(scripts))
            for field, text, owners in joined
        )
        self.ways = Ways(alphabet, Wordings(synonyms))

    def bits_of(self, ids: Iterable[str]) -> int:
        """The set of these scripts (see `Row`); unknown ids are left out."""
        return sum(1 << self._numbers[one] for one in {*ids} & self._numbers.keys())


def texts_of(script: Script, field: Field, synonyms: Mapping[str, str]) -> list[str]:
    """The texts of one kind in which a script is searched.

    Args:
        synonyms: another wording → the usual one; for a usual one that occurs in title, questions
            or keywords the others are searched as keywords.
    """
    match field:
        case "title":
            return [script.title]
        case "example":
            return list(script.examples)
        case "keyword":
            entries = [" ".join(words) for words in script.keywords]
            spoken = "\n".join((script.title, *script.examples, *entries))
            return [*entries, *(other for other, usual in synonyms.items() if usual in spoken)]
        case "words":
            said = (one.fixed or _FILLED_IN.sub(" ", one.source) for one in script.say)
            return [" ".join(said)[:_SAID]]
