"""What a message in a group is: a question for us, or none of our business.

Most of what is written in a group is talk among its members, so cheap signs come first, and the
matcher is asked only about possible questions for us.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from bot.groups.leaning import lean
from bot.scripts.matcher import Matcher
from bot.scripts.matching.topics import topics_of
from bot.scripts.normalise import LONGEST, plain, spoken

ENOUGH = 2.25  # points that make a question ours
_LEANS, _MOST_LEAN = 0.5, 8.0  # points for what bot.groups.leaning tells, which counts up to it
_LIKELY = 2.0  # at most, for the matcher's probability
WORTH_A_LOOK = ENOUGH - _LIKELY  # with fewer points the matcher is not asked
_ADDRESSED, _TO_OTHERS = 4.0, -8.0
_BARE = -1.0  # it neither asks nor wants
_POINTS = {
    "asking": 1.0, "wanting": 1.0, "ours": 1.0, "direct": 1.0, "goods": 1.0,
    "kin": -0.5, "called": -0.75, "life": -0.75, "telling": -1.0, "advising": -1.5, "among": -1.5,
}  # fmt: skip
_MORE = 0.5  # for a second word that only a shop can answer
_SURE = 0.6  # a probability above it tells by itself whose question it is
_MENTION = re.compile(r"@([^@\s  ,，:：?？!！。]{1,40})")
_FACE = re.compile(r"\[[\w一-鿿]{1,8}\]")
_TAIL = re.compile(r"[^\w?]*(?:[啊呀哦哈呢嘛]|[^\w?])+\Z")  # says nothing
_ASKING_MA = re.compile(r"((?:能|会|含|适合|支持)[^\s,。]{0,5})嘛(?=[^\w]*\Z)")  # 嘛 for 吗
_THANKS = re.compile("谢|辛苦|感恩")
_SHORT = 12  # characters of thanks that say nothing else
# A quotation as clients write it into the text; no page tells it, so it is read liberally.
_QUOTE = re.compile(
    r"\A\s*[「“](?P<who>[^:：」”]{1,40})[:：](?P<said>.*?)[」”]\s*\n[-— ]{3,}\n(?P<text>.*)\Z",
    re.S,
)


class Sort(StrEnum):
    QUESTION = "question"  # for us
    TALK = "talk"  # among members
    COMPLAINT = "complaint"
    SPAM = "spam"  # advertising or fraud
    THANKS = "thanks"


_SORTS = {  # kinds of bot/scripts/recognise
    "spam": Sort.SPAM, "injection": Sort.SPAM,
    "complaint": Sort.COMPLAINT, "abuse": Sort.COMPLAINT,
    "thanks": Sort.THANKS,
    **dict.fromkeys(("greeting", "bye", "acknowledgement", "chitchat"), Sort.TALK),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a group without whom it names and what it quotes."""

    text: str
    mentions: tuple[str, ...] = ()  # as they stand behind an @
    quoted: str = ""  # whose message it quotes
    quote: str = ""  # and its text


@dataclass(frozen=True, slots=True, kw_only=True)
class Triaged:
    sort: Sort
    asked: str = ""  # of a question: its words, without whom it names
    question: str = ""  # the same, normalised
    script: str = ""  # that answers it surely
    near: str = ""  # that comes closest, sure or not
    probability: float = 0.0  # of the closest
    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What belongs to us in a group."""

    names: tuple[str, ...] = ()  # what the bot, the owner and our members are called there
    goods: tuple[str, ...] = ()  # words of what the company sells


def said_in(text: str) -> Said:
    """What somebody wrote in a group, taken apart."""
    text, quoted, quote = text[: 2 * LONGEST], "", ""
    if found := _QUOTE.match(text):
        quoted, quote, text = found["who"].strip(), found["said"].strip(), found["text"]
    mentions = tuple(_MENTION.findall(text)) if "@" in text else ()
    return Said(
        text=_MENTION.sub(" ", text).strip(),
        mentions=mentions, quoted=quoted, quote=quote,
    )  # fmt: skip


def triage(text: str, matcher: Matcher, ours: Ours) -> Triaged:
    """What a customer's message in a group is."""
    said = said_in(text)
    called = [*said.mentions, *([said.quoted] if said.quoted else [])]
    to_us = any(_is_one_of(name, ours.names) for name in called)
    to_others = bool(called) and not to_us
    words, signs = signs_of(said.text, ours)
    points = _points_of(words, said.text, signs)
    found = matcher.recognised(said.text) if said.text else None
    sort = _SORTS.get(found.kind) if found is not None else None
    if sort is Sort.COMPLAINT and (to_others or _private(signs)):
        sort = None
    if sort is Sort.TALK and to_us and "asking" in signs:
        sort = None
    if sort is Sort.SPAM and ("advising" in signs or {"asking", "ours"} <= signs):
        sort = None  # whoever asks of orders, or tells how to, does not advertise
    elif sort is None and _advertises(words, signs) and not to_us:
        return Triaged(sort=Sort.SPAM, zh="广告", en="an advertisement")
    if found is not None and sort is not None:
        return Triaged(sort=sort, asked=said.text, zh=found.zh, en=found.en)
    if len(words) <= _SHORT and _THANKS.search(words) and not _asks(signs) and not to_others:
        return Triaged(sort=Sort.THANKS, zh="道谢", en="thanks")
    points += _ADDRESSED if to_us else _TO_OTHERS if to_others else 0.0
    points += 0.0 if _asks(signs) else _BARE
    if len(words) < 2 or points + _LEANS * _MOST_LEAN <= WORTH_A_LOOK:
        return _talk(signs, points)
    points += _LEANS * max(-_MOST_LEAN, min(_MOST_LEAN, lean(words, ours.goods, signs)))
    if points <= WORTH_A_LOOK:
        return _talk(signs, points)
    return _question(said, matcher, signs, points)


