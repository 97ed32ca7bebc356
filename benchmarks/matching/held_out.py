"""What a library's own trials are worth, and models that have not seen a set of questions.

Nothing that is measured on a set comes from a model that was fitted on it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import orjson

from benchmarks.matching.fit import Fitted, Sample, others, samples, stored
from benchmarks.matching.question_sets import QuestionSet, gold_of, question_sets
from bot.scripts.calibration import STEPS, Elsewhere, sureness, trials_of
from bot.scripts.matcher import Matcher
from bot.scripts.matching import model

BARS = (0.6, 0.95)  # between which libraries are held against each other


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One set."""

    sure: float  # the mean of its unscripted trials
    wrong: Sequence[float]  # log odds that a question of it is answered wrong, at each of STEPS


@contextmanager
def using(fitted: Fitted) -> Iterator[None]:
    """Matchers that are built and asked in here weigh with `fitted`, whatever their language."""
    ships = model.FILE
    with TemporaryDirectory() as folder:
        file = Path(folder, "model.json")
        file.write_bytes(orjson.dumps(dict.fromkeys(("zh", "en"), stored(fitted))))
        try:
            model.FILE = file
            model.model.cache_clear()
            yield
        finally:
            model.FILE = ships
            model.model.cache_clear()


class Study:
    """
    Args:
        data: see question_sets.
    """

    def __init__(self, data: Path | None) -> None:
        self.sets: Sequence[QuestionSet] = list(question_sets(data))
        self._data = data
        self._fitted: dict[tuple[str, frozenset[str]], Fitted] = {}

    @cached_property
    def _samples(self) -> Sequence[Sample]:
        return list(samples(self._data))

    def unseen(self, language: str, *names: str) -> Fitted:
        """A model of all sets but these."""
        wanted = language, frozenset(names)
        if wanted not in self._fitted:
            self._fitted[wanted] = others(names, language, self._samples)
        return self._fitted[wanted]

    def elsewhere(self, *without: str) -> Elsewhere:
        """What ships, or what would if some sets did not exist."""
        return _together([self._measured(one, without) for one in self.sets
                          if one.name not in without])  # fmt: skip

    def _measured(self, one: QuestionSet, without: Sequence[str]) -> Measured:
        """With a model that has seen neither."""
        with using(self.unseen(one.language, one.name, *without)):
            matcher = Matcher(one.library, bars={})
            return Measured(
                sure=float(np.mean(sureness(trials_of(matcher)))), wrong=_wrong(matcher, one)
            )


def _wrong(matcher: Matcher, one: QuestionSet) -> list[float]:
    scores = []
    for question in one.questions:
        first = matcher.decide(question["text"]).candidates[:1]
        scores += [found.score for found in first if found.script_id not in gold_of(question)]
    many = len(one.questions)
    over = [sum(score >= bar for score in scores) for bar in STEPS]
    return [log((wrong + 0.5) / (many - wrong + 0.5)) for wrong in over]


def _together(found: Sequence[Measured]) -> Elsewhere:
    """One line through all libraries for each bar, all of one slope (least squares)."""
    sure = np.array([one.sure for one in found])
    wrong = np.array([one.wrong for one in found])
    apart, level = sure - sure.mean(), wrong.mean(0)
    held = [step for step, bar in enumerate(STEPS) if BARS[0] <= bar <= BARS[1]]
    heights = (wrong - level)[:, held].mean(1)  # of each library over the usual one
    slope = float(apart @ heights / (apart @ apart))
    left = heights - slope * apart
    spread = float(np.sqrt(left @ left / (len(found) - 2)))
    return Elsewhere(
        sure=round(float(sure.mean()), 4),
        wrong=level.round(3).tolist(),
        slope=round(slope, 3),
        spread=round(spread, 3),
    )
