"""Works out what a change of a plan does to its waiting messages, on a copy of the database."""

from dataclasses import dataclass

from bot.store.plans.replanning import forget
from bot.store.sql import Database

KEEP = (
    "CREATE TABLE was (customer TEXT, slot TEXT, script TEXT, words TEXT, due_at REAL,"
    " PRIMARY KEY (customer, slot))",
    """INSERT INTO was SELECT customer, slot, script, words, due_at FROM touch
       WHERE plan = $1 AND state = 0""",
)
# A message is the same if customer and slot are; it stays if words and minute are, too.
SAME = """
    SELECT count(*) AS both, coalesce(sum(
        was.script = touch.script AND was.words = touch.words
        AND abs(was.due_at - touch.due_at) < 60), 0) AS stays
    FROM was JOIN touch ON touch.customer = was.customer AND touch.plan = $1
        AND touch.slot = was.slot AND touch.state = 0"""
_OLD = """
    SELECT was.customer, count(*) AS n FROM was WHERE NOT EXISTS (
        SELECT 1 FROM touch WHERE touch.customer = was.customer AND touch.plan = $1
        AND touch.slot = was.slot AND touch.state = 0) GROUP BY was.customer"""
_NEW = """
    SELECT touch.customer, count(*) AS n FROM touch WHERE plan = $1 AND state = 0
    AND NOT EXISTS (SELECT 1 FROM was WHERE was.customer = touch.customer
        AND was.slot = touch.slot) GROUP BY touch.customer"""
# What a customer had on another day, and has on this one, has moved.
OLD = f"""
    SELECT old.customer AS id, coalesce(customer.name, chat_group.name, '') AS name,
           old.n AS was, coalesce(new.n, 0) AS now
    FROM ({_OLD}) AS old LEFT JOIN ({_NEW}) AS new ON new.customer = old.customer
    LEFT JOIN customer ON customer.id = old.customer
    LEFT JOIN chat_group ON chat_group.chat_id = old.customer ORDER BY old.customer"""
NEW = f"""
    SELECT coalesce(sum(n), 0) AS n, coalesce(sum(EXISTS (
        SELECT 1 FROM touch WHERE touch.customer = new.customer AND touch.plan = $1
        AND touch.state IN (1, 2))), 0) AS again FROM ({_NEW}) AS new"""
DAYS = """
    SELECT day, sum(was) AS was, sum(now) AS now FROM (
        SELECT date(due_at + $2, 'unixepoch') AS day, 1 AS was, 0 AS now FROM was
        UNION ALL
        SELECT date(due_at + $2, 'unixepoch'), 0, 1 FROM touch WHERE plan = $1 AND state = 0
    ) GROUP BY day ORDER BY day LIMIT 14"""
NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEffect:
    """Numbers of messages, up to the day `until`."""

    until: str
    stays: int
    moved: int  # other hours, another day or other words
    gone: int  # that nobody gets any more
    added: int
    again: int  # customers among those who have had a message of this plan before
    names: tuple[str, ...] = ()  # of a few whose message is gone
    days: tuple[tuple[str, int, int], ...] = ()  # day, how many were due, how many are now

    @property
    def waited(self) -> int:
        """How many messages waited before the change."""
        return self.stays + self.moved + self.gone


class Replanning:
    """Plans one plan again in a copy, and compares.

    Args:
        database: the copy, which nobody else uses.
        offset_s: of the company's zone from UTC.
    """

    def __init__(self, database: Database, plan: str, offset_s: float) -> None:
        self._database, self._plan, self._offset_s = database, plan, offset_s

    async def begin(self) -> None:
        """Remember what waits, and delete it, so that the plan can be planned again."""
        create, fill = KEEP
        await self._database.rows(create)
        await self._database.change(fill, self._plan)
        await forget(self._database, self._plan)

    async def effect(self, until: str) -> PlanEffect:
        """The effect, once it is planned again up to the day `until`."""
        same = (await self._database.rows(SAME, self._plan))[0]
        old = await self._database.rows(OLD, self._plan)
        new = (await self._database.rows(NEW, self._plan))[0]
        days = await self._database.rows(DAYS, self._plan, self._offset_s)
        elsewhere = sum(min(row["was"], row["now"]) for row in old)
        left = [row for row in old if row["was"] > row["now"]]
        return PlanEffect(
            until=until, stays=same["stays"], moved=same["both"] - same["stays"] + elsewhere,
            gone=sum(row["was"] for row in old) - elsewhere, added=new["n"] - elsewhere,
            again=new["again"],
            names=tuple(row["name"] or row["id"] for row in left[:NAMED]),
            days=tuple((row["day"], row["was"], row["now"]) for row in days),
        )  # fmt: skip
