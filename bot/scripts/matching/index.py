"""The library taken apart, and the scripts that come into question for a message."""

from array import array
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import nlargest
from math import sqrt
from typing import TypeVar

from bot.scripts.matching.terms import FAMILIES, Utterance
from bot.scripts.matching.weights import Weights
from bot.scripts.matching.wordings import FUNCTION, Wordings

T = TypeVar("T")
CANDIDATES = 20
_BUDGET = 1000  # postings that one family may walk through for a message
_FLOOR = ((1000, 0.12), (10**9, 0.25))  # of the best one's score; by the size of the library
_FOUND_BY = ((1, 1.0), (2, 0.5), (3, 0.7), (4, 0.5))  # family, its share in the first look
_KEPT = 30_000  # scripts that are kept taken apart; of a larger library, those asked for lately
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
        self.content = [
            token for token in dict.fromkeys(utterance.tokens) if token not in FUNCTION
        ]
        self.content_sum = sum([weights[_PHRASED][token] for token in self.content]) or 1e-9


class Profile:
    """A script as a whole."""

    __slots__ = ("asked", "centres", "core", "examples", "lengths", "reply", "vocabulary")

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
        # per family: term → its weight, less for one that few of the examples have
        self.centres: list[dict[str, float]] = []
        self.lengths: list[float] = []
        total = len(examples) or 1
        for family, weight in enumerate(weights):
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
        content = Counter(token for example in examples for token in example.content)
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
        self._postings: list[dict[str, array[int]]] = [defaultdict(_numbers) for _ in FAMILIES]
        self._sizes: list[array[float]] = [array("f") for _ in FAMILIES]
        self.weights = [Weights(family) for family in range(len(FAMILIES))]
        taken: deque[list[dict[str, None]]] = deque()
        for number, entry in enumerate(entries):
            union = self._terms((*entry.examples, *entry.beside))
            for family, terms in enumerate(union):
                self.weights[family].learn(terms.keys())
                if family:
                    postings = self._postings[family]
                    for term in terms:
                        postings[term].append(number)
            taken.append(union)
        for weights in self.weights:
            weights.settle(len(entries))
        while taken:  # one by one they go: all at once would take long
            for family, terms in enumerate(taken.popleft()):
                weights = self.weights[family]
                self._sizes[family].append(sqrt(sum([weights[t] ** 2 for t in terms])) or 1.0)
        self._profiles: dict[int, Profile] = {}
        self._without: tuple[int, Profile | None] | None = None

    def measure(self, text: str) -> Measured:
        return Measured(Utterance(text, self._wordings), self.weights)

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
            one.keys() - other.keys() for one, other in zip(before, self._terms(kept), strict=True)
        ]
        for weights, terms in zip(self.weights, gone, strict=True):
            weights.unlearn(terms)
        self._without = number, (None if place is None else self._profile(number, left))
        try:
            yield
        finally:
            self._without = None
            for weights, terms in zip(self.weights, gone, strict=True):
                weights.learn_again(terms)

    def _terms(self, texts: Iterable[str]) -> list[dict[str, None]]:
        union: list[dict[str, None]] = [{} for _ in FAMILIES]
        for text in texts:
            utterance = Utterance(text, self._wordings)
            for terms, more in zip(union, utterance.families, strict=True):
                terms.update(dict.fromkeys(more))
        return union

    def _profile(self, number: int, examples: Sequence[str] | None = None) -> Profile:
        entry = self.entries[number]
        return Profile(
            [self.measure(text) for text in (entry.examples if examples is None else examples)],
            [Utterance(text, self._wordings) for text in entry.beside],
            frozenset(self._wordings.tokens(entry.reply)) if entry.reply else frozenset(),
            self.weights,
        )

    def candidates(self, wanted: Measured) -> list[int]:
        """Numbers of the scripts that share most of what tells, best first."""
        found: dict[int, float] = defaultdict(float)
        for family, share in _FOUND_BY:
            postings, weights, sizes = (
                self._postings[family], self.weights[family], self._sizes[family]
            )  # fmt: skip
            known = [(len(postings[t]), t) for t in wanted.terms[family] if t in postings]
            known.sort()
            budget = _BUDGET
            near: dict[int, float] = defaultdict(float)
            for length, term in known:
                if budget < length and near:
                    break
                budget -= length
                weight = weights[term] ** 2
                for number in postings[term]:
                    near[number] += weight
            for number, score in near.items():
                found[number] += share * score / sizes[number]
        self.present(found)
        best = nlargest(CANDIDATES, found, key=found.__getitem__)
        least = self._floor * found[best[0]] if best else 0.0
        return [number for number in best if found[number] >= least]


def _numbers() -> "array[int]":
    return array("I")
