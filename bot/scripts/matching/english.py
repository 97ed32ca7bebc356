"""English words that customers mix into Chinese: "coupon用不了" is 优惠券用不了.

data/english.txt lists them: what is read in their place = words and phrases, parted by commas.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise

from bot.scripts.matching.hanzi import data_lines

_RUN = re.compile(r"[a-z][a-z']*(?:[ -]+[a-z][a-z']*)*")
_GAP = re.compile(r"[ -]+")
_LONGEST = 4  # words of a phrase


def in_chinese(text: str, kept: Callable[[str], bool]) -> str:
    """A clean Chinese text with its English words in Chinese, as far as they are known.

    Args:
        kept: whether a word is left as it is, for somebody here writes it so.
    """

    def read(run: re.Match[str]) -> str:
        known = _phrases()
        words = _GAP.split(run[0])
        said: list[str] = []
        place = 0
        while place < len(words):
            for end in range(min(len(words), place + _LONGEST), place, -1):
                phrase = " ".join(words[place:end])
                if phrase in known and not any(map(kept, words[place:end])):
                    said.append(known[phrase])
                    place = end
                    break
            else:
                said.append(words[place])
                place += 1
        return run[0] if said == words else _joined(said)

    return _RUN.sub(read, text)


def _joined(said: list[str]) -> str:
    """Latin words stay apart from each other; characters need no space."""
    text = said[0]
    for before, word in pairwise(said):
        text += f" {word}" if before.isascii() and word.isascii() else word
    return text


@cache
def _phrases() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line, _ in data_lines("english.txt"):
        chinese, _, phrases = line.partition("=")
        for phrase in phrases.split(","):
            found[" ".join(_GAP.split(phrase.strip()))] = chinese.strip()
    return found
