"""Complaints about questions which, asked in nearly these words, would lead to another script.

Asked word for word, a question always finds its script. So each is given to the matcher as if
nobody had written it: that is how customers will ask it. Only questions whose wording itself
speaks for another script are tried: that a question is hard to match is no mistake.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from rapidfuzz import fuzz

from bot.errors import Complaint
from bot.scripts.checks.conditions import overlap
from bot.scripts.checks.subject import Subject, complaint
from bot.scripts.checks.wording import Weights, canonical
from bot.scripts.decision import Bars, Decision
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.normalise import fold, normalise
from bot.scripts.script import Script

_COMPARED = 12  # with how many others a question is compared: those that share most bigrams
_COMMON = 400  # a bigram of more questions than this is passed over
# Only an answer that is all but certain is held against the library.
_BARS = Bars(answer=0.97, ask=0.5)
# All below are shares, 0..1, of what the characters of a question tell (`Weights`).
# A question is suspected if another script's question covers at least the first of it, and by the
# second more than any other question of its own script does.
_SUSPECTED, _AHEAD = 0.5, 0.15
# A menu that offers the other script is a mistake only if its question covers this one by at least
# _PLAIN, is covered by it by _BACK, is alike by _ALIKE, and its own script's other questions cover
# it by at most _OWN and by _LEAD less. An answer is one if they cover it by at most _OWN_ANSWERED.
_PLAIN, _BACK, _ALIKE, _OWN, _LEAD = 0.85, 0.6, 0.7, 0.55, 0.35
_OWN_ANSWERED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    script: Script
    number: int
    example: str
    text: str  # normalised
    wording: str  # canonical
    signs: frozenset[str]  # of the wording


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rival:
    covered: float  # how much of the suspected question the rival's question covers
    back: float  # how much of the rival's question is covered by this one
    alike: float  # letter by letter, in order
    words: str  # the rival's question or keyword entry


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suspect:
    asked: _Asked
    own: float  # how much of it another question of its own script covers, at most
    rivals: Mapping[str, _Rival]  # by the id of their script


def check_confusion(subject: Subject, ids: Container[str] | None = None) -> Iterator[Complaint]:
    """Complain about questions that would lead to another script.

    Args:
        ids: the scripts whose questions are tried, among those of all others; None: every script.
    """
    suspects = list(_suspects(subject.scripts, _asked(subject), ids))
    if not suspects:
        return
    library = Library(subject.scripts, rules=subject.rules, quiet=subject.quiet)
    matcher = Matcher(library, bars=_BARS)
    numbers = {entry.id: at for at, entry in enumerate(matcher.finder.index.entries)}
    for suspect in suspects:
        asked = suspect.asked
        decision = matcher.decide_without(numbers[asked.script.id], asked.example)
        yield from _judged(suspect, decision)


def _asked(subject: Subject) -> list[_Asked]:
    return [
        _Asked(
            script=script,
            number=number,
            example=example,
            text=text,
            wording=(wording := canonical(example)),
            signs=frozenset(wording),
        )
        for script in subject.scripts
        for number, example in enumerate(script.examples)
        if (text := normalise(example))
    ]


def _suspects(
    scripts: Sequence[Script], asked: Sequence[_Asked], ids: Container[str] | None
) -> Iterator[_Suspect]:
    weights = _weights(asked)
    near, fired = _Near(asked), _Fired(scripts)
    siblings: dict[str, list[_Asked]] = defaultdict(list)
    for one in asked:
        siblings[one.script.id].append(one)

    def home(one: _Asked) -> float:
        """How much of a question the rest of its script covers: title, keywords, questions."""
        rest = {canonical(one.script.title), *map(canonical, map(" ".join, one.script.keywords))}
        rest |= {by.wording for by in siblings[one.script.id] if by != one}
        return weights.covered(one.signs, frozenset().union(*rest))

    shared = _shared(asked)
    for one in asked:
        if one.text in shared or (ids is not None and one.script.id not in ids):
            continue  # two scripts have it: on purpose, by conditions, or told as a collision
        own = max(
            (weights.covered(one.signs, by.signs) for by in siblings[one.script.id] if by != one),
            default=weights.covered(one.signs, frozenset(canonical(one.script.title))),
        )
        rivals: dict[str, _Rival] = {}
        for other in near.of(one):
            covered = weights.covered(one.signs, other.signs)
            if covered < max(_SUSPECTED, own + _AHEAD) or not _together(one, other.script):
                continue
            if home(other) < home(one):
                continue  # the other question fits its own script even less
            back = weights.covered(other.signs, one.signs)
            known = rivals.get(other.script.id)
            if known is None or known.covered < covered:
                alike = fuzz.ratio(one.wording, other.wording) / 100
                rivals[other.script.id] = _Rival(
                    covered=covered, back=back, alike=alike, words=other.example
                )
        for script, words in fired.by(one):
            if script.id not in rivals and _together(one, script):
                rivals[script.id] = _Rival(covered=0.0, back=0.0, alike=0.0, words=words)
        if rivals:
            yield _Suspect(asked=one, own=own, rivals=rivals)


def _shared(asked: Iterable[_Asked]) -> frozenset[str]:
    """The normalised questions that several scripts have."""
    owners: dict[str, str] = {}
    return frozenset(
        one.text for one in asked if owners.setdefault(one.text, one.script.id) != one.script.id
    )


def _together(one: _Asked, other: Script) -> bool:
    return other is not one.script and overlap(one.script.when, other.when)


def _weights(asked: Iterable[_Asked]) -> Weights:
    signs: dict[str, set[str]] = defaultdict(set)
    for one in asked:
        signs[one.script.id] |= one.signs
    return Weights(signs.values())


class _Near:
    """Finds the questions that have the most bigrams in common with one."""

    def __init__(self, asked: Sequence[_Asked]) -> None:
        self._asked = asked
        self._postings: dict[str, list[int]] = defaultdict(list)
        for number, one in enumerate(asked):
            for gram in _grams(one.text):
                self._postings[gram].append(number)

    def of(self, one: _Asked) -> Iterator[_Asked]:
        postings = [self._postings[gram] for gram in _grams(one.text)]
        common = Counter(chain.from_iterable(each for each in postings if len(each) <= _COMMON))
        for number, _ in common.most_common(_COMPARED):
            yield self._asked[number]


class _Fired:
    """Finds the keyword entries that occur in a question; none if one is of its own script."""

    def __init__(self, scripts: Iterable[Script]) -> None:
        self._entries: dict[str, list[tuple[tuple[str, ...], Script]]] = defaultdict(list)
        for script in scripts:
            for entry in script.keywords:
                words = tuple(filter(None, map(fold, entry)))
                if words:
                    self._entries[max(words, key=len)[:2]].append((words, script))

    def by(self, one: _Asked) -> list[tuple[Script, str]]:
        found = [
            (script, " ".join(words))
            for gram in _grams(one.text)
            for words, script in self._entries.get(gram, ())
            if all(word in one.text for word in words)
        ]
        return [] if any(script is one.script for script, _ in found) else found


def _grams(text: str) -> list[str]:
    return list(dict.fromkeys(left + right for left, right in pairwise(text))) or [text]


def _judged(suspect: _Suspect, decision: Decision) -> Iterator[Complaint]:
    best = decision.match or next(iter(decision.candidates), None)
    rival = suspect.rivals.get(best.script_id) if best else None
    if best is None or rival is None or decision.band not in ("answer", "ask"):
        return
    plain = (
        rival.covered >= max(_PLAIN, suspect.own + _LEAD)
        and rival.back >= _BACK
        and rival.alike >= _ALIKE
        and suspect.own <= _OWN
    )
    answered = decision.match is not None and suspect.own <= _OWN_ANSWERED
    if plain or answered:
        one = suspect.asked
        by = "keywords" if best.tier == "keyword" else "question"
        yield complaint(
            one.script,
            f"ask[{one.number}]",
            f"{one.example!r} leads to {best.script_id} by its {by} {rival.words!r}",
            f"Move it to {best.script_id}, or write more such questions here",
        )
