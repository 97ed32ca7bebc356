"""A message → the scripts that may answer it, each with the probability that it is right."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz import fuzz, process

from bot.scripts.matching.features import NAMES, compare, none_of
from bot.scripts.matching.hanzi import expression, pairs_of, signs
from bot.scripts.matching.index import Entry, Index, Wanted
from bot.scripts.matching.kinds import Kinds
from bot.scripts.matching.model import model
from bot.scripts.matching.pinyin import Reader, initials, is_latin, looks_abbreviated
from bot.scripts.matching.terms import TYPED, typed_terms
from bot.scripts.matching.weights import summed
from bot.scripts.matching.wordings import Wordings
from bot.scripts.normalise import clean, spoken

_WANTS = [tuple(map(re.compile, one)) for one in signs()["wants"].values()]
_AMOUNT, _OPEN, _PRICED = map(expression, signs()["orders"].values())
_BREAK = re.compile(r"[,.;:!?、。…~\n]+|(?<=[一-鿿])\s+(?=[一-鿿])")
# 收不收邮费 asks like 收邮费吗; 能不能 and 是不是 are wordings of their own
_EITHER = re.compile(
    r"([一-鿿])(?<![能会是有要好行可成对算给让支得])不\1(\w{0,6}?)[哦呀啊呐呢哈噢]?(?<![吗么嘛])(?!\w)"
)
_RAMBLING = 16  # parts from which on a message may hold more than its question
_LEAST, _MOST = 4, 40  # parts of a sentence that is looked at by itself
_WEIGHED = 8  # sentences from the beginning, and from the end: there one asks
_END = 150  # characters of a long message that are compared, from its beginning and from its end
_CLEAR = 0.9  # a chance that no sentence by itself comes near
_SENTENCES = 2  # looked at by themselves, those that tell most
_SHORTEST, _LONGEST = 3, 12  # letters of an abbreviation
_ABBREVIATED = 0.5  # the most that one is believed
_NEAR, _LEAST_ALIKE = 12, 70.0  # abbreviations that are looked at, and how alike (0..100)
_AGREED = 0.9  # what a sentence by itself is worth where the whole message comes nearest to it too
_ALONE = 0.5  # … and where it does not
REFUSED = 0.15  # what is left of a chance when one of both refuses and the other does not
DONE = 0.15  # … and when it tells how to do what they say is done: 已申请退款
ORDERED = 0.15  # … and when it tells the price to who tells how much they want: 车厘子要五箱
OPPOSED = 0.75  # … and where one word stands for its opposite and all else is the same: 大码, 小码
_REFUSED_PLACE, _DONE_PLACE, _SWAPPED_PLACE, _OPPOSITE_PLACE = map(
    NAMES.index, ("refused", "done", "swapped", "opposite")
)


class Found(NamedTuple):
    """One candidate."""

    number: int  # of the entry
    probability: float  # that it answers the message, 0..1
    example: str  # the nearest one
    keyword: str = ""  # the entry that fired
    sentence: str = ""  # the one of several that it answers; "": the message as a whole
    trust: float = 1.0  # what is left of it where one word in the middle turns the meaning over


class Finding(NamedTuple):
    text: str  # as it was compared: pinyin read, greetings gone
    found: tuple[Found, ...]  # best first
    nothing: float  # the chance that none is right
    abbreviated: bool = False  # found by initials: nothing was compared

    @property
    def nearest(self) -> float:
        """How likely the best is, whether it may be trusted to answer or not."""
        return self.found[0].probability if self.found else 0.0


class Compared(NamedTuple):
    """The candidates of a text in numbers; each list has one item for each candidate."""

    text: str
    numbers: list[int]
    rows: list[list[float]]
    none: list[float]
    examples: list[str]
    keywords: list[str]


class Finder:
    """
    Args:
        entries: what is to be found; their texts as people typed them.
        keywords: for each entry, groups of words that must all occur.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        keywords: Sequence[Sequence[Sequence[str]]],
        wordings: Wordings,
    ) -> None:
        heard: list[Entry] = []
        self._reader = Reader(_said(entries, heard), wordings.known)
        self.language = self._reader.language
        self._model = model(self.language)
        self._wordings = wordings
        self.index = Index(heard, wordings)
        self._kinds = Kinds()
        for one in heard if self.language == "zh" else ():
            self._kinds.learn(one.examples, (*one.beside, one.reply))
        owners: dict[str, list[int]] = defaultdict(list)
        for number, entry in enumerate(self.index.entries):
            for short in dict.fromkeys(map(initials, entry.examples)):
                if _SHORTEST <= len(short) <= _LONGEST:
                    owners[short].append(number)
        self._initials, self._owners = list(owners), list(owners.values())
        # first two signs of the longest word → the entry, its words, as they are written
        self._keywords: dict[str, list[tuple[int, tuple[str, ...], str]]] = defaultdict(list)
        for number, groups in enumerate(keywords):
            for group in groups:
                words = tuple(filter(None, map(self.worded, group)))
                if words:
                    longest = max(words, key=len)
                    self._keywords[longest[:2]].append((number, words, " ".join(group)))

    def worded(self, text: str) -> str:
        """`text` in the usual wordings: 咋退货 is 怎么退货."""
        return "".join(self._wordings.tokens(spoken(text)))

    def find(self, text: str) -> Finding:
        """`text` as it was typed."""
        whole = self._heard(text)
        if self._is_abbreviated(whole):
            abbreviated = self._abbreviated(whole)
            if abbreviated.found:
                return abbreviated
        finding = self._look(whole)
        if finding is None:
            return Finding(text=whole, found=(), nothing=1.0)
        if finding.found[0].probability >= _CLEAR:
            return finding  # single sentences would change nothing
        for sentence in self.sentences(whole):
            part = self._look(sentence)
            if part is not None:
                finding = _joined(finding, part)
        return finding

    def names(self, text: str) -> bool:
        """Whether it names its subject, not only how it asks: 咋洗 does, 多久 does not."""
        return bool(self.index.measure(self._heard(text)).content)

    def knows(self, number: int, text: str, replying: bool) -> bool:
        """Whether a script has every word of `text`, in its questions, beside them or in its
        reply, and says when or how much if that is asked."""
        profile, entry = self.index.profile(number), self.index.entries[number]
        heard = self._heard(text)
        wanted = self.index.measure(heard)
        reply = profile.reply if replying else frozenset()
        return all(one in profile.tokens or one in reply for one, *_ in wanted.content) and all(
            any(map(question.search, (*entry.examples, *entry.beside)))
            or (replying and told.search(entry.reply))
            for question, told in _WANTS
            if question.search(heard)
        )

    def _heard(self, text: str) -> str:
        """`text` as it is compared: without greetings, and with pinyin as characters where
        customers write Chinese."""
        typed = spoken(text)
        if len(typed) > 2 * _END:
            typed = f"{typed[:_END]}\n{typed[-_END:]}"
        if self.language != "zh":
            return typed
        read = self._reader.read(typed)
        # 谢谢 and 啊 are seen only now
        if is_latin(typed) and not is_latin(read):
            read = spoken(read)
        return self._kinds.read(_EITHER.sub(r"\1\2吗", read) if "不" in read else read)

    def _is_abbreviated(self, text: str) -> bool:
        return self.language == "zh" and looks_abbreviated(text) and not self._reader.knows(text)

    def _abbreviated(self, letters: str) -> Finding:
        """Scripts with a question whose syllables begin with `letters`: zmth is 怎么退货.

        Never so likely that one is said, but a menu may show them.
        """
        near = process.extract(
            letters, self._initials, scorer=fuzz.ratio, score_cutoff=_LEAST_ALIKE, limit=_NEAR
        )
        best: dict[int, Found] = {}
        for example, ratio, number in near:
            chance = _ABBREVIATED * (ratio / 100) ** 3
            for owner in self._owners[number]:
                one = Found(number=owner, probability=chance, example=example)
                best.setdefault(owner, one)
        found = tuple(sorted(best.values(), key=_likely, reverse=True))
        return Finding(text=letters, found=found, nothing=1 - _ABBREVIATED, abbreviated=True)

    def compared(self, text: str) -> Compared:
        """The candidates of the whole message, before they are weighed."""
        return self._compare(self._heard(text))

    def _compare(self, text: str) -> Compared:
        wanted = self.index.measure(text)
        fired = self.index.present(self._fired(wanted))
        strengths = {number: strength for number, (strength, _) in fired.items()}
        compared = compare(self.index, wanted, self.index.candidates(wanted), strengths)
        numbers = [number for number, _, _ in compared]
        rows = [row for _, row, _ in compared]
        return Compared(
            text=text,
            numbers=numbers,
            rows=rows,
            none=none_of(self.index, wanted, rows),
            examples=[example for _, _, example in compared],
            keywords=[fired[number][1] if number in fired else "" for number in numbers],
        )

    def _look(self, text: str) -> Finding | None:
        compared = self._compare(text)
        if not compared.numbers:
            return None
        chances, nothing = self._model.weigh(compared.rows, compared.none, len(self.index.entries))
        each = zip(
            compared.numbers, chances, compared.rows, compared.examples, compared.keywords,
            strict=True,
        )  # fmt: skip
        ordered = orders(text)
        found = [
            Found(number, chance, example, keyword, "", _trust(row, ordered, keyword or example))
            for number, chance, row, example, keyword in each
        ]
        found.sort(key=_likely, reverse=True)
        return Finding(text=text, found=tuple(found), nothing=nothing)

    def _fired(self, wanted: Wanted) -> dict[int, tuple[float, str]]:
        """Entry → how much of the message its keywords say, and which they are, as written."""
        fired: dict[int, tuple[float, str]] = {}
        text = "".join(wanted.utterance.tokens)
        starts = {*text, *pairs_of(text)} & self._keywords.keys()
        if not starts or wanted.utterance.marks.refused:
            return fired
        for start in sorted(starts):
            for number, words, entry in self._keywords[start]:
                for word in words:
                    if word not in text:
                        break
                else:
                    said = min(1.0, sum(map(len, words)) / len(text))
                    found = (0.2 + said, entry)
                    fired[number] = max(fired.get(number, found), found)
        return fired

    def sentences(self, text: str) -> Iterator[str]:
        """The most telling sentences of a long message, alone and joined with a neighbour."""
        if len(text) <= _RAMBLING:
            return
        parts = [part for part in map(spoken, _BREAK.split(text)) if part]
        if len(parts) < 2:
            return
        parts = parts[:_WEIGHED] + parts[_WEIGHED:][-_WEIGHED:]
        pairs = [f"{left},{right}" for left, right in pairwise(parts)] if len(parts) > 2 else []
        fitting = dict.fromkeys(one for one in (*parts, *pairs) if _LEAST <= len(one) <= _MOST)
        yield from nlargest(_SENTENCES, fitting, key=self._telling)

    def _telling(self, text: str) -> float:
        """How much of a sentence the library speaks of."""
        weights = self.index.weights[TYPED]
        terms = typed_terms(text)
        unknown = weights.unknown(terms)
        return summed([weights[term] for term in terms]) - summed([weights[t] for t in unknown])


