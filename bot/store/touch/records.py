"""Reads what is planned for one customer and what became of it, for people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clock import moment_or_none
from bot.store.sql import Database
from bot.store.states import TouchState
from bot.store.touch.touches import COLUMNS, touch_of
from bot.touch.touch import Touch

PLANNED = f"""
    SELECT seq, {COLUMNS}, state, rule, zh, en, settled_at, state <> 1 AND EXISTS (
        SELECT 1 FROM plan WHERE plan.id = touch.plan AND plan.state = 1) AS paused FROM touch
    WHERE customer = $1 AND state IN (0, 1, 5) ORDER BY due_at, seq"""
SETTLED = f"""
    SELECT seq, {COLUMNS}, state, rule, zh, en, settled_at FROM touch
    WHERE customer = $1 AND state IN (2, 3, 4) ORDER BY settled_at DESC, seq DESC LIMIT $2"""
NAME = "SELECT name FROM customer WHERE id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchRecord:
    """A row of table touch."""

    touch: Touch
    state: TouchState
    rule: str  # why it is in this state; "" = nothing to say
    zh: str
    en: str
    settled_at: datetime | None  # when it came to this state
    paused: bool = False  # it waits, and its plan does not go on


async def name_of(database: Database, customer: str) -> str | None:
    """The name of a customer; "": not known; None: nobody has heard of them."""
    rows = await database.rows(NAME, customer)
    return str(rows[0]["name"]) if rows else None


async def planned_for(database: Database, customer: str) -> list[TouchRecord]:
    """The customer's touches that wait or are on their way, the earliest first."""
    return [_record(row) for row in await database.rows(PLANNED, customer)]


async def settled_of(database: Database, customer: str, most: int) -> list[TouchRecord]:
    """The customer's last `most` touches that have ended, the latest first."""
    return [_record(row) for row in await database.rows(SETTLED, customer, most)]


def _record(row: dict[str, Any]) -> TouchRecord:
    return TouchRecord(
        touch=touch_of(row),
        state=TouchState(row["state"]),
        rule=row["rule"],
        zh=row["zh"],
        en=row["en"],
        settled_at=moment_or_none(row["settled_at"]),
        paused=bool(row.get("paused")),
    )
