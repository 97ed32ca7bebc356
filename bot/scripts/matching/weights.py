"""How much a term tells: rare in the library and in the language, much."""

from collections import Counter
from collections.abc import Iterable
from math import log

from bot.scripts.matching.hanzi import rareness, signs
from bot.scripts.matching.wordings import FUNCTION

_PRIOR = 60  # messages of ordinary language that are believed in beside the library
_MANY = 5000  # scripts from which on a pair that one script has need not be remembered
_COMMON = frozenset(signs()["common"])
_COMMON_ENGLISH = frozenset(signs()["common_english"].split())


class Weights(dict[str, float]):
    """Term → −log of the share of scripts that have it, drawn towards the language's.

    So a library of twenty scripts knows that 怎么 tells little, though few of them have it.
    """

    def __init__(self, family: int) -> None:
        super().__init__()
        self._family = family
        self.spread: Counter[str] = Counter()  # term → scripts that have it
        self._scripts = 0

    def learn(self, script: Iterable[str]) -> None:
        """The terms of one more script, each once."""
        self.spread.update(script)

    def settle(self, scripts: int) -> None:
        """All is learnt; of a large library forget the pairs that a single script has."""
        self._scripts = scripts
        if scripts > _MANY:
            for term in [t for t, count in self.spread.items() if count == 1 and " " in t]:
                del self.spread[term]

    def unlearn(self, script: Iterable[str]) -> None:
        """As if one script had not had these."""
        for term in script:
            self.pop(term, None)
            self.spread[term] -= 1
            if self.spread[term] <= 0:
                del self.spread[term]

    def learn_again(self, script: Iterable[str]) -> None:
        for term in script:
            self.pop(term, None)
            self.spread[term] += 1

    def __missing__(self, term: str) -> float:
        seen = self.spread.get(term, 0) + _PRIOR * _chance(self._family, term) + 0.2
        weight = self[term] = -log(seen / (self._scripts + _PRIOR + 0.4))
        return weight


def _chance(family: int, term: str) -> float:
    """That a message of ordinary language has this term."""
    left, _, right = term.partition(" ")
    if family == 2:  # sounds
        return 0.01 if right else 0.04
    if family == 3:  # whole wordings
        if right:
            return 0.05 if left in FUNCTION and right in FUNCTION else 0.01
        if left in FUNCTION:
            return 0.25
        return 0.02 if len(left) > 1 else _sign_chance(left)
    if family == 4:  # topics
        return 0.03
    if right:
        if left.isascii() or right.isascii():
            return 0.02 if left in _COMMON_ENGLISH and right in _COMMON_ENGLISH else 0.004
        seen = 2 ** -rareness().get(left + right, 14.0) * 3
        return min(0.1, seen + _sign_chance(left) * _sign_chance(right) / 12)
    if term.isascii():
        return 0.2 if term in _COMMON_ENGLISH else 0.01
    return _sign_chance(term)


def _sign_chance(sign: str) -> float:
    if sign in _COMMON:
        return 0.2
    return min(0.2, float(2 ** -rareness().get(sign, 15.0)) * 1.5)
