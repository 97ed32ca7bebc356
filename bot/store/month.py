"""What goes out, and went out, on which day: counted by day and plan, for the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.plans.condition import Condition
from bot.store.sql import Database, Rows, given
from bot.store.states import TouchState

_DAYS = """(
    SELECT CAST(value ->> 0 AS TEXT) AS day, CAST(value ->> 1 AS DOUBLE PRECISION) AS since,
           CAST(value ->> 2 AS DOUBLE PRECISION) AS until
    FROM given($1)) AS one"""
# By the index of what is due.
WAITING = f"""
    SELECT one.day, touch.plan, 0 AS state, touch.rule, min(touch.zh) AS zh, min(touch.en) AS en,
           count(*) AS number
    FROM {_DAYS} JOIN touch
        ON touch.state = 0 AND touch.due_at >= one.since AND touch.due_at < one.until
    WHERE CAST($2 AS TEXT) = '' OR touch.plan = $2
    GROUP BY one.day, touch.plan, touch.rule"""
ON_THE_WAY = f"""
    SELECT one.day, touch.plan, 1 AS state, touch.rule, min(touch.zh) AS zh, min(touch.en) AS en,
           count(*) AS number
    FROM touch JOIN {_DAYS}
        ON touch.settled_at >= one.since AND touch.settled_at < one.until
    WHERE touch.state = 1 AND (CAST($2 AS TEXT) = '' OR touch.plan = $2)
    GROUP BY one.day, touch.plan, touch.rule"""
# Of one day, by the index of what has ended: a day at a time, so that nobody waits long for the
# connection.
SETTLED = """
    SELECT CAST($1 AS TEXT) AS day, plan, state, rule, min(zh) AS zh, min(en) AS en,
           count(*) AS number
    FROM touch
    WHERE state > 1 AND state < 5 AND settled_at >= $2 AND settled_at < $3
        AND (CAST($4 AS TEXT) = '' OR plan = $4)
    GROUP BY plan, state, rule"""
PLANS = "SELECT id, state, planned_until FROM plan"
MEANT = "SELECT count(*) AS n FROM customer AS c WHERE {whom}"


class Bounds(NamedTuple):
    """A day, and the Unix seconds at which it begins and ends."""

    day: str
    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Messages of one plan on one day that stand alike."""

    day: str
    plan: str
    state: TouchState
    rule: str  # why, "" where there is nothing to say; both texts are those of one of them
    zh: str
    en: str
    number: int


class MonthTable:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self, days: Sequence[Bounds], plan: str = "") -> list[Count]:
        """What waits, by the day on which it is due; all else by the day on which it was settled,
        or sent off. Some of them may stand alike in all but their number."""
        given_days = given(tuple(day) for day in days)
        rows: Rows = await self._database.rows(WAITING, given_days, plan)
        rows += await self._database.rows(ON_THE_WAY, given_days, plan)
        for one in days:
            rows += await self._database.rows(SETTLED, one.day, one.since, one.until, plan)
        return [Count(**{**row, "state": TouchState(row["state"])}) for row in rows]

    async def planned_until(self) -> dict[str, float | None]:
        """Up to when each plan is planned already, in Unix seconds; None: it is not followed."""
        rows = await self._database.rows(PLANS)
        return {row["id"]: None if row["state"] else row["planned_until"] or 0.0 for row in rows}

    async def meant(self, whom: Condition) -> int:
        """How many customers are meant as of now."""
        rows = await self._database.rows(MEANT.format(whom=whom.numbered(1)), *whom.values)
        return int(rows[0]["n"])
