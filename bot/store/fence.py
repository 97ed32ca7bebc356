"""Commits outcomes of events that come from a stream: each event has one, whoever handles it.

A process that was frozen, or lost its share, may handle an event that another one has settled. Its
outcome is dropped whole, in the transaction that would have written it.
"""

from collections.abc import Collection, Mapping, Set
from typing import Any, Protocol

from bot.store.commits import Collided, PostgresCommits, Row
from bot.store.commits_postgres import SETTLE_EVENTS, SETTLED_OF
from bot.store.journal import Write, gather
from bot.store.statements import Statement


class Holder(Protocol):
    def rows(self, ids: Collection[str]) -> Mapping[str, Row]:
        """The events that this process is handling."""

    def refused(self, ids: Collection[str], settled: Set[str]) -> None:
        """Called with events whose outcome was dropped."""


class Fence:
    def __init__(self, commits: PostgresCommits, holder: Holder) -> None:
        self._commits, self._holder = commits, holder

    async def commit(self, writes: list[Write]) -> Set[str]:
        """Commit, and return the ids that were not there before. Nobody is told of an outcome that
        is dropped."""
        ids = [row[-1] for write in writes for row in write.rows.get("finished", ())]
        if not ids:
            return await self._commits(gather(writes))

        async def work(driver: Any) -> tuple[Set[str], list[Write], Set[str]]:
            rows = self._holder.rows(ids)
            settled = {row["id"] for row in await driver.fetch(SETTLED_OF, ids)}
            dropped = [one for one in writes if not _whole(one, rows, settled)]
            kept = [one for one in writes if _whole(one, rows, settled)]
            outcomes = {
                event: (*rows[event], decision, at)
                for one in kept
                for decision, at, event in one.rows.get("finished", ())
            }
            found = []
            if outcomes:
                columns = zip(*outcomes.values(), strict=True)
                found = await driver.fetch(SETTLE_EVENTS, *columns)
            if len(found) < len(outcomes):
                raise Collided("an event was settled this very moment")
            tables = [one for one in gather(kept) if one[0] is not Statement.FINISH_EVENTS]
            return await self._commits.execute(driver, tables), dropped, settled

        fresh, dropped, settled = await self._commits.attempt(work)
        for one in dropped:
            one.then = None
            names = [row[-1] for row in one.rows.get("finished", ())]
            self._holder.refused(names, settled & {*names})
        return fresh


def _whole(write: Write, rows: Mapping[str, Row], settled: Set[str]) -> bool:
    ids = [row[-1] for row in write.rows.get("finished", ())]
    return all(one in rows and one not in settled for one in ids)
