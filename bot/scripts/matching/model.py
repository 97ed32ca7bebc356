"""The ranking model: one linear score for each candidate and one for "none of these".

benchmarks/matching/fit.py fits the coefficients and writes data/model.json.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log
from typing import Any

import orjson

from bot.scripts.matching.features import NAMES, NONE_NAMES
from bot.scripts.matching.hanzi import DATA
from bot.scripts.matching.weights import summed

FILE = DATA / "model.json"
_FEW = 48  # scripts of the smallest library that the model was fitted on


@dataclass(frozen=True, slots=True)
class Model:
    candidate: tuple[float, ...]  # in the order of NAMES
    none: tuple[float, ...]  # in the order of NONE_NAMES
    bias: float

    def weigh(
        self, rows: Sequence[Sequence[float]], none: Sequence[float], scripts: int
    ) -> tuple[list[float], float]:
        """The probability of each candidate, and that none of them is right.

        The fewer scripts there are, the more questions have no script.
        """
        scores = [_dot(self.candidate, row) for row in rows]
        nobody = _dot(self.none, none) + self.bias + max(0.0, log(_FEW / max(1, scripts)))
        most = max([nobody, *scores])
        odds = [exp(score - most) for score in scores]
        nothing = exp(nobody - most)
        total = summed(odds) + nothing
        return [one / total for one in odds], nothing / total


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    total = 0.0
    for place, weight in enumerate(weights):
        total += weight * values[place]
    return total


@cache
def model(language: str) -> Model:
    """The one for "zh" or "en" libraries."""
    stored: dict[str, Any] = orjson.loads(FILE.read_bytes())[language]
    return Model(
        candidate=tuple(stored["candidate"].get(name, 0.0) for name in NAMES),
        none=tuple(stored["none"].get(name, 0.0) for name in NONE_NAMES),
        bias=stored["bias"],
    )
