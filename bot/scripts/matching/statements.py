"""The features of features.py in a dozen statements that people understand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log

from bot.scripts.matching.features import NAMES
from bot.scripts.matching.finder import DONE, OPPOSED, REFUSED
from bot.scripts.matching.model import model

_LEAST = 0.2  # the least weight worth mentioning


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why one candidate is likelier than another, or less likely."""

    zh: str
    en: str
    weight: float  # by how much it moves the odds, as a logarithm; below 0: against it


@dataclass(frozen=True, slots=True)
class Statement:
    alike: tuple[str, str]  # it speaks for the candidate: zh, en
    unlike: tuple[str, str]  # it speaks against
    likeness: tuple[str, ...] = ()  # features that are high when the two are alike
    difference: tuple[str, ...] = ()  # … when they differ


def _like(*families: str) -> tuple[str, ...]:
    """How near the examples are, by these families of terms."""
    kinds = ("like", "centre")
    return tuple(f"{kind}_{family}" for kind in kinds for family in families)


def _said(*families: str) -> tuple[str, ...]:
    """How much of the message is known there."""
    return tuple(f"{kind}_{family}" for kind in ("of_text", "covered") for family in families)


STATEMENTS = (
    Statement(
        ("用词相近", "similar words"), ("用词差得多", "other words"),
        (*_like("typed"), "ratio", "second", "mean", "alike"),
    ),
    Statement(
        ("读音相近", "similar sounds"), ("读音差得多", "other sounds"),
        (*_like("sounded"), "sound"),
    ),
    Statement(
        ("话题相同", "the same topic"), ("话题不同", "another topic"),
        (*_like("hinted"), *_said("hinted")),
    ),
    Statement(
        ("客户的话这里都有", "it knows what was said"),
        ("客户说的有些词这里没有", "it lacks words that were said"),
        _said("typed", "sounded"), ("elsewhere_mass",),
    ),
    Statement(
        ("问的是同一样东西", "about the same thing"),
        ("问的不是同一样东西", "about another thing"),
        ("subject", "subject_mass"),
    ),
    Statement(
        ("关键的词说到了", "its key words were said"),
        ("少了关键的词", "its key words are missing"),
        ("core",),
    ),
    Statement(
        ("回复里也提到", "its reply speaks of it"),
        ("回复里没有提到", "its reply says nothing of it"),
        ("reply",),
    ),
    Statement(
        ("肯定否定一致", "both say yes or both say no"),
        ("一个说不，一个没有", "only one of them says no"),
        (), ("negated", "refused"),
    ),
    Statement(
        ("不教已经办了的事", "it tells nothing of how to do what is done"),
        ("客户说已经办了，这里还在教怎么办", "it tells how to do what they have done"),
        (), ("done",),
    ),
    Statement(
        ("没有说反", "not the opposite"), ("说法相反", "the opposite"), (), ("opposite",)
    ),
    Statement(
        ("没有哪个词不一样", "no word changed for another"),
        ("有个词不一样", "one word is another"),
        (), ("swapped", "crossed"),
    ),
    Statement(
        ("问的方式相同", "asked in the same way"), ("问的方式不同", "asked in another way"),
        ("asked",), ("asked_other", "asked_never"),
    ),
    Statement(
        ("数字型号对得上", "figures and models agree"),
        ("数字型号对不上", "figures or models differ"),
        (), ("number", "latin"),
    ),
    Statement(
        ("长短相近", "about as long"), ("长短差得多", "much longer or shorter"),
        (), ("longer",),
    ),
    Statement(
        ("关键词命中", "keywords hit"), ("关键词没有命中", "no keywords hit"), ("keyword",)
    ),
)  # fmt: skip
UNTOLD = frozenset({"examples"})  # it says nothing about the two texts


def reasons(
    features: Sequence[float], others: Sequence[float], language: str
) -> tuple[Reason, ...]:
    """What makes the first likelier than the other one, and what less likely; the heaviest first.

    A statement is made only if the texts themselves bear it out: the model weighs related features
    against each other, and a single one may have the wrong sign.

    Args:
        features, others: in the order of NAMES; zeros stand for a script with nothing in common.
    """
    weights = _weights(language)
    found: list[Reason] = []
    for statement, likeness, difference in _places():
        changes = {p: features[p] - others[p] for p in (*likeness, *difference)}
        if not likeness:  # such a fault counts even if the other script shares it
            changes |= {p: features[p] for p in difference if features[p]}
        weight = sum([weights[place] * change for place, change in changes.items()])
        seen = sum([changes[p] for p in likeness]) - sum([changes[p] for p in difference])
        if abs(weight) >= _LEAST and weight * seen > 0:
            zh, en = statement.alike if weight > 0 else statement.unlike
            found.append(Reason(zh=zh, en=en, weight=weight))
    return tuple(sorted(found, key=_heaviest_first))


def _heaviest_first(reason: Reason) -> float:
    return -abs(reason.weight)


@cache
def _places() -> tuple[tuple[Statement, tuple[int, ...], tuple[int, ...]], ...]:
    return tuple((one, _at(one.likeness), _at(one.difference)) for one in STATEMENTS)


def _at(names: Sequence[str]) -> tuple[int, ...]:
    return tuple(place for place, name in enumerate(NAMES) if name in names)


@cache
def _weights(language: str) -> Sequence[float]:
    """The model's, and what takes away from its chances afterwards (finder.py)."""
    after: Mapping[str, float] = {
        "refused": log(REFUSED), "done": log(DONE), "opposite": log(OPPOSED),
    }  # fmt: skip
    weights = model(language).candidate
    return [w + after.get(name, 0.0) for name, w in zip(NAMES, weights, strict=True)]
