"""Puts the characters of a library into the order of their sounds.

Each gets a code point of its own. Characters whose syllables begin alike are neighbours: "t" and
"tui" become short ranges of a regular expression, quick to make and quick to look for.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.scripts.matching.hanzi import hanzi
from bot.scripts.matching.hanzi import signs as signs_of_speech

# The first code. For codes below 0x10000 `re` would build a large table for each part of each
# expression, which took a third of a search's time.
_FIRST = 0x20000
_UNSPOKEN = "~"  # sorts behind all syllables
_FIGURES = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_BEGUN = 0.8  # what a syllable is worth of which next to nothing was typed; a whole one is worth 1
_SAME_SOUND = 0.7  # another character with the sound of the one that was typed
_RARE_READING = 0.6  # 会 read as kuai: who types kuai means 快
_OTHER_FIGURE = 0.9  # 7 and 七


@dataclass(frozen=True, slots=True)
class Step:
    """What one part of the typed text may stand for."""

    signs: Mapping[str, float]  # a character or wording, in codes → how well it fits, 0..1
    pattern: str  # a regular expression that finds any of them
    lengths: tuple[int, ...]  # of the signs, each once

    @classmethod
    def of(cls, signs: Mapping[str, float]) -> "Step":
        single = sorted(sign for sign in signs if len(sign) == 1)
        longer = sorted((sign for sign in signs if len(sign) > 1), key=len, reverse=True)
        parts = [*map(re.escape, longer), *([f"[{''.join(_ranges(single))}]"] if single else [])]
        return cls(signs, "|".join(parts) or "(?!)", tuple({*map(len, signs)}))


ANYTHING = Step({}, r"[^\n]??", (0, 1))  # any one character, or none


class Alphabet:
    """The characters of one library as codes.

    Args:
        signs: every character that occurs in it.
    """

    def __init__(self, signs: Iterable[str]) -> None:
        sounds, rarely = hanzi().sounds, signs_of_speech()["rarely_second"]
        foreign = [sign for sign in signs if not sign.isascii()]
        spoken = sorted((sounds.get(s, _UNSPOKEN), s) for s in foreign if s.isalnum())
        self._codes = {sign: chr(_FIRST + at) for at, (_, sign) in enumerate(spoken)}
        self._table = {ord(sign): self._codes.get(sign, " ") for sign in foreign}
        self._begun: dict[str, dict[str, float]] = defaultdict(dict)  # letters → code → worth
        self._read: dict[str, list[str]] = {}  # syllable → the codes that may be read so
        for syllable, signs_of_it in hanzi().signs.items():
            occurring = list(filter(self._codes.__contains__, signs_of_it))
            self._read[syllable] = [self._codes[sign] for sign in occurring]
            for sign, code in zip(occurring, self._read[syllable], strict=True):
                rare = sign in rarely and sounds[sign] != syllable
                for length in range(1, len(syllable) + 1):
                    begun = self._begun[syllable[:length]]
                    worth = _BEGUN + (1 - _BEGUN) * length / len(syllable)
                    worth *= _RARE_READING if rare else 1
                    begun[code] = max(begun.get(code, 0.0), worth)
        self._steps: dict[str, Step] = {}

    def encode(self, text: str) -> str:
        """`text` in codes: ASCII stays as it is, any other mark becomes a space."""
        return text.translate(self._table)

    def step(self, part: str) -> Step:
        """What one character, or the beginning of a syllable, may stand for."""
        if part not in self._steps:
            self._steps[part] = Step.of(self._signs(part))
        return self._steps[part]

    def read_as(self, syllables: Iterable[str], worth: float) -> Step:
        """Any character that may be read as one of `syllables`, for so much."""
        return Step.of({code: worth for one in syllables for code in self._read[one]})

    def any_of(self, wordings: Iterable[str], worth: float) -> Step:
        """Any of the wordings whose characters all occur in the library, for so much."""
        coded = ("".join(map(self._code, one)) for one in wordings if all(map(self._code, one)))
        return Step.of(dict.fromkeys(coded, worth))

    def _signs(self, part: str) -> Mapping[str, float]:
        if len(part) > 1:
            return self._begun.get(part, {})
        if part.isascii() and part.isalpha():
            return {**self._begun.get(part, {}), part: 1.0}
        signs = dict(self.read_as(readings(part), _SAME_SOUND).signs)
        for pair in _FIGURES.items():
            if part in pair:
                signs |= dict.fromkeys(filter(None, map(self._code, pair)), _OTHER_FIGURE)
        if own := self._code(part):
            signs[own] = 1.0
        return signs

    def _code(self, sign: str) -> str:
        """The code of a character; "" if it does not occur in the library."""
        return sign if sign.isascii() else self._codes.get(sign, "")


@lru_cache(maxsize=4096)
def readings(sign: str) -> tuple[str, ...]:
    """The syllables that a character may be read as."""
    return tuple(syllable for syllable, signs in hanzi().signs.items() if sign in signs)


def _ranges(signs: Iterable[str]) -> Iterator[str]:
    """The parts of a character class that match `signs`, which have to be sorted."""
    first = last = ""
    for sign in signs:
        if last and ord(sign) == ord(last) + 1:
            last = sign
            continue
        if first:
            yield _range(first, last)
        first = last = sign
    if first:
        yield _range(first, last)


def _range(first: str, last: str) -> str:
    return re.escape(first) if first == last else f"{re.escape(first)}-{re.escape(last)}"
