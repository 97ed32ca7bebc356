"""Reads a word of a kind (a city, a feast, a colour) that no script has as one that they have:
往吉林几天 is asked like 往东北几天. data/signs.toml lists the kinds.

Only where a script names several of one kind do they stand for the others: which one it is makes
no difference to its answer.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from operator import add
from typing import NamedTuple

from bot.scripts.matching.hanzi import pairs_of, signs

# 一周三次 is no Wednesday (周三), 三十五一斤 no first of May (五一)
_COUNTED = "(?<![一两二三四五六七八九十百千每几个块第])"
_LEAST = 0.15  # how alike what is asked of both has to be
_MOST = 500  # questions with a word of one kind that are kept, the first ones


class _Asked(NamedTuple):
    """A question with such a word."""

    word: str
    rest: frozenset[str]  # the signs of what is asked of it
    free: bool  # others may stand there


class Kinds:
    def __init__(self) -> None:
        self._named: set[str] = set()
        self._asked: tuple[list[_Asked], ...] = tuple([] for _ in signs()["kinds"])

    def learn(self, examples: Sequence[str], others: Sequence[str]) -> None:
        """What one script is asked, and what else it says."""
        every = "\n".join((*examples, *others))
        if _starts().isdisjoint(map(add, every, every[1:])):
            return
        here = [(kind, found) for example in examples for found, kind in _found(example)]
        for kinds in _sorts():
            mine = [(kind, found) for kind, found in here if kind in kinds]
            words = {found[0] for _, found in mine}
            self._named |= words
            for kind, found in mine:
                if len(self._asked[kind]) < _MOST:
                    asked = _Asked(found[0], _rest(found), len(words) > 1)
                    self._asked[kind].append(asked)
        for text in others:
            self._named.update(found[0] for found, _ in _found(text))

    def read(self, text: str) -> str:
        if not self._named or _starts().isdisjoint(pairs_of(text)):
            return text
        return _words()[0].sub(self._read, text)

    def _read(self, found: re.Match[str]) -> str:
        word, same = found[0], _words()[1][found[0]]
        if word not in self._named:
            word = next((one for one in same if one in self._named), word)
        asked = self._asked[(found.lastindex or 1) - 1]
        if word in self._named and len(asked) >= _MOST:
            return word
        rest, best = _rest(found), (_LEAST, True, word)
        for one in asked:
            if one.free or one.word in same:
                alike = len(rest & one.rest) / (len(rest | one.rest) or 1)
                best = max(best, (alike, one.word == word, one.word))
        return best[2]


def _found(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Each word of a kind, and which kind that is."""
    for found in _words()[0].finditer(text):
        yield found, (found.lastindex or 1) - 1


def _rest(found: re.Match[str]) -> frozenset[str]:
    return frozenset(found.string[: found.start()] + found.string[found.end() :])


@cache
def _sorts() -> Sequence[Sequence[int]]:
    """The kinds that are of one sort: places are near, far and abroad."""
    sorts: dict[str, list[int]] = {}
    for kind, name in enumerate(signs()["kinds"]):
        sorts.setdefault(name.partition("_")[0], []).append(kind)
    return tuple(sorts.values())


@cache
def _starts() -> frozenset[str]:
    """The first two signs of each: nearly no text has any of them."""
    return frozenset(word[:2] for word in _words()[1])


@cache
def _words() -> tuple[re.Pattern[str], dict[str, Sequence[str]]]:
    """Any of them, with a group for each kind; word → others for the same thing."""
    kinds = [[one.split("=") for one in words.split()] for words in signs()["kinds"].values()]
    groups = (sorted((w for one in kind for w in one), key=len, reverse=True) for kind in kinds)
    pattern = "|".join(f"({'|'.join(words)})" for words in groups)
    known = {word: one for kind in kinds for one in kind for word in one}
    return re.compile(f"{_COUNTED}(?:{pattern})"), known
