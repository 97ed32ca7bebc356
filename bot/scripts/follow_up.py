"""那运费呢: a few words that continue from what was said last. After 怎么退货 they ask something
different than after 包邮吗."""

import re
from itertools import chain

from msgspec.structs import replace

from bot.scripts.decision import Band, Decision, Match
from bot.scripts.judging import MENU_SIZE
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.matching.hanzi import signs
from bot.scripts.parts import NAMELESS, asks, only_comes
from bot.scripts.script import UNASKED, Facts

_MOST = 10  # characters: longer messages say what they mean
_BARE = 4  # characters that ask nothing, 运费, lean on what was said however clear they are
_LIKELY = 0.5  # that a bare question is about something else than what was said
_GOES_ON = re.compile(r"(?:(?:那(?!个)么?|对了|还有|然后)[,，\s]*)*(.+?)[\s呢?？。!！~～]*")
_STATE = re.compile(r"(?:我的?)?(?:还没|没|[尚还]?未)")
_SIGN = re.compile(r"^(?:那(?!个)|对了|还有|然后)|呢[?？。!！~～\s]*$")
_TELLS = "说的是情况，不是问题", "and asks nothing"
_UNANSWERED = "刚才那条没有答到", "which does not answer it"
_UNNAMED = "没说是哪件，也许是刚才那件，也许是别的", "and does not name what it asks about"
_OPPOSITES = [[side.split("|") for side in pair] for pair in signs()["opposites"]]


def decide(matcher: Matcher, text: str, facts: Facts, library: Library, said: str) -> Decision:
    """What `text` asks; a few words (那运费呢) may go on from the script that was `said` last.

    They are then read as asked after that script, if that is sure and leads to another one.
    The same holds for a few words that are unclear alone, or only name a thing: 运费谁出 after
    怎么退货, 运费 after 怎么换货. An opposite takes the place of what was asked: 那退呢 then.

    Words that name nothing, such as 还有吗, or 多久到 after 怎么退款, may be about either: both
    are offered.

    For a person is what only tells more of the same matter, 还没发货 after 我想退款; what would
    get the same words again, 那专票呢 after 能开发票吗; and what denies them: 没有啊.
    """
    decision = matcher.decide(text, facts=facts)
    typed = text.strip()
    if said not in library or not library[said].examples:
        return decision
    denied = NAMELESS["denies"].fullmatch(decision.normalised)
    if denied and library[said].category not in UNASKED:
        return _held(decision, "handover", _UNANSWERED, decision.candidates)
    if len(typed) > _MOST or decision.rule or decision.sounds:
        return decision
    title = library[said].title
    goes_on = _SIGN.search(typed) is not None
    bare = len(decision.normalised) <= _BARE and decision.band == "answer" and not decision.asks
    unnamed = _names_nothing(decision.normalised, title)
    alone = NAMELESS["bare"].fullmatch(decision.normalised)
    hanging = alone is not None and (decision.band != "answer" or alone["where"] is not None)
    leans = goes_on or bare or unnamed or hanging
    if not leans and decision.band != "ask":
        return decision
    rest = _GOES_ON.fullmatch(typed)
    words = rest[1] if rest else text
    after = matcher.decide(_turned(title, words) or f"{title}{words}", facts=facts)
    one = after.match
    told = _STATE.match(decision.normalised) and not decision.asks and said not in decision.scripts
    same = told and decision.match and after.scripts == (said,)
    same = same and matcher.speaks_of(said, decision.normalised)
    names = goes_on and rest is not None and not asks(words)  # another thing, and asks nothing
    again = names and decision.scripts == (said,)
    likely = decision.candidates[0].score if decision.candidates else 0.0
    bit = decision.band == "ask" and len(typed) <= _BARE and typed.endswith("的")  # 公司的
    again = again or ((hanging or bit) and after.scripts == (said,) and likely < _LIKELY)
    if same or again:
        why = _UNANSWERED if again else _TELLS
        return _held(decision, "handover", why, decision.candidates)
    new = one is not None and not after.also and one.script_id != said
    barred = matcher.barred.of(text)
    new = new and after.scripts[0] not in barred
    close = new and (leans or after.scripts[0] in {c.script_id for c in decision.candidates})
    if close:
        return after
    frame = NAMELESS["frame"].search(title) if names else None
    if frame:
        named = matcher.decide(words + frame[0], facts=facts)
        if named.match and named.scripts != (said,) and named.scripts[0] not in barred:
            return named
    offers = decision.match or decision.band == "ask"
    if unnamed and offers and said not in decision.scripts:
        both = (after.candidates, decision.candidates)
        ranked = chain(*(found[:1] for found in both), *both)  # the best of either before others
        offered = {one.script_id: one for one in ranked if one.script_id not in barred}
        return _held(decision, "ask", _UNNAMED, tuple(offered.values())[:MENU_SIZE])
    others = [c for c in after.candidates if c.script_id != said and c.script_id not in barred]
    if hanging and after.band == "ask" and others:
        return _held(decision, "ask", _UNNAMED, tuple(others))
    return decision


def _held(
    decision: Decision, band: Band, why: tuple[str, str], offered: tuple[Match, ...]
) -> Decision:
    """The same decision without an answer, because it continues what was said last."""
    return replace(
        decision, band=band, bar="said", bar_at=0.0, rule="", match=None, also=(), left=(),
        candidates=offered, reason_zh=f"接着刚才说的事：{why[0]}",
        reason_en=f"goes on about what was said last, {why[1]}",
    )  # fmt: skip


def _names_nothing(words: str, title: str) -> bool:
    """Whether only the script said before, by its `title`, tells what a question is about."""
    if NAMELESS["more"].fullmatch(words):
        return True
    if NAMELESS["costs"].fullmatch(words) and NAMELESS["done"].search(title):
        return True
    return only_comes(words, title)


def _turned(title: str, words: str) -> str:
    """`title` with a word replaced by its opposite, if `words` hold that: 换货运费谁出 and 退货
    make 退货运费谁出; else ""."""
    for one, other in _OPPOSITES:
        for own, theirs in ((one, other), (other, one)):
            if words in own and (told := [word for word in theirs if word in title]):
                return title.replace(told[0], words if len(words) > 1 else own[0])
    return ""
