"""Looks through the texts of a library for one thing that was typed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.scripts.searching.alphabet import ANYTHING
from bot.scripts.searching.shelf import Row
from bot.scripts.searching.ways import Way

EVERYWHERE = -1
_BUDGET = 2_000_000  # characters that are looked through
_SCORED = 2000  # places that are compared
_GAP = 4  # signs that may stand between two parts
_WORD_START, _INSIDE = 0.97, 0.93  # not at the beginning of a text
_EACH_GAP, _EACH_BETWEEN = 0.35, 0.08
_REST = 0.08  # how much worse a text is, at most, of which only little was typed


@dataclass(frozen=True, slots=True)
class Place:
    """Where it stands best in one script."""

    score: float
    row: Row
    number: int  # of the text in the row
    spans: tuple[tuple[int, int], ...]  # in the row's text


class Hunt:
    def __init__(self, share: float = 1.0) -> None:
        """`share` of the work that may be done."""
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
        """Add, or better, what is found in `rows`.

        Args:
            worth: of this kind of find, 0..1.
            within: the scripts that are looked through, a bit for each.
        """
        rows = list(rows)
        for way in ways:
            pattern: re.Pattern[str] | None = None
            for row in rows:
                scripts = row.having(way) & within
                self._budget -= row.size_of(scripts)
                if not scripts or self._budget < 0 or self._left < 0:
                    continue
                pattern = pattern or _pattern(way, gaps=gaps)
                for match in row.scan(pattern, scripts):
                    self._left -= 1
                    if self._left < 0:
                        break
                    self._compare(row, way, match, worth)

    def _compare(self, row: Row, way: Way, match: re.Match[str], worth: float) -> None:
        """What begins first in a text is not always the closest."""
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
    """Each step is a group. A gap is never made longer afterwards: no text takes long."""
    first, *others = (f"({step.pattern})" for step in way)
    if gaps:
        return re.compile(first + "".join(rf"(?>[^\n]{{0,{_GAP}}}?{one})" for one in others))
    return re.compile(first + "".join(others))


def _score(text: str, first: int, end: int, way: Way, match: re.Match[str]) -> tuple[float, bool]:
    """How well the steps are answered, 0..1, and whether closely together."""
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
