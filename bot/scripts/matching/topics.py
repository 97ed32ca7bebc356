"""What a message may be about: 新加坡 and 香港 are places abroad, 掏 and 邮费 speak of who pays.

Looser than wordings.py: words of one topic do not mean the same, they are only said of the same
things. data/topics.txt lists them.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from operator import add

from bot.scripts.matching.hanzi import data_lines
from bot.scripts.matching.wordings import stem

_LATIN = re.compile(r"[a-z]+")


def topics_of(text: str) -> tuple[str, ...]:
    """The topics of `text` (see normalise.spoken), each once, in the order in which they come."""
    starts, words, latin = _words()
    found: dict[str, None] = {}
    if not text.isascii():
        pairs = map(add, text, text[1:] + " ")
        for place, (sign, pair) in enumerate(zip(text, pairs, strict=True)):
            if sign in words:
                found.update(words[sign])
            if pair in starts:
                for word in starts[pair]:
                    if text.startswith(word, place):
                        found.update(words[word])
    for match in _LATIN.findall(text):
        found.update(latin.get(match) or latin.get(stem(match), {}))
    return tuple(found)


@cache
def _words() -> tuple[
    Mapping[str, list[str]], Mapping[str, dict[str, None]], Mapping[str, dict[str, None]]
]:
    words: dict[str, dict[str, None]] = defaultdict(dict)
    for line, _ in data_lines("topics.txt"):
        topic, _, said = line.partition("=")
        for word in said.casefold().split():
            words[word][topic.strip()] = None
    starts: dict[str, list[str]] = defaultdict(list)
    for word in words:  # a Latin one is a whole word: there is no fee in coffee
        if len(word) > 1 and not _LATIN.fullmatch(word):
            starts[word[:2]].append(word)
    latin = {word: topics for word, topics in words.items() if word.isascii()}
    latin |= {stem(word): topics for word, topics in latin.items()}
    return starts, words, latin
