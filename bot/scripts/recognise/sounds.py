"""What a message sounds like where neither a cue nor a script tells it: weights of short pieces
of its text. benchmarks/sounds.py fits them and writes data/sounds.json."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import sqrt
from typing import Literal, get_args

import orjson

from bot.scripts.recognise.cue import EDGES
from bot.scripts.recognise.text import fold

Kind = Literal["unwanted", "complaint"]
Sounds = Kind | Literal[""]
KINDS: tuple[Kind, ...] = get_args(Kind)
LONGEST = 3  # characters of a piece
BAR = 0.6  # log odds from which on a person should look
_FILE = files("bot.scripts") / "data/sounds.json"
_NUMBER = re.compile(r"\d+")
_CLAUSE = re.compile(f"[^{EDGES}]+")
_TOLD: Mapping[Kind, tuple[str, str]] = {
    "unwanted": ("听起来不想再收到消息", "it sounds as if they want no more messages"),
    "complaint": ("听起来不满意", "it sounds displeased"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What a person should look at, and what told it."""

    kind: Kind
    zh: str
    en: str


def sound_of(text: str) -> Sound | None:
    """What `text` sounds like; None is the ordinary case."""
    said = readable(text)
    found = pieces(said)
    for kind in KINDS:
        if odds(kind, found) >= BAR:
            (zh, en), clause = _TOLD[kind], _clause(kind, said)
            return Sound(kind=kind, zh=f"{zh}：{clause}", en=f"{en}: {clause}")
    return None


def readable(text: str) -> str:
    """A message as it is weighed, with a comma at either end."""
    return _NUMBER.sub("0", fold(text))


def pieces(said: str) -> list[str]:
    """Each once, in an order that is always the same: so are sums over them."""
    return sorted(set(cut(said)))


def cut(text: str) -> Iterator[str]:
    """Its pieces, the short ones first."""
    for size in range(1, LONGEST + 1):
        for begin in range(len(text) - size + 1):
            yield text[begin : begin + size]


def odds(kind: Kind, found: Collection[str]) -> float:
    """The log odds that a message with these pieces is of that kind, by how often the fitted ones
    are; a long one is no surer for its length."""
    return _weights()[kind][""] + _sum(kind, found) / sqrt(len(found))


def _clause(kind: Kind, said: str) -> str:
    """The clause that told it most."""
    return max(_CLAUSE.findall(said), key=lambda one: _sum(kind, pieces(f",{one},")), default="")


def _sum(kind: Kind, found: Collection[str]) -> float:
    weights = _weights()[kind]
    return sum(weights[one] for one in found if one in weights)


@cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    content: dict[str, dict[str, float]] = orjson.loads(_FILE.read_bytes())
    return content
