"""Keeps what a plan's trial said when somebody made the plan; its page shows this beside what came
of it."""

from dataclasses import asdict, dataclass

import orjson

from bot.store.plans.results import Reason
from bot.store.sql import Database
from bot.store.touch.brakes import WANT_NOTHING

KEEP = "UPDATE plan SET trial = $2 WHERE id = $1"
OF = "SELECT trial FROM plan WHERE id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    at: float  # Unix seconds
    messages: int  # one for each customer of each of its days; all that follow are parts of it
    on_time: int
    later: int
    never: tuple[Reason, ...]  # the most frequent first
    ahead: int = 0  # days of which it is; 0: of the next occasion

    @property
    def kept_back(self) -> int:
        return sum(one.number for one in self.never)

    @property
    def unwelcome(self) -> bool:
        """Whether some of those held back want nothing: the plan does not mean them any more."""
        return any(one.rule in WANT_NOTHING for one in self.never)


async def keep(database: Database, plan: str, tried: Tried | None) -> None:
    """Keep what a trial of the plan said; None: the plan as it is now was not tried out."""
    told = {**asdict(tried), "never": [tuple(one) for one in tried.never]} if tried else None
    await database.change(KEEP, plan, orjson.dumps(told).decode() if told else "")


async def tried_of(database: Database, plan: str) -> Tried | None:
    """What the plan's trial said; None: it was made or changed without one, or is in a file."""
    rows = await database.rows(OF, plan)
    if not rows or not rows[0]["trial"]:
        return None
    told = orjson.loads(rows[0]["trial"])
    return Tried(**{**told, "never": tuple(Reason(*one) for one in told["never"])})
