"""The library taken apart into terms, and the candidates for a message."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from math import isqrt, log, sqrt
from typing import TypeVar

from bot.scripts.matching.gathering import Hinted, Sounded, Typed, Way
from bot.scripts.matching.postings import Postings
from bot.scripts.matching.terms import FAMILIES, HINTED, SOUNDED, TYPED, Utterance
from bot.scripts.matching.weights import Weights, summed
from bot.scripts.matching.wordings import FUNCTION, Wordings

T = TypeVar("T")
CANDIDATES = 8
_LEAST_BUDGET = 100  # postings that one family may walk through for a message; see Index
_MOST = 2000  # … and of one term, where a message has none but common ones
_FLOOR = 0.4  # of the best one's score
_SHARES = {TYPED: 1.0, SOUNDED: 0.5, HINTED: 0.5}  # of the families in the first look
_KEPT = 12_000  # scripts that are kept taken apart; of a larger library, those asked for lately
_BESIDE = 0.5  # how much the words of titles and keywords count, beside those of one example


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What of a script is matched; texts as normalise.spoken gives them."""

    id: str
    examples: Sequence[str]
    beside: Sequence[str] = ()  # its title and keywords
    reply: str = ""


class Measured:
    """An utterance under the weights of one library: per family, its length."""

    __slots__ = ("lengths", "utterance")

    def __init__(self, utterance: Utterance, weights: Sequence[Weights]) -> None:
        self.utterance = utterance
        self.lengths = tuple(
            _length([weight[term] for term in terms])
            for weight, terms in zip(weights, utterance.families, strict=True)
        )


class Wanted:
    """A message: what is compared with many."""

    __slots__ = ("content", "content_sum", "lengths", "sums", "tokens", "typed", "utterance",
                 "weighed")  # fmt: skip

    def __init__(
        self, utterance: Utterance, weights: Sequence[Weights], token_weights: Weights
    ) -> None:
        self.utterance = utterance
        # per family: term → weight
        self.weighed = [
            {term: weight[term] for term in terms}
            for weight, terms in zip(weights, utterance.families, strict=True)
        ]
        self.sums = [summed(weighed.values()) or 1e-9 for weighed in self.weighed]
        self.lengths = [_length(weighed.values()) for weighed in self.weighed]
        self.typed = frozenset(utterance.families[TYPED])
        self.tokens = dict.fromkeys(utterance.tokens)
        # what it is about: wordings that are more than the frame of a question;
        # each with its weight, and whether any script has it
        content = [token for token in self.tokens if token not in FUNCTION]
        unknown = token_weights.unknown(content)
        self.content = [(token, token_weights[token], token not in unknown) for token in content]
        self.content_sum = summed([weight for _, weight, _ in self.content]) or 1e-9


def _length(weights: Iterable[float]) -> float:
    total = 0.0
    for weight in weights:
        total += weight * weight
    return sqrt(total) or 1e-9


class Profile:
    """A script as a whole."""

    __slots__ = ("asked", "centres", "core", "core_sum", "examples", "lengths", "reply", "tokens")

    def __init__(
        self,
        examples: Sequence[Measured],
        beside: Sequence[Utterance],
        reply: frozenset[str],
        weights: Sequence[Weights],
        token_weights: Weights,
    ) -> None:
        self.examples = examples
        self.reply = reply
        self.asked = frozenset(example.utterance.marks.asked for example in examples)
        # per family: term → its weight, less for one that few of the examples have;
        # none of a script with a single question: it is that question
        self.centres: list[dict[str, float]] = []
        self.lengths: list[float] = []
        total = len(examples) or 1
        for family, weight in enumerate(weights if beside or len(examples) != 1 else ()):
            counted = Counter[str]()
            for example in examples:
                counted.update(example.utterance.families[family])
            shares = {term: count / total for term, count in counted.items()}
            for one in beside:
                for term in one.families[family]:
                    shares[term] = max(shares.get(term, 0.0), _BESIDE / total)
            centre = {term: sqrt(share) * weight[term] for term, share in shares.items()}
            self.centres.append(centre)
            self.lengths.append(_length(centre.values()))
        said = Counter(token for one in examples for token in dict.fromkeys(one.utterance.tokens))
        self.tokens = frozenset(said).union(*[one.tokens for one in beside])
        # what at least half of the examples are about: token → its weight
        self.core = {
            token: count / total * token_weights[token]
            for token, count in said.items()
            if count * 2 >= total and token not in FUNCTION
        }
        self.core_sum = summed(self.core.values()) or 1e-9


