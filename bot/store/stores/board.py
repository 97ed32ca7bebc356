"""Shows one task of many stores, account by account: who has confirmed, who has not, and why."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.clock import moment_or_none
from bot.plans.condition import OfStores
from bot.store.desk.staff import Sight, sight_rows, within
from bot.store.sql import Database, given, like, literally

Row = dict[str, Any]


class Standing(StrEnum):
    """How far one account is with the task."""

    DONE = "done"  # confirmed, and every result is known
    CONFIRMED = "confirmed"  # results are still coming in
    ASKED = "asked"  # to confirm it
    REMINDED = "reminded"  # and has not confirmed it yet
    LATE = "late"  # not confirmed before the deadline
    FAILED = "failed"
    WITHDRAWN = "withdrawn"  # the plan was stopped
    HELD = "held"  # the rules let none of their customers get it
    PLANNED = "planned"  # its moment is to come
    NO_CUSTOMERS = "no_customers"
    GONE = "gone"  # the member has left
    NO_MEMBER = "no_member"  # nobody works in this store


# One that was taken back and whose messages go out by another task is nobody's any more.
_GIVEN_BACK = "t.state = 4 AND NOT EXISTS (SELECT 1 FROM touch AS o WHERE o.task = t.id)"
# What the touches of account m say where it has no task.
_OWN = """
    FROM contact AS k JOIN touch AS o
        ON o.customer = k.customer AND o.plan = $1 AND o.slot = $2 AND o.member = m.member
    WHERE k.member = m.member AND k.lost_at IS NULL"""
_ENDS = ("unconfirmed", "plan_stopped", "deadline", "not_said", "not_created")  # of whole tasks
_WHY = f"""
    SELECT o.{{}} FROM touch AS o WHERE o.task = t.id AND o.task <> '' AND o.state IN (3, 4)
    ORDER BY CASE WHEN o.rule IN {_ENDS} THEN 0 ELSE 1 END, o.seq LIMIT 1"""
_ACCOUNTS = f"""
    SELECT s.id AS store, s.name, coalesce(m.member, '') AS member, coalesce(t.chunk, 0) AS chunk,
           coalesce(t.id, '') AS task, t.created_at, t.confirmed_at, t.reminded_at, t.remind_at,
           coalesce(t.reminders, 0) AS reminders,
           CASE WHEN m.member IS NULL THEN 'no_member'
                WHEN t.id IS NULL THEN CASE
                    WHEN EXISTS (SELECT 1 FROM staff WHERE staff.id = m.member
                                 AND NOT staff.active) THEN 'gone'
                    WHEN EXISTS (SELECT 1 {_OWN} AND o.state IN (0, 1, 5)) THEN 'planned'
                    WHEN EXISTS (SELECT 1 {_OWN} AND o.state IN (3, 4)) THEN 'held'
                    ELSE 'no_customers' END
                WHEN t.state = 0 THEN 'planned'
                WHEN t.state = 1 AND t.reminders = 0 THEN 'asked'
                WHEN t.state = 1 THEN 'reminded'
                WHEN t.state = 2 THEN 'confirmed'
                WHEN t.state = 3 THEN 'done'
                ELSE CASE coalesce(({_WHY.format("rule")}), '')
                    WHEN 'unconfirmed' THEN 'late' WHEN 'plan_stopped' THEN 'withdrawn'
                    ELSE 'failed' END
           END AS standing
    FROM store AS s LEFT JOIN store_member AS m ON m.store = s.id
         LEFT JOIN mass_task AS t ON t.plan = $1 AND t.slot = $2 AND t.member = m.member
             AND NOT ({_GIVEN_BACK})
    WHERE ({{whom}}) AND {within("coalesce(m.member, '')", 3)}"""
COUNT = f"""
    SELECT standing, count(*) AS n FROM ({_ACCOUNTS}) AS one GROUP BY standing"""
# Which of a member's tasks: one that was withdrawn and asked for again is the same part.
PAGE = f"""
    SELECT one.*, 1 + (
        SELECT count(*) FROM mass_task AS e
        WHERE e.plan = $1 AND e.slot = $2 AND e.member = one.member AND e.chunk < one.chunk
          AND (e.state <> 4 OR EXISTS (
              SELECT 1 FROM touch AS o WHERE o.task = e.id AND o.rule IN {_ENDS}))) AS part
    FROM ({_ACCOUNTS}) AS one
    WHERE (store > $4 OR store = $4 AND (member > $5 OR member = $5 AND chunk > $6))
      AND (CAST($7 AS TEXT) = '' OR standing = $7)
      AND (CAST($8 AS TEXT) = '' OR {like("store || ' ' || name", "$8")})
    ORDER BY store, member, chunk LIMIT $9"""
SUMS = """
    SELECT o.task, o.state, o.rule, min(o.zh) AS zh, min(o.en) AS en, count(*) AS n
    FROM touch AS o
    WHERE o.task <> '' AND o.task IN (SELECT value FROM texts($1))
    GROUP BY o.task, o.state, o.rule ORDER BY o.task, o.state, o.rule"""
HELD = """
    SELECT o.member, o.state, o.rule, min(o.zh) AS zh, min(o.en) AS en, count(*) AS n
    FROM contact AS k JOIN touch AS o
        ON o.customer = k.customer AND o.plan = $1 AND o.slot = $2 AND o.member = k.member
    WHERE k.lost_at IS NULL AND k.member IN (SELECT value FROM texts($3))
      AND o.task = '' AND o.state IN (0, 3, 4, 5)
    GROUP BY o.member, o.state, o.rule ORDER BY o.member, o.state, o.rule"""
NOTES = """
    SELECT event_id, note FROM message
    WHERE via = 'staff_task' AND note LIKE '%errcode%'
      AND event_id IN (SELECT 'mass:' || value FROM texts($1))"""
SLOTS = "SELECT DISTINCT slot FROM mass_task WHERE plan = $1 ORDER BY slot DESC"
# The one that waits for somebody, else the last one that was asked for.
LATEST = f"""
    SELECT plan FROM mass_task
    WHERE plan IN (SELECT value FROM texts($1)) AND {within("member", 2)}
    GROUP BY plan
    ORDER BY max(CASE WHEN state = 1 THEN 1 ELSE 0 END) DESC, max(created_at) DESC, plan LIMIT 1"""
REMIND = f"""
    UPDATE mass_task SET remind_at = $4
    WHERE plan = $1 AND slot = $2 AND state = 1 AND reminders < $5 AND remind_at IS NULL
      AND {within("member", 3)} AND (CAST($6 AS TEXT) = '' OR member = $6)
      AND member IN (SELECT m.member FROM store_member AS m JOIN store AS s ON s.id = m.store
                     WHERE {{whom}})
    RETURNING member"""
NOTE = -1  # no state of a touch: what WeCom said when the task was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Which task is shown: of a plan, on one occasion, for some stores."""

    plan: str
    slot: str
    stores: OfStores


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One member of a store, and how far they are with the task."""

    store: str
    name: str
    member: str  # "" = nobody works there
    chunk: int  # its place among their tasks, from 0
    part: int  # from 1; whoever has over 10,000 customers has several
    standing: Standing
    created_at: datetime | None
    confirmed_at: datetime | None
    reminders: int
    reminded_at: datetime | None
    wanted: bool  # somebody wants them reminded, and it has not been done yet
    customers: int
    sent: int  # of the customers, those who got it
    quota: int  # of the customers, those whose own quota at WeCom was used up
    lost: int  # of the customers, those who are no contacts any more
    zh: str  # why it is in this state, if there is a reason
    en: str
    errcode: int  # of WeCom; 0 = none

    @property
    def key(self) -> str:
        return f"{self.store}|{self.member}|{self.chunk}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    items: tuple[Account, ...]
    after: str  # the key of the last; "" = there are no more


class StoreBoard:
    """Tells of tasks of stores.

    Args:
        sight: whose accounts may be seen; None: all.
    """

    def __init__(self, database: Database, sight: Sight = None) -> None:
        self._database, self._sight = database, sight

    async def slots(self, plan: str) -> list[str]:
        """The occasions (slots) of a plan that have tasks, the latest first."""
        return [row["slot"] for row in await self._database.rows(SLOTS, plan)]

    async def latest(self, plans: Iterable[str]) -> str:
        """Which of these plans to look at first; "": none of them has tasks."""
        rows = await self._database.rows(LATEST, given(plans), sight_rows(self._sight))
        return str(rows[0]["plan"]) if rows else ""

    async def count(self, task: Task) -> dict[Standing, int]:
        """How many accounts there are of each standing."""
        whom = task.stores.meant()
        text = COUNT.replace("{whom}", whom.numbered(4))
        values = (task.plan, task.slot, sight_rows(self._sight), *whom.values)
        rows = await self._database.rows(text, *values)
        return {Standing(row["standing"]): row["n"] for row in rows}

    async def page(
        self, task: Task, *, standing: str = "", name: str = "", after: str = "", limit: int = 50
    ) -> Page:
        """A page of accounts, by store and member.

        Args:
            standing: only accounts of this Standing; "": of any.
            name: only stores with this in their id or name.
            after: the key of the last one of the page before.
        """
        store, _, rest = after.partition("|")
        member, _, chunk = rest.rpartition("|")
        number = int(chunk) if chunk.isascii() and chunk.isdecimal() and len(chunk) < 6 else -1
        whom = task.stores.meant()
        rows = await self._database.rows(
            PAGE.replace("{whom}", whom.numbered(10)),
            task.plan, task.slot, sight_rows(self._sight), store, member, number,
            standing, f"%{literally(name)}%" if name else "", limit + 1, *whom.values,
        )  # fmt: skip
        ends = await self._ends(task, rows[:limit])
        items = tuple(_account(row, ends.get(row["task"] or row["member"], [])) for row in rows)
        more = len(rows) > limit
        return Page(items=items[:limit], after=items[limit - 1].key if more else "")

    async def _ends(self, task: Task, rows: Sequence[Row]) -> dict[str, list[Row]]:
        """Counts of how the touches of these accounts ended, by task, or by member without one."""
        tasks = given(row["task"] for row in rows if row["task"])
        members = given(row["member"] for row in rows if not row["task"])
        found: dict[str, list[Row]] = {}
        for row in await self._database.rows(SUMS, tasks):
            found.setdefault(row["task"], []).append(row)
        for row in await self._database.rows(HELD, task.plan, task.slot, members):
            found.setdefault(row["member"], []).append(row)
        for row in await self._database.rows(NOTES, tasks):
            told = {"state": NOTE, "rule": "", "zh": row["note"], "en": row["note"], "n": 0}
            found.setdefault(row["event_id"].removeprefix("mass:"), []).append(told)
        return found

    async def remind(self, task: Task, now: float, *, most: int, member: str = "") -> list[str]:
        """Have those who were asked and have not confirmed reminded at the next working hour.

        Args:
            now: Unix seconds.
            most: reminders of one task (doc 97610).
            member: only this one; "": all.

        Returns:
            The userids of those who will be reminded.
        """
        whom = task.stores.meant()
        rows = await self._database.rows(
            REMIND.replace("{whom}", whom.numbered(7)),
            task.plan, task.slot, sight_rows(self._sight), now, most, member, *whom.values,
        )  # fmt: skip
        return sorted(row["member"] for row in rows)


def _account(row: Row, ends: Sequence[Row]) -> Account:
    def number(*rules: str) -> int:
        return sum(one["n"] for one in ends if one["rule"] in rules)

    whole = [one for one in ends if one["state"] in (3, 4) and one["rule"]]
    whole.sort(key=lambda one: (one["rule"] not in _ENDS, -one["n"]))
    told = row["standing"] not in (Standing.DONE, Standing.CONFIRMED, Standing.PLANNED)
    why = whole[0] if whole and told else {"zh": "", "en": ""}
    notes = " ".join(one["zh"] for one in ends if one["state"] == NOTE and told)
    code = re.search(r"errcode (-?\d+)", f"{why['zh']} {notes}")
    return Account(
        store=row["store"], name=row["name"], member=row["member"], chunk=row["chunk"],
        part=row["part"], standing=Standing(row["standing"]), reminders=row["reminders"],
        created_at=moment_or_none(row["created_at"]),
        confirmed_at=moment_or_none(row["confirmed_at"]),
        reminded_at=moment_or_none(row["reminded_at"]), wanted=row["remind_at"] is not None,
        customers=sum(one["n"] for one in ends),
        sent=sum(one["n"] for one in ends if one["state"] == 2),
        quota=number("mass_quota"), lost=number("not_friend", "unreachable"),
        zh=why["zh"], en=why["en"], errcode=int(code[1]) if code else 0,
    )  # fmt: skip
