"""Looks through the texts of a library for what was typed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.scripts.searching.alphabet import ANYTHING
from bot.scripts.searching.shelf import EVERYWHERE, Row
from bot.scripts.searching.ways import Way

_BUDGET = 2_000_000  # characters that are looked through, about
_SCORED = 2000  # places that are compared
_QUICK = 1500  # characters; reading fewer takes less time than making an expression
_GAP = 4  # characters that may stand between two parts
# What a place is worth that does not begin its text: at the start of a word, inside one.
_WORD_START, _INSIDE = 0.97, 0.93
_EACH_GAP, _EACH_BETWEEN = 0.35, 0.08  # a score is divided by 1 plus these: gaps, letters in them
_REST = 0.08  # by how much a text is worse, at most, because little of it was typed


@dataclass(frozen=True, slots=True)
class Place:
    """The best place in one script for what was typed."""

    score: float  # 0..1
    row: Row
    number: int  # of the text in the row
    spans: tuple[tuple[int, int], ...]  # of each part, (start, end) in the row's text


class Hunt:
    def __init__(self, share: float = 1.0) -> None:
        """
        Args:
            share: of the usual amount of work, 0..1.
        """
        self.found: dict[int, Place] = {}  # by the number of the script
        self._budget, self._left = share * _BUDGET, share * _SCORED

    @property
    def best(self) -> float:
        return max((place.score for place in self.found.values()), default=0.0)

    def look(
        self,
        rows: Iterable[Row],
        ways: Iterable[Way],
        worth: float = 1.0,
        *,
        gaps: bool = True,
        within: int = EVERYWHERE,
    ) -> None:
        """Look for any of `ways` in `rows`, and keep the best place of each script.

        Args:
            worth: by how much the score of these places is multiplied, 0..1.
            gaps: whether a few characters may stand between two parts.
            within: which scripts are looked through, a bit for each.
        """
        rows = list(rows)
        for way in ways:
            pattern: re.Pattern[str] | None = None
            for row in rows:
                scripts = row.having(way) & within
                size = row.size_of(scripts)
                self._budget -= size
                if not scripts or self._budget < 0 or self._left < 0:
                    continue
                if size < _QUICK and not any(
                    _follows(text, way, _GAP if gaps else 0) for text in row.texts(scripts)
                ):
                    continue
                pattern = pattern or _pattern(way, gaps=gaps)
                for match in row.scan(pattern, scripts):
                    self._left -= 1
                    if self._left < 0:
                        break
                    self._compare(row, way, match, worth)

    def _compare(self, row: Row, way: Way, match: re.Match[str], worth: float) -> None:
        """Note the score of a match and, until one has no gaps, of later ones in the same text:
        the first need not be the best."""
        number = row.place(match.start())
        owner = row.owners[number]
        if owner in self.found and self.found[owner].score >= worth * row.worth:
            return  # no text of this row is better
        first, end = row.starts[number], row.text.index("\n", match.end())
        again: re.Match[str] | None = match
        while again:
            score, is_close = _score(row.text, first, end, way, again)
            self.note(owner, Place(worth * row.worth * score, row, number, again.regs[1:]))
            if is_close:
                break
            again = match.re.search(row.text, again.start() + 1, end)

    def note(self, owner: int, place: Place) -> None:
        known = self.found.get(owner)
        if known is None or place.score > known.score:
            self.found[owner] = place


def _pattern(way: Way, *, gaps: bool) -> re.Pattern[str]:
    """An expression with a group for each step. Gaps are atomic, never extended when what follows
    fails: no text takes long."""
    first, *others = (f"({step.pattern})" for step in way)
    if gaps:
        return re.compile(first + "".join(rf"(?>[^\n]{{0,{_GAP}}}?{one})" for one in others))
    return re.compile(first + "".join(others))


def _follows(text: str, way: Way, gap: int) -> bool:
    """Whether all steps may follow each other in `text`, at most `gap` characters apart. What it
    denies no expression finds."""
    places: Iterable[int] = range(len(text))
    for step in way:
        ends: set[int] = set()
        signs = step.signs
        for length in step.lengths:
            if step is ANYTHING:
                ends.update([at + length for at in places])
            elif length == 1 and isinstance(places, range):  # all of the text, to begin with
                ends.update([at for at, sign in enumerate(text, 1) if sign in signs])
            else:
                ends.update([at + length for at in places if text[at : at + length] in signs])
        if not ends:
            return False
        places = {end + more for end in ends for more in range(gap + 1)} if gap else ends
    return True


def _score(text: str, first: int, end: int, way: Way, match: re.Match[str]) -> tuple[float, bool]:
    """How well a match fits, 0..1, and whether no letter stands between its parts.

    Args:
        first: where the text begins in the row.
        end: where it ends.
    """
    worth, said, price = 0.0, 0, 1.0
    spans = match.regs[1:]
    last = start = spans[0][0]
    for step, (here, behind) in zip(way, spans, strict=True):
        if here > last and (between := sum(map(str.isalnum, text[last:here]))):
            price += _EACH_GAP + _EACH_BETWEEN * between
        last = behind
        said += behind - here
        if step is not ANYTHING:
            worth += step.signs[text[here:behind]]
    worth /= len(way)
    where = 1.0
    if start != first:
        where = _INSIDE if text[start - 1].isalnum() else _WORD_START
    covering = 1 - _REST + _REST * said / (end - first)
    if price == 1.0:
        return worth * where * covering, True
    return worth * worth * where * covering / price, False  # a likeness, and parted as well
