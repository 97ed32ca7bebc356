"""What becomes of a message, given what was found for it: values in, a Decision out."""

from collections.abc import Callable, Mapping, Sequence
from math import floor

from msgspec.structs import replace

from bot.scripts.decision import Bars, Decision, Match
from bot.scripts.parts import SEVERAL, bare, stand_alone
from bot.scripts.recognise import Recognised, Sound
from bot.scripts.script import HandoverRule

MENU_SIZE = 3
ANSWERS = 4  # to one message: 微信客服 takes five, and a word about the rest is one
_CLOSER = 0.5  # how sure another script has to be of the whole message
_SINGLE = 0.97  # how sure one answer has to be, where the message as a whole is not clear
_SHORT = 4  # characters: 你们出吗 asks nothing more of what was answered as a whole
_OFFERED = 0.1
_SILENT = frozenset({"acknowledgement", "thanks", "bye", "others", "spam"})  # and no person
_FOUND_BY = {
    "learned": ("以前这样问，答的是这条", "people chose this before"),
    "keyword": ("关键词命中", "keywords"),
    "meant": ("意思近于关键词", "close in meaning to the keywords"),
    "similar": ("问法相近", "much like"),
}


def judge(wanted: str, matches: Sequence[Match], bars: Bars, compared: str = "") -> Decision:
    """Answer, ask or call a person.

    Args:
        wanted: the message, normalised.
        matches: whatever may be said, best first; more than MENU_SIZE do not matter.
        compared: what was compared to find them.
    """
    best = matches[0] if matches else None
    shown = tuple(matches[:MENU_SIZE])
    if best is None:
        return Decision(
            band="handover", bar="ask", bar_at=bars.ask, normalised=wanted, compared=compared,
            reason_zh="没有合适的话术：没有相近的问法",
            reason_en="no script fits: none has a question like it",
        )  # fmt: skip
    lead = best.score - (matches[1].score if len(matches) > 1 else 0.0)
    sure = percent(best.score)
    if best.score < bars.ask:
        return Decision(
            band="handover", bar="ask", bar_at=bars.ask, lead=lead, candidates=shown,
            normalised=wanted, compared=compared,
            reason_zh=f"没有合适的话术：把握最多 {sure}，不到询问线 {percent(bars.ask)}",
            reason_en=f"no script fits: {sure} sure at most, under the ask bar of "
            f"{percent(bars.ask)}",
        )  # fmt: skip
    if best.tier == "exact":
        return Decision(
            band="answer", bar="exact", lead=lead, match=best, candidates=shown,
            normalised=wanted, compared=compared,
            reason_zh=f"问法一致「{best.example}」",
            reason_en="an example, word for word",
        )  # fmt: skip
    offered = tuple(one for one in shown if one.score >= _OFFERED * best.score)
    if len(wanted) == 1:  # 退 may mean anything
        return Decision(
            band="ask", bar="one_sign", lead=lead, candidates=offered,
            normalised=wanted, compared=compared,
            reason_zh="不够确定：只有一个字", reason_en="not sure: a single character",
        )  # fmt: skip
    if best.score < bars.answer:
        return Decision(
            band="ask", bar="answer", bar_at=bars.answer, lead=lead, candidates=offered,
            normalised=wanted, compared=compared,
            reason_zh=f"不够确定：把握 {sure}，不到回答线 {percent(bars.answer)}",
            reason_en=f"not sure: {sure} sure, under the answer bar of {percent(bars.answer)}",
        )  # fmt: skip
    if lead < bars.lead:
        points, least = _points(lead), _points(bars.lead)
        return Decision(
            band="ask", bar="lead", bar_at=bars.lead, lead=lead, candidates=offered,
            normalised=wanted, compared=compared,
            reason_zh=f"两条话术太接近：只领先 {points} 个百分点，不到领先线 {least}",
            reason_en=f"two scripts are too close: {points} points apart, under the lead bar "
            f"of {least}",
        )  # fmt: skip
    meant = best.tier == "keyword" and not best.quoted_from(wanted + compared)
    zh, en = _FOUND_BY["meant" if meant else best.tier]
    return Decision(
        band="answer", bar="answer", bar_at=bars.answer, lead=lead, match=best, candidates=shown,
        normalised=wanted, compared=compared,
        reason_zh=f"{zh}「{best.example}」：把握 {sure}，过了回答线 {percent(bars.answer)}",
        reason_en=f"{en} “{best.example}”: {sure} sure, over the answer bar of "
        f"{percent(bars.answer)}",
    )  # fmt: skip


