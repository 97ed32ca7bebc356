"""The library taken apart, and the scripts that come into question for a message."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import log, sqrt
from typing import TypeVar

from bot.scripts.matching.postings import Postings
from bot.scripts.matching.terms import FAMILIES, Utterance
from bot.scripts.matching.weights import Weights
from bot.scripts.matching.wordings import FUNCTION, Wordings

T = TypeVar("T")
CANDIDATES = 20
_BUDGET = 400  # postings that one family may walk through for a message
_FLOOR = ((1000, 0.12), (10**9, 0.25))  # of the best one's score; by the size of the library
_FOUND_BY = ((1, 1.0), (2, 0.5), (4, 0.5))  # family, its share in the first look
_KEPT = 12_000  # scripts that are kept taken apart; of a larger library, those asked for lately
# The more alike the first one is, the nearer to it must be whatever else is compared closely.
_CLEAR = ((0.7, 0.65), (0.5, 0.45))
_PHRASED = FAMILIES.index("phrased")
_BESIDE = 0.5  # how much the words of titles and keywords count, beside those of one example


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What of a script is matched; texts as normalise.spoken gives them."""

    id: str
    examples: Sequence[str]
    beside: Sequence[str] = ()  # its title and keywords
    reply: str = ""


class Measured:
    """An utterance under the weights of one library: per family, the sum and the length."""

    __slots__ = ("content", "content_sum", "lengths", "sums", "terms", "utterance")

    def __init__(self, utterance: Utterance, weights: Sequence[Weights]) -> None:
        self.utterance = utterance
        self.terms = utterance.families
        self.sums: list[float] = []
        self.lengths: list[float] = []
        for weight, terms in zip(weights, utterance.families, strict=True):
            each = [weight[term] for term in terms]
            self.sums.append(sum(each) or 1e-9)
            self.lengths.append(sqrt(sum([one * one for one in each])) or 1e-9)
        # what it is about: wordings that are more than the frame of a question
        tokens = dict.fromkeys(utterance.tokens)
        self.content = [token for token in tokens if token not in FUNCTION]
        weight = weights[_PHRASED]
        self.content_sum = sum([weight[token] for token in self.content]) or 1e-9


class Wanted(Measured):
    """A message: what is compared with many."""

    __slots__ = ("sets", "weighed")

    def __init__(self, utterance: Utterance, weights: Sequence[Weights]) -> None:
        super().__init__(utterance, weights)
        self.weighed = [
            {term: weight[term] for term in terms}
            for weight, terms in zip(weights, self.terms, strict=True)
        ]
        self.sets = [frozenset(terms) for terms in self.terms]


class Profile:
    """A script as a whole."""

    __slots__ = ("asked", "centres", "core", "examples", "lengths", "reply")

    def __init__(
        self,
        examples: Sequence[Measured],
        beside: Sequence[Utterance],
        reply: frozenset[str],
        weights: Sequence[Weights],
    ) -> None:
        self.examples = examples
        self.reply = reply
        self.asked = [example.utterance.marks.asked for example in examples]
        # per family: term → its weight, less for one that few of the examples have;
        # none of a script with a single question: it is that question
        self.centres: list[dict[str, float]] = []
        self.lengths: list[float] = []
        total = len(examples) or 1
        for family, weight in enumerate(weights if beside or len(examples) != 1 else ()):
            counted = Counter[str]()
            for example in examples:
                counted.update(example.terms[family])
            shares = {term: count / total for term, count in counted.items()}
            for one in beside:
                for term in one.families[family]:
                    shares[term] = max(shares.get(term, 0.0), _BESIDE / total)
            centre = {term: sqrt(share) * weight[term] for term, share in shares.items()}
            self.centres.append(centre)
            self.lengths.append(sqrt(sum([one * one for one in centre.values()])) or 1e-9)
        content = Counter([token for example in examples for token in example.content])
        # what at least half of the examples are about: token → its weight
        self.core = {
            token: count / total * weights[_PHRASED][token]
            for token, count in content.items()
            if count * 2 >= total
        }


