"""What happens beside plans, for forecasts: when, and a journal for a copy of one's own."""

from bot.store.journal import Write
from bot.store.sql import Database, Queries

ASKED_S = 86_400.0  # in which a customer may refuse to be handed over (doc 92125)
NEXT = f"""
    SELECT min(at) AS at FROM (
        SELECT min(CASE WHEN told_at IS NULL THEN due_at ELSE next_at END) AS at FROM reminder
        WHERE state = 0
        UNION ALL SELECT min(begins_at) FROM handover WHERE state = 0
        UNION ALL SELECT min(until) FROM handover WHERE state IN (1, 2)
        UNION ALL SELECT min(asked_at) + {ASKED_S} FROM handover_item WHERE state = 1)"""


async def next_at(database: Database) -> float | None:
    """When the next reminder of staff is due, or the next step of a handover; Unix seconds."""
    at = (await database.rows(NEXT))[0]["at"]
    return None if at is None else float(at)


class AtOnce(Queries):
    """A journal that only writes about customers and touches. SQLite."""

    async def write(self, write: Write) -> None:
        async with self._database.transaction() as transaction:
            for statement, rows in (write.more or {}).items():
                await transaction.each(statement, rows)
