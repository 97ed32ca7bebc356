"""Tells of a programme for groups of one kind what was posted each day, and how groups reacted."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.store.desk.staff import sight_rows, within
from bot.store.groups.views import wecom_day
from bot.store.sql import Database
from bot.store.states import ANSWERS, TouchState

# One post of a plan is one slot; how its groups talked on its day counts where somebody knows it.
POSTS = f"""
    SELECT t.plan, t.slot, t.script, t.state, t.due_at, t.settled_at, t.member, t.customer,
           coalesce(g.name, '') AS chat,
           (SELECT sum(k.messages) FROM group_talk AS k
            WHERE k.chat_id = t.customer AND k.day = substr(t.slot, 1, 10)) AS talked,
           (SELECT max(d.messages) FROM group_day AS d
            WHERE d.chat_id = t.customer AND d.day = substr(t.slot, 1, 10)) AS told,
           (SELECT count(*) FROM chat_group_member AS m WHERE m.chat_id = t.customer AND m.customer
            AND m.joined_at >= t.settled_at AND m.joined_at < t.settled_at + 86400) AS joined,
           (SELECT count(*) FROM chat_group_member AS m WHERE m.chat_id = t.customer AND m.customer
            AND m.left_at >= t.settled_at AND m.left_at < t.settled_at + 86400) AS gone
    FROM chat_group AS g JOIN touch AS t ON t.customer = g.chat_id
    WHERE g.kind = $1 AND t.receiver = 'group' AND t.plan <> '{ANSWERS}'
      AND t.due_at >= $2 AND t.due_at < $3
      AND {within("g.owner", 4)}
    ORDER BY t.due_at DESC, t.seq DESC LIMIT 5000"""


@dataclass(slots=True, kw_only=True)
class Shown:
    """One post into the groups of a kind."""

    plan: str
    slot: str
    script: str
    due_at: float  # Unix seconds, of the first of them
    sent: int = 0  # groups
    asked: int = 0  # whose owner has not confirmed it
    waiting: int = 0
    missed: int = 0  # not confirmed in time, or held back by a rule
    messages: int | None = None  # on its day, in the groups of which it is known
    joined: int = 0  # within 24 hours, in groups where it was posted
    left: int = 0
    by: dict[str, int] | None = None  # userid → groups into which they posted it

    def take(self, row: Mapping[str, Any]) -> None:
        self.due_at = min(self.due_at, row["due_at"])
        match row["state"]:
            case TouchState.SENT:
                self.sent += 1
                self.joined += row["joined"]
                self.left += row["gone"]
                self.by = self.by or {}
                self.by[row["member"]] = self.by.get(row["member"], 0) + 1
                known = [row[one] for one in ("talked", "told") if row[one] is not None]
                if known:
                    self.messages = (self.messages or 0) + int(max(known))
            case TouchState.TAKEN:
                self.asked += 1
            case TouchState.WAITING | TouchState.CLAIMED:
                self.waiting += 1
            case _:
                self.missed += 1


async def programme(
    database: Database, kind: str, since: float, until: float,
    owners: Collection[str] | None = None,
) -> list[tuple[str, list[Shown]]]:  # fmt: skip
    """The posts into groups of a kind that were due from `since` to before `until` (Unix seconds),
    by day ("2026-03-10"), the latest first.

    Args:
        owners: only groups of these members; None: of all.
    """
    rows = await database.rows(POSTS, kind, since, until, sight_rows(owners))
    found: dict[tuple[str, str, str], Shown] = {}
    for row in rows:
        key = row["plan"], row["slot"], row["script"]
        if key not in found:
            plan, slot, script = key
            found[key] = Shown(plan=plan, slot=slot, script=script, due_at=row["due_at"])
        found[key].take(row)
    days: dict[str, list[Shown]] = {}
    for one in found.values():
        days.setdefault(wecom_day(one.due_at), []).append(one)
    return sorted(days.items(), reverse=True)
