"""Settles a message as a person says, and the touch that it carried, in one change."""

from collections.abc import Callable, Sequence
from typing import Any

from bot.store.models import MessageState
from bot.store.sql import Database, Source, given
from bot.store.touch.facts import limits_of
from bot.store.touch.ledger import Ledger, Periods
from bot.store.touch.places import HELD, give_back, held, hold, place
from bot.store.touch.touches import COLUMNS, touch_of
from bot.touch.policy import Via

WAITING, SENT, DEAD = MessageState.WAITING, MessageState.SENT, MessageState.DEAD
STANDS = """
    SELECT state FROM message
    WHERE id = $1 AND state IN (SELECT CAST(value ->> 0 AS SMALLINT) FROM given($2))"""
SETTLE = """
    UPDATE message SET state = CAST($1 AS SMALLINT), due_at = $2, settled_at = $2, note = $3,
        created_at = CASE WHEN CAST($1 AS SMALLINT) = 0 THEN $2 ELSE created_at END
    WHERE id = $4 AND state = $5 RETURNING event_id, via, attempts"""
ARRIVED = """
    UPDATE touch SET settled_at = CASE WHEN state = 1 THEN $2 ELSE settled_at END,
        state = 2, rule = '', zh = '', en = ''
    WHERE task = $1 AND state IN (1, 2)"""
DOUBTED = """
    UPDATE touch SET state = 2, rule = 'doubtful', zh = $3, en = $3, settled_at = $2
    WHERE task = $1 AND state = 1"""
DROPPED = f"""
    UPDATE touch SET state = 4, rule = 'by hand', zh = $3, en = $3, settled_at = $2
    WHERE task = $1 AND state = 1
      AND NOT EXISTS (SELECT 1 FROM message WHERE event_id = $1 AND state <> 3)
    RETURNING {HELD}"""
AGAIN = f"""
    UPDATE touch SET state = 1, rule = '', zh = '', en = '', settled_at = $2
    WHERE task = $1 AND state = 4 RETURNING seq, reserved, {COLUMNS}"""


async def settle(
    database: Database, message: str, state: MessageState, note: str, now: float,
    *, among: Sequence[MessageState], periods: Callable[[float], Periods],
) -> bool:  # fmt: skip
    """Settle a message in `state`.

    Args:
        state: if WAITING, it is sent again, and is as fresh as if it were said now.
        note: why; kept with it.
        now: Unix seconds.
        among: the states that it may be in before.
        periods: gives the periods of caps that contain a moment.

    Returns:
        False: it is in another state, or there is no such message.
    """
    known = given([int(one)] for one in among)

    async def work(transaction: Source) -> bool:
        stands = await transaction.rows(STANDS, message, known)
        was = MessageState(stands[0]["state"]) if stands else None
        rows = was is not None and await transaction.rows(
            SETTLE, int(state), now, note, message, int(was)
        )
        if not rows:
            return False
        event, of = rows[0]["event_id"], (rows[0]["event_id"], now)
        if state is SENT:
            await transaction.rows(ARRIVED, *of)
        elif state is DEAD and was is WAITING:
            ended = [held(row) for row in await transaction.rows(DROPPED, *of, note)]
            if not rows[0]["attempts"]:
                await give_back(transaction, ended)
            elif ended:  # it may have arrived: its place stays
                await hold(transaction, [(one.seq, "") for one in ended])
        elif state is DEAD:
            await transaction.rows(DOUBTED, *of, note)
        elif was is DEAD:
            for touch in await transaction.rows(AGAIN, event, now):
                await _take(transaction, touch, Via(rows[0]["via"]))
        return True

    async def _take(transaction: Source, row: dict[str, Any], via: Via) -> None:
        """Take the touch's places under the caps again. A person decided, so nobody asks whether
        there is room."""
        if not row["reserved"]:
            one, there = touch_of(row), periods(now)
            subjects = limits_of(one, via, (), one.member)
            await Ledger(database).count(transaction, [subjects], now, there)
            await hold(transaction, [(row["seq"], place(subjects, there))])

    return await database.atomic(work)
