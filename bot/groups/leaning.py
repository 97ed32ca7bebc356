"""How much a text sounds as if said to a shop rather than among friends: weights of short pieces
of text. benchmarks/group_leaning.py fits them and writes leaning.json."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise

import orjson

from bot.scripts.recognise.sounds import cut

GOODS, NUMBER = "〇", "0"  # stand for a word of what the company sells, and for a number
MOST = 120  # characters that are looked at
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_BREAK = re.compile(r"[\s,，。.;；、~～!！…]+")


def pieces(words: str, goods: Collection[str], signs: Collection[str]) -> frozenset[str]:
    """The pieces by which a text is weighed, and its signs, alone and in pairs.

    Args:
        words: in plain form (bot.scripts.normalise.plain).
        goods: words of what the company sells.
        signs: names of those that were found in it.
    """
    text = words[:MOST]
    for word in sorted(goods, key=len, reverse=True):
        text = text.replace(word, GOODS)
    text = f" {_BREAK.sub(' ', _NUMBER.sub(NUMBER, text)).strip()} "
    return frozenset((*cut(text), *_of_signs(sorted(signs))))


def _of_signs(signs: list[str]) -> Iterator[str]:
    yield from (f"#{one}" for one in signs)
    yield from (f"#{one}+{other}" for one, other in pairwise(signs))


def lean(words: str, goods: Collection[str], signs: Collection[str]) -> float:
    """Above 0: to a shop. The log odds, if both kinds were equally frequent."""
    weights = _weights()
    found = pieces(words, goods, signs)
    return weights[""] + sum(weights[one] for one in found if one in weights)


@cache
def _weights() -> Mapping[str, float]:
    content: dict[str, float] = orjson.loads((files(__package__) / "leaning.json").read_bytes())
    return content
