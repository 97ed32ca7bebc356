"""Search for staff, run with every key that they press.

What is typed may be characters, whole or unfinished pinyin, first letters, Latin, or a mixture:
退货运, tuihuoyun, tuihy, thyf, 退h. Each part of it must stand in a text of the script, in that
order; the tighter and the nearer to the beginning, the better.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from heapq import nsmallest
from operator import or_

from bot.scripts.decision import Hit
from bot.scripts.matching.pinyin import split
from bot.scripts.normalise import plain
from bot.scripts.script import Facts, Script
from bot.scripts.searching.boosts import Boosts
from bot.scripts.searching.hunt import Hunt, Place
from bot.scripts.searching.shelf import EVERYWHERE, Row, Shelf, texts_of
from bot.scripts.searching.ways import Way, slips

LONGEST = 40  # letters and signs; anything longer is not a search but a message
_WORD = re.compile(r"[^\W_]+")
_ENOUGH = 100  # scripts; with so many nothing is looked for that scores less
_SURE = 0.8  # a score; where nothing has it, slips are allowed for
_LEAST = 0.35  # of the best one's score; what matches worse is an accident
_SHORT = 2  # parts; with gaps between them they stand nearly everywhere
_SLIPPED = 0.7
_EACH_WORD = 0.7  # of the usual work
_PARTED = 0.8  # words in another order, or in different texts
_TYPED = 4  # signs or syllables of a message that may be the beginning of a longer one
_LATIN = re.compile(r"[a-z]+")
_NOTHING = Boosts()


class Search:
    """Searches a library's titles, questions, keywords and words; the first search prepares it."""

    def __init__(self, scripts: Iterable[Script], synonyms: Mapping[str, str]) -> None:
        self._library, self._synonyms = scripts, synonyms
        self._shelf: Shelf | None = None

    def find(
        self,
        text: str,
        limit: int = 20,
        *,
        facts: Facts | None = None,
        boosts: Boosts | None = None,
    ) -> list[Hit]:
        """Scripts for the text typed so far, the best first; for no text, those at hand.

        Args:
            facts: only scripts whose conditions hold for these; None: all.
            boosts: puts scripts in order that match about equally well.
        """
        boosts = boosts or _NOTHING
        words = _WORD.findall(plain(text[: 4 * LONGEST]))
        if not words:
            able = (one for one in self._library if facts is None or one.when.holds(facts))
            return [_untyped(script) for script in boosts.at_hand(able, limit)]
        if len(text) > 4 * LONGEST or sum(map(len, words)) > LONGEST:
            return []
        scripts = self.prepare().scripts
        found = self._hunt(words, boosts)
        least = _LEAST * max((place.score for place in found.values()), default=0.0)
        ranked = (
            (-place.score * boosts.factor(scripts[number]), number)
            for number, place in found.items()
            if place.score >= least and (facts is None or scripts[number].when.holds(facts))
        )
        best = [number for _, number in nsmallest(limit, ranked)]
        return [self._hit(scripts[number], number, found[number]) for number in best]

    def prepare(self) -> Shelf:
        """Do what the first search begins with: it takes a moment with 10,000 scripts, so a thread
        may do it."""
        if self._shelf is None:
            self._shelf = Shelf(list(self._library), self._synonyms)
        return self._shelf

    def _hunt(self, words: Sequence[str], boosts: Boosts) -> dict[int, Place]:
        """The best place in each script, by its number; the best kinds of finds are looked for
        first, until there are enough."""
        shelf = self.prepare()
        text = " ".join(words)
        read = shelf.ways.read(text)
        short = [way for way in read if len(way) <= _SHORT]
        hunt = Hunt()
        if ids := (*boosts.favourites, *boosts.uses):  # whatever else there is
            hunt.look(shelf.asked, short or read, gaps=not short, within=shelf.bits_of(ids))
        for row in shelf.asked:
            hunt.look([row], short or read, gaps=not short)
            if len(hunt.found) >= _ENOUGH:
                return hunt.found
        if short:
            hunt.look(shelf.asked, (way for way in read if len(way) > 1))
        hunt.look([shelf.said], read, gaps=False)
        if hunt.best < _SURE and len(words) > 1:
            _look_for_each(hunt, shelf.asked, [shelf.ways.read(word) for word in words])
        if hunt.best < _SURE:
            hunt.look(shelf.asked, shelf.ways.misspelt(text), gaps=False)
            for way in read[:1]:
                hunt.look(shelf.asked, slips(way), _SLIPPED, gaps=False)
        return hunt.found

    def _hit(self, script: Script, number: int, place: Place) -> Hit:
        row = place.row
        texts = texts_of(script, row.field, self._synonyms)
        text = texts[place.number - bisect_left(row.owners, number)]
        folded = plain(text)
        start = row.starts[place.number]
        return Hit(
            script_id=script.id,
            score=place.score,
            field=row.field,
            text=text if len(text) == len(folded) else folded,
            spans=tuple(_joined((a - start, b - start) for a, b in place.spans)),
        )


def is_unfinished(text: str) -> bool:
    """Whether `text` looks like a search being typed, not like a whole message."""
    folded = plain(text[: 4 * LONGEST])
    spelt = [split(word) for word in _LATIN.findall(folded)]
    signs = _WORD.findall(_LATIN.sub("", folded))
    return not all(spelt) or sum(map(len, (*spelt, *signs))) <= _TYPED


def _look_for_each(hunt: Hunt, rows: Sequence[Row], words: Sequence[Sequence[Way]]) -> None:
    """Scripts that have all of several words, in any place."""
    within = EVERYWHERE
    for ways in words:
        within &= reduce(or_, (row.having(way) for row in rows for way in ways), 0)
    hunts = [Hunt(_EACH_WORD / len(words)) for _ in words]
    for one, ways in zip(hunts, words, strict=True):
        one.look(rows, ways, gaps=False, within=within)
    for number in set.intersection(*(set(one.found) for one in hunts)):
        places = [one.found[number] for one in hunts]
        mean = sum(place.score for place in places) / len(places)
        hunt.note(number, replace(max(places, key=_score), score=_PARTED * mean))


def _joined(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans in order, those that touch made one, empty ones left out."""
    first = last = -1
    for start, end in sorted(spans):
        if start > last:
            if last > first:
                yield first, last
            first = start
        last = max(last, end)
    if last > first:
        yield first, last


def _untyped(script: Script) -> Hit:
    return Hit(script_id=script.id, score=0.0, field="title", text=script.title, spans=())


def _score(place: Place) -> float:
    return place.score
