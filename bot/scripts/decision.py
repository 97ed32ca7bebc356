"""What the matcher finds and decides. Values only."""

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from bot.scripts.normalise import fold
from bot.scripts.parts import asks, wishes
from bot.scripts.recognise.sounds import Sounds

Tier = Literal["exact", "learned", "keyword", "similar", "search"]
Field = Literal["title", "example", "keyword", "words"]
Band = Literal["answer", "ask", "handover", "silent"]
Bar = Literal[
    "exact",  # an example, word for word: no bar applies
    "answer",
    "each",  # of several questions those that clear their bars, each by itself
    "lead",
    "ask",
    "one_sign",  # a single character is never answered
    "rule",  # a word of handover.toml
    "not_ours",  # a complaint, small talk … (bot/scripts/recognise)
    "said",  # it goes on about what was said last, which is no answer to it (follow_up.py)
    "quiet",  # an acknowledgement
    "reference",  # a number or a link
    "wordless",
]


COURTESIES = {  # small talk → the script that is said to it by name
    "greeting": "system/greeting_reply",
    "chitchat": "system/fallback",
    "thanks": "chat/thanks",
    "bye": "chat/bye",
}
LAST_WORDS = {COURTESIES["thanks"], COURTESIES["bye"]}  # whoever says so waits for nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """The probabilities, 0..1, that decide; `huashu scripts calibrate` finds a library's own."""

    answer: float = 0.85
    lead: float = 0.1  # over the next different script
    ask: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Where in a script a typed text was found."""

    script_id: str
    score: float  # how well it stands there, 0..1; no probability
    field: Field
    text: str  # in which it stands
    spans: tuple[tuple[int, int], ...]  # of `text`: from, to (exclusive)


class Match(Struct, frozen=True, kw_only=True):
    script_id: str
    score: float  # the probability that it answers the message, 0..1; of "search" a guess
    tier: Tier
    example: str  # the nearest example as it was compared, or the keywords that fired
    sentence: str = ""  # the one of several that it answers; "": the message as a whole
    hit: Hit | None = None  # only in what `rank` gives

    def quoted_from(self, text: str) -> bool:
        """Whether the keywords that fired stand literally in `text`; else others mean them."""
        folded = fold(text)
        return all(fold(word) in folded for word in self.example.split())


class Decision(Struct, frozen=True, kw_only=True):
    """What to do about a message, and why.

    `silent`: there is nothing to answer (an acknowledgement, a sticker) and nobody to call.
    """

    band: Band
    bar: Bar  # what decided: the bar that was missed, or the last one that was cleared
    bar_at: float = 0.0  # where that bar lies, 0..1; 0 of what has no figure
    lead: float = 0.0  # of the first candidate over the second
    match: Match | None = None  # what to say; only when band is "answer"
    also: tuple[Match, ...] = ()  # what to say behind it: the message asked more than one thing
    left: tuple[str, ...] = ()  # questions of the message that none of it answers
    candidates: tuple[Match, ...] = ()  # best first; what to offer when band is "ask"
    rule: str = ""  # what decided without looking for a script: "complaint", "acknowledgement" …
    sure: bool = False  # the rule holds whatever else is typed
    sounds: Sounds = ""  # unanswered, and a person should look at it
    normalised: str
    compared: str = ""  # what was compared with the library, pinyin read; "" where nothing was
    reason_zh: str
    reason_en: str

    @property
    def scripts(self) -> tuple[str, ...]:
        """The ids of all that is to be said, in the order of the questions."""
        said = () if self.match is None else (self.match, *self.also)
        return tuple(one.script_id for one in said)

    @property
    def asks(self) -> bool:
        """Whether the message is worded as a question."""
        return asks(self.normalised)

    def leads_on(self, said: str) -> bool:
        """Whether the message is a question, or a wish unrelated to the script `said` before, so
        not a reply to it."""
        ids = {one.script_id for one in self.candidates}
        return self.asks or (wishes(self.normalised) and said not in ids)

    @property
    def courtesy(self) -> str:
        """The script that answers small talk, if the company has it; "" = none."""
        return COURTESIES.get(self.rule, "") if self.bar == "not_ours" else ""

    @property
    def sentence(self) -> str:
        """The one of several that decided; "": the message as a whole."""
        return self.candidates[0].sentence if self.candidates else ""
