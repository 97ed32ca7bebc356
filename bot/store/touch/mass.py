"""Reads and writes mass messages (企业群发): whom a task is for, and what became of each touch.

Every statement changes only rows that are still in the state that it expects. So running it twice,
or on two machines, changes nothing.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from bot.store.groups.missed import own_words
from bot.store.models import MessageState
from bot.store.sql import Queries, Rows, Source, given, one_number
from bot.store.states import ANSWERS, TaskState, TouchState
from bot.store.touch.places import HELD, Held, give_back, held
from bot.store.touch.touches import SCENARIOS
from bot.touch.touch import Receiver, Scenario

AT_ONCE = 2_000  # customers settled in one transaction

_TASK = f"""
    SELECT id, plan, slot, member, chunk, msgid, state, created_at, confirmed_at, reminders,
           reminded_at, remind_at, closes_at,
           (SELECT min(deadline) FROM touch WHERE touch.task = mass_task.id AND touch.state = 1)
               AS deadline,
           (SELECT min(script) FROM touch WHERE touch.task = mass_task.id AND touch.state = 1)
               AS script,
           (SELECT min(receiver) FROM touch WHERE touch.task = mass_task.id AND touch.state = 1)
               AS receiver,
           EXISTS (SELECT 1 FROM plan WHERE plan.id = mass_task.plan AND plan.state = 2)
           OR EXISTS (SELECT 1 FROM group_answer
                      WHERE id = mass_task.slot AND mass_task.plan = '{ANSWERS}'
                        AND withdrawn_at IS NOT NULL) AS stopped,
           EXISTS (SELECT 1 FROM plan WHERE plan.id = mass_task.plan AND plan.state = 1) AS paused,
           EXISTS (SELECT 1 FROM handover
                   WHERE handover.leaver = mass_task.member AND handover.state IN (1, 2))
               AS leaving,
           EXISTS (SELECT 1 FROM touch JOIN customer ON customer.id = touch.customer
                   WHERE touch.task = mass_task.id AND touch.state = 1
                     AND (customer.opted_out_at IS NOT NULL OR customer.braked_at IS NOT NULL))
               AS declined
    FROM mass_task"""
TASK = f"{_TASK} WHERE id = $1"
# Such customers are few, so it begins with them: each task may be for thousands.
_DECLINED = """
    SELECT touch.task FROM customer CROSS JOIN touch
    WHERE touch.customer = customer.id AND touch.state = 1 AND customer.{since} >= $1 - 259200"""
# The older a task, the longer until it is looked at again: a tenth of its age.
DUE_TASKS = f"""{_TASK}
    WHERE state < 3 AND (
        checked_at IS NULL OR remind_at >= checked_at OR id IN (SELECT value FROM texts($5))
        OR state = 1 AND checked_at < closes_at AND closes_at <= $1
        OR state = 1 AND checked_at <= CAST($1 AS DOUBLE PRECISION) - $2 AND (
            closes_at <= $1 OR id IN ({_DECLINED.format(since="opted_out_at")})
            OR id IN ({_DECLINED.format(since="braked_at")}))
        OR state = 1 AND EXISTS (SELECT 1 FROM plan
            WHERE plan.id = mass_task.plan AND plan.state = 2 AND plan.changed_at >= checked_at)
        OR checked_at <= CAST($1 AS DOUBLE PRECISION) - CASE
            WHEN $1 - coalesce(confirmed_at, created_at, $1)
                < CAST($2 AS DOUBLE PRECISION) * 10 THEN $2
            WHEN $1 - coalesce(confirmed_at, created_at, $1)
                > CAST($3 AS DOUBLE PRECISION) * 10 THEN $3
            ELSE ($1 - coalesce(confirmed_at, created_at, $1)) / 10 END)
    ORDER BY coalesce(checked_at, 0), id LIMIT $4"""
KNOWN_MSGIDS = """
    SELECT msgid FROM mass_task
    WHERE msgid IN (SELECT value FROM texts($1))"""
TAKEN = """
    SELECT touch.customer,
           CASE WHEN touch.receiver = 'group' THEN
                    CASE WHEN EXISTS (
                        SELECT 1 FROM chat_group
                        WHERE chat_group.chat_id = touch.customer AND dismissed_at IS NULL
                          AND chat_group.owner = mass_task.member) THEN '' ELSE 'not_owner' END
                WHEN customer.braked_at IS NOT NULL THEN 'complaint'
                WHEN customer.opted_out_at IS NOT NULL THEN 'opt_out'
                WHEN NOT EXISTS (
                    SELECT 1 FROM contact
                    WHERE contact.customer = touch.customer AND contact.member = mass_task.member
                      AND contact.lost_at IS NULL) THEN 'not_friend'
                ELSE '' END AS rule
    FROM touch JOIN mass_task ON mass_task.id = touch.task
         LEFT JOIN customer ON customer.id = touch.customer
    WHERE touch.task = $1 AND touch.state = 1 ORDER BY touch.customer"""
SETTLE = f"""
    UPDATE touch SET state = $1, rule = $2, zh = $3, en = $4, settled_at = $5
    WHERE task = $6 AND state = 1
      AND customer IN (SELECT value FROM texts($7))
    RETURNING {HELD}, touch.words"""
# They are due again, by whoever they belong to now.
REOPEN = f"""
    UPDATE touch SET state = 0, task = '', due_at = $3, rule = $4, zh = $5, en = $6,
        settled_at = $3
    WHERE task = $1 AND state = 1
      AND customer IN (SELECT value FROM texts($2))
    RETURNING {HELD}"""
# Whose hours they are.
PLACES = """
    SELECT DISTINCT touch.scenario, touch.receiver, coalesce(customer.zone, '') AS zone
    FROM touch LEFT JOIN customer ON customer.id = touch.customer
    WHERE touch.task = $1 AND touch.state = 1"""
LEFT = "SELECT count(*) AS n FROM touch WHERE task = $1 AND state = 1"
CREATED = """
    UPDATE mass_task SET msgid = $1, created_at = $2, checked_at = $3, closes_at = $4, state = 1
    WHERE id = $5 AND state = 0"""
CONFIRMED = "UPDATE mass_task SET confirmed_at = $1, state = 2 WHERE id = $2 AND state < 2"
REMINDED = """
    UPDATE mass_task SET reminders = reminders + 1, reminded_at = $1, remind_at = NULL
    WHERE id = $2 AND reminders = $3"""
CHECKED = "UPDATE mass_task SET checked_at = $1 WHERE id = $2"
ENDED = "UPDATE mass_task SET state = $1 WHERE id = $2 AND state < 3"
MESSAGE = """
    SELECT event.state AS event_state, event.decision, message.id, message.state,
           message.attempts, message.body, message.note, message.created_at, message.settled_at
    FROM event LEFT JOIN message ON message.event_id = event.id AND message.via = 'staff_task'
    WHERE event.id = $1"""
# Not by the journal: there a doubt ends in nothing but that it arrived (commits_postgres.py).
RESOLVE = """
    UPDATE message SET state = $1, due_at = $2, settled_at = $2, note = $3
    WHERE id = $4 AND state = 4"""
# Those of which WeCom's answer came, and only the end of the message was not written any more.
DOUBT_NO_MORE = """
    UPDATE message SET state = 2, note = 'WeCom had it' WHERE state = 4 AND via = 'staff_task'
    AND event_id IN (SELECT 'mass:' || id FROM mass_task WHERE state IN (1, 2))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MassTask:
    """A row of mass_task. Moments are Unix seconds."""

    id: str
    plan: str
    slot: str
    member: str
    chunk: int
    msgid: str  # "" while WeCom does not know it
    state: TaskState
    created_at: float | None
    confirmed_at: float | None
    reminders: int
    reminded_at: float | None
    remind_at: float | None  # since when somebody wants it, before it is due by itself
    closes_at: float | None  # from then on it is outside somebody's hours; None: never
    deadline: float | None  # of the first of its touches; None: none is open
    script: str | None  # of its touches
    receiver: Receiver | None  # of its touches: "customer" or "group"
    stopped: bool  # its plan was stopped, or it was withdrawn
    paused: bool  # its plan is paused
    leaving: bool  # its member hands over: nothing more goes out as theirs
    declined: bool  # somebody whom it is for wants no more messages, or complained

    def late(self, now: float) -> bool:
        """Whether the first deadline of its open touches is over, or none is open."""
        return self.deadline is None or now >= self.deadline

    def closed(self, now: float) -> bool:
        """Whether the hours are over in which it may reach all whom it is for."""
        return self.closes_at is not None and now >= self.closes_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How touches ended, and why."""

    state: TouchState
    rule: str = ""
    zh: str = ""
    en: str = ""


class Settled(NamedTuple):
    """A touch that was open until now."""

    customer: str  # or chat_id of a group
    words: str


# What is done by the same transaction with the places of those that were settled.
Within = Callable[[Source, Sequence[Held]], Awaitable[None]]


class MassTable(Queries):
    async def task(self, task: str) -> MassTask | None:
        rows = await self._database.rows(TASK, task)
        return _task_of(rows[0]) if rows else None

    async def own_words(self, task: MassTask) -> str:
        """The words that somebody wrote for it (bot.store.groups.missed); "": none."""
        return await own_words(self._database, task.plan, task.slot, task.id)

    async def due(
        self, now: float, also: Iterable[str], *, soon_s: float, late_s: float, most: int
    ) -> list[MassTask]:
        """At most `most` tasks that are to be looked at again.

        Args:
            also: ids of tasks to be looked at in any case.
            soon_s: so long after the last look for new ones.
            late_s: so long for old ones; in between, a tenth of a task's age.
        """
        rows = await self._database.rows(DUE_TASKS, now, soon_s, late_s, most, given(also))
        return [_task_of(row) for row in rows]

    async def taken(self, task: str) -> Mapping[str, list[str]]:
        """The customers whose touches are on their way by this task, by the rule that would hold
        them back now: not_owner, complaint, opt_out, not_friend; "" = none."""
        found = defaultdict(list)
        for row in await self._database.rows(TAKEN, task):
            found[row["rule"]].append(row["customer"])
        return found

    async def settle(
        self, task: str, customers: Iterable[str], how: Ended, at: float, within: Within
    ) -> list[Settled]:
        """Settle the touches of these customers that are still open.

        Args:
            within: what the same transaction does with the places of those that were settled.

        Returns:
            Those that this call has settled: each goes to only one caller.
        """
        settled: list[Settled] = []
        for ids in _some(customers):
            values = (int(how.state), how.rule, how.zh, how.en, at, task, ids)
            rows = await self._database.atomic(partial(_ended, SETTLE, values, within))
            settled += [Settled(row["customer"], row["words"]) for row in rows]
        return settled

    async def reopen(
        self, task: str, customers: Iterable[str], why: tuple[str, str, str], at: float
    ) -> None:
        """Make the touches of these customers that are still open wait again, without a task.

        Args:
            why: the rule, and the reason in both languages.
        """
        for ids in _some(customers):
            values = (task, ids, at, *why)
            await self._database.atomic(partial(_ended, REOPEN, values, give_back))

    async def left(self, task: str) -> int:
        """How many touches of the task are open."""
        return await one_number(self._database, LEFT, task)

    async def places(self, task: str) -> list[tuple[Scenario, Receiver, str]]:
        """Each (scenario, kind of receiver, zone) of the touches that are on their way by a task;
        zone "" is the company's."""
        rows = await self._database.rows(PLACES, task)
        return [(SCENARIOS[row["scenario"]], row["receiver"], row["zone"]) for row in rows]

    async def created(
        self, task: str, msgid: str, at: float, now: float, closes_at: float | None
    ) -> None:
        await self._database.change(CREATED, msgid, at, now, closes_at, task)

    async def confirmed(self, task: str, at: float) -> None:
        await self._database.change(CONFIRMED, at, task)

    async def reminded(self, task: MassTask, at: float) -> bool:
        """Count a reminder. Returns False if another machine has taken it: this one sends none."""
        return await self._database.change(REMINDED, at, task.id, task.reminders) > 0

    async def checked(self, task: str, at: float) -> None:
        await self._database.change(CHECKED, at, task)

    async def ended(self, task: str, state: TaskState) -> None:
        await self._database.change(ENDED, int(state), task)

    async def unknown(self, msgids: Iterable[str]) -> set[str]:
        """Those of WeCom's msgids that are of no task of ours."""
        asked = set(msgids)
        rows = await self._database.rows(KNOWN_MSGIDS, given(asked))
        return asked - {row["msgid"] for row in rows}

    async def message(self, event: str) -> dict[str, Any] | None:
        """What became of the event that was to make a task, and of its message; None: there is no
        such event."""
        rows = await self._database.rows(MESSAGE, event)
        return rows[0] if rows else None

    async def resolved(self, message: str, state: MessageState, note: str, now: float) -> None:
        """Settle a message that was doubtful, since it is known by now what became of it."""
        await self._database.change(RESOLVE, int(state), now, note, message)

    async def doubt_no_more(self) -> None:
        """Settle doubtful messages as sent if WeCom has their task, whatever a crash left open."""
        await self._database.change(DOUBT_NO_MORE)


async def _ended(text: str, values: Sequence[Any], within: Within, transaction: Source) -> Rows:
    rows = await transaction.rows(text, *values)
    await within(transaction, [held(row) for row in rows])
    return rows


def _some(customers: Iterable[str]) -> Iterator[str]:
    """The customers in portions, each a value of SQL: nobody waits long for the connection."""
    left = iter(customers)
    while some := [*islice(left, AT_ONCE)]:
        yield given(some)


def _task_of(row: dict[str, Any]) -> MassTask:
    flags = {name: bool(row[name]) for name in ("stopped", "paused", "leaving", "declined")}
    return MassTask(**{**row, **flags, "state": TaskState(row["state"])})
