"""Plans that people make at the console, and the state of every plan.

A plan of config/plans/ also has a row, without a body, once it was planned or somebody has stopped
it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from bot.clock import moment
from bot.store.sql import Queries, one_number
from bot.store.states import PlanState, TouchState
from bot.store.touch.touches import LATEST, PAGE, Touches

TOGETHER_S = 60  # plans paused within this span are resumed together
NEWS = """
    SELECT id, state, body, changed_at, who FROM plan WHERE body <> '' OR state <> 0 ORDER BY id"""
# If a file of this name ever existed, its row is still there.
CREATE = """
    INSERT INTO plan (id, state, digest, body, planned_until, changed_at, who)
    VALUES ($1, 0, '', $2, NULL, $3, $4)
    ON CONFLICT (id) DO UPDATE SET state = 0, body = excluded.body,
        changed_at = excluded.changed_at, who = excluded.who WHERE plan.body = ''
    RETURNING id"""
CHANGE = """
    UPDATE plan SET body = $2, changed_at = $3, who = $4
    WHERE id = $1 AND body <> '' AND ($5 = '' OR body = $5)"""
STEER = """
    INSERT INTO plan (id, state, digest, body, planned_until, changed_at, who)
    VALUES ($1, $2, '', '', NULL, $3, $4)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at,
        who = excluded.who"""
STANDING = """
    SELECT plan, state, rule, count(*) AS n, min(due_at) AS next_at FROM touch
    WHERE seq > $1 AND seq <= $2 AND (CAST($3 AS TEXT) = '' OR plan = $3)
    GROUP BY plan, state, rule"""


class StoredPlan(NamedTuple):
    """A plan that was made here, or that somebody has paused or stopped."""

    id: str
    state: PlanState
    body: str  # its table, as JSON; "" = it comes from a file
    changed_at: float  # Unix seconds
    who: str  # has changed it last; "" = nobody but the files

    @property
    def version(self) -> str:
        """A mark that changes with the content; "" for a plan of a file."""
        return blake2b(self.body.encode(), digest_size=8).hexdigest() if self.body else ""


def paused_together(stored: Iterable[StoredPlan]) -> int:
    """How many plans were last paused together and still are; 0 if it was only one."""
    at = [one.changed_at for one in stored if one.state is PlanState.PAUSED]
    number = sum(max(at) - one < TOGETHER_S for one in at)
    return number if number > 1 else 0


@dataclass(slots=True, kw_only=True)
class Standing:
    """How many of a plan's messages are in which state."""

    waiting: int = 0
    on_the_way: int = 0  # sent off; the result is not known, or its member has yet to confirm
    sent: int = 0
    held_back: Counter[str] = field(default_factory=Counter)  # dropped or refused, by rule
    next_at: datetime | None = None  # when the first of those that wait is due

    @property
    def planned(self) -> int:
        """How many messages were planned, whatever became of them."""
        return self.waiting + self.on_the_way + self.sent + self.held_back.total()


def bodies_of(plans: tuple[StoredPlan, ...]) -> Mapping[str, str]:
    """The content of plans made here, by id; "" for stopped ones, which are not read, so that
    stopping helps against a plan with a mistake."""
    return {
        one.id: "" if one.state is PlanState.STOPPED else one.body for one in plans if one.body
    }


class PlanTable(Queries):
    async def news(self) -> tuple[StoredPlan, ...]:
        """Everything about plans that the files do not tell: those made here, and all that were
        paused or stopped."""
        rows = await self._database.rows(NEWS)
        return tuple(StoredPlan(**{**row, "state": PlanState(row["state"])}) for row in rows)

    async def create(self, plan: str, body: str, who: str, now: float) -> bool:
        """Add a plan at `now` (Unix seconds, as everywhere here). Returns False if there is one
        with this id that was made here."""
        return bool(await self._database.rows(CREATE, plan, body, now, who))

    async def change(self, plan: str, body: str, who: str, now: float, before: str = "") -> bool:
        """Change a plan that was made here. Returns False if there is none, or it does not say
        what it said `before` ("": anything)."""
        return await self._database.change(CHANGE, plan, body, now, who, before) > 0

    async def steer(self, plan: str, state: PlanState, who: str, now: float) -> None:
        """Follow, pause or stop a plan. What a pause has held back is due as soon as it goes on;
        what waits of a stopped plan the planner drops.
        """
        await self._database.change(STEER, plan, int(state), now, who)
        if state is PlanState.ACTIVE:
            await Touches(self._database).release(now)

    async def standings(self, plan: str = "") -> Mapping[str, Standing]:
        """How far every plan with messages has come, by its id; or only `plan`."""
        found: defaultdict[str, Standing] = defaultdict(Standing)
        latest = await self._latest()
        for after in range(0, latest, PAGE):
            for row in await self._database.rows(STANDING, after, after + PAGE, plan):
                _add(found[row["plan"]], TouchState(row["state"]), row["rule"], row)
        return found

    async def _latest(self) -> int:
        return await one_number(self._database, LATEST)


def _add(standing: Standing, state: TouchState, rule: str, row: Mapping[str, float]) -> None:
    number = int(row["n"])
    match state:
        case TouchState.WAITING | TouchState.CLAIMED:
            standing.waiting += number
            next_at = moment(row["next_at"])
            standing.next_at = min(standing.next_at or next_at, next_at)
        case TouchState.TAKEN:
            standing.on_the_way += number
        case TouchState.SENT:
            standing.sent += number
        case _:
            standing.held_back[rule] += number
