"""Common wordings of one meaning become one: 咋整, 怎样 and 如何 become 怎么. data/wordings.txt
lists them.

A company's own synonyms (scripts_library/synonyms.toml) are laid over them.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from bot.scripts.matching.hanzi import data_lines, pairs_of, signs

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")
_ASCII_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789'")
# Wordings that tell the kind of a question, or nothing; they say little about its subject.
FUNCTION = frozenset(signs()["function"].split())
# Endings: "es" of boxes, "ing" of charging … cut so that forms of one word meet.
_KEPT_WHOLE = frozenset(signs()["whole"].split())


class Wordings:
    """
    Args:
        synonyms: another wording → the one that it is compared under; both as a writer types.
    """

    def __init__(self, synonyms: Mapping[str, str] | None = None) -> None:
        chinese, english = _built_in()
        added = {k.casefold(): chinese.get(v, v.casefold()) for k, v in (synonyms or {}).items()}
        self._chinese = {**chinese, **{v: v for v in added.values()}, **added}
        self._english = english
        lengths: dict[str, set[int]] = defaultdict(set)
        for wording in self._chinese:
            if len(wording) > 1:
                lengths[wording[:2]].add(len(wording))
        # first two signs → how long the wordings are that begin so, the longest first
        self._lengths = {start: sorted(some, reverse=True) for start, some in lengths.items()}
        self._phrases: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for phrase in sorted(english, key=len, reverse=True):
            self._phrases[phrase[0]].append(phrase)
        # the last text asked about: counter-examples and scripts both want it for a message
        self._last: tuple[str, list[str]] = "", []

    @property
    def known(self) -> Sequence[str]:
        """Every Chinese wording, for reading pinyin."""
        return list(self._chinese)

    def tokens(self, text: str) -> Sequence[str]:
        """`text` (see normalise.spoken) as wordings, characters, Latin words and numbers."""
        if text.isascii():
            return self._english_tokens(text)
        last, found = self._last
        if text == last:
            return found
        found = []
        place, end = 0, len(text)
        lengths, chinese = self._lengths, self._chinese
        pairs = (*pairs_of(text), text[-1:])
        while place < end:
            sign = text[place]
            wording = ""
            for length in lengths.get(pairs[place], ()):
                one = text[place : place + length]
                if one in chinese and (
                    one[0] not in _ASCII_WORD or _stands_alone(text, place, one)
                ):
                    wording = one
                    break
            else:
                if sign in chinese and (
                    sign not in _ASCII_WORD or _stands_alone(text, place, sign)
                ):
                    wording = sign
            if wording:
                found.append(chinese[wording])
                place += len(wording)
            elif sign in _ASCII_WORD:
                match = _WORD.match(text, place)
                if match:
                    found.append(match[0])
                place = match.end() if match else place + 1
            else:
                if sign.isalnum():
                    found.append(sign)
                place += 1
        self._last = text, found
        return found

    def _english_tokens(self, text: str) -> list[str]:
        words = [stem(word) for word in _WORD.findall(text)]
        found: list[str] = []
        place = 0
        while place < len(words):
            for phrase in self._phrases.get(words[place], ()):
                if tuple(words[place : place + len(phrase)]) == phrase:
                    found.append(self._english[phrase])
                    place += len(phrase)
                    break
            else:
                found.append(words[place])
                place += 1
        return found


def _stands_alone(text: str, place: int, wording: str) -> bool:
    """A Latin wording is a whole word: `app` is not in `apple`."""
    end = place + len(wording)
    return not (
        (place and text[place - 1] in _ASCII_WORD)
        or (wording[-1] in _ASCII_WORD and end < len(text) and text[end] in _ASCII_WORD)
    )


@cache
def _built_in() -> tuple[dict[str, str], dict[tuple[str, ...], str]]:
    chinese: dict[str, str] = {}
    english: dict[tuple[str, ...], str] = {}
    for line, _ in data_lines("wordings.txt"):
        one, _, others = (part.strip() for part in line.partition("="))
        if one.isascii():
            name = "".join(one.split())
            for wording in (one, *others.split(",")):
                english.setdefault(tuple(map(stem, _WORD.findall(wording))), name)
        else:
            for wording in others.casefold().split():
                chinese.setdefault(wording, one)
            chinese[one] = one
    return chinese, english


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """An English word without its endings."""
    word = word.removesuffix("'s").replace("'", "")
    if word in _KEPT_WHOLE or len(word) <= 3:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3 and any(sign in "aeiouy" for sign in base):
            doubled = len(base) > 3 and base[-1] == base[-2] and base[-1] not in "lsz"
            word = base[:-1] if doubled else base
            break
    if word.endswith("e") and len(word) > 4:
        word = word[:-1]
    if word.endswith("ly") and len(word) > 5:
        word = word[:-2]
    if word.endswith("y") and len(word) > 4:
        word = word[:-1] + "i"
    if word.endswith(("ation", "ition")) and len(word) > 7:
        word = word[:-3]
    if word.endswith("ment") and len(word) > 7:
        word = word[:-4]
    return word
