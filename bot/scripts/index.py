"""Questions and keywords, found by their character bigrams."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nlargest
from itertools import chain, pairwise
from math import log

from rapidfuzz import fuzz, process

from bot.scripts.decision import Match, Tier
from bot.scripts.library import Library
from bot.scripts.normalise import fold, normalise
from bot.scripts.script import Script

_CANDIDATES = 64  # examples that are compared at all, those with the rarest bigrams first
_COMPARED = 10  # of these the most alike ones are weighed
_KEPT = 5  # scripts
_LEAST_RATIO = 45.0
_DOUBTED = 0.8  # what is left of a score when the text has a foreign word
_FUNCTION = frozenset(  # characters that tell little about what is asked
    "的地得了着过吗嘛呢吧啊呀么什怎哪啥咋样我你您他她这那个些一下点儿有没是在就都也还又再会能可以"
    "要想把给和跟请帮说里上来去呗不行多少几到时候啦哦之然但因为所已经现今明昨"
    "衣服裤子鞋东西家件款买0123456789"
)
_FUNCTION_WEIGHT = 0.3
# 不想退款 must not get the refund script. 要不要, 不想要了 and 特别 negate nothing.
_NEGATION = re.compile(
    "(?<!想)不想(?!要)|(?<!用)不用(?!了)|(?<!要)不要(?!了)|(?<!需)不需要|(?<!是)不是|(?<!打)不打算|"
    "不必|无需|没想|没有?(?=取消|申请|下单|同意)|(?<![特区级性类分])别(?![人的处家])"
)

_Hit = tuple[float, Tier, str]  # score, tier, the example or the keyword entry


@dataclass(frozen=True, slots=True)
class _Example:
    """A normalised question and what can be known of it beforehand."""

    text: str
    owners: list[str]  # ids
    signs: frozenset[str]
    weight: float  # of its signs
    negations: list[str]


class Index:
    """Examples and keywords by their character bigrams."""

    def __init__(self, library: Library) -> None:
        scripts = list(library)
        self._special = {script.id: script.when.weight for script in scripts}
        self._titles = {script.id: normalise(script.title) for script in scripts}
        self._vocabulary = {script.id: _vocabulary(script) for script in scripts}
        self._spoken = frozenset(chain.from_iterable(self._vocabulary.values())) - _FUNCTION
        self._rarity = _Rarity(scripts)
        self._examples = self._gather(scripts)
        self._texts = [example.text for example in self._examples]
        self._exact = {example.text: example for example in self._examples}
        self._postings: dict[str, list[int]] = defaultdict(list)
        for number, example in enumerate(self._examples):
            for bigram in _bigrams(example.text):
                self._postings[bigram].append(number)
        self._keywords: dict[str, list[tuple[list[str], float, str]]] = defaultdict(list)
        for script in scripts:
            for entry in script.keywords:
                if words := [word for word in map(fold, entry) if word]:
                    weight = self._sum(set("".join(words)))
                    self._keywords[self._rarest(words)].append((words, weight, script.id))

    def _rarest(self, words: list[str]) -> str:
        """The bigram by which an entry is found; words of one character have none."""
        grams = chain.from_iterable(_bigrams(word) for word in words if len(word) > 1)
        return min(grams, key=lambda gram: len(self._postings.get(gram, ())), default="")

    def _gather(self, scripts: Iterable[Script]) -> list[_Example]:
        owners: dict[str, list[str]] = defaultdict(list)
        for script in scripts:
            for text in dict.fromkeys(map(normalise, script.examples)):
                owners[text].append(script.id)
        owners.pop("", None)
        return [
            _Example(text, ids, frozenset(text), self._sum(set(text)), _NEGATION.findall(text))
            for text, ids in owners.items()
        ]

    def score(self, wanted: str) -> tuple[Match, ...]:
        """Every script with some likeness, once, best first."""
        if example := self._exact.get(wanted):
            return self._ordered(
                Match(script_id=owner, score=1.0, tier="exact", example=wanted)
                for owner in example.owners
            )
        signs = frozenset(wanted)
        weight = self._sum(signs)
        grams = _bigrams(wanted)
        found = self._similar(wanted, grams, signs, weight)
        for owner, hit in self._by_keyword(wanted, grams, weight):
            found[owner] = _joined(found[owner], hit) if owner in found else hit
        telling = self._spoken & signs
        return self._ordered(
            Match(
                script_id=owner,
                score=score if telling <= self._vocabulary[owner] else score * _DOUBTED,
                tier=tier,
                example=example,
            )
            for owner, (score, tier, example) in nlargest(_KEPT, found.items(), key=_score)
        )

    def _ordered(self, matches: Iterable[Match]) -> tuple[Match, ...]:
        return tuple(
            sorted(matches, key=lambda m: (-m.score, -self._special[m.script_id], m.script_id))
        )

    def _similar(
        self, wanted: str, grams: list[str], signs: frozenset[str], weight: float
    ) -> dict[str, _Hit]:
        """The nearest example of each script, if it denies what the text denies."""
        numbers = self._candidates(grams)
        near = process.extract(
            wanted,
            [self._texts[number] for number in numbers],
            scorer=fuzz.ratio,
            score_cutoff=_LEAST_RATIO,
            limit=_COMPARED,
        )
        negations = _NEGATION.findall(wanted)
        best: dict[str, _Hit] = {}
        for text, ratio, place in near:
            example = self._examples[numbers[place]]
            if example.negations != negations:
                continue
            common = sum(map(self._rarity.__getitem__, signs & example.signs))
            likeness = common / (weight + example.weight - common)
            score = (ratio / 100 + likeness) / 2
            for owner in example.owners:
                if owner not in best or best[owner][0] < score:
                    best[owner] = score, "fuzzy", text
        return best

    def _candidates(self, grams: list[str]) -> list[int]:
        numbers: set[int] = set()
        for posting in sorted(filter(None, map(self._postings.get, grams)), key=len):
            if numbers and len(numbers) + len(posting) > _CANDIDATES:
                break
            numbers.update(posting)
        return sorted(numbers)

    def _sum(self, signs: Iterable[str]) -> float:
        return sum(map(self._rarity.__getitem__, signs))

    def _by_keyword(
        self, wanted: str, grams: list[str], weight: float
    ) -> Iterator[tuple[str, _Hit]]:
        if _NEGATION.search(wanted):
            return
        for gram in grams:
            for words, words_weight, owner in self._keywords.get(gram, ()):
                if all(map(wanted.__contains__, words)):
                    score = 0.5 + 0.45 * words_weight / weight
                    yield owner, (score, "keyword", " ".join(words))

    def search_titles(self, wanted: str) -> Iterable[Match]:
        found = process.extract(
            wanted, self._titles, scorer=fuzz.partial_ratio, score_cutoff=60, limit=20
        )
        for title, ratio, script_id in found:
            yield Match(script_id=script_id, score=0.9 * ratio / 100, tier="fuzzy", example=title)


def _score(found: tuple[str, _Hit]) -> float:
    return found[1][0]


def _joined(left: _Hit, right: _Hit) -> _Hit:
    """Two findings for one script: the better one, and if the tiers differ a little more."""
    (score, tier, example), (other, other_tier, _) = max(left, right), min(left, right)
    if tier != other_tier:
        score += (1 - score) * other / 2
    return score, tier, example


def _vocabulary(script: Script) -> frozenset[str]:
    if not script.examples and not script.keywords:
        return frozenset()
    words = chain(script.examples, chain.from_iterable(script.keywords), [script.title])
    return frozenset(chain.from_iterable(map(fold, words)))


class _Rarity(dict[str, float]):
    """How much a character tells: few scripts have it, much; none has it, most."""

    def __init__(self, scripts: Iterable[Script]) -> None:
        signs = [set("".join(map(normalise, script.examples))) for script in scripts]
        spread = Counter(chain.from_iterable(signs))
        super().__init__(
            (sign, log(1 + len(signs) / count) * (_FUNCTION_WEIGHT if sign in _FUNCTION else 1))
            for sign, count in spread.items()
        )
        self._unknown = log(1 + len(signs))

    def __missing__(self, sign: str) -> float:
        return self._unknown


def _bigrams(text: str) -> list[str]:
    return list(dict.fromkeys(left + right for left, right in pairwise(text))) or [text]
