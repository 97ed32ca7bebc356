"""Keeps which script people chose for which question, so that it can answer the question.

A choice is evidence only: it counts once several people agree, or an operator has approved it.
Questions are as the matcher normalises them. Evidence is deleted with the events that it comes
from; what was approved stays.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.store import sql
from bot.store.journal import Row
from bot.store.models import LearnedRow, Source
from bot.store.scripts.versions import Act
from bot.store.statements import LEARN

LONGEST = 60  # characters; a longer question does not come twice
LEAST = 2  # people
_MAJORITY = 2 / 3  # of all who chose something for a question
EVIDENCE = """
    SELECT question, script, count(DISTINCT CASE WHEN source < 2 THEN who END) AS people,
           sum(CASE WHEN source < 2 THEN times ELSE 0 END) AS times,
           max(CASE WHEN source = 2 THEN last_at END) AS approved_at, max(last_at) AS last_at
    FROM learned WHERE (question, script) > ($1, $2)
    GROUP BY question, script ORDER BY question, script LIMIT 500"""
LESSONS = """
    SELECT count(*) AS number, max(last_at) AS last_at FROM learned WHERE source = 2"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    question: str
    script: str
    people: int  # customers and members, each once
    times: int
    approved_at: float | None  # by an operator; Unix seconds
    last_at: float


def learned_row(question: str, script: str, source: Source, act: Act) -> Row:
    """The row of a choice, for `Write.learned`."""
    return (question, script, source, act.who, act.at)


async def evidence(source: sql.Source) -> list[Evidence]:
    """All evidence, by question and script."""
    found: list[Evidence] = []
    after = ("", "")
    while rows := await source.rows(EVIDENCE, *after):
        found += (Evidence(**row) for row in rows)
        after = (found[-1].question, found[-1].script)
    return found


def agreed(found: Iterable[Evidence]) -> dict[str, str]:
    """Question → script: the one approved last, or else the one that a clear majority chose."""
    approved: dict[str, tuple[float, str]] = {}
    chosen: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        if one.approved_at is not None:
            approved[one.question] = max(
                approved.get(one.question, (0.0, "")), (one.approved_at, one.script)
            )
        if one.people:
            chosen[one.question][one.script] += one.people
    majority = {
        question: script
        for question, people in chosen.items()
        for script, number in people.most_common(1)
        if number >= max(LEAST, _MAJORITY * people.total())
    }
    return majority | {question: script for question, (_, script) in approved.items()}


class Lessons:
    """The choices that count, question → script, kept in memory."""

    def __init__(self, source: sql.Source) -> None:
        self._source = source
        self._news: list[dict[str, Any]] = []
        self.agreed: Mapping[str, str] = {}

    async def refresh(self, *, all_of_it: bool = False) -> bool:
        """Read them again if an operator has approved something. Returns whether they changed.

        Args:
            all_of_it: read them in any case, which takes longer: for a quiet hour.
        """
        before, self._news = self._news, await self._source.rows(LESSONS)
        if self._news == before and not all_of_it:
            return False
        known, self.agreed = self.agreed, agreed(await evidence(self._source))
        return self.agreed != known


async def approve(source: sql.Source, question: str, script: str, act: Act) -> None:
    """Note that an operator chose this script for a question; it counts until another is chosen
    so."""
    await source.rows(LEARN, *learned_row(question, script, Source.APPROVED, act))


async def unlearn(question: str) -> int:
    """Forget all that was chosen and approved for this question; returns how much that was."""
    return await LearnedRow.filter(question=question).delete()
