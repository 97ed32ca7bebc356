"""The bars of one library, for a stated rate of wrong answers.

Each example is asked once as if its script did not exist: nothing should be found. The surer the
matcher is of some other script then, the more alike the library's scripts are, and the more
customers it would answer wrong over the same bar; by how much was measured on other libraries
(data/wrong.json, see benchmarks/matching/held_out.py). A library of few examples is taken to be
like those, with a margin. Questions whose answers are known make this surer. Each example is also
asked without itself: that tells which menus are worth showing.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b
from heapq import nsmallest
from math import exp
from typing import Literal

import orjson

from bot.scripts.decision import Bars
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.matching.finder import Finder
from bot.scripts.matching.hanzi import DATA
from bot.scripts.question import Question

Kind = Literal["left_out", "unscripted", "known"]

WRONG = 0.02  # of all messages
STEPS = (*(step / 100 for step in range(50, 100)), 0.995, 0.999)
_TRIED = 1000  # examples: all of most libraries, two seconds' worth of 100,000 scripts
_OTHERS = 10  # trials that other libraries are worth: single ones differ three times as much
_CAUTION = 0.67  # spreads: three of four libraries are no worse than they are taken to be
_TRIALS = 150  # questions with known answers that the trials are worth: about as far off are both
_LEAST = 0.7  # no bar is lower, whatever a library says of itself
_UNANSWERABLE = 0.3  # of customers' messages, for the menus …
_NEAR = 0.1  # … and so many that are near to the library; the rest finds nothing in it
_MENU = 0.5  # of the menus that are shown, the share that must hold the right question
_LOWEST, _HIGHEST, _STEP = 0.2, 0.4, 0.05  # of the bar for asking
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    score: float  # of the best candidate
    right: bool  # it is the right one
    shown: bool  # the right one is among the first three
    weight: float = 1.0  # of the menus that it stands for
    # An example without itself; one without its script; a question of the file, whose right
    # script somebody wrote down.
    kind: Kind = "left_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What was measured on other libraries (data/wrong.json)."""

    sure: float  # 0..1: the mean of `sureness`
    wrong: Sequence[float]  # log odds that of such a library each of STEPS answers a message wrong
    slope: float  # by how much they rise with the sureness of the trials
    spread: float  # of libraries around that, one standard deviation


def calibrate(
    matcher: Matcher,
    questions: Sequence[Question] = (),
    *,
    elsewhere: Elsewhere | None = None,
) -> Bars:
    """Bars that let WRONG of all messages be answered with a wrong script.

    Args:
        elsewhere: instead of what ships.
    """
    return bars_of(trials_of(matcher, questions), WRONG, elsewhere=elsewhere)


def calibrated(library: Library) -> Matcher:
    """The matcher of a library. If the library has no bars, as a single file, they are calibrated
    by its own examples, which takes seconds: a library in use has them in `bars.toml`.
    """
    matcher = Matcher(library)
    return matcher if library.bars else matcher.with_bars({"": calibrate(matcher)})


def trials_of(matcher: Matcher, questions: Sequence[Question] = ()) -> list[Trial]:
    return [*_own(matcher.finder), *_known(matcher, questions)]


def bars_of(trials: Sequence[Trial], wrong: float, *, elsewhere: Elsewhere | None = None) -> Bars:
    seen = elsewhere or _shipped()
    answer = next(
        (bar for bar in STEPS if bar >= _LEAST and _holds(trials, bar, wrong, seen)), 1.0
    )
    return Bars(answer=answer, ask=_ask(trials, answer))


def sureness(trials: Iterable[Trial]) -> list[float]:
    """How sure each unscripted trial is of another script, squared: the sure ones count.

    More steady than the share of them over one bar.
    """
    return [trial.score**2 for trial in trials if trial.kind == "unscripted"]


