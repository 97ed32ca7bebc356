"""Takes back what was planned but no longer should be, before it is due."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from bot.plans.condition import Condition
from bot.store.sql import Database, given
from bot.store.touch.brakes import WANT_NOTHING
from bot.touch.verdicts import NOT_MEANT

_FORGET = """
    DELETE FROM touch WHERE seq IN (
        SELECT seq FROM touch WHERE state = 0 AND plan = $1 LIMIT 5000)"""
# That of a paused plan is due after its deadline, and of what is over others tell why.
_WAITING = """
    SELECT seq, due_at, plan, slot FROM touch
    WHERE state = 0 AND due_at <= deadline AND deadline > $1
        AND due_at >= $2 AND (due_at > $2 OR seq > $3)
    ORDER BY due_at, seq LIMIT 5000"""
# Only what still waits: whatever was claimed meanwhile is on its way.
_UNMEANT = """
    UPDATE touch SET state = 3, rule = {rule}, zh = {zh}, en = {en}, settled_at = $1
    WHERE seq IN (SELECT CAST(value ->> 0 AS BIGINT) FROM given($2)) AND state = 0
        AND NOT EXISTS (
            SELECT 1 FROM customer AS c WHERE c.id = touch.customer AND ({whom}))"""
_MEANT = """
    SELECT c.id FROM customer AS c
    WHERE c.id IN (SELECT value FROM texts($1)) AND ({whom})"""
# The state is for people to change, and may have changed meanwhile.
_KEEP = """
    INSERT INTO plan (id, state, digest, body, planned_until, changed_at, who)
    SELECT CAST(value ->> 0 AS TEXT), 0, CAST(value ->> 1 AS TEXT), '',
           CAST($2 AS DOUBLE PRECISION), CAST($3 AS DOUBLE PRECISION), ''
    FROM given($1) WHERE true
    ON CONFLICT (id) DO UPDATE SET
        changed_at = CASE WHEN plan.digest = excluded.digest THEN plan.changed_at
                          ELSE excluded.changed_at END,
        planned_until = CASE WHEN plan.digest = excluded.digest
                                  AND plan.planned_until > excluded.planned_until
                             THEN plan.planned_until ELSE excluded.planned_until END,
        digest = excluded.digest"""
# What of it: they want nothing, or they are others than the plan means.
_WHY = """coalesce((SELECT CASE WHEN coalesce(c.opted_out_at, 0) <> 0 THEN '{opt_out}'
        WHEN coalesce(c.braked_at, 0) <> 0 THEN '{complaint}' END
        FROM customer AS c WHERE c.id = touch.customer), '{else_}')"""
_OTHERS = NOT_MEANT.zh, NOT_MEANT.en
_RULE = _WHY.format(opt_out="opt_out", complaint="complaint", else_=NOT_MEANT.rule)
_ZH, _EN = (
    _WHY.format(**{rule: words[side] for rule, words in WANT_NOTHING.items()}, else_=_OTHERS[side])
    for side in (0, 1)
)


async def forget(database: Database, plan: str) -> int:
    """Delete what waits of a plan, so that it can be planned again; what went out stays. Returns
    how many messages."""
    gone = 0
    while number := await database.change(_FORGET, plan):
        gone += number
    return gone


async def drop_unmeant(
    database: Database, meant: Mapping[tuple[str, str], Condition], now: float
) -> int:
    """Drop what waits for customers who are not meant any more, since they answered or bought.
    Returns how many messages.

    It goes once through everything that waits, for all slots.

    Args:
        meant: whom each plan and slot means.
        now: in Unix seconds.
    """
    after, dropped = (0.0, 0), 0
    while page := await database.rows(_WAITING, now, *after):
        after = page[-1]["due_at"], page[-1]["seq"]
        waiting: dict[tuple[str, str], list[tuple[int]]] = defaultdict(list)
        for row in page:
            waiting[row["plan"], row["slot"]].append((row["seq"],))
        for slot, rows in waiting.items():
            if whom := meant.get(slot):
                text = _UNMEANT.format(rule=_RULE, zh=_ZH, en=_EN, whom=whom.numbered(3))
                dropped += await database.change(text, now, given(rows), *whom.values)
    return dropped


async def whom_it_means(database: Database, whom: Condition, customers: Iterable[str]) -> set[str]:
    """Those of these customers whom a condition means now."""
    ids = given(customers)
    rows = await database.rows(_MEANT.format(whom=whom.numbered(2)), ids, *whom.values)
    return {str(row["id"]) for row in rows}


async def keep(
    database: Database, digests: Mapping[str, str], until: float | None, now: float
) -> None:
    """Note that these plans, id → digest, are planned up to `until` (Unix seconds)."""
    await database.change(_KEEP, given(digests.items()), until, now)
