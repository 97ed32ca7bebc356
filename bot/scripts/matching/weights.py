"""How much a term tells: the rarer in the library and in the language, the more."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from math import log

from bot.scripts.matching.hanzi import rareness, signs
from bot.scripts.matching.wordings import FUNCTION

_PRIOR = 60  # how many messages of ordinary language count beside the library
_COMMON = frozenset(signs()["common"])
_COMMON_ENGLISH = frozenset(signs()["common_english"].split())


STRANGE = 100_000  # terms that no script has, for which the weight is kept


def summed(values: Iterable[float]) -> float:
    """Add one after the other: from Python 3.12 on, `sum` compensates for rounding, and no other
    way of adding gives the same."""
    total = 0.0
    for value in values:
        total += value
    return total


class Weights(dict[str, float]):
    """Term → −log of the share of scripts that have it, drawn towards the language's.

    So a library of twenty scripts knows that 怎么 tells little, though few of them have it.
    """

    def __init__(
        self, family: str, scripts: int, held: Container[str], count: Callable[[str], int]
    ) -> None:
        """
        Args:
            family: one of terms.FAMILIES, or "token" for whole wordings.
            held: the terms that any of the `scripts` has; it may be filled later.
            count: in how many of the `scripts` a term stands.
        """
        super().__init__()
        self._chance, self._scripts = _CHANCES[family], scripts
        self._held, self._count = held, count
        self._gone: Counter[str] = Counter()
        self._strange = 0

    def unknown(self, terms: Iterable[str]) -> list[str]:
        """Those that no script has."""
        if self._gone:
            return [term for term in terms if self._seen(term) <= 0]
        held = self._held
        return [term for term in terms if term not in held]

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

    def _seen(self, term: str) -> int:
        return self._count(term) - self._gone.get(term, 0)

    def __missing__(self, term: str) -> float:
        chance = (max(0, self._seen(term)) + _PRIOR * self._chance(term) + 0.2) / (
            self._scripts + _PRIOR + 0.4
        )
        weight = -log(min(1.0, chance))
        if term in self._held:
            self[term] = weight
        elif self._strange < STRANGE:  # whatever customers write, so it is limited
            self._strange += 1
            self[term] = weight
        return weight


def _chance_typed(term: str) -> float:
    """That a message of ordinary language has this."""
    left, _, right = term.partition(" ")
    if right:
        if left.isascii() or right.isascii():
            return 0.02 if left in _COMMON_ENGLISH and right in _COMMON_ENGLISH else 0.004
        seen = 2 ** -rareness().get(left + right, 14.0) * 3
        return min(0.1, seen + _sign_chance(left) * _sign_chance(right) / 12)
    if term.isascii():
        return 0.2 if term in _COMMON_ENGLISH else 0.01
    return _sign_chance(term)


def _chance_sounded(term: str) -> float:
    return 0.01 if " " in term else 0.04


def _chance_hinted(topic: str) -> float:
    return 0.03


def _chance_token(token: str) -> float:
    if token in FUNCTION:
        return 0.25
    return 0.02 if len(token) > 1 else _sign_chance(token)


def _sign_chance(sign: str) -> float:
    if sign in _COMMON:
        return 0.2
    return min(0.2, float(2 ** -rareness().get(sign, 15.0)) * 1.5)


_CHANCES: Mapping[str, Callable[[str], float]] = {
    "typed": _chance_typed,
    "sounded": _chance_sounded,
    "hinted": _chance_hinted,
    "token": _chance_token,
}
