"""How much a term tells: rare in the library and in the language, much."""

from collections import Counter
from collections.abc import Callable, Iterable
from math import log

from bot.scripts.matching.hanzi import rareness, signs
from bot.scripts.matching.wordings import FUNCTION

_PRIOR = 60  # messages of ordinary language that are believed in beside the library
_MANY = 5000  # scripts from which on a pair that one script has need not be remembered
_SAMPLED = 20_000  # scripts that are enough to know how common a pair is
_COMMON = frozenset(signs()["common"])
_COMMON_ENGLISH = frozenset(signs()["common_english"].split())


class Weights(dict[str, float]):
    """Term → −log of the share of scripts that have it, drawn towards the language's.

    So a library of twenty scripts knows that 怎么 tells little, though few of them have it.
    """

    def __init__(self, family: int, scripts: int, count: Callable[[str], int] | None) -> None:
        """`count` knows in how many of the `scripts` a term stands; else they are learnt."""
        super().__init__()
        self._family, self._scripts = family, scripts
        self._spread: Counter[str] = Counter()  # term → scripts that have it
        self._learnt = 0
        self._count = count or self._spread.__getitem__
        self._gone: Counter[str] = Counter()

    def learn(self, script: Iterable[str]) -> None:
        """The terms of one more script, each once; of many scripts only the first ones' pairs."""
        if self._learnt < _SAMPLED:
            self._spread.update(script)
        else:
            self._spread.update([term for term in script if " " not in term])
        self._learnt += 1

    def settle(self) -> None:
        """All is learnt; of a large library forget the pairs that a single script has."""
        if self._learnt > _MANY:
            for term in [t for t, count in self._spread.items() if count == 1 and " " in t]:
                del self._spread[term]

    def knows(self, term: str) -> bool:
        """Whether any script has it."""
        return self._count(term) > self._gone.get(term, 0)

    def unlearn(self, script: Iterable[str]) -> None:
        """As if one script had not had these."""
        for term in script:
            self.pop(term, None)
            self._gone[term] += 1

    def learn_again(self) -> None:
        """What was unlearnt."""
        for term in self._gone:
            self.pop(term, None)
        self._gone.clear()

    def __missing__(self, term: str) -> float:
        seen = float(self._count(term) - self._gone.get(term, 0))
        if self._learnt > _SAMPLED and " " in term:
            seen *= self._learnt / _SAMPLED
        chance = (max(0.0, seen) + _PRIOR * _chance(self._family, term) + 0.2) / (
            self._scripts + _PRIOR + 0.4
        )
        weight = self[term] = -log(min(1.0, chance))
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
