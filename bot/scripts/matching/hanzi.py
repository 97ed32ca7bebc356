"""What is known of single characters: simplified form, sound, how common they are.

The tables are made by benchmarks/matching/tables.py.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from operator import add
from typing import Any

DATA = files("bot.scripts") / "data"
# Forms that typists of Cantonese and old spellings bring, beyond the table's.
_MORE_FORMS = {"妳": "你", "甚": "什", "麽": "么", "嚟": "来", "喺": "在", "佢": "他", "嗰": "那"}


@dataclass(frozen=True, slots=True)
class Hanzi:
    forms: Mapping[int, str]  # for str.translate: traditional → simplified
    sounds: Mapping[str, str]  # character → its usual syllable, without tone
    signs: Mapping[str, str]  # syllable → all characters that are read so


@cache
def hanzi() -> Hanzi:
    sounds: dict[str, str] = {}
    signs: dict[str, str] = {}
    forms = {ord(sign): plain for sign, plain in _MORE_FORMS.items()}
    for key, value in data_lines("hanzi.txt"):
        if key == "=":
            forms |= {ord(old): new for old, new in zip(value[::2], value[1::2], strict=True)}
        elif key.startswith("+"):
            signs[key[1:]] = signs.get(key[1:], "") + value
        else:
            signs[key] = value
            sounds |= dict.fromkeys(value, key)
    return Hanzi(forms, sounds, signs)


@lru_cache(maxsize=16)
def pairs_of(text: str) -> tuple[str, ...]:
    """Its neighbouring signs. Whatever is looked for begins with two known signs, and making the
    pairs costs more than looking them up."""
    return tuple(map(add, text, text[1:]))


def simplified(text: str) -> str:
    """`text` in simplified characters; hardly any has others, and checking first is quicker."""
    return text.translate(hanzi().forms) if _traditional().search(text) else text


@cache
def _traditional() -> re.Pattern[str]:
    return re.compile(f"[{''.join(map(chr, hanzi().forms))}]")


@cache
def rareness() -> Mapping[str, float]:
    """A character or a word of two → −log2 of its chance to occur in a message."""
    return {
        item: float(key) for key, value in data_lines("frequency.txt") for item in value.split()
    }


@cache
def signs() -> Mapping[str, Any]:
    """data/signs.toml."""
    return tomllib.loads((DATA / "signs.toml").read_text("utf-8"))


def expression(text: str) -> re.Pattern[str]:
    """One that is written over several lines."""
    return re.compile(text.replace("\n", ""))


def branches(text: str) -> Iterator[str]:
    """The alternatives of an expression."""
    depth = start = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def data_lines(name: str) -> Iterator[tuple[str, str]]:
    for line in (DATA / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            key, _, value = line.partition("\t")
            yield key, value