def each(
    whole: Decision,
    asked: Mapping[str, Decision],
    leans: Callable[[Sequence[str], str, bool], bool],
) -> Decision:
    """The answers to the questions of one message, in order; unanswered ones are named as left.

    Not if the message as a whole comes closer to another script: 能换吗？运费谁出？ is about the
    costs of an exchange. A further question of which that script knows nothing, such as
    什么时候发货？, is another matter; a menu for the whole offers what answers its parts. A single
    answer has to be surer, and the message may not be one long sentence. So has the answer to the
    only question beside lines that tell its story: 送朋友的, 能包装一下吗, 别放小票.

    Args:
        whole: what becomes of the message without looking at its parts; never by a rule.
        asked: what becomes of its questions, one by one.
        leans: whether one of these scripts has all that a question speaks of: anywhere in it
            (True), or in its questions alone.
    """
    if whole.match is not None and len(asked) < SEVERAL:
        return whole
    found: dict[str, Match] = {}
    for one in asked.values():
        if one.match is not None:
            found.setdefault(one.match.script_id, one.match)
    best = whole.candidates[0] if whole.band != "handover" else None
    closer = best is not None and best.score >= _CLOSER and best.script_id not in found
    alone = stand_alone(asked)
    if whole.match is not None and (closer or len(found) < SEVERAL):
        return _beside(whole, whole.match, found, asked, leans)
    if closer and best is not None and alone and len(found) >= SEVERAL:
        closer = all(leans((best.script_id,), one, False) for one in asked if _surely(asked[one]))
    single = alone and len(found) == 1 and max(one.score for one in found.values()) >= _SINGLE
    if closer or not (single or len(found) >= SEVERAL):
        return _offering(whole, found)
    return _leaving(_saying(whole, tuple(found.values())[:ANSWERS]), asked)


def barring(decision: Decision, barred: Mapping[str, str]) -> Decision:
    """The same decision; its reason also names the scripts that a counter-example holds back."""
    zh = "、".join(f"「{title}」不答「{text}」" for title, text in barred.items())
    en = ", ".join(f"“{title}” is not for “{text}”" for title, text in barred.items())
    return replace(
        decision, reason_zh=f"{decision.reason_zh}；反例：{zh}",
        reason_en=f"{decision.reason_en}; counter-examples: {en}",
    )  # fmt: skip


def _saying(whole: Decision, said: Sequence[Match]) -> Decision:
    first, *others = said
    told = [f"「{one.example}」{percent(one.score)}" for one in said]
    return replace(
        whole, band="answer", bar="each", bar_at=0.0, match=first, also=tuple(others),
        candidates=tuple(said),
        reason_zh=f"一条消息里问了几件事，有把握的：{'，'.join(told)}",
        reason_en=f"several questions in one message, surely answered: {', '.join(told)}",
    )  # fmt: skip


def _beside(
    whole: Decision,
    best: Match,
    found: Mapping[str, Match],
    asked: Mapping[str, Decision],
    leans: Callable[[Sequence[str], str, bool], bool],
) -> Decision:
    """The answer to the whole message, and beside it the answers to questions of which that script
    knows nothing, or that are answered word for word.

    Questions left over are named. If the answer is to one sentence only, another sentence may ask
    for something else in the same words.
    """
    alone, lone = stand_alone(asked), len(found) < SEVERAL
    by_one = best.sentence or best.script_id in found
    known = {one for one in asked if leans(whole.scripts, one, True)}
    said: dict[str, Match] = {}
    for question, one in asked.items():
        exact = one.match is not None and one.match.tier == "exact"
        sure = (lone and exact) if question in known else (alone or _surely(one))
        if one.match and sure:
            said.setdefault(one.match.script_id, one.match)
        elif question in known:
            said.setdefault(best.script_id, best)
    if best.script_id not in said and (lone or not said):
        said = {best.script_id: best, **said}
    answered = whole
    if list(said) != [best.script_id]:
        answered = _saying(whole, tuple(said.values())[:ANSWERS])
    if not alone:
        return answered
    long = {question for question, one in asked.items() if len(one.normalised) > _SHORT}
    strange = asked.keys() - known
    other = long | strange if by_one else long & strange
    return _leaving(answered, {one: asked[one] for one in asked if one in other})


