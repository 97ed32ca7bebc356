"""A text taken apart in three ways, and the signs by which a question is known."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from sys import intern

from bot.scripts.matching.deeds import acts_in, done_in
from bot.scripts.matching.hanzi import branches, expression, hanzi, signs
from bot.scripts.matching.topics import topics_of
from bot.scripts.matching.wordings import Wordings

# characters as typed; the sounds of its wordings (咋 and 怎么 are one); topics
FAMILIES = ("typed", "sounded", "hinted")
TYPED, SOUNDED, HINTED = range(3)
_PARTS = re.compile(r"[^\W\da-z_]|[a-z]+(?:'[a-z]+)?|\d+")
_CHINESE = re.compile("[一-鿿]*")
_LATIN = re.compile("[a-z]")
_FIGURES = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")
_ANY_FIGURE = re.compile(r"[a-z\d]")


def _in_chinese(sign: re.Pattern[str]) -> re.Pattern[str]:
    """Without its English: what all begins with a known character is searched for quickly."""
    return re.compile("|".join(one for one in branches(sign.pattern) if not _LATIN.search(one)))


_SIGNS = signs()
_NEGATION = expression(_SIGNS["negation"])
_NEGATION_IN_CHINESE = _in_chinese(_NEGATION)
_REFUSAL = expression(_SIGNS["refusal"])
ASKED = {kind: 1 << place for place, kind in enumerate(_SIGNS["asked"])}  # kind → its bit
_ASKED = [(ASKED[kind], expression(sign)) for kind, sign in _SIGNS["asked"].items()]
_SETTLED = ASKED["why"] | ASKED["fail"] | ASKED["when"]
_ASKED_IN_CHINESE = [(bit, _in_chinese(sign)) for bit, sign in _ASKED]
_ANY_SIDE = re.compile("|".join(f"{one}|{other}" for one, other in _SIGNS["opposites"]))
_OPPOSITES = [(re.compile(one), re.compile(other)) for one, other in _SIGNS["opposites"]]


class Utterance:
    """One question, of a customer or of the library.

    `families` holds for each of FAMILIES its terms: single parts and neighbouring pairs
    ("退 货"). Tuples, since a library of 100,000 has as many of them.
    """

    __slots__ = ("_marks", "_places", "families", "length", "sounds", "source", "text", "tokens")

    def __init__(self, source: str, wordings: Wordings) -> None:
        """`source` as normalise.spoken gives it, pinyin already read."""
        self.source = source
        parts = parts_of(source)
        self.tokens = tuple(wordings.tokens(source))
        self.text = (" " if source.isascii() else "").join(self.tokens)
        words = worded(source, parts, self.tokens)
        known = _readings()
        readings = [known[part] if part in known else _unread(part) for part in words]
        sounds = [sound for sound, _ in readings]
        self.sounds = "".join([sign for _, sign in readings])  # a sign for each sound
        self.families: tuple[tuple[str, ...], ...] = (
            terms_of(parts),
            sounded(words, sounds),
            topics_of(source),
        )
        self.length = len(parts)
        self._marks: Marks | None = None
        self._places: Mapping[str, int] | None = None

    def keep(self) -> None:
        """Share the strings of the terms with others that stay: common ones are held once, in
        memory that the processor has just read."""
        self.tokens = tuple(map(intern, self.tokens))
        self.families = tuple([tuple(map(intern, terms)) for terms in self.families])

    @property
    def marks(self) -> "Marks":
        """Computed only for the few that are compared closely."""
        if self._marks is None:
            self._marks = Marks(self.source)
        return self._marks

    @property
    def places(self) -> Mapping[str, int]:
        """Token → where it stands; likewise."""
        if self._places is None:
            self._places = {token: place for place, token in enumerate(self.tokens)}
        return self._places


class Marks:
    """What tells one question from another with the same words."""

    __slots__ = (
        *("_acts", "_sides", "_text", "asked", "done", "latin", "negated", "numbers", "refused"),
        "sought",
    )

    def __init__(self, text: str) -> None:
        parts = _FIGURES.findall(text) if _ANY_FIGURE.search(text) else ()
        latin = _LATIN.search(text) is not None
        negation = _NEGATION if latin else _NEGATION_IN_CHINESE
        self.negated = bool(negation.search(text))
        # whatever refuses has a sign of negation in it
        self.refused = self.negated and bool(_REFUSAL.search(text))
        asked = _ASKED if latin else _ASKED_IN_CHINESE
        self.asked = sum([bit for bit, sign in asked if sign.search(text)])
        self._text = text
        self._sides: frozenset[tuple[int, bool]] | None = None
        self._acts: int | None = None
        self.done, self.sought = done_in(text)
        self.numbers = frozenset(part for part in parts if part.isdigit())
        self.latin = frozenset(part for part in parts if part.isalpha())

    @property
    def sides(self) -> frozenset[tuple[int, bool]]:
        """Which of two opposite acts it speaks of; read only of what is compared closely."""
        if self._sides is None:
            self._sides = frozenset(_sides(self._text))
        return self._sides

    def is_done(self, other: "Marks") -> bool:
        """Whether this one says that what the `other` asks for is done."""
        return bool(self.done & other.to_do and not self.sought & other.to_do)

    @property
    def to_do(self) -> int:
        """Which acts it asks about or wants: those that it does not call done. None if it tells of
        trouble with them, or how long they take."""
        if self._acts is None:
            settled = self.negated or self.asked & _SETTLED
            self._acts = 0 if settled else acts_in(self._text) & ~self.done
        return self._acts


def typed_terms(source: str) -> tuple[str, ...]:
    """The terms of the family `typed` alone."""
    return terms_of(parts_of(source))


def parts_of(source: str) -> list[str]:
    """Characters, Latin words and numbers."""
    return list(source) if _CHINESE.fullmatch(source) else _PARTS.findall(source)


def worded(source: str, parts: Sequence[str], tokens: Sequence[str]) -> Sequence[str]:
    """The same of `source` with its wordings in their place; English words are `tokens`."""
    if source.isascii():
        return tokens
    text = "".join(tokens)
    return parts if text == source else parts_of(text)


def terms_of(parts: Sequence[str]) -> tuple[str, ...]:
    """Each part and each pair of neighbours, once."""
    return tuple(dict.fromkeys([*parts, *map(" ".join, pairwise(parts))]))


def sounded(parts: Sequence[str], sounds: Sequence[str]) -> tuple[str, ...]:
    """Syllables and their pairs; a Latin word gives its runs of three letters."""
    if "" not in sounds:
        return terms_of(sounds)
    terms = dict.fromkeys(sounds)
    for left, right in pairwise(sounds):
        if left and right:
            terms[f"{left} {right}"] = None
    terms.pop("", None)
    for part, sound in zip(parts, sounds, strict=True):
        if not sound:
            framed = f"^{part}$"
            terms.update(dict.fromkeys(framed[at : at + 3] for at in range(len(framed) - 2)))
    return tuple(terms)


def sound_of(part: str) -> str:
    """Its syllable; "" of a Latin word: it has no sound that is known."""
    return (_readings().get(part) or _unread(part))[0]


@cache
def _readings() -> Mapping[str, tuple[str, str]]:
    """Character → its sound, and a sign that stands for it where strings of sounds are compared.

    Sounds in upper case: a syllable is never taken for three letters of a word.
    """
    sounds = enumerate(sorted(hanzi().signs))
    readings = {sound: (sound.upper(), chr(0x4E00 + at)) for at, sound in sounds}
    return {sign: readings[sound] for sign, sound in hanzi().sounds.items()}


def _unread(part: str) -> tuple[str, str]:
    """A number sounds as it is; Latin has no sound that is known."""
    return (part, part[0]) if part.isdigit() else ("", "_")


def _sides(text: str) -> Iterable[tuple[int, bool]]:
    if not _ANY_SIDE.search(text):
        return
    for number, (one, other) in enumerate(_OPPOSITES):
        left, right = bool(one.search(text)), bool(other.search(text))
        if left != right:
            yield number, left
