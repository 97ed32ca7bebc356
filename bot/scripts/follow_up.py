"""那运费呢: a few words that go on from what was said last. After 怎么退货 they ask for something
else than after 包邮吗."""

import re

from msgspec.structs import replace

from bot.scripts.decision import Decision
from bot.scripts.library import Library
from bot.scripts.matcher import Matcher
from bot.scripts.parts import asks
from bot.scripts.script import Facts

_MOST = 10  # characters: who writes more says what they mean
_BARE = 4  # characters that ask nothing, 运费, lean on what was said however clear they are
_GOES_ON = re.compile(r"(?:(?:那(?!个)么?|对了|还有|然后)[,，\s]*)*(.+?)[\s呢?？。!！~～]*")
_STATE = re.compile(r"(?:我的?)?(?:还没|没|[尚还]?未)")
_SIGN = re.compile(r"^(?:那(?!个)|对了|还有|然后)|呢[?？。!！~～\s]*$")


def decide(matcher: Matcher, text: str, facts: Facts, library: Library, said: str) -> Decision:
    """What `text` asks; a few words (那运费呢) may go on from the script that was `said` last.

    They are then taken for what they ask after that script, if that is sure and is something else.
    The same holds for a few words that alone are not clear, or only name a thing: 运费谁出 after
    怎么退货, 运费 after 怎么换货.

    What only tells more of that very matter, 还没发货 after 我想退款, is for a person; so is what
    would get the same words again, 那专票呢 after 能开发票吗.
    """
    decision = matcher.decide(text, facts=facts)
    goes_on = _SIGN.search(text.strip()) is not None
    bare = len(decision.normalised) <= _BARE and decision.band == "answer" and not decision.asks
    leans = goes_on or bare
    short = len(text.strip()) <= _MOST and (leans or decision.band == "ask")
    if not short or decision.rule or said not in library or not library[said].examples:
        return decision
    rest = _GOES_ON.fullmatch(text.strip())
    after = matcher.decide(f"{library[said].title}{rest[1] if rest else text}", facts=facts)
    one = after.match
    told = _STATE.match(decision.normalised) and not decision.asks and said not in decision.scripts
    same = told and decision.match and after.scripts == (said,)
    same = same and matcher.speaks_of(said, decision.normalised)
    again = goes_on and rest is not None and not asks(rest[1]) and decision.scripts == (said,)
    if same or again:
        return replace(
            decision, band="handover", bar="said", bar_at=0.0, match=None, also=(), left=(),
            reason_zh=f"接着刚才说的事：{'刚才那条没有答到' if again else '说的是情况，不是问题'}",
            reason_en="goes on about what was said last, "
            + ("which does not answer it" if again else "and asks nothing"),
        )  # fmt: skip
    new = one is not None and not after.also and one.script_id != said
    new = new and after.scripts[0] not in matcher.barred.of(text)
    close = new and (leans or after.scripts[0] in {c.script_id for c in decision.candidates})
    return after if close else decision