def _offering(whole: Decision, found: Mapping[str, Match]) -> Decision:
    """The menu, extended by scripts that surely answer one of the questions by itself."""
    if whole.band != "ask":
        return whole
    first, *others = whole.candidates
    beside = (one for one in found.values() if one.script_id != first.script_id)
    offered = {one.script_id: one for one in (first, *beside, *others)}
    return replace(whole, candidates=tuple(offered.values())[:MENU_SIZE])


def _surely(one: Decision) -> bool:
    return one.match is not None and one.match.score >= _SINGLE


def _leaving(answered: Decision, asked: Mapping[str, Decision]) -> Decision:
    """The same decision; it also names the questions that nothing answers or comes close to."""
    said = answered.scripts
    left = tuple(
        bare(question)
        for question, one in asked.items()
        if one.band == "handover" or one.candidates[0].script_id not in said
    )
    if not left:
        return answered
    zh, en = "、".join(f"「{one}」" for one in left), ", ".join(f"“{one}”" for one in left)
    return replace(
        answered, left=left, reason_zh=f"{answered.reason_zh}；没答的：{zh}",
        reason_en=f"{answered.reason_en}; left: {en}",
    )  # fmt: skip


def by_rule(wanted: str, rule: HandoverRule) -> Decision:
    return Decision(
        band="handover", bar="rule", rule=rule.name, sure=True, normalised=wanted,
        reason_zh=rule.zh, reason_en=rule.en,
    )  # fmt: skip


def not_ours(wanted: str, recognised: Recognised, *, meant: bool) -> Decision:
    """`meant`: it is certainly said to us: whoever writes has called the bot, or speaks of what
    scripts speak of."""
    kind, sure = recognised.kind, recognised.certainty == "sure"
    ours = meant and (kind == "others" or (kind == "spam" and not sure))
    silent = kind in _SILENT and not ours
    return Decision(
        band="silent" if silent else "handover", bar="not_ours", rule=kind,
        sure=sure, normalised=wanted,
        reason_zh=recognised.zh, reason_en=recognised.en,
    )  # fmt: skip


def sounding(decision: Decision, sound: Sound) -> Decision:
    """What nothing answers, and what a person should look at for the sound of it: no menu, nor
    silence because it might be meant for others."""
    return replace(
        decision, band="handover", sounds=sound.kind,
        reason_zh=f"{sound.zh}；{decision.reason_zh}",
        reason_en=f"{sound.en}; {decision.reason_en}",
    )  # fmt: skip


def quiet(wanted: str) -> Decision:
    return Decision(
        band="silent", bar="quiet", rule="acknowledgement", normalised=wanted,
        reason_zh="只是应答，不需要回复", reason_en="an acknowledgement; nothing to answer",
    )  # fmt: skip


def reference() -> Decision:
    return Decision(
        band="handover", bar="reference", normalised="",
        reason_zh="客户发来号码或链接", reason_en="a number or a link, for a person to look up",
    )  # fmt: skip


def wordless(text: str) -> Decision:
    if any(mark in text for mark in "?？❓❔"):
        return Decision(
            band="handover", bar="wordless", normalised="",
            reason_zh="客户在催问", reason_en="a bare question mark",
        )  # fmt: skip
    return Decision(
        band="silent", bar="wordless", normalised="",
        reason_zh="没有文字内容", reason_en="no words to answer",
    )  # fmt: skip


def percent(share: float) -> str:
    """Rounded down: a value under a bar must not look as if it had reached it."""
    return f"{_points(share)}%"


def _points(share: float) -> str:
    return f"{floor(share * 1000 + 1e-6) / 10:g}"
