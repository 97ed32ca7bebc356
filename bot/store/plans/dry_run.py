"""Runs touches in a copy of the database in which plans are tried out.

Nothing leaves the copy: what was taken to be sent counts as arrived at once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clock import moment
from bot.plans.condition import Condition
from bot.store.desk import audit_names
from bot.store.sql import Database, Rows, given, one_number
from bot.store.states import TouchState
from bot.store.touch.brakes import WANT_NOTHING
from bot.store.touch.ledger import Ledger
from bot.store.touch.places import HELD, give_back, held, hold, place
from bot.store.touch.touches import LEASE_S
from bot.touch.present import Present

NEXT = f"""
    SELECT min(at) AS at FROM (
        SELECT min(due_at) AS at FROM touch WHERE state = 0
        UNION ALL SELECT min(settled_at) + {LEASE_S} FROM touch WHERE state = 5)"""
DUE_BY = """
    SELECT count(*) AS n FROM (SELECT 1 FROM touch WHERE state = 0 AND due_at <= $1 LIMIT $2)"""
# Why touches wait is not in their table any more once they go. `at`: when they first had to.
HOLD = """
    INSERT INTO held (seq, rule, zh, en, at)
    SELECT seq, rule, zh, en, $1 FROM touch WHERE state = 0 AND rule <> '' AND settled_at = $1
    ON CONFLICT (seq) DO UPDATE SET rule = excluded.rule, zh = excluded.zh, en = excluded.en"""
SAY = """
    INSERT INTO said (customer, words, at)
    SELECT customer, words, $1 FROM touch
    WHERE state = 1 AND words <> '' AND receiver <> 'member'
    ON CONFLICT (customer, words) DO UPDATE SET at = excluded.at"""
ON_THE_WAY = f"SELECT {HELD} FROM touch WHERE state = 1"
GOES_OUT = "UPDATE touch SET state = 2 WHERE state = 1"
ARRIVE = "UPDATE touch SET state = 2, settled_at = $1 WHERE state = 1"
COUNT = """
    UPDATE session SET sent = sent + (
        SELECT count(*) FROM texts($1) WHERE value = conversation)
    WHERE conversation IN (SELECT value FROM texts($1))"""
UNSAY = f"""
    UPDATE touch SET state = 4, rule = $1, zh = $2, en = $3, settled_at = $4
    WHERE state = 1 AND task IN (SELECT value FROM texts($5)) RETURNING {HELD}"""
# Bare columns beside min() are those of the same row, on SQLite.
GROUPS = """
    SELECT touch.state, touch.slot, coalesce(nullif(touch.rule, ''), held.rule, '') AS why,
           coalesce(nullif(touch.zh, ''), held.zh, '') AS zh,
           coalesce(nullif(touch.en, ''), held.en, '') AS en,
           date(touch.settled_at + $3, 'unixepoch') AS day, count(*) AS number,
           min(touch.customer) AS first, max(touch.customer) AS last
    FROM touch LEFT JOIN held ON held.seq = touch.seq
    WHERE touch.plan = $1 AND touch.slot IN (SELECT value FROM texts($2))
    GROUP BY 1, 2, 3, day ORDER BY 1, day, number DESC"""
DEADLINE = """
    SELECT max(deadline) AS at FROM touch
    WHERE plan = $1 AND slot IN (SELECT value FROM texts($2))"""
EACH = """
    SELECT customer, state, rule, date(settled_at + $3, 'unixepoch') AS day FROM touch
    WHERE plan = $1 AND slot IN (SELECT value FROM texts($2)) ORDER BY customer"""
_SENT = """
    touch.plan = $1 AND touch.slot IN (SELECT value FROM texts($2)) AND touch.state = 2"""
WAVES = f"""
    SELECT date(settled_at + $3, 'unixepoch') AS day,
           CAST(strftime('%H', settled_at + $3, 'unixepoch') AS INTEGER) AS hour,
           count(*) AS number, count(DISTINCT member) AS members
    FROM touch WHERE {_SENT} GROUP BY 1, 2 ORDER BY 1, 2"""
SENDERS = f"""
    SELECT member, count(*) AS number FROM touch WHERE {_SENT}
    GROUP BY member ORDER BY number DESC, member LIMIT $3"""
SENDING = f"SELECT count(DISTINCT member) AS n FROM touch WHERE {_SENT}"
READERS = f"""
    SELECT touch.customer AS id, coalesce(customer.name, chat_group.name, '') AS name, touch.member
    FROM touch LEFT JOIN customer ON customer.id = touch.customer
        LEFT JOIN chat_group ON chat_group.chat_id = touch.customer
    WHERE {_SENT} ORDER BY touch.settled_at, touch.seq LIMIT $3"""
UNWELCOME = """
    SELECT CASE WHEN coalesce(c.opted_out_at, 0) <> 0 THEN 'opt_out' ELSE 'complaint' END AS rule,
           count(*) AS number, min(c.id) AS first, max(c.id) AS last
    FROM customer AS c WHERE {whom} GROUP BY 1 ORDER BY 1"""
# On its day, if it went out; else once, for the day on which it was given up.
SINCE = """
    SELECT plan, state, count(*) AS number FROM touch
    WHERE state IN (2, 3, 4) AND settled_at >= $1 GROUP BY 1, 2"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Touches of a plan that end alike."""

    state: TouchState
    slot: str
    rule: str  # why not, or why not earlier; "" = nothing stood in the way
    zh: str  # as told of the first customer
    en: str
    day: str  # in the company's zone, on which it was sent or given up
    number: int
    examples: tuple[tuple[str, str], ...]  # ids and names of two customers at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """What goes out within one hour of the company's zone."""

    day: str
    hour: int
    number: int
    members: int  # who send it


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody whom the plan reaches. The name is a stranger's words."""

    id: str
    name: str
    member: str  # who sends it to them


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What came of the touches of some days, by plan."""

    sent: Mapping[str, int]
    never: Mapping[str, int]


class DryTouches:
    """The touches of a trial.

    Args:
        database: the copy.
        offset_s: of the company's zone from UTC.
    """

    def __init__(self, database: Database, offset_s: float) -> None:
        self._database, self._offset_s = database, offset_s

    async def confirm(self, now: Present) -> None:
        """At the start, let everything arrive that waits for a member's confirmation, without
        telling of it: it is no result of the trial. Gaps count from then, and the same words are
        not said again."""
        async with self._database.transaction() as source:
            some = [held(row) for row in await source.rows(ON_THE_WAY)]
            await give_back(source, some)
            ledger = Ledger(self._database)
            await ledger.count(source, [one.subjects for one in some], now.at, now)
            await hold(source, [(one.seq, place(one.subjects, now)) for one in some])
            await source.rows(SAY, now.at)
            await source.rows(GOES_OUT)

    async def next_at(self) -> float | None:
        """When the next touch is due, in Unix seconds; None: none is."""
        at = (await self._database.rows(NEXT))[0]["at"]
        return None if at is None else float(at)

    async def many_by(self, moment: float, many: int) -> bool:
        """Whether at least `many` touches are due by then."""
        return await one_number(self._database, DUE_BY, moment, many) >= many

    async def hold(self, now: float) -> None:
        """Remember why touches wait that were judged at `now`."""
        await self._database.change(HOLD, now)

    async def unsay(self, tasks: Iterable[str], rule: str, zh: str, en: str, now: float) -> None:
        """Refuse the touches of these tasks after all: nothing was said for them."""
        if ids := [*tasks]:
            values = (rule, zh, en, now, given(ids))
            async with self._database.transaction() as transaction:
                rows = await transaction.rows(UNSAY, *values)
                await give_back(transaction, map(held, rows))

    async def arrive(self, conversations: Sequence[str], now: float) -> None:
        """Let everything that was taken arrive.

        Args:
            conversations: of 微信客服, once for each message that went through it.
        """
        await self._database.change(SAY, now)
        await self._database.change(ARRIVE, now)
        if conversations:
            await self._database.change(COUNT, given(conversations))

    async def groups(self, plan: str, slots: Sequence[str]) -> list[Group]:
        rows = await self._database.rows(GROUPS, plan, given(slots), self._offset_s)
        names = await self._names(rows)
        return [
            Group(
                state=TouchState(row["state"]), slot=row["slot"], rule=row["why"],
                zh=row["zh"], en=row["en"], day=row["day"] or "",
                number=row["number"], examples=_examples(row, names),
            )
            for row in rows
        ]  # fmt: skip

    async def deadline(self, plan: str, slots: Sequence[str]) -> datetime:
        """The last deadline of these slots; 1970 if nothing is planned."""
        at = (await self._database.rows(DEADLINE, plan, given(slots)))[0]["at"]
        return moment(at or 0.0)

    async def week(self, since: float) -> Week:
        """How many touches of each plan were sent, or given up, since then (Unix seconds)."""
        rows = await self._database.rows(SINCE, since)
        sent, never = Counter[str](), Counter[str]()
        for row in rows:
            (sent if row["state"] == TouchState.SENT else never)[row["plan"]] += row["number"]
        return Week(sent=sent, never=never)

    async def waves(self, plan: str, slots: Sequence[str]) -> list[Wave]:
        rows = await self._database.rows(WAVES, plan, given(slots), self._offset_s)
        return [Wave(**row) for row in rows]

    async def senders(self, plan: str, slots: Sequence[str], most: int) -> list[tuple[str, int]]:
        """The members who have most to send, each with how much."""
        rows = await self._database.rows(SENDERS, plan, given(slots), most)
        return [(row["member"], row["number"]) for row in rows]

    async def sending(self, plan: str, slots: Sequence[str]) -> int:
        """How many members have something to send."""
        return await one_number(self._database, SENDING, plan, given(slots))

    async def readers(self, plan: str, slots: Sequence[str], most: int) -> list[Reader]:
        """The first `most` whom these slots reach."""
        rows = await self._database.rows(READERS, plan, given(slots), most)
        return [Reader(**row) for row in rows]

    async def unwelcome(self, slot: str, whom: Condition) -> list[Group]:
        """Those for whom nothing is planned because they want nothing, or have complained."""
        text = UNWELCOME.format(whom=whom.numbered(1))
        rows = await self._database.rows(text, *whom.values)
        names = await self._names(rows)
        return [
            Group(
                state=TouchState.REFUSED, slot=slot, rule=row["rule"],
                zh=WANT_NOTHING[row["rule"]][0], en=WANT_NOTHING[row["rule"]][1], day="",
                number=row["number"], examples=_examples(row, names),
            )
            for row in rows
        ]  # fmt: skip

    async def each(
        self, plan: str, slots: Sequence[str]
    ) -> dict[str, tuple[TouchState, str, str]]:
        """What came of each customer's touch: (state, day, rule)."""
        rows = await self._database.rows(EACH, plan, given(slots), self._offset_s)
        return {
            row["customer"]: (TouchState(row["state"]), row["day"], row["rule"]) for row in rows
        }

    async def _names(self, groups: Rows) -> Mapping[str, str]:
        ids = (row[which] for row in groups for which in ("first", "last"))
        return await audit_names.names(self._database, ids)


def _examples(row: Mapping[str, Any], names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((one, names.get(one, "")) for one in dict.fromkeys((row["first"], row["last"])))