class Index:
    """Finds whatever resembles a message, and takes it apart."""

    def __init__(self, entries: Sequence[Entry], wordings: Wordings) -> None:
        self.entries = entries
        self._wordings = wordings
        # ten times the scripts, three times the work: 100 of 1,000, 1,000 of 100,000
        self._budget = max(_LEAST_BUDGET, isqrt(10 * len(entries)))
        self._postings = [Postings() for _ in FAMILIES]
        self._spread: Counter[str] = Counter()  # token → scripts that have it
        self.weights = [
            Weights(family, len(entries), postings.held, postings.count)
            for family, postings in zip(FAMILIES, self._postings, strict=True)
        ]
        self.token_weights = Weights("token", len(entries), self._spread, self._spread.__getitem__)
        # per family and script, what one share is worth
        self._scales: list[list[float]] = [[] for _ in FAMILIES]
        self._utterances: dict[str, Utterance] = {}
        self._profiles: dict[int, Profile] = {}
        self._without: tuple[int, Profile | None] | None = None
        self._sheets: list[list[float]] = []
        if len(entries) <= _KEPT:
            self._keep()
            self._look_closely()
        else:
            self._gather()

    def _keep(self) -> None:
        """Take all entries apart now, and keep their terms."""
        taken = []
        for number, entry in enumerate(self.entries):
            *families, tokens = self._terms((*entry.examples, *entry.beside), keep=True)
            for postings, terms in zip(self._postings, families, strict=True):
                postings.add(terms, number)
            self._spread.update(tokens)
            taken.append(families)
        for families in taken:
            for family, scales in enumerate(self._scales):
                weights = self.weights[family]
                size = sqrt(summed([weights[term] ** 2 for term in families[family]])) or 1.0
                scales.append(_SHARES[family] / size)

    def _look_closely(self) -> None:
        for number in range(len(self.entries)):
            self.profile(number)
        self._utterances.clear()  # the profiles have them

    def _gather(self) -> None:
        """For a large library, know only which script has which term."""
        sounded, each = Sounded(self._wordings), log(len(self.entries) + 1)
        ways: tuple[Way, ...] = Typed(), sounded, Hinted()
        for family, way in enumerate(ways):
            scales = self._scales[family]
            # of a size once for all: a number of its own for each script would lie somewhere else
            worth: dict[int, float] = {}
            for number, entry in enumerate(self.entries):
                texts = (*entry.examples, *entry.beside)
                size = sum([way.add(text, number) for text in texts]) or 1
                # near enough where there are too many terms to weigh one by one
                scales.append(worth.setdefault(size, _SHARES[family] / (sqrt(size) * each)))
            way.settle(self._postings[family].held)
        self._spread.update(sounded.tokens.spread())

    def measure(self, text: str) -> Wanted:
        """A message."""
        return Wanted(Utterance(text, self._wordings), self.weights, self.token_weights)

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
        fired.pop(self._gone(), None)
        return fired

    def _gone(self) -> int:
        """The entry that is left out; -1 if none is."""
        return self._without[0] if self._without and self._without[1] is None else -1

    @contextmanager
    def without(self, number: int, place: int | None = None) -> Iterator[None]:
        """As if the entry, or one of its examples, did not exist: for calibrating."""
        entry = self.entries[number]
        left = [text for at, text in enumerate(entry.examples) if at != place]
        kept = (*left, *entry.beside) if place is not None else ()
        before = self._terms((*entry.examples, *entry.beside))
        gone = [
            set(one).difference(other)
            for one, other in zip(before, self._terms(kept), strict=True)
        ]
        changed = [*self.weights, self.token_weights]
        for weights, terms in zip(changed, gone, strict=True):
            weights.unlearn(terms)
        self._without = number, (None if place is None else self._profile(number, left))
        try:
            yield
        finally:
            self._without = None
            for weights in changed:
                weights.learn_again()

    def _terms(self, texts: Sequence[str], *, keep: bool = False) -> Sequence[Collection[str]]:
        """Per family the terms of all the texts, and their tokens, each once."""
        uttered = [self._uttered(text) for text in texts]
        if keep:
            for text, one in zip(texts, uttered, strict=True):
                if text not in self._utterances:
                    one.keep()
                    self._utterances[text] = one
        tokens = dict.fromkeys(chain.from_iterable([one.tokens for one in uttered])).keys()
        if len(uttered) == 1:
            return [*uttered[0].families, tokens]
        families = [
            dict.fromkeys(chain.from_iterable([one.families[family] for one in uttered])).keys()
            for family in range(len(FAMILIES))
        ]
        return [*families, tokens]

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
            self.token_weights,
        )

    def candidates(self, wanted: Wanted) -> dict[int, float]:
        """The scripts that share most of what tells, best first: number → share of the best's."""
        # a sum for each script, zero again afterwards; whoever finds none free makes one
        scores = self._sheets.pop() if self._sheets else [0.0] * len(self.entries)
        touched: list[int] = []
        for weighed, postings, scales in zip(
            wanted.weighed, self._postings, self._scales, strict=True
        ):
            budget, held = self._budget, postings.held
            shared: list[tuple[int, str, Sequence[int]]] = []
            for term, weight in weighed.items():
                if (there := held.get(term)) is not None:
                    if isinstance(there, int):
                        score = scores[there]
                        if not score:
                            touched.append(there)
                        scores[there] = score + weight * weight * scales[there]
                        budget -= 1
                    else:
                        shared.append((len(there), term, there))
            shared.sort()
            for length, term, numbers in shared:
                if budget < length and touched:
                    break
                budget -= length
                square = weighed[term] * weighed[term]
                for number in numbers if length <= _MOST else numbers[:_MOST]:
                    score = scores[number]
                    if score:
                        scores[number] = score + square * scales[number]
                    else:
                        touched.append(number)
                        scores[number] = square * scales[number]
        if (gone := self._gone()) >= 0 and gone in touched:
            touched.remove(gone)
            scores[gone] = 0.0
        touched.sort(key=scores.__getitem__, reverse=True)
        most = scores[touched[0]] if touched else 0.0
        floor = _FLOOR * most
        found = {
            number: scores[number] / most
            for number in touched[:CANDIDATES]
            if scores[number] >= floor
        }
        for number in touched:
            scores[number] = 0.0
        self._sheets.append(scores)
        return found
