"""What a customer typed → the script that answers it, a short menu, or a person.

Three tiers: the same question after normalising; all words of a keyword entry; a similar
question. Similar is judged by rapidfuzz's `ratio` together with the weight of the characters
both have: 有没有大码 and 有没有小码 are alike to the first and far apart to the second.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from math import log
from typing import Literal

from rapidfuzz import fuzz, process

from bot.scripts.library import Library
from bot.scripts.normalise import normalise
from bot.scripts.script import Facts, HandoverRule, Script

Tier = Literal["exact", "keyword", "fuzzy"]
Band = Literal["answer", "ask", "handover", "silent"]

MENU_SIZE = 3
_CANDIDATES = 256  # examples that are compared at all, those with the rarest bigrams first
_COMPARED = 16  # of these the most alike ones are weighed
_LEAST_RATIO = 40.0
# 不想退款 must not get the refund script. 要不要, 不想要了 and 特别 negate nothing.
_NEGATION = re.compile(
    "(?<!想)不想(?!要)|(?<!用)不用(?!了)|(?<!要)不要(?!了)|(?<!需)不需要|(?<!是)不是|(?<!打)不打算|"
    "不必|无需|没想|(?<![特区级性类分])别(?![人的处家])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """The scores, 0..1, that decide."""

    answer: float = 0.8
    lead: float = 0.1  # over the next different script
    ask: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    script_id: str
    score: float  # 0..1
    tier: Tier
    example: str  # the normalised example, or the keyword entry, that matched


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do about a message, and why.

    `silent`: there is nothing to answer (an acknowledgement, a sticker) and nobody to call.
    """

    band: Band
    match: Match | None = None  # what to say; only when band is "answer"
    candidates: tuple[Match, ...] = ()  # best first; what to offer when band is "ask"
    normalised: str
    reason_zh: str
    reason_en: str


class Matcher:
    def __init__(self, library: Library, *, bars: Bars | None = None) -> None:
        self._library = library
        self._bars = bars or Bars()
        self._rules = _Rules(library.rules)
        self._quiet = frozenset(normalise(word) for word in library.quiet)
        self._index = _Index(library)
        self._scored = lru_cache(maxsize=4096)(self._index.score)

    def match(self, text: str, *, facts: Facts | None = None) -> Match | None:
        """The script to say, or None: do not answer by yourself."""
        return self.decide(text, facts=facts).match

    def rank(self, text: str, limit: int, *, facts: Facts | None = None) -> list[Match]:
        """For a person who looks for a script: the best first, titles searched as well."""
        wanted = normalise(text)
        found = {match.script_id: match for match in self._eligible(self._scored(wanted), facts)}
        for match in self._index.search_titles(wanted):
            known = found.get(match.script_id)
            if self._may(match.script_id, facts) and (not known or known.score < match.score):
                found[match.script_id] = match
        return sorted(found.values(), key=_best_first)[:limit]

    def decide(self, text: str, *, facts: Facts | None = None) -> Decision:
        """Answer only with a high score and a clear lead. Without facts no condition is judged."""
        wanted = normalise(text)
        if not wanted:
            return _speechless(text)
        if rule := self._rules.first(wanted):
            return Decision(
                band="handover", normalised=wanted, reason_zh=rule.zh, reason_en=rule.en
            )
        matches = self._eligible(self._scored(wanted), facts)
        if (not matches or matches[0].tier != "exact") and wanted in self._quiet:
            return Decision(
                band="silent",
                normalised=wanted,
                reason_zh="只是应答,不需要回复",
                reason_en="an acknowledgement; nothing to answer",
            )
        return self._judge(wanted, matches)

    def _judge(self, wanted: str, matches: Sequence[Match]) -> Decision:
        bars = self._bars
        best = matches[0] if matches else None
        if best is None or best.score < bars.ask:
            score = best.score if best else 0.0
            return Decision(
                band="handover",
                candidates=tuple(matches[:MENU_SIZE]),
                normalised=wanted,
                reason_zh=f"没有合适的话术:最高分 {score:.2f} 低于询问线 {bars.ask:.2f}",
                reason_en=f"no script fits: best {score:.2f} is under the ask bar {bars.ask:.2f}",
            )
        lead = best.score - (matches[1].score if len(matches) > 1 else 0.0)
        plausible = tuple(match for match in matches[:MENU_SIZE] if match.score >= bars.ask)
        if best.score < bars.answer:
            return Decision(
                band="ask",
                candidates=plausible,
                normalised=wanted,
                reason_zh=f"不够确定:{best.score:.2f} 低于回答线 {bars.answer:.2f}",
                reason_en=f"not sure: {best.score:.2f} is under the answer bar {bars.answer:.2f}",
            )
        if lead < bars.lead and best.tier != "exact":
            return Decision(
                band="ask",
                candidates=plausible,
                normalised=wanted,
                reason_zh=f"两个话术太接近:领先 {lead:.2f},不足 {bars.lead:.2f}",
                reason_en=f"two scripts are too close: lead {lead:.2f} is under {bars.lead:.2f}",
            )
        zh = {"exact": "问法一致", "keyword": "关键词命中", "fuzzy": "问法相近"}[best.tier]
        return Decision(
            band="answer",
            match=best,
            candidates=plausible,
            normalised=wanted,
            reason_zh=f"{zh}「{best.example}」:{best.score:.2f},领先 {lead:.2f}",
            reason_en=f"{best.tier} match: {best.score:.2f}, lead {lead:.2f}",
        )

    def _eligible(self, matches: Iterable[Match], facts: Facts | None) -> list[Match]:
        """Those whose conditions hold; of two with one example the more special one."""
        kept: list[Match] = []
        taken: set[str] = set()
        for match in matches:
            if match.example not in taken and self._may(match.script_id, facts):
                taken.add(match.example)
                kept.append(match)
        return kept

    def _may(self, script_id: str, facts: Facts | None) -> bool:
        return facts is None or self._library[script_id].when.holds(facts)


def _speechless(text: str) -> Decision:
    if "?" in text or "?" in text:
        return Decision(
            band="handover",
            normalised="",
            reason_zh="客户在催问",
            reason_en="a bare question mark",
        )
    return Decision(
        band="silent", normalised="", reason_zh="没有文字内容", reason_en="no words to answer"
    )


def _best_first(match: Match) -> tuple[float, str]:
    return -match.score, match.script_id


class _Rules:
    """All hand-over words in one expression; harmless phrases are tried first and swallowed."""

    def __init__(self, rules: Sequence[HandoverRule]) -> None:
        self._rules = rules
        harmless = [normalise(phrase) for rule in rules for phrase in rule.unless]
        groups = [f"(?P<r{number}>{_any(rule.words)})" for number, rule in enumerate(rules)]
        self._pattern = re.compile("|".join([*map(re.escape, harmless), *groups]))

    def first(self, wanted: str) -> HandoverRule | None:
        if not self._rules:
            return None
        for match in self._pattern.finditer(wanted):
            if match.lastgroup:
                return self._rules[int(match.lastgroup[1:])]
        return None


def _any(words: Sequence[str]) -> str:
    return "|".join(re.escape(normalise(word)) for word in words)


class _Index:
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
                words = tuple(filter(None, map(normalise, entry)))
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
