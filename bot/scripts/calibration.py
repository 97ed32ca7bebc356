"""The bars of one library, for a stated rate of wrong answers.

Each example is asked once as if it were not there: its own script should be found all the same;
and once as if its script were not there: nothing should. What a bar lets through of this tells
what it would let through of customers' questions, together with what was seen on many libraries
(data/wrong.json) and with the questions whose answers are known.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import orjson

from bot.scripts.decision import Bars
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.matching.finder import Finder
from bot.scripts.matching.hanzi import DATA
from bot.scripts.question import Question

WRONG = 0.02  # of all messages
_TRIED = 400  # examples
_UNANSWERABLE = 0.3  # of customers' messages …
_NEAR = 0.1  # … and so many that are near to the library; the rest finds nothing in it
_ELSEWHERE = 150  # trials that what was seen on other libraries is worth
STEPS = (*(step / 100 for step in range(50, 100)), 0.995, 0.999)
_TRUSTED = {"zh": 0.75, "en": 0.85}  # no bar is lower, whatever a library says of itself
_MENU = 0.5  # of the menus that are shown, the share that must hold the right question
_LOWEST, _HIGHEST, _STEP = 0.2, 0.4, 0.05  # of the bar for asking
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    score: float  # of the best candidate
    right: bool  # it is the right one
    shown: bool  # the right one is among the first three
    weight: float = 1.0
    known: bool = False  # a question of the file, whose right script somebody wrote down


def calibrate(
    matcher: Matcher, questions: Sequence[Question] = (), *, wrong: float = WRONG
) -> Bars:
    """Bars that let `wrong` of all messages (0..1) be answered with a wrong script."""
    return bars_of(matcher, trials_of(matcher, questions), wrong)


def calibrated(library: Library) -> Matcher:
    """Its matcher; if it came with no bars, as a file does, with those of its own examples.

    It takes seconds: a library that is in use has them in `bars.toml`.
    """
    matcher = Matcher(library)
    return matcher if library.bars else matcher.with_bars({"": calibrate(matcher)})


def trials_of(matcher: Matcher, questions: Sequence[Question] = ()) -> list[Trial]:
    return [*_own(matcher.finder), *_known(matcher, questions)]


def bars_of(matcher: Matcher, trials: Sequence[Trial], wrong: float) -> Bars:
    language = matcher.finder.language
    steps = (bar for bar in STEPS if bar >= _TRUSTED[language])
    known = [trial for trial in trials if trial.known]
    answer = next(
        (
            bar
            for bar in steps
            if _wrong_at(trials, bar, language) <= wrong
            and _passed(known, bar) <= wrong * len(known)
        ),
        1.0,
    )
    return Bars(answer=answer, ask=_ask(trials, answer))


def _wrong_at(trials: Sequence[Trial], bar: float, language: str) -> float:
    total = sum(trial.weight for trial in trials)
    return (_passed(trials, bar) + _ELSEWHERE * _seen(bar, language)) / (total + _ELSEWHERE)


def _passed(trials: Sequence[Trial], bar: float) -> float:
    """How many would be answered wrong."""
    return sum(trial.weight for trial in trials if trial.score >= bar and not trial.right)


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
        (number, place)
        for number, entry in enumerate(index.entries)
        for place, text in enumerate(entry.examples)
        if owners[text] == 1  # of two with one question, their conditions decide
    ]
    within: list[Trial] = []
    near: list[Trial] = []
    for number, place in places[:: max(1, len(places) // _TRIED)]:
        text = index.entries[number].examples[place]
        if len(index.entries[number].examples) > 1:
            with index.without(number, place):
                within.append(_trial(finder, text, number))
        with index.without(number):
            near.append(_trial(finder, text, None))
    tried = len(within) + len(near)
    yield from _weighed(within, (1 - _UNANSWERABLE) * tried)
    yield from _weighed(near, _NEAR * tried)
    yield Trial(score=0.0, right=False, shown=False, weight=(_UNANSWERABLE - _NEAR) * tried)


def _trial(finder: Finder, text: str, right: int | None) -> Trial:
    found = finder.find(text).found[:_SHOWN]
    numbers = [one.number for one in found]
    return Trial(
        score=found[0].probability if found else 0.0,
        right=numbers[:1] == [right],
        shown=right in numbers,
    )


def _weighed(trials: Sequence[Trial], total: float) -> Iterator[Trial]:
    for one in trials:
        weight = total / len(trials)
        yield Trial(score=one.score, right=one.right, shown=one.shown, weight=weight)


def _known(matcher: Matcher, questions: Iterable[Question]) -> Iterator[Trial]:
    for question in questions:
        decision = matcher.decide(question.text)
        shown = [match.script_id for match in decision.candidates[:_SHOWN]]
        yield Trial(
            score=decision.candidates[0].score if shown else 0.0,
            right=bool(shown) and shown[0] in question.gold,
            shown=not question.gold.isdisjoint(shown),
            known=True,
        )


@cache
def _curves() -> Mapping[str, list[float]]:
    """Bars, rising, and by language the share of wrong answers that each let through."""
    stored: dict[str, list[float]] = orjson.loads((DATA / "wrong.json").read_bytes())
    return stored


def _seen(bar: float, language: str) -> float:
    shares = _curves()[language]
    return shares[min(bisect_left(_curves()["bar"], bar), len(shares) - 1)]
