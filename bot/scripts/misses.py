"""Puts questions that no script answered into clusters, and drafts a script for each. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import fuzz

from bot.scripts.decision import Decision
from bot.scripts.grouping import group, pieces
from bot.scripts.normalise import normalise

_WEIGHED = 40  # questions of a cluster, the most asked, among which the typical ones are sought
_EXAMPLES = 6
_SAME = 75.0  # likeness of two questions of which one is enough
_NEAREST_SHARE = 1 / 3  # of a cluster's questions for which one script was offered
_KEYWORDS = 4
_WHOLE = 0.8  # 电磁炉 covers so much of what 电磁 does: take the whole word
_WORD = range(2, 5)  # characters of a keyword
_KEYWORD_SHARE = 0.2  # of the cluster, at least
_LEAST_ASKED = 3  # different questions with a keyword
_KEYWORD_OWN = 0.8  # of all questions with this word, so many are the cluster's


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    text: str
    at: datetime
    offered: str = ""  # the script that came closest, if it was close enough to be offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A script that could be written, complete but for its words."""

    title: str
    ask: tuple[str, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Questions about the same. Either `nearest` or `draft` tells what to do about them."""

    size: int  # times asked
    first_at: datetime
    last_at: datetime
    examples: tuple[str, ...]  # typical ones, the most typical first
    questions: tuple[str, ...]  # all different ones, the most asked first
    nearest: str = ""  # the script to whose examples they belong
    draft: Draft | None = None


def is_missed(decision: Decision) -> bool:
    """Whether a script should have answered and none did; what is for people anyway is no miss."""
    missed = decision.band in ("ask", "handover")
    ours = not decision.rule and decision.sounds != "unwanted"
    return missed and ours and bool(decision.normalised)


def offered(decision: Decision) -> str:
    """The script that is said, or the first one in the menu; "" if there is neither."""
    plausible = decision.band in ("answer", "ask") and decision.candidates
    return decision.candidates[0].script_id if plausible else ""


def cluster(misses: Sequence[Miss], known: Iterable[str] = ()) -> list[Cluster]:
    """The clusters of these questions, the biggest first.

    Args:
        misses: in any order.
        known: the examples of the library: what is common in them tells little.
    """
    known = tuple(known)
    together: dict[int, list[Miss]] = {}
    ordered = sorted(misses, key=lambda miss: (miss.at, miss.text))
    numbers = group([miss.text for miss in ordered], known)
    for miss, number in zip(ordered, numbers, strict=True):
        together.setdefault(number, []).append(miss)
    texts = dict.fromkeys([miss.text for miss in ordered] + [*known])
    words = Counter(word for text in texts for word in _words(text))
    found = [_described(some, words) for some in together.values()]
    return sorted(found, key=lambda one: (-one.size, -one.last_at.timestamp(), one.questions))


def _described(misses: Sequence[Miss], words: Counter[str]) -> Cluster:
    asked = Counter(miss.text for miss in misses)
    questions = tuple(sorted(asked, key=lambda text: (-asked[text], text)))
    spoken = {text: _words(text) for text in questions}
    own = Counter(word for some in spoken.values() for word in some)
    examples = _typical(spoken, {word: own[word] ** 2 / words[word] for word in own})
    nearest = _nearest(misses)
    draft = None
    if not nearest:
        ask = tuple(dict.fromkeys(normalise(text) or text for text in examples))
        apt = {word for word in own if own[word] >= _KEYWORD_OWN * words[word]}
        keywords = tuple(_telling([apt.intersection(some) for some in spoken.values()]))
        draft = Draft(title=ask[0], ask=ask, keywords=keywords)
    return Cluster(
        size=len(misses),
        first_at=misses[0].at,
        last_at=misses[-1].at,
        examples=examples,
        questions=questions,
        nearest=nearest,
        draft=draft,
    )


def _typical(spoken: Mapping[str, Sequence[str]], telling: Mapping[str, float]) -> tuple[str, ...]:
    """Typical questions of a cluster, from the half with most of its own words: first the one most
    like all others, then those least like the ones chosen before."""
    weight = {text: sum(telling[word] for word in some) for text, some in spoken.items()}
    ranked = sorted(spoken, key=lambda text: (-weight[text], text))
    plain = {normalise(text): text for text in reversed(ranked[: max(2, len(ranked) // 2)])}
    rest = [*reversed(plain)][:_WEIGHED]
    chosen = [max(rest, key=lambda text: sum(fuzz.ratio(text, other) for other in rest))]
    while rest and len(chosen) < _EXAMPLES:
        likeness = {text: max(fuzz.ratio(text, one) for one in chosen) for text in rest}
        rest = [text for text in rest if likeness[text] < _SAME]
        chosen += sorted(rest, key=likeness.__getitem__)[:1]
    return tuple(plain[text] for text in chosen)


def _nearest(misses: Sequence[Miss]) -> str:
    offered = {miss.text: miss.offered for miss in misses}
    votes = Counter(script for script in offered.values() if script)
    script, number = max(votes.items(), key=lambda vote: (vote[1], vote[0]), default=("", 0))
    return script if number >= _NEAREST_SHARE * len(offered) else ""


def _telling(spoken: Iterable[set[str]]) -> Iterator[str]:
    """Keywords of a cluster: each occurs in a good part of the questions that have none of the
    ones before."""
    left = list(spoken)
    least = max(_LEAST_ASKED, _KEYWORD_SHARE * len(left))
    for _ in range(_KEYWORDS):
        covered = Counter(word for some in left for word in some)
        best = max(covered, key=lambda word: (covered[word], word), default="")
        if covered[best] < least:
            return
        most = [word for word in covered if covered[word] >= _WHOLE * covered[best]]
        best = max((word for word in most if best in word), key=lambda word: (len(word), word))
        yield best
        left = [some for some in left if best not in some]


def _words(text: str) -> tuple[str, ...]:
    """Every piece of `text` that may be a word, each once."""
    found: list[str] = []
    for piece in pieces(text):
        if piece.isascii():
            found.append(piece)
        for length in _WORD:
            found += [piece[at : at + length] for at in range(len(piece) - length + 1)]
    return tuple(dict.fromkeys(found))
