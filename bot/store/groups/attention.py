"""Finds the customers in a group who need somebody's attention, and why."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.plans.condition import Condition
from bot.store.desk.staff import Sight, has, sight_rows
from bot.store.sql import Database
from bot.store.touch.brakes import sounding

DAY_S = 86_400.0
FRESH_S = 3 * DAY_S  # for so long somebody counts as new
SILENT_S = 30 * DAY_S
MOST = 1000  # more than a customer group holds (doc 92122)

# What we know of a customer is told only to those who serve them.
PEOPLE = f"""
SELECT m.userid, m.name, m.nickname, m.joined_at, c.braked_at, c.opted_out_at,
    {sounding("c")},
    CASE WHEN {has("m.userid", 2)} OR $2 IS NULL THEN 1 ELSE 0 END AS served,
    coalesce((SELECT sum(t.messages) FROM group_talk AS t
        WHERE t.chat_id = m.chat_id AND t.userid = m.userid AND t.day >= $3), 0) AS spoke
FROM chat_group_member AS m LEFT JOIN customer AS c ON c.id = m.userid
WHERE m.chat_id = $1 AND m.left_at IS NULL AND m.customer
ORDER BY m.joined_at DESC, m.userid LIMIT {MOST}"""
GREETED = """
SELECT (SELECT max(received_at) FROM event WHERE conversation = 'group:' || CAST($1 AS TEXT)
        AND kind = 'StaffSent') AS by_hand,
       (SELECT max(settled_at) FROM touch
        WHERE customer = CAST($1 AS TEXT) AND state = 2) AS posted,
       (SELECT count(*) FROM group_talk WHERE chat_id = CAST($1 AS TEXT)) AS talk"""


class Why(StrEnum):
    """Why somebody needs attention, the most important first."""

    COMPLAINED = "complained"
    DISPLEASED = "displeased"  # they only sound so
    NEW = "new"  # joined lately, and nobody wrote into the group since
    OPTED_OUT = "opted_out"
    UNWANTED = "unwanted"  # it only sounds as if they want no more messages
    VIP = "vip"
    SILENT = "silent"  # for a month, as far as a message archive tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    userid: str
    name: str
    joined_at: float  # Unix seconds
    served: bool  # by somebody whom the visitor may see
    whys: tuple[Why, ...] = field(default=())


async def attention(
    database: Database, chat_id: str, sight: Sight, now: float, *, since_day: str,
    vip: Condition | None = None,
) -> list[Attention]:  # fmt: skip
    """The customers in a group who need attention, by their first reason, then the newest first.

    Args:
        sight: of customers whom none of these serves, only is told whether they are new or silent.
        now: Unix seconds.
        since_day: "2026-03-10"; who wrote nothing since then is silent.
        vip: which customers are important; None: none.
    """
    rows = await database.rows(PEOPLE, chat_id, sight_rows(sight), since_day)
    state = (await database.rows(GREETED, chat_id))[0]
    wrote = max(state["by_hand"] or 0.0, state["posted"] or 0.0)
    important = await _important(database, chat_id, vip) if vip else frozenset[str]()
    found = []
    for row in rows:
        whys = tuple(_whys(row, now, wrote, important, archived=bool(state["talk"])))
        if whys:
            name = row["nickname"] or row["name"]
            found.append(
                Attention(
                    userid=row["userid"], name=name, joined_at=row["joined_at"],
                    served=bool(row["served"]), whys=whys,
                )
            )  # fmt: skip
    order = [*Why]
    return sorted(found, key=lambda one: (order.index(one.whys[0]), -one.joined_at))


def _whys(
    row: dict[str, Any], now: float, wrote: float, important: frozenset[str], *, archived: bool
) -> list[Why]:
    served = bool(row["served"])
    complained = served and row["braked_at"] is not None
    out = served and row["opted_out_at"] is not None
    fitting = {
        Why.COMPLAINED: complained and not row["complaint_sounds"],
        Why.DISPLEASED: complained and row["complaint_sounds"],
        Why.NEW: row["joined_at"] > max(now - FRESH_S, wrote),
        Why.OPTED_OUT: out and not row["opt_out_sounds"],
        Why.UNWANTED: out and row["opt_out_sounds"],
        Why.VIP: served and row["userid"] in important,
        Why.SILENT: archived and not row["spoke"] and row["joined_at"] < now - SILENT_S,
    }
    return [why for why, fits in fitting.items() if fits]


async def _important(database: Database, chat_id: str, vip: Condition) -> frozenset[str]:
    text = f"""
        SELECT c.id FROM customer AS c JOIN chat_group_member AS m ON m.userid = c.id
        WHERE m.chat_id = $1 AND m.left_at IS NULL AND ({vip.numbered(2)})"""
    rows = await database.rows(text, chat_id, *vip.values)
    return frozenset(row["id"] for row in rows)