def signs_of(text: str, ours: Ours) -> tuple[str, set[str]]:
    """A text in plain form, without whom it names, and which signs it shows."""
    words = _TAIL.sub("", _ASKING_MA.sub(r"\1吗", _FACE.sub("", plain(text))))
    signs = {name for name, sign in _signs().items() if sign.search(words)}
    if any(word in words for word in ours.goods):
        signs.add("goods")
    return words, signs


def _points_of(words: str, text: str, signs: set[str]) -> float:
    """The points of all signs together, and of what the message is about."""
    topics = frozenset(topics_of(spoken(text))) if _asks(signs) else frozenset[str]()
    deals, life = _topics()
    if topics & deals:
        signs.add("ours")
    if topics & life:
        signs.add("life")
    points = sum(_POINTS.get(name, 0.0) for name in signs)
    if "ours" in signs and len(topics & deals) + _kinds("ours", words) > 1:
        points += _MORE
    if {"asking", "wanting"} <= signs:  # it is one wish
        points -= 0.5
    return points


def _kinds(sign: str, words: str) -> int:
    """How many different words show this sign."""
    return len({found[0] for found in _signs()[sign].finditer(words)})


def _question(said: Said, matcher: Matcher, signs: Collection[str], points: float) -> Triaged:
    """A question for us, if the points suffice together with the matcher's probability."""
    decision = matcher.decide(said.text)
    near = decision.match or (decision.candidates[0] if decision.candidates else None)
    likely = near.score if near else 0.0
    points += _LIKELY * likely if likely >= _SURE else likely
    if not decision.normalised or points < ENOUGH:
        return _talk(signs, points)
    return Triaged(
        sort=Sort.QUESTION, asked=said.text, question=decision.normalised,
        script=decision.match.script_id if decision.match else "",
        near=near.script_id if near else "", probability=likely,
        zh=f"像是问我们的（{points:.1f} 分：{'、'.join(sorted(signs))}）",
        en=f"a question for us ({points:.1f} points: {', '.join(sorted(signs))})",
    )  # fmt: skip


def _advertises(words: str, signs: Collection[str]) -> bool:
    """How to reach them and what they offer, or two offers; whoever asks does not advertise."""
    if "offer" not in signs or "asking" in signs:
        return False
    return "contact" in signs or _kinds("offer", words) > 1


def _asks(signs: Collection[str]) -> bool:
    return "asking" in signs or "wanting" in signs


def _private(signs: Collection[str]) -> bool:
    return bool({"among", "life"} & {*signs}) and not {"direct", "goods"} & {*signs}


def _talk(signs: Collection[str], points: float) -> Triaged:
    told = ", ".join(sorted(signs)) or "-"
    return Triaged(
        sort=Sort.TALK, zh=f"群友之间的聊天（{points:.1f} 分）",
        en=f"talk among members ({points:.1f} points: {told})",
    )  # fmt: skip


def _is_one_of(name: str, ours: Collection[str]) -> bool:
    return any(name == one or (one and name.startswith(one)) for one in ours)


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((files(__package__) / "signs.toml").read_text("utf-8"))


@cache
def _signs() -> Mapping[str, re.Pattern[str]]:
    """Line breaks in the file are for the reader."""
    return {
        name: re.compile(re.sub(r"\s+", "", sign))
        for name, sign in _table().items()
        if isinstance(sign, str)
    }


@cache
def _topics() -> tuple[frozenset[str], frozenset[str]]:
    topics = _table()["topics"]
    return frozenset(topics["ours"].split()), frozenset(topics["life"].split())
