"""Why the matcher decided as it did, in full; for people who ask, never while a customer waits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

from bot.scripts.decision import Bars, Decision, Match
from bot.scripts.matcher import Matcher
from bot.scripts.matching.features import NAMES
from bot.scripts.matching.finder import ORDERED, asks_price, orders
from bot.scripts.matching.statements import Reason, reasons
from bot.scripts.script import Facts

MOST_PROS, MOST_CONS = 3, 2
# Ways of matching that need no weighing.
_CERTAIN = {
    "exact": Reason(zh="和例句一字不差", en="word for word as an example", weight=1.0),
    "learned": Reason(
        zh="以前这样问，选的就是它", en="chosen for this question before", weight=1.0
    ),
}
_INITIALS = Reason(zh="拼音首字母相近", en="much the same initials in pinyin", weight=1.0)
_ELSEWHERE = Reason(zh="答的是另一句", en="it answers another sentence", weight=-1.0)
_PRICE = Reason(
    zh="客户说的是要多少，这里答的是价钱",
    en="it tells the price to who says how much they want",
    weight=log(ORDERED),
)
_NOTHING_IN_COMMON = (0.0,) * len(NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    match: Match
    beside: str  # the script that it is held against; "": one with nothing in common
    pros: tuple[Reason, ...]  # the heaviest first
    cons: tuple[Reason, ...]
    features: Mapping[str, float]  # of matching/features.py; none where nothing was compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    decision: Decision
    bars: Bars  # in force
    candidates: tuple[Candidate, ...]  # those of the decision
    nothing: float | None  # the chance that no script is right; None where none was looked for


def explain(matcher: Matcher, text: str, *, facts: Facts | None = None) -> Explanation:
    """The decision about `text`, its first candidate held against the second, all others
    against the first; what they have to do with the sentence that decided."""
    decision = matcher.decide(text, facts=facts)
    finding = matcher.finder.find(text) if decision.compared else None
    compared = finding is not None and not finding.abbreviated
    return Explanation(
        decision=decision,
        bars=matcher.bars_for(facts.channel if facts else ""),
        candidates=tuple(_candidates(matcher, decision) if compared else _by_themselves(decision)),
        nothing=finding.nothing if finding else None,
    )


def _candidates(matcher: Matcher, decision: Decision) -> Iterator[Candidate]:
    shown, several = decision.candidates, decision.bar == "each"
    heard = decision.sentence or decision.compared
    rows = _rows(matcher, heard)
    for match in shown:
        if match.tier in _CERTAIN:
            yield _candidate(match, [_CERTAIN[match.tier]])
            continue
        if several:  # no candidate is a rival of another one
            heard = match.sentence
            rows = _rows(matcher, heard)
        rivals = [one.script_id for one in shown if one is not match and not several]
        if mine := rows.get(match.script_id):
            beside = next((one for one in rivals[:1] if one in rows), "")
            theirs = rows.get(beside, _NOTHING_IN_COMMON)
            told = reasons(mine, theirs, matcher.finder.language)
            if orders(heard) and asks_price(match.example):
                told = (_PRICE, *told)
            yield _candidate(match, told, beside, mine)
        else:
            yield _candidate(match, [_ELSEWHERE])


def _by_themselves(decision: Decision) -> Iterator[Candidate]:
    """Of a message that was compared with nothing."""
    for match in decision.candidates:
        yield _candidate(match, [_CERTAIN.get(match.tier, _INITIALS)])


def _candidate(
    match: Match, told: Sequence[Reason], beside: str = "", row: Sequence[float] = ()
) -> Candidate:
    return Candidate(
        match=match,
        beside=beside,
        pros=tuple(one for one in told if one.weight > 0)[:MOST_PROS],
        cons=tuple(one for one in told if one.weight < 0)[:MOST_CONS],
        features=dict(zip(NAMES, row, strict=bool(row))),
    )


def _rows(matcher: Matcher, text: str) -> Mapping[str, Sequence[float]]:
    """Of each script that resembles `text`, its features."""
    compared, entries = matcher.finder.compared(text), matcher.finder.index.entries
    return {
        entries[number].id: row
        for number, row in zip(compared.numbers, compared.rows, strict=True)
    }