def _expected(trials: Iterable[Trial], bar: float, seen: Elsewhere) -> float:
    """The share of all messages that the bar answers wrong."""
    own = sureness(trials)
    sure = (sum(own) + _OTHERS * seen.sure) / (len(own) + _OTHERS)
    usual = seen.wrong[min(bisect_left(STEPS, bar), len(STEPS) - 1)]
    odds = usual + seen.slope * (sure - seen.sure) + _CAUTION * seen.spread
    return 1 / (1 + exp(-odds))


def _holds(trials: Sequence[Trial], bar: float, wrong: float, seen: Elsewhere) -> bool:
    """Whether no more than `wrong` are expected over the bar, nor found among known questions."""
    known = [trial for trial in trials if trial.kind == "known"]
    found = _passed(known, bar)
    expected = _expected(trials, bar, seen)
    together = (found + _TRIALS * expected) / (len(known) + _TRIALS)
    return together <= wrong and found <= wrong * len(known)


def _passed(trials: Iterable[Trial], bar: float) -> int:
    """How many trials would be answered wrong with this bar."""
    return sum(1 for trial in trials if trial.score >= bar and not trial.right)


def _ask(trials: Sequence[Trial], answer: float) -> float:
    """The lowest bar so that of the menus just over it enough hold the right question."""
    bar = _HIGHEST
    while bar > _LOWEST:
        near = [t for t in trials if bar - _STEP <= t.score < min(bar, answer)]
        total = sum(trial.weight for trial in near)
        if total and sum(trial.weight * trial.shown for trial in near) < _MENU * total:
            break
        bar = round(bar - _STEP, 2)
    return bar


def _own(finder: Finder) -> Iterator[Trial]:
    """What the library's own examples find, one left out at a time."""
    index = finder.index
    owners = Counter(text for entry in index.entries for text in entry.examples)
    places = [
        (text, number, place)
        for number, entry in enumerate(index.entries)
        for place, text in enumerate(entry.examples)
        if owners[text] == 1  # of two with one question, their conditions decide
    ]
    left_out: list[Trial] = []
    unscripted: list[Trial] = []
    for text, number, place in nsmallest(_TRIED, places, key=_lot):
        if len(index.entries[number].examples) > 1:
            with index.without(number, place):
                left_out.append(_trial(finder, text, number))
        with index.without(number):
            unscripted.append(_trial(finder, text, None))
    tried = len(left_out) + len(unscripted)
    yield from _weighed(left_out, (1 - _UNANSWERABLE) * tried)
    yield from _weighed(unscripted, _NEAR * tried)


def _lot(place: tuple[str, int, int]) -> bytes:
    """A number drawn by each example for itself: one more example puts at most one other out of
    the sample."""
    return blake2b(place[0].encode(), digest_size=8).digest()


def _trial(finder: Finder, text: str, right: int | None) -> Trial:
    found = finder.find(text).found[:_SHOWN]
    numbers = [one.number for one in found]
    return Trial(
        score=found[0].probability if found else 0.0,
        right=numbers[:1] == [right],
        shown=right in numbers,
        kind="unscripted" if right is None else "left_out",
    )


def _weighed(trials: Sequence[Trial], total: float) -> Iterator[Trial]:
    return (replace(one, weight=total / len(trials)) for one in trials)


def _known(matcher: Matcher, questions: Iterable[Question]) -> Iterator[Trial]:
    for question in questions:
        decision = matcher.decide(question.text)
        shown = [match.script_id for match in decision.candidates[:_SHOWN]]
        yield Trial(
            score=decision.candidates[0].score if shown else 0.0,
            right=bool(shown) and shown[0] in question.gold,
            shown=not question.gold.isdisjoint(shown),
            kind="known",
        )


@cache
def _shipped() -> Elsewhere:
    stored = orjson.loads((DATA / "wrong.json").read_bytes())
    del stored["bar"]  # STEPS, for whoever reads the file
    return Elsewhere(**stored)
