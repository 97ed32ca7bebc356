"""What a message may be about: 新加坡 and 香港 are places abroad, 掏 and 邮费 speak of who pays.

Looser than wordings.py: words of one topic do not mean the same, but are said of the same things.
data/topics.txt lists them.
"""

import re
from collections.abc import Collection, Container, Mapping
from functools import cache
from operator import add

from bot.scripts.matching.hanzi import data_lines, pairs_of
from bot.scripts.matching.wordings import stem

_LATIN = re.compile(r"[a-z]+")


def topics_of(text: str) -> tuple[str, ...]:
    """The topics of `text` (see normalise.spoken), each once, in the order in which they come."""
    words, single, lengths, latin = _words()
    found: list[str] = []
    if not text.isascii():
        for place, pair in enumerate((*pairs_of(text), text[-1:])):
            if pair[0] in single:
                found += words[pair[0]]
            if pair in lengths:
                for length in lengths[pair]:
                    if (word := text[place : place + length]) in words:
                        found += words[word]
    for match in _LATIN.findall(text):
        found += latin.get(match) or latin.get(stem(match), ())
    return tuple(dict.fromkeys(found))


@cache  # looked up for each pair of a message
def pairs_of_topics() -> Container[str]:
    """Neighbouring signs of all words that are longer than one."""
    return _words()[2]


@cache
def _words() -> tuple[
    Mapping[str, tuple[str, ...]],
    Collection[str],
    Mapping[str, tuple[int, ...]],
    Mapping[str, tuple[str, ...]],
]:
    """Word → topics; those of one sign; two neighbouring signs → how long words are that begin so,
    () = none does; Latin word → topics."""
    words: dict[str, tuple[str, ...]] = {}
    held: dict[tuple[str, ...], tuple[str, ...]] = {}  # many words have the same topics
    for line, _ in data_lines("topics.txt"):
        topic, _, said = line.partition("=")
        alone = (topic.strip(),)
        for word in dict.fromkeys(said.casefold().split()):
            topics = words[word] + alone if word in words else alone
            words[word] = held.setdefault(topics, topics)
    latin = {word: topics for word, topics in words.items() if word.isascii()}
    latin |= {stem(word): topics for word, topics in latin.items()}
    lengths: dict[str, tuple[int, ...]] = {}
    known: dict[tuple[int, ...], tuple[int, ...]] = {}
    for word in list(words):
        if len(word) > 1:
            if _LATIN.fullmatch(word):  # a whole word: there is no fee in coffee
                del words[word]
            else:
                some = tuple(sorted({*lengths.get(word[:2], ()), len(word)}))
                lengths[word[:2]] = known.setdefault(some, some)
    for word in words:
        for pair in map(add, word, word[1:]):
            lengths.setdefault(pair, ())
    single = frozenset(word for word in words if len(word) == 1)
    return words, single, lengths, latin
