"""What came of one plan: how many messages are in which state, why, and who has yet to confirm."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from bot.plans.condition import BOUGHT, Condition
from bot.store.desk import audit_names
from bot.store.sql import Queries, Rows, given, one_number
from bot.store.states import TouchState
from bot.store.touch.touches import LATEST, PAGE

# heard, bought: customers who wrote, or bought, after the message had reached them.
SUMS = f"""
    SELECT touch.state, touch.rule, min(touch.zh) AS zh, min(touch.en) AS en, count(*) AS number,
           min(touch.customer) AS first, max(touch.customer) AS last,
           sum(CASE WHEN touch.state = 2 AND c.heard_at > touch.settled_at THEN 1 ELSE 0 END)
               AS heard,
           sum(CASE WHEN touch.state = 2 AND d.at > touch.settled_at THEN 1 ELSE 0 END) AS bought
    FROM touch LEFT JOIN customer AS c ON c.id = touch.customer
        LEFT JOIN customer_date AS d ON d.customer = touch.customer AND d.name = '{BOUGHT}'
    WHERE touch.seq > $1 AND touch.seq <= $2 AND touch.plan = $3
    GROUP BY touch.state, touch.rule"""
TASKS = """
    SELECT count(*) AS asked, count(confirmed_at) AS confirmed,
           count(CASE WHEN state = 4 AND confirmed_at IS NULL THEN 1 END) AS lapsed
    FROM mass_task WHERE plan = $1 AND created_at IS NOT NULL"""
# The longest wait first.
UNCONFIRMED = """
    SELECT t.member, t.slot, t.created_at, t.reminders, t.remind_at,
           (SELECT count(*) FROM touch WHERE touch.task = t.id AND touch.task <> '') AS customers
    FROM mass_task AS t WHERE t.plan = $1 AND t.state = 1
    ORDER BY t.created_at, t.member LIMIT 50"""
REMIND = """
    UPDATE mass_task SET remind_at = $2
    WHERE plan = $1 AND state = 1 AND reminders < $3 AND remind_at IS NULL
    RETURNING member"""
SOME = "SELECT c.id, c.name, c.tags, c.member, c.store FROM customer AS c WHERE {whom} LIMIT {n}"
COUNT = "SELECT count(*) AS n FROM customer AS c WHERE {whom}"
_DATED = "EXISTS (SELECT 1 FROM customer_date AS d WHERE d.customer = c.id AND d.name = ?)"
OF_MESSAGES = """
    SELECT message.id, coalesce(touch.plan, mass_task.plan) AS plan FROM message
        LEFT JOIN touch ON touch.task = message.event_id AND touch.task <> ''
        LEFT JOIN mass_task ON mass_task.id = substr(message.event_id, 6)
            AND message.event_id LIKE 'mass:%'
    WHERE message.id IN (SELECT value FROM texts($1))
        AND coalesce(touch.plan, mass_task.plan) IS NOT NULL"""


class Reason(NamedTuple):
    """Why some messages were held back; both texts are those of one of them."""

    rule: str
    zh: str
    en: str
    number: int


class HeldBack(NamedTuple):
    rule: str
    zh: str
    en: str
    number: int
    examples: tuple[tuple[str, str], ...]  # ids and names of two at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    sent: int
    on_the_way: int
    waiting: int
    held_back: tuple[HeldBack, ...]  # the most frequent first
    heard: int  # customers who wrote after it had reached them
    bought: int
    asked: int  # members' tasks, and those of them that were confirmed
    confirmed: int
    lapsed: int  # nobody confirmed them in time, or they were taken back: others may follow them

    @property
    def kept_back(self) -> int:
        return sum(one.number for one in self.held_back)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconfirmed:
    """A member who was asked to send it and has not. Moments are Unix seconds."""

    member: str
    slot: str
    customers: int
    created_at: float
    reminders: int
    remind_at: float | None  # somebody wants them reminded


class PlanResults(Queries):
    async def of(self, plan: str) -> Results:
        rows = await self._sums(plan)
        tasks = (await self._database.rows(TASKS, plan))[0]

        def number(*states: TouchState) -> int:
            return sum(row["number"] for row in rows if row["state"] in states)

        return Results(
            sent=number(TouchState.SENT), on_the_way=number(TouchState.TAKEN),
            waiting=number(TouchState.WAITING, TouchState.CLAIMED),
            held_back=await self._held_back(rows),
            heard=sum(row["heard"] for row in rows), bought=sum(row["bought"] for row in rows),
            asked=tasks["asked"], confirmed=tasks["confirmed"], lapsed=tasks["lapsed"],
        )  # fmt: skip

    async def _sums(self, plan: str) -> Rows:
        latest, rows = await one_number(self._database, LATEST), []
        for after in range(0, latest, PAGE):  # nobody waits long for the connection
            rows += await self._database.rows(SUMS, after, after + PAGE, plan)
        return rows

    async def _held_back(self, rows: Rows) -> tuple[HeldBack, ...]:
        known: dict[str, Reason] = {}
        ids: dict[str, list[str]] = {}
        for row in rows:
            if row["state"] in (TouchState.DROPPED, TouchState.REFUSED):
                rule = row["rule"]
                reason = known.get(rule, Reason(rule, row["zh"], row["en"], 0))
                known[rule] = reason._replace(number=reason.number + row["number"])
                ids.setdefault(rule, []).extend((row["first"], row["last"]))
        some = {rule: [*dict.fromkeys(every)][:2] for rule, every in ids.items()}
        names = await audit_names.names(self._database, chain.from_iterable(some.values()))
        found = [
            HeldBack(*one, tuple((who, names.get(who, "")) for who in some[one.rule]))
            for one in known.values()
        ]
        return tuple(sorted(found, key=lambda one: -one.number))

    async def unconfirmed(self, plan: str) -> list[Unconfirmed]:
        rows = await self._database.rows(UNCONFIRMED, plan)
        return [Unconfirmed(**row) for row in rows]

    async def remind(self, plan: str, now: float, most: int) -> list[str]:
        """Have those who have not confirmed reminded in the next working hour.

        Args:
            now: Unix seconds.
            most: reminders of one task.

        Returns:
            The userids of those who will be reminded.
        """
        rows = await self._database.rows(REMIND, plan, now, most)
        return sorted({row["member"] for row in rows})

    async def meant(self, whom: Condition, some: int) -> tuple[int, Rows]:
        """How many customers a condition means at this moment, and `some` of them: id, name, tags,
        member, store."""
        sql, values = whom.numbered(1), whom.values
        number = await one_number(self._database, COUNT.format(whom=sql), *values)
        return number, await self._database.rows(SOME.format(whom=sql, n=some), *values)

    async def dated(self, whom: Condition, date: str, some: int) -> tuple[int, Rows]:
        """As `meant`, but only customers who have the date that a reminder counts from."""
        has = Condition("c.birthday <> ''") if date == "birthday" else Condition(_DATED, (date,))
        both = Condition(f"({whom.sql}) AND {has.sql}", (*whom.values, *has.values))
        return await self.meant(both, some)

    async def of_messages(self, messages: Sequence[str]) -> dict[str, str]:
        """The plans that sent these messages, by message; those of no plan are left out."""
        rows = await self._database.rows(OF_MESSAGES, given(messages))
        return {row["id"]: row["plan"] for row in rows}
