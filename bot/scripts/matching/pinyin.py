"""Pinyin or English that was typed instead of characters: "kuaidi dao na le" → 快递到哪了.

A message is cut into syllables, and each becomes the character that fits its neighbours best,
judged by the words that the library and the known wordings use.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import islice, pairwise
from math import sqrt
from operator import add

from bot.scripts.matching.english import in_chinese
from bot.scripts.matching.hanzi import hanzi, pairs_of, rareness, signs
from bot.scripts.matching.topics import pairs_of_topics

_LATIN = re.compile(r"[a-z']+")
_OTHER_LETTER = re.compile(r"[^\W\d_a-z]")
_WORDS = re.compile(r"([^a-z']*)([a-z']*)")  # what stands before a word, and the word
_TONE = re.compile(r"(?<=[a-z])[1-5](?!\d)")  # zen3me tui4huo4
_PARTICLES = frozenset(signs()["particles"])
_CLOSING = frozenset("吗么嘛呢吧了没")  # they may follow anything: 拼吗 vouches for no 正拼吗
_LAST = {"a": "啊", "ma": "吗", "ne": "呢", "ba": "吧", "ya": "呀"}  # at the end of a message
_REMEMBERED = 1024  # texts
_AT_ONCE = 50  # texts that are learnt from together
_CHOICES = 10  # characters tried for a syllable
_LONGEST_WORD, _LONGEST_SYLLABLE = 80, 6
_LEAST_MIXED = 4  # letters of a Latin word beside characters that may be pinyin
_MOSTLY = 0.75  # of the letters that nobody here writes are pinyin, if any is
_NOTHING = -6.0  # how unlikely two characters are that were never seen together
_OF_TRADE = -1.0  # … that stand together in a word of data/topics.txt
_OTHER_READING = 1.5  # how much less likely a character is by its second reading: 给 as ji
_INITIALS = re.compile(r"[a-z]{3,12}")


class Reader:
    """
    Args:
        texts: what the library says: clean texts.
        words: known wordings; a typing slip is corrected to pairs of these.
    """

    def __init__(self, texts: Iterable[str], words: Iterable[str]) -> None:
        self._latin: set[str] = set()
        words = list(words)
        self._words = frozenset(
            pair for word in words for pair in map("".join, pairwise(word)) if len(word) > 1
        )
        seen: Counter[str] = Counter()  # two signs side by side, or one at the end of a text
        many, english = self._learn(texts, seen)
        self.language = "zh" if many >= 2 * english else "en"  # of most texts
        if self.language == "zh":
            pairs_of_topics()  # now, not while the first customer waits
        self._texts_have = frozenset(self._latin)
        self._learn(words, seen)
        self._signs: Counter[str] = Counter()
        self._pairs: Counter[str] = Counter()
        for pair, times in seen.items():
            if _is_chinese(pair[0]):
                self._signs[pair[0]] += times
                if _is_chinese(pair[1]):
                    self._pairs[pair] = times
        self._by_sound: dict[str, list[str]] = {}
        self._spelt: dict[str, list[tuple[str, float]]] = {}
        self._known: dict[str, str] = {}

    def _learn(self, texts: Iterable[str], seen: Counter[str]) -> tuple[int, int]:
        """How many texts there are, and how many of them are English."""
        many = english = 0
        left = iter(texts)
        while some := list(islice(left, _AT_ONCE)):
            many += len(some)
            english += sum(map(str.isascii, some))
            joined = "\n".join((*some, ""))
            self._latin.update(_LATIN.findall(joined))
            seen.update(map(add, joined, joined[1:]))
        return many, english

    def read(self, text: str) -> str:
        """`text` with its pinyin and its English as characters; unchanged if there is none."""
        if text not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[text] = self._mended(self._read(text))
        return self._known[text]

    def _mended(self, text: str) -> str:
        """Replace a character that fits neither neighbour by one of like sound that does."""
        strange = self._strange(text)
        if not strange:
            return text
        mended = list(text)
        for place in strange:
            sign = text[place]
            sound = hanzi().sounds.get(sign)
            if sound is None or sign in _PARTICLES:
                continue
            before = mended[place - 1] if place else ""
            behind = text[place + 1 : place + 2]
            if self._together(before, sign) > _NOTHING or self._together(sign, behind) > _NOTHING:
                continue  # the one before has become another
            better = [
                (self._pairs[before + other] + self._pairs[other + behind], other)
                for other in self._choices(sound)
                if other != sign
                and (before + other in self._words or other + behind in self._words)
            ]
            seen, other = max(better, default=(0, sign))
            if seen:
                mended[place] = other
        return "".join(mended)

    def _strange(self, text: str) -> list[int]:
        """Where a sign goes with neither neighbour."""
        seen, known = self._pairs, rareness()
        # the sign in place n has the pairs n and n + 1, the outermost ones just one of them
        pairs = (*text[:1], *pairs_of(text), *text[-1:])
        if seen.keys() >= set(pairs).difference(known):
            return []
        trade = pairs_of_topics()
        apart = [
            at
            for at, pair in enumerate(pairs)
            if pair not in known
            and pair not in seen
            and (pair not in trade or pair[-1] in _CLOSING)
        ]
        return [at for at in apart if at + 1 in apart]

    def knows(self, word: str) -> bool:
        """Somebody here writes this Latin word: it is neither pinyin nor an abbreviation."""
        return word in self._latin

    def _written(self, word: str) -> bool:
        """The texts themselves have this Latin word."""
        return word in self._texts_have

    def _read(self, text: str) -> str:
        if not is_latin(text):
            if _LATIN.search(text) is None:
                return text
            return _LATIN.sub(self._beside_characters, in_chinese(text, self._written))
        words = _LATIN.findall(text)
        if all(map(self.knows, words)) or sum(map(len, words)) > _LONGEST_WORD * 2:
            return text
        if len(_TONE.findall(text)) * 2 >= len(words):
            text = _TONE.sub(" ", text)
            words = _LATIN.findall(text)
        cut = {word: () if self.knows(word) else split(word) for word in words}
        syllables = [syllable for word in words for syllable in cut[word]]
        strange = sum(len(word) for word in words if not self.knows(word))
        if len(syllables) < 2 or sum(map(len, syllables)) < _MOSTLY * strange:
            return text
        spelt = iter(self._spell(syllables))
        read = ""
        for gap, word in _WORDS.findall(text):
            signs = "".join(islice(spelt, len(cut[word]))) if word else ""
            # spaces part Latin words; characters need none
            read += (gap.strip() if signs or not read.isascii() else gap) + (signs or word)
        return in_chinese(read, self._written)

    def _beside_characters(self, match: re.Match[str]) -> str:
        word = match[0]
        if len(word) < _LEAST_MIXED or self.knows(word):
            return word
        parts = split(word)
        if len(parts) < 2:
            return word
        spelt = self._spell(list(parts))
        # Only words that somebody here uses: `size` is no pinyin.
        known = sum(1 for left, right in pairwise(spelt) if self._pairs[left + right])
        return spelt if known * 2 >= len(spelt) - 1 else word

    def _spell(self, syllables: list[str]) -> str:
        """The likeliest characters (Viterbi over pairs)."""
        best = {sign: (alone, sign) for sign, alone in self._signs_for(syllables[0])}
        for syllable in syllables[1:]:
            following: dict[str, tuple[float, str]] = {}
            for sign, alone in self._signs_for(syllable):
                following[sign] = max(
                    (score + alone + self._beside(before, sign), spelt + sign)
                    for before, (score, spelt) in best.items()
                )
            best = following
        spelt = max(best.values())[1] if best else ""
        return spelt[:-1] + _LAST.get(syllables[-1], spelt[-1:])

    def _signs_for(self, syllable: str) -> list[tuple[str, float]]:
        """What a syllable may be spelt as, each with how likely it is by itself."""
        if syllable not in self._spelt:
            sounds, alike = hanzi().sounds, hanzi().signs.get(syllable, "")
            likely = {
                sign: self._alone(sign) - _OTHER_READING * (sounds.get(sign) != syllable)
                for sign in alike
            }
            ranked = sorted(likely, key=likely.__getitem__, reverse=True)
            self._spelt[syllable] = [(sign, likely[sign]) for sign in ranked[:_CHOICES]]
        return self._spelt[syllable]

    def _beside(self, left: str, right: str) -> float:
        """As `_together`; words that shops use are no strangers, though nobody here wrote them."""
        together = self._together(left, right)
        return max(together, _OF_TRADE) if left + right in pairs_of_topics() else together

    def _choices(self, syllable: str) -> list[str]:
        if syllable not in self._by_sound:
            alike = hanzi().signs.get(syllable, "")
            ranked = sorted(alike, key=self._alone, reverse=True)
            self._by_sound[syllable] = ranked[:_CHOICES]
        return self._by_sound[syllable]

    def _alone(self, sign: str) -> float:
        seen = self._signs[sign]
        return (0.3 * sqrt(min(seen, 20)) if seen else -1.0) - 0.15 * rareness().get(sign, 16.0)

    def _together(self, left: str, right: str) -> float:
        seen = self._pairs.get(left + right)
        if seen:
            return 0.5 * sqrt(min(seen, 20))
        rare = rareness().get(left + right)
        return _NOTHING + (4.0 if rare is not None else 0.0)


def is_latin(text: str) -> bool:
    """Whether, faces and signs aside, all of it may be pinyin or English."""
    return text.isascii() or _OTHER_LETTER.search(text) is None


def _is_chinese(sign: str) -> bool:
    return "一" <= sign <= "鿿"


@lru_cache(maxsize=4096)
def split(word: str) -> tuple[str, ...]:
    """`word` as pinyin syllables, the fewest that there are; () if it is none."""
    if len(word) > _LONGEST_WORD:
        return ()
    known = _syllables()
    # place → the fewest syllables up to it; of two, the one whose last syllable is longer
    ways: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            before, part = ways[start], word[start:end]
            if before is None or part not in known or "'" in part:
                continue
            if ways[end] is None or len(before) + 1 < len(ways[end] or ()):
                ways[end] = (*before, part)
        if word[end - 1] == "'" and ways[end - 1]:
            ways[end] = ways[end - 1]
    return ways[-1] or ()


@cache
def _syllables() -> frozenset[str]:
    single = frozenset("bcdfghjklmnpqrstwxyz")
    return frozenset(hanzi().signs) - single - {"ng", "hm", "hng"}


def initials(text: str) -> str:
    """The first letters of its syllables, as people abbreviate: 怎么退货 → zmth."""
    told = text if text.isalnum() else "".join(filter(str.isalnum, text))
    return "".join([sound[0] for sound in map(hanzi().sounds.get, told, told)])


def looks_abbreviated(text: str) -> bool:
    """Letters that are neither pinyin nor a word with vowels where words have them: ztth."""
    return bool(_INITIALS.fullmatch(text)) and not split(text)
