"""What a customer typed, reduced to what they ask. Examples go the same way, so both meet."""

import re
import unicodedata
from functools import lru_cache

LONGEST = 1000  # characters that are looked at

_BRACKETED_FACE = re.compile(r"\[[\w一-鿿]{1,8}\]")  # the client writes [微笑] for its own emoji
_LINK = re.compile(r"https?://[!-~]+")
_MENTION = re.compile(r"@[^\s@]{1,40}\s+|\s@[^\s@]{1,40}$|@")
_LONG_NUMBER = re.compile(r"\d{6,}")  # an order, a phone; 12315 must stay
_SPEECHLESS = re.compile(r"[\W_]+")
_REPEATED = re.compile(r"([^\W\d])\1{2,}")
_OPENINGS = (
    "[您你]们?好呀?|大家好|hi(?![a-z])|hello|哈[喽啰罗]|嗨|在[吗么嘛]|在不在?|有人在?[吗么嘛]|"
    "早上好|[早上中下]午好|晚上好|亲爱的|亲(?![子肤密属友戚人测自手生])|老板|小姐姐|打扰一?下?了?|"
    "麻烦|我?想?请?问一?下|我?想问问?|我?想?咨询一?下|我?想咨询|请教一?下?|请问|那个|客服(?=在|你|您|$)"
)
_OPENING = re.compile(f"(?:{_OPENINGS})+")
_ENDING = re.compile(
    "(?:[呀啊呢哦噢哈啦嘛喔哟吧哇亲]|(?<=.{4})(?:谢谢[你您]?|多谢|拜托了?|在线等))$"
)
_GREETING = "你好"


def has_reference(text: str) -> bool:
    """A long number or a link: an order, a parcel, a phone, a product; `fold` drops them."""
    return bool(_LONG_NUMBER.search(text) or _LINK.search(text))


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """The letters and figures alone: without mentions, links, emoji, signs and long numbers."""
    folded = unicodedata.normalize("NFKC", text[:LONGEST])[:LONGEST].casefold()
    bare = _LONG_NUMBER.sub("", _MENTION.sub(" ", _LINK.sub("", _BRACKETED_FACE.sub("", folded))))
    return _REPEATED.sub(r"\1\1", _SPEECHLESS.sub("", bare))


@lru_cache(maxsize=8192)
def normalise(text: str) -> str:
    """Folded, and without greetings before the question and particles behind it.

    A message of nothing but greetings becomes "你好", one of nothing but emoji or signs "".
    """
    spoken = fold(text)
    opening = _OPENING.match(spoken)
    question = spoken[opening.end() :] if opening else spoken
    if not question:
        return _GREETING if spoken else ""
    return _without_ending(question) or question


def _without_ending(text: str) -> str:
    while match := _ENDING.search(text, max(0, len(text) - 3)):
        text = text[: match.start()]
    return text
