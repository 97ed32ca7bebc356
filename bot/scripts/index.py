"""Questions and keywords, found by their character bigrams."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import chain, pairwise
from math import log

from rapidfuzz import fuzz, process

from bot.scripts.decision import Match
from bot.scripts.library import Library
from bot.scripts.normalise import fold, normalise
from bot.scripts.script import Script

_CANDIDATES = 256  # examples that are compared at all, those with the rarest bigrams first
_COMPARED = 16  # of these the most alike ones are weighed
_LEAST_RATIO = 40.0
# 不想退款 must not get the refund script. 要不要, 不想要了 and 特别 negate nothing.
_NEGATION = re.compile(
    "(?<!想)不想(?!要)|(?<!用)不用(?!了)|(?<!要)不要(?!了)|(?<!需)不需要|(?<!是)不是|(?<!打)不打算|"
    "不必|无需|没想|(?<![特区级性类分])别(?![人的处家])"
)


class Index:
    """Examples and keywords by their character bigrams."""

    def __init__(self, library: Library) -> None:
        scripts = list(library)
        self._weight = {script.id: script.when.weight for script in scripts}
        self._titles = {script.id: normalise(script.title) for script in scripts}
        self._owners: dict[str, list[str]] = defaultdict(list)
        for script in scripts:
            for example in {normalise(example) for example in script.examples} - {""}:
                self._owners[example].append(script.id)
        self._examples = list(self._owners)
        self._signs = [frozenset(example) for example in self._examples]
        self._postings: dict[str, list[int]] = defaultdict(list)
        for number, example in enumerate(self._examples):
            for bigram in _bigrams(example):
                self._postings[bigram].append(number)
        self._keywords: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for script in scripts:
            for entry in script.keywords:
                words = tuple(filter(None, map(fold, entry)))
                if words:
                    self._keywords[max(words, key=len)[:2]].append((words, script.id))
        self._rarity = self._weigh(scripts)
        self._unknown = log(1 + len(scripts))

    def _weigh(self, scripts: Iterable[Script]) -> dict[str, float]:
        """How much a character tells: few scripts have it, much."""
        signs = [set("".join(map(normalise, script.examples))) for script in scripts]
        spread = Counter(chain.from_iterable(signs))
        return {sign: log(1 + len(signs) / count) for sign, count in spread.items()}

    def score(self, wanted: str) -> tuple[Match, ...]:
        """Every script with some likeness, once, best first."""
        if owners := self._owners.get(wanted):
            return self._ordered(
                Match(script_id=owner, score=1.0, tier="exact", example=wanted) for owner in owners
            )
        grams = _bigrams(wanted)
        best: dict[str, Match] = {}
        for match in chain(self._similar(wanted, grams), self._by_keyword(wanted, grams)):
            known = best.get(match.script_id)
            best[match.script_id] = _stronger(known, match) if known else match
        return self._ordered(best.values())

    def _ordered(self, matches: Iterable[Match]) -> tuple[Match, ...]:
        return tuple(
            sorted(matches, key=lambda m: (-m.score, -self._weight[m.script_id], m.script_id))
        )

    def _similar(self, wanted: str, grams: set[str]) -> Iterable[Match]:
        numbers = self._candidates(grams)
        found = process.extract(
            wanted,
            [self._examples[number] for number in numbers],
            scorer=fuzz.ratio,
            score_cutoff=_LEAST_RATIO,
            limit=_COMPARED,
        )
        negated = _NEGATION.findall(wanted)
        signs = frozenset(wanted)
        for example, ratio, place in found:
            if _NEGATION.findall(example) == negated:
                score = (ratio / 100 + self._likeness(signs, self._signs[numbers[place]])) / 2
                for owner in self._owners[example]:
                    yield Match(script_id=owner, score=score, tier="fuzzy", example=example)

    def _candidates(self, grams: set[str]) -> list[int]:
        numbers: set[int] = set()
        for posting in sorted(filter(None, map(self._postings.get, grams)), key=len):
            if numbers and len(numbers) + len(posting) > _CANDIDATES:
                break
            numbers.update(posting)
        return list(numbers)

    def _likeness(self, left: frozenset[str], right: frozenset[str]) -> float:
        """The weight of the characters both have, as a share of all."""
        return self._sum(left & right) / self._sum(left | right)

    def _sum(self, signs: Iterable[str]) -> float:
        return sum(self._rarity.get(sign, self._unknown) for sign in signs)

    def _by_keyword(self, wanted: str, grams: set[str]) -> Iterable[Match]:
        if _NEGATION.search(wanted):
            return
        for gram in grams:
            for words, owner in self._keywords.get(gram, ()):
                if all(word in wanted for word in words):
                    covered = sum(map(len, words)) / len(wanted)
                    score = min(0.95, 0.55 + 0.5 * covered)
                    yield Match(
                        script_id=owner, score=score, tier="keyword", example=" ".join(words)
                    )

    def search_titles(self, wanted: str) -> Iterable[Match]:
        found = process.extract(
            wanted, self._titles, scorer=fuzz.partial_ratio, score_cutoff=60, limit=20
        )
        for title, ratio, script_id in found:
            yield Match(script_id=script_id, score=0.9 * ratio / 100, tier="fuzzy", example=title)


def _stronger(left: Match, right: Match) -> Match:
    """Two findings for one script: the better one, and if the tiers differ a little more."""
    better, other = (left, right) if left.score >= right.score else (right, left)
    if better.tier == other.tier:
        return better
    score = better.score + (1 - better.score) * other.score / 2
    return Match(script_id=better.script_id, score=score, tier=better.tier, example=better.example)


def _bigrams(text: str) -> set[str]:
    return {left + right for left, right in pairwise(text)} or {text}
