"""Tells, for two plans that mean the same customers on one day, for how many a cap lets which one
through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.store.sql import Database, given

# `went`: the day on which it was sent; `held`: on which a cap held it back, for good or for the
# first time (rules: bot.touch.verdicts; "customer_day", "mass_week", "customer_gap").
_ONE = """
    SELECT *, CASE WHEN why = 'more_important' OR why GLOB '*_day' OR why GLOB '*_week'
                        OR why GLOB '*_month' OR why GLOB '*_gap'
                   THEN first_at END AS held
    FROM (SELECT touch.customer, touch.plan, touch.slot, touch.scenario, touch.settled_at AS at,
                 coalesce(nullif(touch.rule, ''), held.rule, '') AS why,
                 CASE WHEN touch.state > 2 THEN touch.settled_at ELSE held.at END AS held_at,
                 date(coalesce(held.at, touch.settled_at) + $3, 'unixepoch') AS first_at,
                 CASE WHEN touch.state = 2
                      THEN date(touch.settled_at + $3, 'unixepoch') END AS went
          FROM touch LEFT JOIN held ON held.seq = touch.seq WHERE touch.receiver <> 'member')"""
# What went out only later that day had no part in it, unless the place was kept for it.
_BEATS = """
    ({0}.went = {1}.held AND CASE {1}.why WHEN 'more_important' THEN {0}.scenario < {1}.scenario
                                          ELSE {0}.at <= {1}.held_at END)"""
_TAKES, _LOSES = _BEATS.format("ours", "other"), _BEATS.format("other", "ours")
BESIDE = f"""
    WITH one AS ({_ONE})
    SELECT other.plan,
           count(DISTINCT CASE WHEN {_TAKES} THEN ours.customer END) AS takes,
           count(DISTINCT CASE WHEN {_LOSES} THEN ours.customer END) AS loses
    FROM one AS ours JOIN one AS other
        ON other.customer = ours.customer AND other.plan <> ours.plan
    WHERE ours.plan = $1 AND ours.slot IN (SELECT value FROM texts($2))
        AND ours.went IS NOT other.went AND ({_TAKES} OR {_LOSES})
    GROUP BY other.plan ORDER BY count(DISTINCT ours.customer) DESC, other.plan"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Another plan of the same day. Numbers are of customers, or groups, whom both plans mean."""

    plan: str
    title: str
    takes: int  # who get ours that day, and not the other one
    loses: int  # who get the other one that day, and not ours


async def plans_beside(
    database: Database, plan: str, slots: Sequence[str], offset_s: float, titles: Mapping[str, str]
) -> tuple[Beside, ...]:
    """The plans from which a cap held customers back in favour of this one, or from this one in
    favour of them, the most frequent first.

    Args:
        database: the copy of a trial that has run to the end of the plan's last day.
        offset_s: of the company's zone from UTC.
        titles: of all plans, by id; others, such as reminders of members, are left out.
    """
    rows = await database.rows(BESIDE, plan, given(slots), offset_s)
    return tuple(Beside(**row, title=titles[row["plan"]]) for row in rows if row["plan"] in titles)
