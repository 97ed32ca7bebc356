"""How well a library answers questions whose right scripts are known. Pure, without files."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bot.scripts.calibration import calibrated
from bot.scripts.decision import Band
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.question import Question
from bot.scripts.script import Script, Variant

WRONG_AT_MOST = 0.02  # of all questions, for `correct_at_2`
_RANKED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one question was answered."""

    question: Question
    ranked: tuple[str, ...]  # the best scripts, whether any would be said or not
    favourite: str  # the script that a lower bar would have let through; "" = no bar would
    score: float  # of the favourite
    band: Band
    answer: str  # the script that is said; "" = none

    @property
    def told(self) -> str:
        """The script that is said, or the band in which none is."""
        return self.answer or self.band

    @property
    def is_wrong(self) -> bool:
        return bool(self.answer) and self.answer not in self.question.gold

    @property
    def is_right(self) -> bool:
        return self.answer in self.question.gold


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How well questions were answered: shares, 0..1; None if there is nothing to share."""

    n: int  # questions
    # Of the questions that a script answers:
    top1: float | None  # it is the first found
    top3: float | None  # it is among the first three
    correct_at_2: float | None  # answered right with the bar at its best, ≤ 2 % of all wrong
    correct: float | None  # answered right, with the bars as shipped
    # Of all questions:
    wrong: float | None  # answered with another script, or at all where a person must
    handed_over: float | None  # not answered: a person, a menu, or silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A question that is answered differently from last time."""

    text: str
    before: str  # an id, or a band
    after: str


def evaluate(matcher: Matcher, questions: Iterable[Question]) -> list[Outcome]:
    return [_asked(matcher, question) for question in questions]


def score(outcomes: Sequence[Outcome]) -> Scores:
    answerable = [one for one in outcomes if one.question.gold]
    first = sum(not one.question.gold.isdisjoint(one.ranked[:1]) for one in answerable)
    three = sum(not one.question.gold.isdisjoint(one.ranked[:_RANKED]) for one in answerable)
    silent = sum(not one.answer for one in outcomes)
    return Scores(
        n=len(outcomes),
        top1=_share(first, len(answerable)),
        top3=_share(three, len(answerable)),
        correct_at_2=_share(right_at_best(outcomes, WRONG_AT_MOST), len(answerable)),
        correct=_share(sum(one.is_right for one in answerable), len(answerable)),
        wrong=_share(sum(one.is_wrong for one in outcomes), len(outcomes)),
        handed_over=_share(silent, len(outcomes)),
    )


def by_kind(outcomes: Iterable[Outcome]) -> dict[str, Scores]:
    """The scores of each kind of question; kinds are in the order in which they first occur."""
    kinds: defaultdict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        kinds[one.question.kind].append(one)
    return {kind: score(some) for kind, some in kinds.items()}


def right_at_best(outcomes: Sequence[Outcome], wrong_at_most: float) -> int:
    """How many answers would be right with the bar that brings most right ones.

    Everything at or over the bar counts as answered; wrong may be `wrong_at_most` of all outcomes.
    """
    swept = sorted((one for one in outcomes if one.favourite), key=_score, reverse=True)
    right = wrong = best = 0
    for _, level in groupby(swept, key=_score):  # a bar lets through all of one score, or none
        hits = [one.favourite in one.question.gold for one in level]
        right, wrong = right + sum(hits), wrong + len(hits) - sum(hits)
        if wrong > wrong_at_most * len(outcomes) + 1e-9:
            break
        best = right
    return best


def changes(before: Mapping[str, str], outcomes: Iterable[Outcome]) -> list[Change]:
    """The questions that are answered differently from `before` (text → script or band); new ones
    are no change."""
    after = {one.question.text: one.told for one in outcomes}
    return [
        Change(text=text, before=before[text], after=told)
        for text, told in after.items()
        if text in before and before[text] != told
    ]


def script_of(entry: Mapping[str, Any]) -> Script:
    """A script from a line of a JSON Lines library; its id is not checked, and its reply is no
    template."""
    reply = str(entry.get("reply") or "")
    return Script(
        id=str(entry["id"]),
        title=str(entry.get("title") or ""),
        category=str(entry.get("category") or ""),
        say=(Variant(source=reply, fixed=reply),),
        examples=tuple(map(str, entry.get("examples") or ())),
        keywords=tuple(tuple(str(words).split()) for words in entry.get("keywords") or ()),
        not_for=tuple(map(str, entry.get("not_for") or ())),
    )


class Judged:
    """A matcher with an interface of plain texts and pairs, for benchmarks of others.

    Its bars come from the library's own examples.
    """

    def __init__(self, library: Library) -> None:
        self._matcher = calibrated(library)

    def match(self, text: str) -> tuple[str | None, float]:
        """(the script that is said, how sure), or (None, how sure of the best candidate)."""
        decision = self._matcher.decide(text)
        if decision.match is not None:
            return decision.match.script_id, decision.match.score
        return None, decision.candidates[0].score if decision.candidates else 0.0

    def rank(self, text: str, k: int) -> list[tuple[str, float]]:
        return [(one.script_id, one.score) for one in self._matcher.rank(text, k)]


def factory(library: Iterable[Mapping[str, Any]]) -> Judged:
    """Judge a library of these entries, each with at least "id" and "examples"."""
    return Judged(Library(map(script_of, library)))


def _asked(matcher: Matcher, question: Question) -> Outcome:
    decision = matcher.decide(question.text)
    favourite = decision.candidates[0] if decision.candidates else None
    return Outcome(
        question=question,
        ranked=tuple(one.script_id for one in matcher.rank(question.text, _RANKED)),
        favourite=favourite.script_id if favourite else "",
        score=favourite.score if favourite else 0.0,
        band=decision.band,
        answer=decision.match.script_id if decision.match else "",
    )


def _score(outcome: Outcome) -> float:
    return outcome.score


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
