"""Counts what the messages of a group were taken for, as their events have kept it."""

from bot.store.sql import Database, Rows

LOOKED_AT = 2000  # only so many last messages of a group are looked at
SHOWN = 5  # of each sort
SORTS = ("question", "complaint", "talk", "thanks", "spam")
_SORT = "\n".join(f"""WHEN decision LIKE '%"group":"{sort}"%' THEN '{sort}'""" for sort in SORTS)
LAST = f"""
    WITH told AS (
        SELECT seq, body, decision, received_at FROM event
        WHERE conversation = $1 ORDER BY seq DESC LIMIT {LOOKED_AT}
    ), one AS (
        SELECT seq, body, decision, received_at, CASE {_SORT} END AS sort
        FROM told WHERE received_at >= $2
    ), placed AS (
        SELECT seq, body, decision, received_at, sort,
            count(*) OVER (PARTITION BY sort) AS n,
            row_number() OVER (PARTITION BY sort ORDER BY seq DESC) AS place
        FROM one WHERE sort IS NOT NULL
    )
    SELECT body, decision, received_at, sort, n FROM placed
    WHERE place <= {SHOWN} ORDER BY seq DESC"""


async def sorts(database: Database, chat_id: str, since: float) -> Rows:
    """The last `SHOWN` messages of each sort, the newest first, each with `n`, how many of its
    sort there were: body, decision, received_at, sort, n.

    Args:
        since: Unix seconds; only messages since then count.
    """
    return await database.rows(LAST, f"group:{chat_id}", since)
