"""Brings different wordings of one question together, and measures how much of a question another
one covers."""

import re
from collections import Counter
from collections.abc import Iterable, Set
from functools import lru_cache
from math import log

from bot.scripts.normalise import normalise

# One wording → others that people use. Only such as never change what is asked.
_SAME = {
    "怎么": "如何 怎样 咋",
    "怎么样": "咋样",
    "什么": "啥",
    "什么时候": "啥时候 何时 几时 什么时间",
    "多久": "多长时间 多少时间",
    "哪里": "哪儿",
    "那里": "那儿",
    "这里": "这儿",
    "你们": "咱们",
    "你": "您",
    "能": "可不可以 能不能 能够 可以 可否 能否",
    "是": "是否 是不是",
    "有": "有没有",
    "要": "要不要",
    "会": "会不会",
    "价格": "多少钱 什么价 价钱",
}
_TO = {word: wording for wording, words in _SAME.items() for word in words.split()}
_WORDING = re.compile("|".join(sorted(map(re.escape, _TO), key=len, reverse=True)))
_FILLERS = re.compile("[的吗嘛呢吧啊呀哦]|^(?:我们?|你们|请|那|就)|(?<=.)一下")
_DIRECTED = re.compile("[从比给]|换成|改成")  # with these it matters which part comes first
_LEAST = 5  # characters: a shorter question says too little to be turned around
# Characters that tell little about what is asked.
_LIGHT = frozenset(
    "的地得了着过吗嘛呢吧啊呀么什怎哪啥咋样我你您他她它这那个些一下点儿有没是在就都也还又再会能可以"
    "要想把给和跟请帮说里上来去不行多少几到时候啦哦但因为所已经现"
)
_LIGHT_WEIGHT = 0.2


@lru_cache(maxsize=65536)
def canonical(text: str) -> str:
    """One form for all wordings of a question: synonyms, fillers, parts in another order.

    退款可以多久到账呢 and 多久能到账退款 become one; 能退货吗 and 怎么退货 stay two.
    """
    plain = _WORDING.sub(lambda found: _TO[found[0]], normalise(text))
    bare = _FILLERS.sub("", plain) or plain
    if len(bare) < _LEAST or _DIRECTED.search(bare):
        return bare
    return min(bare[place:] + bare[:place] for place in range(len(bare)))


class Weights:
    """How much a character tells about a question: the fewer scripts have it, the more."""

    def __init__(self, scripts: Iterable[Set[str]]) -> None:
        """`scripts`: the characters of the questions of each script."""
        spread: Counter[str] = Counter()
        count = 0
        for signs in scripts:
            spread.update(signs)
            count += 1
        # that of a sign which no script has; the light ones are all known
        self._most = log(1 + count)
        self._known = dict.fromkeys(_LIGHT, self._most * _LIGHT_WEIGHT)
        for sign, number in spread.items():
            weight = log(1 + count / number)
            self._known[sign] = weight * _LIGHT_WEIGHT if sign in _LIGHT else weight

    def of(self, signs: Iterable[str]) -> float:
        known, most = self._known, self._most
        return sum([known.get(sign, most) for sign in signs])

    def covered(self, wanted: Set[str], by: Set[str]) -> float:
        """The share, 0..1, of what `wanted` tells that `by` tells too."""
        return self.of(wanted & by) / (self.of(wanted) or 1.0)
