"""Reduces what a customer typed to what they ask. Examples go the same way, so that both meet."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

from bot.scripts.matching.hanzi import expression, hanzi, signs, simplified

LONGEST = 1000  # characters that are looked at

# Invisible: zero width, direction marks, soft hyphen, variation selectors; halves of a pair, which
# no JSON can carry.
_INVISIBLE = dict.fromkeys(
    (
        *(0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F)),
        *(*range(0x2060, 0x2070), *range(0xD800, 0xE000), *range(0xFE00, 0xFE10)),
    )
)
_BRACKETED_FACE = re.compile(r"\[[\w一-鿿]{1,8}\]")  # the client writes [微笑] for its own emoji
_LINK = re.compile(r"https?://[!-~]+")
_MENTION = re.compile(r"@[^\s@]{1,40}\s+|\s@[^\s@]{1,40}$|@")
_LONG_NUMBER = re.compile(r"\d{6,}")  # an order or phone number; 12315 must stay
_SPEECHLESS = re.compile(r"[\W_]+")
_IN_A_WORD = re.compile(r"(?<=[a-z])[^\w\s'\-.,@&/:]+(?=[a-z])")  # an emoji, a sign: no separator
_CHARACTERS = re.compile("[一-鿿]*")  # a message of nothing else has none of all these
_REPEATED = re.compile(r"([^\W\da-z])\1{2,}")
_GAP = r"[\s\W_]"
_OPENING = expression(rf"(?:{_GAP}|{signs()['opening']})+")
_ENDING = expression(rf"(?:{_GAP}|{signs()['ending']})$")
GREETING = "你好"  # what a message of nothing else is


def has_reference(text: str) -> bool:
    """A long number or a link: an order, a parcel, a phone, a product; `fold` drops them."""
    return bool(_LONG_NUMBER.search(text) or _LINK.search(text))


def plain(text: str) -> str:
    """One form for each sign: half width, lower case, simplified."""
    if _CHARACTERS.fullmatch(text):
        return simplified(text)
    return unicodedata.normalize("NFKC", text).casefold().translate(_plain_signs())


@cache
def _plain_signs() -> Mapping[int, str | None]:
    return {**hanzi().forms, **_INVISIBLE}


def unaddressed(text: str) -> str:
    """Without @mentions, by which a bot is called."""
    return _MENTION.sub(" ", text).strip()


@lru_cache(maxsize=2048)
def clean(text: str) -> str:
    """Plain, and without links, mentions, faces and long numbers.

    Separators of words and sentences stay.
    """
    whole = plain(text[:LONGEST])[:LONGEST]
    if _CHARACTERS.fullmatch(whole):
        return _shortened(whole)
    bare = _MENTION.sub(" ", _LINK.sub(" ", _BRACKETED_FACE.sub("☺", whole)))
    joined = _IN_A_WORD.sub("", bare)
    return _shortened(_LONG_NUMBER.sub("", joined))


def _shortened(text: str) -> str:
    """Cut repetitions in a row to two."""
    return _REPEATED.sub(r"\1\1", text) if len(text) > len(set(text)) + 1 else text


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """The letters and figures alone: without mentions, links, emoji, signs and long numbers."""
    whole = clean(text)
    said = letters(whole)
    return whole if said == whole else _shortened(said)


def letters(text: str) -> str:
    """The letters and figures alone."""
    return text if text.isalnum() else _SPEECHLESS.sub("", text)


@lru_cache(maxsize=2048)
def spoken(text: str) -> str:
    """Clean, and without greetings before the question and particles behind it.

    A message of nothing but greetings becomes "你好", one of nothing but emoji or signs "".
    """
    whole = clean(text)
    opening = _OPENING.match(whole)
    question = whole[opening.end() :] if opening else whole
    if not letters(question):
        return GREETING if letters(whole) else ""
    shorter = question
    while match := _ENDING.search(shorter, max(0, len(shorter) - 12)):
        shorter = shorter[: match.start()]
    return shorter or question


@lru_cache(maxsize=8192)
def normalise(text: str) -> str:
    """The letters and figures of what is `spoken`: equal results are the same question."""
    return letters(spoken(text))
