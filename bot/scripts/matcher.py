"""What a customer typed → the script that answers it, a short menu, or a person.

Three tiers: the same question after normalising; all words of a keyword entry; a similar
question. Similar is judged by rapidfuzz's `ratio` together with the weight of the characters
both have: 有没有大码 and 有没有小码 are alike to the first and far apart to the second.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from bot.scripts.decision import Bars, Decision, Match
from bot.scripts.index import Index
from bot.scripts.library import Library
from bot.scripts.normalise import LONGEST, fold, has_reference, normalise
from bot.scripts.rules import Rules
from bot.scripts.script import Condition, Facts

__all__ = ["Bars", "Decision", "Match", "Matcher"]

MENU_SIZE = 3


SHORT = 4  # characters beside a number, 订单 or 手机号, that ask nothing


class Matcher:
    def __init__(self, library: Library, *, bars: Bars | None = None) -> None:
        self._conditions = {s.id: s.when for s in library if s.when != Condition()}
        self._bars = bars or Bars()
        self._rule = lru_cache(maxsize=4096)(Rules(library.rules).first)
        quiet = sorted(map(fold, library.quiet), key=len, reverse=True)
        # possessive: one word after another, never tried in another division
        self._quiet = re.compile(f"(?:{'|'.join(map(re.escape, quiet)) or '(?!)'})++")
        self._index = Index(library)
        self._scored = lru_cache(maxsize=4096)(self._index.score)

    def match(self, text: str, *, facts: Facts | None = None) -> Match | None:
        """The script to say, or None: do not answer by yourself."""
        return self.decide(text, facts=facts).match

    def rank(self, text: str, limit: int, *, facts: Facts | None = None) -> list[Match]:
        """For a person who looks for a script: the best first, titles searched as well."""
        wanted = normalise(text[:LONGEST])
        found = {match.script_id: match for match in self._eligible(self._scored(wanted), facts)}
        for match in self._index.search_titles(wanted):
            known = found.get(match.script_id)
            if self._may(match.script_id, facts) and (not known or known.score < match.score):
                found[match.script_id] = match
        return sorted(found.values(), key=_best_first)[:limit]

    def decide(self, text: str, *, facts: Facts | None = None) -> Decision:
        """Answer only with a high score and a clear lead. Without facts no condition is judged."""
        text = text[:LONGEST]  # the caches keep it
        wanted = normalise(text)
        if not wanted:
            return _reference() if has_reference(text) else _speechless(text)
        if rule := self._rule(fold(text)):
            return Decision(
                band="handover", normalised=wanted, reason_zh=rule.zh, reason_en=rule.en
            )
        if len(wanted) <= SHORT and has_reference(text):
            return _reference()
        matches = self._eligible(self._scored(wanted), facts)
        if (not matches or matches[0].tier != "exact") and self._quiet.fullmatch(wanted):
            return Decision(
                band="silent",
                normalised=wanted,
                reason_zh="只是应答，不需要回复",
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
                reason_zh=f"没有合适的话术：最高分 {score:.2f} 低于询问线 {bars.ask:.2f}",
                reason_en=f"no script fits: best {score:.2f} is under the ask bar {bars.ask:.2f}",
            )
        lead = best.score - (matches[1].score if len(matches) > 1 else 0.0)
        plausible = tuple(match for match in matches[:MENU_SIZE] if match.score >= bars.ask)
        if best.score < bars.answer:
            return Decision(
                band="ask",
                candidates=plausible,
                normalised=wanted,
                reason_zh=f"不够确定：{best.score:.2f} 低于回答线 {bars.answer:.2f}",
                reason_en=f"not sure: {best.score:.2f} is under the answer bar {bars.answer:.2f}",
            )
        if lead < bars.lead and best.tier != "exact":
            return Decision(
                band="ask",
                candidates=plausible,
                normalised=wanted,
                reason_zh=f"两个话术太接近：领先 {lead:.2f}，不足 {bars.lead:.2f}",
                reason_en=f"two scripts are too close: lead {lead:.2f} is under {bars.lead:.2f}",
            )
        zh = {"exact": "问法一致", "keyword": "关键词命中", "fuzzy": "问法相近"}[best.tier]
        return Decision(
            band="answer",
            match=best,
            candidates=plausible,
            normalised=wanted,
            reason_zh=f"{zh}「{best.example}」：{best.score:.2f}，领先 {lead:.2f}",
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
        if facts is None or script_id not in self._conditions:
            return True
        return self._conditions[script_id].holds(facts)


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


def _best_first(match: Match) -> tuple[float, str]:
    return -match.score, match.script_id
