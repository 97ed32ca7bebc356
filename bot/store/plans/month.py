"""Counts by day and plan what goes out and went out, for the calendar."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from bot.plans.condition import Condition
from bot.store.plans.planning import Slot, moment_of, place_of, spans_of
from bot.store.plans.spread import SPREAD, spread_of
from bot.store.sql import Queries, Rows, given, given_as
from bot.store.states import TouchState

_DAYS = given_as(1, "day TEXT, since DOUBLE PRECISION, until DOUBLE PRECISION")
# By the index of what is due.
WAITING = f"""
    SELECT one.day, touch.plan, 0 AS state, touch.rule, min(touch.zh) AS zh, min(touch.en) AS en,
           count(*) AS number
    FROM {_DAYS} AS one JOIN touch
        ON touch.state = 0 AND touch.due_at >= one.since AND touch.due_at < one.until
    WHERE CAST($2 AS TEXT) = '' OR touch.plan = $2
    GROUP BY one.day, touch.plan, touch.rule"""
ON_THE_WAY = f"""
    SELECT one.day, touch.plan, 1 AS state, touch.rule, min(touch.zh) AS zh, min(touch.en) AS en,
           count(*) AS number
    FROM touch JOIN {_DAYS} AS one
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
# Most are of the company's zone: to count them needs no sorting.
MEANT = """
    SELECT '' AS zone, count(*) AS n FROM customer AS c WHERE c.zone = '' AND ({whom})
    UNION ALL
    SELECT c.zone, count(*) AS n FROM customer AS c WHERE c.zone <> '' AND ({whom})
    GROUP BY c.zone"""
OF_MEMBERS = """
    SELECT c.member, count(*) AS n FROM customer AS c WHERE c.zone = $1 AND ({whom})
    GROUP BY c.member"""
APART = """
    SELECT c.zone, coalesce(c.best_from, -1) AS best_from, coalesce(c.best_to, -1) AS best_to,
           c.spread / CAST($1 AS INTEGER) AS part, count(*) AS n
    FROM customer AS c WHERE {whom} GROUP BY 1, 2, 3, 4"""
PART = SPREAD // 64  # customers whose places lie so close are counted as one


class Bounds(NamedTuple):
    """A day, and the Unix seconds at which it begins and ends."""

    day: str
    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Messages of one plan on one day in one state, for one reason."""

    day: str
    plan: str
    state: TouchState
    rule: str  # why; "" = nothing to say. Both texts are those of one of the messages
    zh: str
    en: str
    number: int


class MonthTable(Queries):
    async def counts(self, days: Sequence[Bounds], plan: str = "") -> list[Count]:
        """The messages on these days: waiting ones by when they are due, others by when they were
        settled or sent off. Several may be equal in all but their number.

        Args:
            plan: only of this one; "": of all.
        """
        given_days = given(tuple(day) for day in days)
        rows: Rows = await self._database.rows(WAITING, given_days, plan)
        rows += await self._database.rows(ON_THE_WAY, given_days, plan)
        for one in days:
            rows += await self._database.rows(SETTLED, one.day, one.since, one.until, plan)
        return [Count(**{**row, "state": TouchState(row["state"])}) for row in rows]

    async def planned_until(self) -> dict[str, float | None]:
        """Up to when each plan is planned, in Unix seconds; None: it is paused or stopped."""
        rows = await self._database.rows(PLANS)
        return {row["id"]: None if row["state"] else row["planned_until"] or 0.0 for row in rows}

    async def meant(
        self, whom: Condition, slot: Slot, day_of: Callable[[float], date]
    ) -> Counter[date]:
        """How many customers are meant at this moment, by the day on which the planner would send
        it to them.

        Args:
            whom: of the slot, who gets any of its scripts.
            day_of: tells the day of a moment (Unix seconds).
        """
        text = MEANT if slot.together else APART
        values = () if slot.together else (PART,)
        found: Counter[date] = Counter()
        for row in await self._rows(text, whom, *values):
            if not row["n"] or slot.deadline(row["zone"]) is None:
                continue
            if slot.together:
                found += await self._of_zone(row["zone"], row["n"], whom, slot, day_of)
            else:
                spans = spans_of(slot, row["zone"], row["best_from"], row["best_to"])
                place = place_of(spans, row["part"] * PART + PART // 2)
                found[day_of(moment_of(place))] += row["n"]
        return found

    async def _of_zone(
        self, zone: str, number: int, whom: Condition, slot: Slot,
        day_of: Callable[[float], date],
    ) -> Counter[date]:  # fmt: skip
        """As `meant`, for customers of one zone in a slot in which all customers of a member get
        it at one moment. Members are asked for only if these moments are on several days."""
        spans = spans_of(slot, zone)
        ends = (place for first, length in spans for place in (first, first + max(length, 1) - 1))
        days = {day_of(moment_of(place)) for place in ends}
        if len(days) == 1:
            return Counter(dict.fromkeys(days, number))
        found: Counter[date] = Counter()
        for row in await self._rows(OF_MEMBERS, whom, zone):
            place = place_of(spans, spread_of(row["member"]))
            found[day_of(moment_of(place))] += row["n"]
        return found

    async def _rows(self, text: str, whom: Condition, *values: Any) -> Rows:
        numbered = text.format(whom=whom.numbered(len(values) + 1))
        return await self._database.rows(numbered, *values, *whom.values)
