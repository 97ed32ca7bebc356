"""What a message may be about: 新加坡 and 香港 are places abroad, 掏 and 邮费 speak of who pays.

Looser than wordings.py: words of one topic do not mean the same, they are only said of the same
things. data/topics.txt lists them.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from operator import add

from bot.scripts.matching.hanzi import data_lines
from bot.scripts.matching.wordings import stem

_LATIN = re.compile(r"[a-z]+")


def topics_of(text: str) -> tuple[str, ...]:
    """The topics of `text` (see normalise.spoken), each once, in the order in which they come."""
    words, single, lengths, latin = _words()
    found: list[str] = []
    if not text.isascii():
        for place, pair in enumerate(map(add, text, text[1:] + " ")):
            if pair[0] in single:
                found += words[pair[0]]
            if pair in lengths:
                for length in lengths[pair]:
                    if (word := text[place : place + length]) in words:
                        found += words[word]
    for match in _LATIN.findall(text):
        found += latin.get(match) or latin.get(stem(match), ())
    return tuple(dict.fromkeys(found))


@cache
def pairs_of_topics() -> frozenset[str]:
    """Neighbouring signs of all words that are longer than one."""
    return frozenset(pair for word in _words()[0] for pair in map(add, word, word[1:]))


@cache
def _words() -> tuple[
    Mapping[str, tuple[str, ...]],
    Collection[str],
    Mapping[str, tuple[int, ...]],
    Mapping[str, tuple[str, ...]],
]:
    """Word → topics; those of one sign; first two signs → how long words are that begin so; Latin
    word → topics."""
    words: dict[str, tuple[str, ...]] = {}
    for line, _ in data_lines("topics.txt"):
        topic, _, said = line.partition("=")
        for word in dict.fromkeys(said.casefold().split()):
            words[word] = (*words.get(word, ()), topic.strip())
    latin = {word: topics for word, topics in words.items() if word.isascii()}
    latin |= {stem(word): topics for word, topics in latin.items()}
    lengths: dict[str, set[int]] = defaultdict(set)
    for word in list(words):
        if len(word) > 1:
            if _LATIN.fullmatch(word):  # a whole word: there is no fee in coffee
                del words[word]
            else:
                lengths[word[:2]].add(len(word))
    single = frozenset(word for word in words if len(word) == 1)
    return words, single, {pair: tuple(sorted(some)) for pair, some in lengths.items()}, latin
