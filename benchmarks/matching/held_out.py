"""What a library's own trials are worth, and models that have not seen a set of questions.

Nothing that is measured on a set comes from a model that was fitted on it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import orjson

from benchmarks.matching.fit import Fitted, Sample, others, samples, stored
from benchmarks.matching.question_sets import QuestionSet, gold_of, question_sets
from bot.scripts.calibration import STEPS, Elsewhere, Trial, let_through, trials_of
from bot.scripts.matcher import Matcher
from bot.scripts.matching import model

BARS = (0.7, 0.95)  # between which trials are held against questions
PERCENTILE = 75  # of the sets: most libraries are better than what is written


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One set."""

    trials: Sequence[Trial]
    wrong: Sequence[float]  # of all its questions, those that each of STEPS answers wrong


@contextmanager
def using(fitted: Fitted) -> Iterator[None]:
    """Matchers that are built and asked in here weigh with `fitted`, whatever their language."""
    ships = model.DATA
    with TemporaryDirectory() as folder:
        content = orjson.dumps(dict.fromkeys(("zh", "en"), stored(fitted)))
        (Path(folder) / "model.json").write_bytes(content)
        try:
            model.DATA = Path(folder)
            model.model.cache_clear()
            yield
        finally:
            model.DATA = ships
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

    def elsewhere(self, language: str, *without: str) -> Elsewhere:
        """What ships for a language, or what would if some sets did not exist."""
        found = []
        for one in self.sets:
            if one.language == language and one.name not in without:
                with using(self.unseen(language, one.name, *without)):
                    found.append(_measured(one))
        usual = np.mean([_shares(one.trials) for one in found], axis=0).round(5).tolist()
        worth = np.percentile([_worth(one, usual) for one in found], PERCENTILE)
        return Elsewhere(unscripted=usual, worth=round(float(worth), 3))


def _measured(one: QuestionSet) -> Measured:
    matcher = Matcher(one.library, bars={})
    trials = [trial for trial in trials_of(matcher) if trial.kind == "unscripted"]
    return Measured(trials=trials, wrong=_wrong(matcher, one))


def _shares(trials: Sequence[Trial]) -> list[float]:
    return [sum(one.score >= bar for one in trials) / len(trials) for bar in STEPS]


def _wrong(matcher: Matcher, one: QuestionSet) -> list[float]:
    scores = []
    for question in one.questions:
        first = matcher.decide(question["text"]).candidates[:1]
        scores += [found.score for found in first if found.script_id not in gold_of(question)]
    return [sum(score >= bar for score in scores) / len(one.questions) for bar in STEPS]


def _worth(one: Measured, usual: Sequence[float]) -> float:
    """How many questions of all are answered wrong, for each trial of all that comes through."""
    steps = [step for step, bar in enumerate(STEPS) if BARS[0] <= bar <= BARS[1]]
    through = sum(let_through(one.trials, STEPS[step], usual) for step in steps)
    return sum(one.wrong[step] for step in steps) / through