class Index:
    """Finds, and takes apart, whatever resembles a message."""

    def __init__(self, entries: Sequence[Entry], wordings: Wordings) -> None:
        self.entries = entries
        self._wordings = wordings
        self._floor = next(floor for most, floor in _FLOOR if len(entries) <= most)
        kept = len(entries) <= _KEPT
        self._postings = {family: Postings() for family, _ in _FOUND_BY}
        self.weights = [self._weights(family) for family in range(len(FAMILIES))]
        self._sizes = {family: array("f") for family in self._postings}
        self._utterances: dict[str, Utterance] = {}
        for number, entry in enumerate(entries):
            union = self._terms((*entry.examples, *entry.beside), keep=kept)
            for family, terms in enumerate(union):
                if postings := self._postings.get(family):
                    postings.add(terms, number)
                    # near enough, where the terms are too many to be weighed one by one
                    self._sizes[family].append(sqrt(len(terms) or 1) * log(len(entries) + 1))
                else:
                    self.weights[family].learn(terms)
        for weights in self.weights:
            weights.settle()
        self._profiles: dict[int, Profile] = {}
        self._without: tuple[int, Profile | None] | None = None
        if kept:
            self._keep()

    def _weights(self, family: int) -> Weights:
        postings = self._postings.get(family)
        return Weights(family, len(self.entries), postings.count if postings else None)

    def _keep(self) -> None:
        """Take everything apart beforehand."""
        for number, entry in enumerate(self.entries):
            union = self._terms((*entry.examples, *entry.beside))
            for family, sizes in self._sizes.items():
                weights = self.weights[family]
                sizes[number] = sqrt(sum([weights[term] ** 2 for term in union[family]])) or 1.0
            self.profile(number)
        self._utterances.clear()  # the profiles have them

    def measure(self, text: str) -> Wanted:
        """A message."""
        return Wanted(Utterance(text, self._wordings), self.weights)

    def _uttered(self, text: str) -> Utterance:
        return self._utterances.get(text) or Utterance(text, self._wordings)

    def profile(self, number: int) -> Profile:
        if self._without and self._without[0] == number and self._without[1]:
            return self._without[1]
        if (known := self._profiles.get(number)) is None:
            if len(self._profiles) >= _KEPT:
                del self._profiles[next(iter(self._profiles))]
            known = self._profiles[number] = self._profile(number)
        return known

    def present(self, fired: dict[int, T]) -> dict[int, T]:
        """What is left of `fired`; see `without`."""
        if self._without and self._without[1] is None:
            fired.pop(self._without[0], None)
        return fired

    @contextmanager
    def without(self, number: int, place: int | None = None) -> Iterator[None]:
        """As if the entry, or one of its examples, had never been there: for calibrating."""
        entry = self.entries[number]
        left = [text for at, text in enumerate(entry.examples) if at != place]
        kept = (*left, *entry.beside) if place is not None else ()
        before = self._terms((*entry.examples, *entry.beside))
        gone = [
            set(one).difference(other)
            for one, other in zip(before, self._terms(kept), strict=True)
        ]
        for weights, terms in zip(self.weights, gone, strict=True):
            weights.unlearn(terms)
        self._without = number, (None if place is None else self._profile(number, left))
        try:
            yield
        finally:
            self._without = None
            for weights in self.weights:
                weights.learn_again()

    def _terms(self, texts: Sequence[str], *, keep: bool = False) -> Sequence[Collection[str]]:
        """Per family the terms of all the texts, each once."""
        uttered = [self._uttered(text) for text in texts]
        if keep:
            self._utterances.update(zip(texts, uttered, strict=True))
        if len(uttered) == 1:
            return uttered[0].families
        return [
            dict.fromkeys(term for one in uttered for term in one.families[family]).keys()
            for family in range(len(FAMILIES))
        ]

    def _profile(self, number: int, examples: Sequence[str] | None = None) -> Profile:
        entry = self.entries[number]
        return Profile(
            [
                Measured(self._uttered(text), self.weights)
                for text in (entry.examples if examples is None else examples)
            ],
            [self._uttered(text) for text in entry.beside],
            frozenset(self._wordings.tokens(entry.reply)) if entry.reply else frozenset(),
            self.weights,
        )

    def candidates(self, wanted: Wanted) -> list[int]:
        """Numbers of the scripts that share most of what tells, best first."""
        found: dict[int, float] = defaultdict(float)
        for family, share in _FOUND_BY:
            of, sizes, weighed = (
                self._postings[family].of, self._sizes[family], wanted.weighed[family]
            )  # fmt: skip
            known = [(len(there), term) for term in wanted.terms[family] if (there := of(term))]
            known.sort()
            budget = _BUDGET
            for length, term in known:
                if budget < length and found:
                    break
                budget -= length
                weight = share * weighed[term] ** 2
                for number in of(term):
                    found[number] += weight / sizes[number]
        self.present(found)
        if not found:
            return []
        most = max(found.values())
        alike = most / sum([share * wanted.lengths[family] for family, share in _FOUND_BY])
        floor = next((floor for least, floor in _CLEAR if alike >= least), self._floor)
        kept = [number for number, score in found.items() if score >= floor * most]
        kept.sort(key=found.__getitem__, reverse=True)
        return kept[:CANDIDATES]
