"""What a customer typed → the script that answers it, a short menu, or a person.

The same question after normalising, and a question that people answered before, decide at once;
for all others bot/scripts/matching finds candidates, each with the chance that it is right.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import lru_cache
from typing import Self

from rapidfuzz import fuzz, process

from bot.events import Channel
from bot.scripts.decision import Bars, Decision, Match
from bot.scripts.library import Library
from bot.scripts.matching.features import NAMES
from bot.scripts.matching.finder import Finder, Finding, Found
from bot.scripts.matching.index import Entry
from bot.scripts.matching.wordings import Wordings
from bot.scripts.normalise import LONGEST, fold, has_reference, normalise
from bot.scripts.recognise import Recognised, recognise
from bot.scripts.rules import Rules
from bot.scripts.script import Condition, Facts, Script

__all__ = ["Bars", "Decision", "Match", "Matcher"]

MENU_SIZE = 3
SHORT = 4  # characters beside a number, 订单 or 手机号, that ask nothing
_LEARNED = 0.97  # how sure a question is that people answered before
_OFFERED = 0.1
_NEVER = 2.0  # no probability is so high
_VERY_SURE = 0.9  # that a script answers what else would be small talk
_REFUSED = 0.15  # what is left of a score when one of both refuses and the other does not
_TITLED, _LEAST_RATIO = 0.1, 60.0  # what a title is worth; how alike it must be, 0..100
_SWAPPED = 0.75  # … and where it has another word in one place: 大码, 小码
_REFUSED_PLACE, _SWAPPED_PLACE = NAMES.index("refused"), NAMES.index("swapped")
_FOR_MEMBERS = frozenset({Channel.BOT, Channel.APP})
_SILENT = frozenset({"acknowledgement", "thanks", "bye", "others", "spam"})  # and no person


class Matcher:
    """
    Args:
        bars: by channel; "" is for all others.
        learned: normalised questions that people answered with a script → its id.
    """

    def __init__(
        self,
        library: Library,
        *,
        bars: Mapping[str, Bars] | Bars | None = None,
        learned: Mapping[str, str] | None = None,
    ) -> None:
        self._conditions = {s.id: s.when for s in library if s.when != Condition()}
        given = {"": bars} if isinstance(bars, Bars) else bars or library.bars
        self.bars: Mapping[str, Bars] = {"": Bars(), **given}
        self._recognised = lru_cache(maxsize=4096)(recognise)
        self._rule = lru_cache(maxsize=4096)(Rules(library.rules).first)
        quiet = sorted(map(fold, library.quiet), key=len, reverse=True)
        # possessive: one word after another, never tried in another division
        self._quiet = re.compile(f"(?:{'|'.join(map(re.escape, quiet)) or '(?!)'})++")
        self._learned = {text: one for text, one in (learned or {}).items() if one in library}
        self._exact: dict[str, list[str]] = defaultdict(list)
        weights = {script.id: script.when.weight for script in library}
        for script in library:
            for text in dict.fromkeys(map(normalise, script.examples)):
                self._exact[text].append(script.id)
        self._exact.pop("", None)
        for owners in self._exact.values():
            owners.sort(key=lambda one: (-weights[one], one))
        self._titles = {
            one.id: normalise(one.title) for one in library if not (one.examples or one.keywords)
        }
        self.finder = finder_of(library, library.synonyms)
        self._found = lru_cache(maxsize=4096)(self.finder.find)

    def with_bars(self, bars: Mapping[str, Bars]) -> Self:
        """The same with other bars, without building it again."""
        other = copy(self)
        other.bars = {"": Bars(), **bars}
        return other

    def match(self, text: str, *, facts: Facts | None = None) -> Match | None:
        """The script to say, or None: do not answer by yourself."""
        return self.decide(text, facts=facts).match

    def rank(self, text: str, limit: int, *, facts: Facts | None = None) -> list[Match]:
        """Scripts for `text`, the best first, whether any would be said or not."""
        text = text[:LONGEST]
        matches = self._matches(text, normalise(text))
        every = sorted([*matches, *self._titled(normalise(text))], key=_best_first)
        return self._eligible(every, facts)[:limit]

    def decide(self, text: str, *, facts: Facts | None = None) -> Decision:
        """Answer only with a high score and a clear lead. Without facts no condition is judged."""
        text = text[:LONGEST]  # the caches keep it
        wanted = normalise(text)
        if not wanted:
            return _reference() if has_reference(text) else _speechless(text)
        if rule := self._rule(fold(text)):
            return Decision(
                band="handover", rule=rule.name, normalised=wanted,
                reason_zh=rule.zh, reason_en=rule.en,
            )  # fmt: skip
        recognised = self._recognised(text)
        known = wanted in self._exact  # somebody wrote a script for just this
        if recognised and recognised.certainty == "sure" and not known:
            return _not_ours(wanted, recognised, facts)
        if len(wanted) <= SHORT and has_reference(text):
            return _reference()
        if not known and self._quiet.fullmatch(wanted):
            return Decision(
                band="silent",
                rule="acknowledgement",
                normalised=wanted,
                reason_zh="只是应答，不需要回复",
                reason_en="an acknowledgement; nothing to answer",
            )
        bars = self.bars.get(facts.channel if facts else "") or self.bars[""]
        matches = self._eligible(self._matches(text, wanted), facts)
        if recognised and not (matches and matches[0].score >= max(bars.answer, _VERY_SURE)):
            return _not_ours(wanted, recognised, facts)
        if len(wanted) == 1 and not known:  # 退 may mean anything
            bars = replace(bars, answer=_NEVER)
        return _judge(wanted, matches, bars)

    def _matches(self, text: str, wanted: str) -> list[Match]:
        """Every candidate, best first; a certain one before all."""
        certain = [
            Match(script_id=one, score=1.0, tier="exact", example=wanted)
            for one in self._exact.get(wanted, ())
        ]
        if not certain and (learned := self._learned.get(wanted)):
            certain = [Match(script_id=learned, score=_LEARNED, tier="learned", example=wanted)]
        if certain:  # what else is alike is shown, and is no doubt
            return certain
        return sorted(self._similar(self._found(text)), key=_best_first)

    def _similar(self, finding: Finding) -> Iterator[Match]:
        return (
            Match(
                script_id=self.finder.index.entries[found.number].id,
                score=found.probability * _doubt(found),
                tier="keyword" if found.keyword else "similar",
                example=found.keyword or found.example,
                features=dict(zip(NAMES, found.features, strict=bool(found.features))),
            )
            for found in finding.found
        )

    def _titled(self, wanted: str) -> Iterator[Match]:
        """Scripts that no question leads to, by their titles."""
        found = process.extract(
            wanted, self._titles, scorer=fuzz.partial_ratio, score_cutoff=_LEAST_RATIO
        )
        for title, ratio, one in found:
            yield Match(script_id=one, score=_TITLED * ratio / 100, tier="similar", example=title)

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
        if facts is None or script_id not in self._conditions:
            return True
        return self._conditions[script_id].holds(facts)


def finder_of(library: Iterable[Script], synonyms: Mapping[str, str] | None = None) -> Finder:
    """Over the scripts that questions may lead to."""
    asked = [script for script in library if script.examples or script.keywords]
    entries = [
        Entry(
            id=script.id,
            examples=script.examples,
            beside=(script.title, *map(" ".join, script.keywords)),
            reply=" ".join(variant.fixed for variant in script.say),
        )
        for script in asked
    ]
    return Finder(entries, [script.keywords for script in asked], Wordings(synonyms))


def _doubt(found: Found) -> float:
    """What is left of a probability where a word in the middle turns the meaning over."""
    if not found.features:
        return 1.0
    refused = _REFUSED if found.features[_REFUSED_PLACE] else 1.0
    return refused * (_SWAPPED if found.features[_SWAPPED_PLACE] else 1.0)


def _plausible(matches: Sequence[Match]) -> tuple[Match, ...]:
    """What a menu offers: nothing that is ten times less likely than the first."""
    return tuple(m for m in matches[:MENU_SIZE] if m.score >= _OFFERED * matches[0].score)


def _not_ours(wanted: str, recognised: Recognised, facts: Facts | None) -> Decision:
    """Colleagues who call the bot mean it: none of what they write is for somebody else."""
    meant = facts is not None and facts.channel in _FOR_MEMBERS
    silent = recognised.kind in _SILENT and not (meant and recognised.kind == "others")
    return Decision(
        band="silent" if silent else "handover",
        rule=recognised.kind,
        normalised=wanted,
        reason_zh=recognised.zh,
        reason_en=recognised.en,
    )


def _judge(wanted: str, matches: Sequence[Match], bars: Bars) -> Decision:
    best = matches[0] if matches else None
    if best is None or best.score < bars.ask:
        score = best.score if best else 0.0
        return Decision(
            band="handover",
            candidates=tuple(matches[:MENU_SIZE]),
            normalised=wanted,
            reason_zh=f"没有合适的话术：最高分 {score:.2f} 低于询问线 {bars.ask:.2f}",
            reason_en=f"no script fits: best {score:.2f} is under the ask bar {bars.ask:.2f}",
        )
    lead = best.score - (matches[1].score if len(matches) > 1 else 0.0)
    if best.score < bars.answer:
        return Decision(
            band="ask",
            candidates=_plausible(matches),
            normalised=wanted,
            reason_zh=f"不够确定：{best.score:.2f} 低于回答线 {bars.answer:.2f}",
            reason_en=f"not sure: {best.score:.2f} is under the answer bar {bars.answer:.2f}",
        )
    if lead < bars.lead and best.tier != "exact":
        return Decision(
            band="ask",
            candidates=_plausible(matches),
            normalised=wanted,
            reason_zh=f"两个话术太接近：领先 {lead:.2f}，不足 {bars.lead:.2f}",
            reason_en=f"two scripts are too close: lead {lead:.2f} is under {bars.lead:.2f}",
        )
    zh = {
        "exact": "问法一致",
        "learned": "同事答过",
        "keyword": "关键词命中",
        "similar": "问法相近",
    }
    return Decision(
        band="answer",
        match=best,
        candidates=tuple(matches[:MENU_SIZE]),
        normalised=wanted,
        reason_zh=f"{zh[best.tier]}「{best.example}」：{best.score:.2f}，领先 {lead:.2f}",
        reason_en=f"{best.tier} match: {best.score:.2f}, lead {lead:.2f}",
    )


def _best_first(match: Match) -> tuple[float, str]:
    return -match.score, match.script_id


def _reference() -> Decision:
    return Decision(
        band="handover",
        normalised="",
        reason_zh="客户发来号码或链接",
        reason_en="a number or a link, for a person to look up",
    )


def _speechless(text: str) -> Decision:
    if any(mark in text for mark in "?？❓❔"):
        return Decision(
            band="handover",
            normalised="",
            reason_zh="客户在催问",
            reason_en="a bare question mark",
        )
    return Decision(
        band="silent", normalised="", reason_zh="没有文字内容", reason_en="no words to answer"
    )
