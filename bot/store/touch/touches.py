"""Reads and writes planned touches: claims them when they are due, settles, puts off and counts.

Most functions take many at once. A row keeps what becomes of its touch, with the rule and why in
both languages.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.clock import moment
from bot.store.groups.missed import own_words
from bot.store.sql import Queries, Source, given, given_as, one_number
from bot.store.states import PlanState, TouchState
from bot.store.touch.ledger import NotTaken
from bot.store.touch.places import HELD, give_back, held
from bot.touch.policy import Refuse, Wait
from bot.touch.touch import Scenario, Touch
from bot.touch.verdicts import NOT_MEANT

SCENARIOS = [*Scenario]
LEASE_S = 300.0  # by then whoever claimed a touch has settled it, or has died
STOPPED = Refuse("plan_stopped", "计划已停止", "the plan was stopped")
WAITS = ("计划已暂停，恢复之后才发", "its plan is paused: it goes out when that goes on")
PAGE = 20_000  # rows in one statement, so that nobody waits long for the connection

COLUMNS = """plan, customer, slot, scenario, script, words, member, receiver, due_at, deadline"""
CLAIM = f"""
    UPDATE touch SET state = 5, settled_at = $1 WHERE seq IN (
        SELECT seq FROM touch WHERE state = 0 AND due_at <= $1 ORDER BY due_at, seq LIMIT $2
        --skip locked
    ) RETURNING seq, {COLUMNS}"""
HALTED = "SELECT id, state FROM plan WHERE state <> 0"
STATE = "SELECT state FROM plan WHERE id = $1"
# Those of a paused plan wait for their deadline; when it is resumed they are due: RELEASE.
HOLD = """
    UPDATE touch SET state = CASE WHEN deadline < $4 THEN 3 ELSE 0 END, due_at = deadline + 1,
        rule = 'plan_paused', zh = $2, en = $3, settled_at = $4
    WHERE seq IN (SELECT CAST(value ->> 0 AS BIGINT) FROM given($1)) AND state = 5"""
RELEASE = """
    UPDATE touch SET due_at = $3, rule = '', zh = '', en = ''
    WHERE seq > $1 AND seq <= $2 AND state = 0 AND rule = 'plan_paused'
        AND NOT EXISTS (SELECT 1 FROM plan WHERE plan.id = touch.plan AND plan.state = 1)"""
UNCLAIM = """
    UPDATE touch SET state = 0 WHERE state = 5 AND settled_at < $1"""
REFUSE = f"""
    UPDATE touch SET state = one.state, rule = one.rule, zh = one.zh, en = one.en, settled_at = $2
    FROM {given_as(1, "seq BIGINT, state SMALLINT, rule TEXT, zh TEXT, en TEXT")} AS one
    WHERE touch.seq = one.seq AND touch.state IN (1, 5) RETURNING {HELD}"""
# Too late for its deadline: it is dropped, with the rule that held it back.
MOVE = f"""
    UPDATE touch SET due_at = one.due_at, rule = one.rule, zh = one.zh, en = one.en,
        state = CASE WHEN one.due_at > touch.deadline THEN 3 ELSE 0 END, settled_at = $2
    FROM {given_as(1, "seq BIGINT, due_at DOUBLE PRECISION, rule TEXT, zh TEXT, en TEXT")} AS one
    WHERE touch.seq = one.seq AND touch.state = 5"""
TAKE = f"""
    UPDATE touch SET state = 1, member = one.member, task = one.task, settled_at = $2,
        rule = '', zh = '', en = '', reserved = one.reserved, words = one.words
    FROM {given_as(1, "seq BIGINT, member TEXT, task TEXT, reserved TEXT, words TEXT")} AS one
    WHERE touch.seq = one.seq AND touch.state = 5 RETURNING touch.seq"""
# Each second: by the index on tasks (event_of), in the order of any language; whose event is
# there needs no other.
TAKEN = f"""
    SELECT seq, {COLUMNS} FROM touch
    WHERE state = 1 AND task >= 'touch:0' AND task < 'touch:a' AND settled_at < $1
        AND NOT EXISTS (SELECT 1 FROM event WHERE event.id = touch.task)
    ORDER BY seq LIMIT {PAGE}"""
ON_ITS_WAY = f"""
    SELECT seq, {COLUMNS} FROM touch WHERE task = $1 AND state = 1"""
PUT_BACK = f"""
    UPDATE touch SET state = 0, task = '', due_at = $3, rule = $4, zh = $5, en = $6
    WHERE seq = $1 AND state = 1 AND task = $2 RETURNING {HELD}"""
DROP_STALE = f"""
    UPDATE touch SET state = 3, settled_at = $1,
        rule = CASE WHEN rule = 'plan_paused' THEN rule ELSE 'deadline' END,
        zh = CASE WHEN rule = 'plan_paused' THEN zh ELSE $2 END,
        en = CASE WHEN rule = 'plan_paused' THEN en ELSE $3 END
    WHERE seq IN (
        SELECT seq FROM touch WHERE state = 0 AND due_at <= $1 AND deadline < $1
        ORDER BY due_at, seq LIMIT {PAGE // 4}
        --skip locked
    )"""
DROP_PLAN = """
    UPDATE touch SET state = 3, rule = $4, zh = $5, en = $6, settled_at = $7
    WHERE seq > $1 AND seq <= $2 AND plan = $3 AND state IN (0, 5)"""
LATEST = """
    SELECT coalesce(max(seq), 0) AS seq FROM touch"""
COUNT = """
    SELECT state, rule, count(*) AS n FROM touch WHERE seq > $1 AND seq <= $2 AND plan = $3
    GROUP BY state, rule"""
AHEAD = f"""
    WITH page AS MATERIALIZED (
        SELECT plan, slot, script, due_at, seq FROM touch
        WHERE state = 0 AND due_at < $3 AND (due_at > $1 OR due_at = $1 AND seq > $2)
        ORDER BY due_at, seq LIMIT {PAGE})
    SELECT plan, slot, script, count(*) AS n,
           (SELECT due_at FROM page ORDER BY due_at DESC LIMIT 1) AS due_at,
           (SELECT seq FROM page ORDER BY due_at DESC, seq DESC LIMIT 1) AS seq
    FROM page GROUP BY plan, slot, script"""
GROUPS = """
    SELECT plan, slot, member, script, words, min(receiver) AS receiver FROM touch
    WHERE state = 1 AND task = '' GROUP BY plan, slot, member, script, words
    ORDER BY plan, slot, member, script, words"""
CHUNKS = """
    SELECT coalesce(max(chunk), -1) + 1 AS chunk FROM mass_task
    WHERE plan = $1 AND slot = $2 AND member = $3"""
FORM = """
    INSERT INTO mass_task (id, plan, slot, member, chunk) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING RETURNING id"""
JOIN = """
    UPDATE touch SET task = $1 WHERE seq IN (
        SELECT seq FROM touch WHERE state = 1 AND task = '' AND plan = $2 AND slot = $3
            AND member = $4 AND script = $5 AND words = $6 ORDER BY customer LIMIT $7
        --skip locked
    ) RETURNING seq"""
PLANS = "SELECT id, state, digest, planned_until FROM plan ORDER BY id"


class Due(NamedTuple):
    """A touch that this worker has claimed, with the number of its row."""

    seq: int
    touch: Touch


class Taken(NamedTuple):
    """A touch whose caps are reserved."""

    seq: int
    member: str  # through whom
    task: str  # the event by which it goes out; "" = it joins a mass message
    place: str  # bot.store.touch.places.place
    words: str  # as the touch has them


@dataclass(frozen=True, slots=True, kw_only=True)
class Formed:
    """A mass message that was formed; the touches of its customers have its id in touch.task."""

    task: str
    plan: str
    slot: str
    member: str
    chunk: int
    script: str
    words: str
    own: str  # words that somebody wrote for it; "" = the script tells them
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A plan that has been taken up."""

    id: str
    state: PlanState
    digest: str  # of what it said when it was planned last; "" = nothing is planned by it
    planned_until: float | None  # Unix seconds


def event_of(due: Due) -> str:
    """The id of the event by which a single touch goes out; another one after it was put off."""
    return f"touch:{due.seq}:{int(due.touch.due_at.timestamp())}"


class Touches(Queries):
    async def claim(self, number: int, now: float) -> list[Due]:
        """Claim at most `number` touches that are due; nobody else gets them. The more important
        come first.

        Touches of paused plans keep waiting, those of stopped plans are dropped.
        """
        due: list[Due] = []
        while not due and (rows := await self._database.rows(CLAIM, now, number)):
            due = await self._follow([Due(row["seq"], touch_of(row)) for row in rows], now)
        return sorted(due, key=lambda one: (one.touch.scenario.rank, one.touch.due_at, one.seq))

    async def _follow(self, due: list[Due], now: float) -> list[Due]:
        """Of claimed touches those whose plan is followed; the others are held back or dropped."""
        halted = {row["id"]: row["state"] for row in await self._database.rows(HALTED)}
        held = [one for one in due if one.touch.plan in halted]
        stopped = {one.touch.plan for one in held if halted[one.touch.plan] == PlanState.STOPPED}
        for plan in stopped:  # planned by a process that was busy when the plan was stopped
            await self.drop(plan, STOPPED, now)
        if waits := [(one.seq,) for one in held if one.touch.plan not in stopped]:
            await self._database.change(HOLD, given(waits), *WAITS, now)
        return [one for one in due if one.touch.plan not in halted]

    async def release(self, now: float) -> None:
        """Make touches due that a pause has held back, for all plans that are not paused now."""
        async for after, upto in self._pages():
            await self._database.change(RELEASE, after, upto, now)

    async def state(self, plan: str) -> PlanState:
        rows = await self._database.rows(STATE, plan)
        return PlanState(rows[0]["state"]) if rows else PlanState.ACTIVE

    async def unclaim(self, now: float) -> int:
        """Make touches due again that a worker has claimed and not settled within `LEASE_S`.
        Returns how many."""
        return await self._database.change(UNCLAIM, now - LEASE_S)

    async def take(self, source: Source, taken: Sequence[Taken], now: float) -> None:
        """Put claimed touches on their way, in the transaction that reserves their caps.

        Raises:
            NotTaken: some are not claimed any more, as their plan was stopped this very moment.
        """
        rows = await source.rows(TAKE, given(tuple(one) for one in taken), now)
        if gone := {one.seq for one in taken} - {row["seq"] for row in rows}:
            raise NotTaken(gone)

    async def overdue(self, before: float) -> list[Due]:
        """Single touches that were put on their way before then but whose event is not in the
        inbox. To file it again is harmless."""
        rows = await self._database.rows(TAKEN, before)
        return [Due(row["seq"], touch_of(row)) for row in rows]

    async def on_its_way(self, event: str) -> Due | None:
        """The single touch that goes out by this event; None: it does not go out any more."""
        rows = await self._database.rows(ON_ITS_WAY, event)
        return Due(rows[0]["seq"], touch_of(rows[0])) if rows else None

    async def put_back(self, due: Due, why: Wait) -> None:
        """Make a touch that is on its way wait until the moment of `why`. Until then it holds no
        place under the caps."""
        values = (due.seq, event_of(due), why.until.timestamp(), why.rule, why.zh, why.en)
        await self._unsent(PUT_BACK, *values)

    async def _unsent(self, text: str, *values: Any) -> None:
        """Run a statement that settles or puts back touches and returns them, and give back their
        places."""

        async def work(transaction: Source) -> None:
            rows = await transaction.rows(text, *values)
            await give_back(transaction, map(held, rows))

        await self._database.atomic(work)

    async def refuse(self, refused: Iterable[tuple[int, Refuse]], now: float) -> None:
        """Settle touches (seq, why) that the policy refuses, as dropped if their deadline is over
        or the plan does not mean them. Those settled already stay as they are."""
        ended = ((seq, _state_of(why), why.rule, why.zh, why.en) for seq, why in refused)
        await self._unsent(REFUSE, given(ended), now)

    async def move(self, waiting: Iterable[tuple[int, Wait]], now: float) -> None:
        """Put touches (seq, why) off to the moment of `why`, a second from now at the least, or
        they would be judged for ever. Those that would miss their deadline are dropped."""
        rows = (
            (seq, max(why.until.timestamp(), now + 1), why.rule, why.zh, why.en)
            for seq, why in waiting
        )
        await self._database.change(MOVE, given(rows), now)

    async def drop_stale(self, now: float, zh: str, en: str) -> int:
        """Drop some touches whose deadline is over, for instance after a long stop. Call it until
        it returns 0."""
        return await self._database.change(DROP_STALE, now, zh, en)

    async def drop(self, plan: str, why: Refuse, now: float) -> int:
        """Drop everything of a plan that waits or is claimed. Returns how many touches."""
        return sum(
            [
                await self._database.change(
                    DROP_PLAN, after, upto, plan, why.rule, why.zh, why.en, now
                )
                async for after, upto in self._pages()
            ]
        )

    async def count(self, plan: str) -> Counter[tuple[TouchState, str]]:
        """How many touches of a plan are in each state, by (state, rule)."""
        found: Counter[tuple[TouchState, str]] = Counter()
        async for after, upto in self._pages():
            for row in await self._database.rows(COUNT, after, upto, plan):
                found[TouchState(row["state"]), row["rule"]] += row["n"]
        return found

    async def ahead(self, since: float, until: float) -> Counter[tuple[str, str, str]]:
        """How many waiting touches are due from `since` to before `until` (Unix seconds), by
        (plan, slot, script)."""
        found: Counter[tuple[str, str, str]] = Counter()
        after: tuple[float, int] = (since, -1)
        while rows := await self._database.rows(AHEAD, *after, until):
            for row in rows:
                found[row["plan"], row["slot"], row["script"]] += row["n"]
            after = (rows[-1]["due_at"], rows[-1]["seq"])
        return found

    async def form(
        self, name: Callable[[str, str, str, int], str], most: int, groups: int = 2_000
    ) -> list[Formed]:
        """Form mass messages of the touches that were taken for one.

        Args:
            name: makes the id of a task from plan, slot, member and chunk.
            most: customers in each at most.
            groups: customer groups in each at most.
        """
        formed: list[Formed] = []
        for group in await self._database.rows(GROUPS):
            of_each = groups if group["receiver"] == "group" else most
            full = True
            while full and (one := await self._form(group, name, of_each)):
                formed.append(one)
                full = one.customers == of_each
        return formed

    async def _form(
        self, group: dict[str, Any], name: Callable[[str, str, str, int], str], most: int
    ) -> Formed | None:
        of = (group["plan"], group["slot"], group["member"])
        try:
            async with self._database.transaction() as transaction:
                chunk = await one_number(transaction, CHUNKS, *of)
                task = name(*of, chunk)
                formed = await transaction.rows(FORM, task, *of, chunk)
                values = (task, *of, group["script"], group["words"], most)
                joined = await transaction.rows(JOIN, *values) if formed else []
                if not joined:
                    raise _NothingLeft
        except _NothingLeft:
            return None
        own = await own_words(self._database, of[0], of[1], task)
        return Formed(
            task=task, plan=of[0], slot=of[1], member=of[2], chunk=chunk,
            script=group["script"], words=group["words"], own=own, customers=len(joined),
        )  # fmt: skip

    async def _pages(self) -> AsyncIterator[tuple[int, int]]:
        """Spans of seq (after, up to) that together hold all touches."""
        latest = await one_number(self._database, LATEST)
        for after in range(0, latest, PAGE):
            yield after, after + PAGE

    async def plans(self) -> dict[str, Known]:
        """The plans that have been taken up, by id."""
        rows = await self._database.rows(PLANS)
        return {row["id"]: Known(**{**row, "state": PlanState(row["state"])}) for row in rows}


class _NothingLeft(Exception):
    """Nothing is left for a mass message, or another worker forms it: no task is formed."""


def touch_of(row: dict[str, Any]) -> Touch:
    return Touch(
        plan=row["plan"],
        slot=row["slot"],
        customer=row["customer"],
        scenario=SCENARIOS[row["scenario"]],
        script=row["script"],
        words=row["words"],
        member=row["member"],
        to=row["receiver"],
        due_at=moment(row["due_at"]),
        deadline=moment(row["deadline"]),
    )


def _state_of(why: Refuse) -> TouchState:
    dropped = why.rule in ("deadline", NOT_MEANT.rule)
    return TouchState.DROPPED if dropped else TouchState.REFUSED
