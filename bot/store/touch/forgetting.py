"""Deletes old touches, a little at a time."""

from collections.abc import AsyncIterator

from bot.store.sql import Database

SOME = 5_000  # rows in one statement, so that nobody waits long for the connection

# Neither planned again, as its deadline is over, nor told any more.
TOUCHES = """
    DELETE FROM touch WHERE seq > $1 AND seq <= $2 AND state IN (2, 3, 4)
        AND settled_at < $3 AND deadline < $3"""
SAID = "DELETE FROM said WHERE seq > $1 AND seq <= $2 AND at < $3"
TALLIES = """
    DELETE FROM tally WHERE subject IN (
        SELECT subject FROM tally WHERE last_at < $1 LIMIT 5000)"""
TASKS = """
    DELETE FROM mass_task WHERE id IN (
        SELECT id FROM mass_task WHERE state >= 3 AND created_at < $1
            AND NOT EXISTS (SELECT 1 FROM touch WHERE touch.task = mass_task.id
                            AND touch.state = 1) LIMIT 1000)"""
# two selects: SQLite finds either end at once, but both together only by reading the whole table
SPAN = """
    SELECT coalesce((SELECT min(seq) FROM {table}), 1) AS first,
           coalesce((SELECT max(seq) FROM {table}), 0) AS last"""


async def forget_touches(
    database: Database, *, settled: float, said: float, counted: float
) -> None:
    """All moments are Unix seconds.

    Args:
        settled: touches that ended before, and mass messages made before, go.
        said: words that were said before may be said again anyway.
        counted: no cap looks back so far.
    """
    async for after, upto in _pages(database, "touch"):
        await database.change(TOUCHES, after, upto, settled)
    async for after, upto in _pages(database, "said"):
        await database.change(SAID, after, upto, said)
    for text, before in ((TALLIES, counted), (TASKS, settled)):
        while await database.change(text, before):
            pass


async def _pages(database: Database, table: str) -> AsyncIterator[tuple[int, int]]:
    """Spans of seq, the first number exclusive."""
    [span] = await database.rows(SPAN.format(table=table))
    for after in range(span["first"] - 1, span["last"], SOME):
        yield after, after + SOME
