"""Finds the ways to read what somebody typed.

"tuih" is 退货, 推荷 …; "xian" one character or two; "thyf" four; "youfei" is 运费 too, which means
the same as 邮费.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.scripts.matching.hanzi import hanzi
from bot.scripts.matching.wordings import Wordings
from bot.scripts.searching.alphabet import ANYTHING, Alphabet, Step

Way = tuple[Step, ...]  # one reading: what each part of the text may stand for
Priced = tuple[float, Way]  # a way with its price: the higher, the less likely

_WAYS = 6  # as many readings of one text are kept
_LETTERS = re.compile(r"[a-z]{1,6}")  # 6: the longest syllables
_REMEMBERED = 2000  # mistyped syllables whose steps are kept: with the next key they come again
_OTHER_WORDING = 0.85  # what another wording is worth
_SLIP = 0.6  # what a syllable is worth that was mistyped by a letter
_SLIPS_OF = range(3, 9)  # steps of a way of which one may be wrong
# How unlikely a part is: a whole syllable; a part of one at the end of the text; its first letter;
# a letter of a Latin word; any other beginning of a syllable.
_WHOLE, _LAST, _INITIAL, _LATIN, _CUT = 1.0, 1.1, 1.2, 1.6, 2.0
_DEARER = 3.0  # by so much a way may be less likely than the likeliest
_ANOTHER = 0.5  # added for another wording
_TWO_LETTERS = ("zh", "ch", "sh")


class Ways:
    def __init__(self, alphabet: Alphabet, wordings: Wordings) -> None:
        self._alphabet = alphabet
        same: dict[str, list[str]] = defaultdict(list)
        for wording in wordings.known:
            tokens = wordings.tokens(wording)
            if len(tokens) == 1:
                same[tokens[0]].append(wording)
        self._same: dict[str, tuple[str, ...]] = {}  # a wording, or its pinyin → all that mean it
        self._longest: dict[str, int] = {}  # the first sign of those → the most that one has
        self._steps: dict[tuple[str, ...], Step] = {}  # those that were needed before
        self._slipped: dict[str, Step] = {}
        for group in same.values():
            others = tuple(one for one in group if len(one) > 1)  # 退 alone may belong to any word
            for wording in group:
                self._same[wording] = others
                if len(wording) > 1:
                    self._same.setdefault(_pinyin(wording), others)
        for wording in self._same:
            first = wording[:1]
            self._longest[first] = max(self._longest.get(first, 0), len(wording))

    def read(self, text: str) -> list[Way]:
        """The likeliest ways to read `text`, the best first.

        Args:
            text: plain words with single spaces in between, not empty.
        """
        ways: list[list[Priced]] = [[(0.0, ())], *([] for _ in text)]
        for at in range(len(text)):
            self._go_on(text, at, ways)
        return [way for _, way in _few(ways[-1])]

    def misspelt(self, text: str) -> list[Way]:
        """The likeliest ways to read `text` if one syllable was mistyped: a letter is missing, too
        many, wrong, or exchanged with the next."""
        right: list[list[Priced]] = [[(0.0, ())], *([] for _ in text)]
        wrong: list[list[Priced]] = [[] for _ in right]
        for at in range(len(text)):
            few = _few(right[at])
            for length, step in self._slips(text, at) if few else ():
                wrong[at + length] += [(paid + _CUT, (*way, step)) for paid, way in few]
            self._go_on(text, at, right)
            self._go_on(text, at, wrong)
        return [way for _, way in _few(wrong[-1])]

    def _go_on(self, text: str, at: int, ways: list[list[Priced]]) -> None:
        if not ways[at]:
            return
        if text[at] == " ":
            ways[at + 1] += ways[at]
            return
        few = _few(ways[at])
        for length, step, price in self._parts(text, at):
            ways[at + length] += [(paid + price, (*way, step)) for paid, way in few]

    def _parts(self, text: str, at: int) -> Iterator[tuple[int, Step, float]]:
        """The parts that may begin at `at`: (length, what it may stand for, its price)."""
        letters = _LETTERS.match(text, at)
        if not letters:
            yield 1, self._alphabet.step(text[at]), _WHOLE
        else:
            for length in range(1, len(letters[0]) + 1):
                part = letters[0][:length]
                step = self._alphabet.step(part)
                if not step.signs:
                    break
                yield length, step, _price(part, is_last=at + length == len(text))
        longest = self._longest.get(text[at], 0)
        for length in range(1, min(longest, len(text) - at) + 1):
            if group := self._same.get(text[at : at + length]):
                step = self._any_of(group)
                if step.signs:
                    yield length, step, _ANOTHER + (_WHOLE if letters else length * _WHOLE)

    def _any_of(self, wordings: tuple[str, ...]) -> Step:
        if wordings not in self._steps:
            self._steps[wordings] = self._alphabet.any_of(wordings, _OTHER_WORDING)
        return self._steps[wordings]

    def _slips(self, text: str, at: int) -> Iterator[tuple[int, Step]]:
        letters = _LETTERS.match(text, at)
        for length in range(2, len(letters[0]) + 1 if letters else 0):
            step = self._slip(text[at : at + length])
            if step.signs:
                yield length, step

    def _slip(self, letters: str) -> Step:
        """What they may stand for if one is wrong."""
        if letters not in self._slipped:
            if len(self._slipped) >= _REMEMBERED:
                self._slipped.clear()
            self._slipped[letters] = self._alphabet.read_as(_nearly(letters), _SLIP)
        return self._slipped[letters]


def slips(way: Way) -> Iterator[Way]:
    """`way` with one mistake allowed for: a step left out or taken for anything, or two
    neighbours exchanged. Of a way of more than eight steps, each half; of fewer than three, none.
    """
    if len(way) > _SLIPS_OF[-1]:
        half = len(way) // 2
        yield way[:half]
        yield way[half:]
    elif len(way) in _SLIPS_OF:
        yield way[1:]
        yield way[:-1]
        for at in range(1, len(way) - 1):
            yield (*way[:at], ANYTHING, *way[at + 1 :])
        for at in range(len(way) - 1):
            yield (*way[:at], way[at + 1], way[at], *way[at + 2 :])


def _price(part: str, *, is_last: bool) -> float:
    if len(part) > 1 and part in hanzi().signs:
        return _WHOLE
    if part in "iuv":  # no syllable begins with it
        return _LATIN
    if len(part) == 1 or part in _TWO_LETTERS:
        return _INITIAL
    return _LAST if is_last else _CUT


@lru_cache(maxsize=4096)
def _nearly(letters: str) -> tuple[str, ...]:
    """The syllables that a single slip turns into `letters`."""
    near = process.extract_iter(letters, hanzi().signs.keys(), scorer=OSA.distance, score_cutoff=1)
    return tuple(one for one, slips, _ in near if slips == 1)


def _pinyin(wording: str) -> str:
    sounds = hanzi().sounds
    return "".join(sounds.get(sign, sign) for sign in wording)


def _few(ways: list[Priced]) -> list[Priced]:
    if len(ways) < 2:
        return ways
    few = sorted(ways, key=_paid)[:_WAYS]
    return [one for one in few if one[0] <= few[0][0] + _DEARER]


def _paid(priced: Priced) -> float:
    return priced[0]