def orders(text: str) -> bool:
    """Whether it tells how much they want: 车厘子要五箱."""
    return _AMOUNT.search(text) is not None and not _OPEN.search(text)


def asks_price(example: str) -> bool:
    return _PRICED.search(example) is not None


def _trust(row: Sequence[float], ordered: bool, asked: str) -> float:
    """What is left of a chance; `ordered`: the message tells how much they want."""
    refused = (REFUSED if row[_REFUSED_PLACE] else 1.0) * (DONE if row[_DONE_PLACE] else 1.0)
    if ordered and asks_price(asked):
        refused *= ORDERED
    return refused * (OPPOSED if row[_SWAPPED_PLACE] and row[_OPPOSITE_PLACE] else 1.0)


def _likely(found: Found) -> tuple[float, int]:
    return found.probability, -found.number


def _joined(whole: Finding, part: Finding) -> Finding:
    """Each candidate at its better probability; a single sentence counts less than the whole."""
    best = {found.number: found for found in whole.found}
    nearest = whole.found[0].number
    agreed = part.found[0].number == nearest
    for found in part.found:
        share = _AGREED if agreed and found.number == nearest else _ALONE
        chance = found.probability * share
        if found.number not in best or best[found.number].probability < chance:
            best[found.number] = found._replace(probability=chance, sentence=part.text)
    ordered = sorted(best.values(), key=_likely, reverse=True)
    nothing = min(whole.nothing, 1.0 - ordered[0].probability)
    return Finding(text=whole.text, found=tuple(ordered), nothing=nothing)


def _said(entries: Iterable[Entry], heard: list[Entry]) -> Iterator[str]:
    """All clean texts of the entries; on the way `heard` is filled with the entries as they are
    compared.

    One entry at a time, for two reasons: its clean text is still cached when it is heard, and
    freeing 100,000 of them at once would hold every thread up.
    """
    for entry in entries:
        yield from filter(None, map(clean, (*entry.examples, *entry.beside, entry.reply)))
        heard.append(_spoken(entry))


def _spoken(entry: Entry) -> Entry:
    examples = dict.fromkeys(filter(None, map(spoken, entry.examples)))
    beside = dict.fromkeys(filter(None, map(spoken, entry.beside)))
    return Entry(
        id=entry.id,
        examples=tuple(examples),
        beside=tuple(text for text in beside if text not in examples),
        reply=spoken(entry.reply),
    )
