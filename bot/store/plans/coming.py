"""To whom the messages of a day go: the first of each script by name, for the calendar."""

from collections.abc import Sequence

from bot.plans.condition import Condition
from bot.store.groups.planning import named_groups
from bot.store.sql import Queries, Rows

SHOWN = 3  # of a script's customers or groups, by name
# Apart, as each has an index of its own.
PLANNED = f"""
    SELECT told.plan, told.script, told.number, told.due_at,
           coalesce(one.name, club.name, told.customer) AS name
    FROM (
        SELECT plan, script, customer, due_at, count(*) OVER (PARTITION BY plan, script) AS number,
               row_number() OVER (PARTITION BY plan, script ORDER BY due_at, seq) AS place
        FROM (
            SELECT plan, script, customer, due_at, seq FROM touch
            WHERE state = 0 AND due_at >= $1 AND due_at < $2
            UNION ALL
            SELECT plan, script, customer, settled_at AS due_at, seq FROM touch
            WHERE state = 1 AND settled_at >= $1 AND settled_at < $2) AS waiting) AS told
    LEFT JOIN customer AS one ON one.id = told.customer AND one.name <> ''
    LEFT JOIN chat_group AS club ON club.chat_id = told.customer AND club.name <> ''
    WHERE told.place <= {SHOWN} ORDER BY told.due_at, told.script, told.place"""
SOME = f"""
    SELECT CASE WHEN c.name = '' THEN c.id ELSE c.name END AS name
    FROM customer AS c WHERE {{whom}} ORDER BY c.id LIMIT {SHOWN}"""


class ComingTable(Queries):
    async def planned(self, since: float, until: float) -> Rows:
        """Messages that are due, or were sent off, within these Unix seconds: the first of each
        plan and script, with how many there are."""
        return await self._database.rows(PLANNED, since, until)

    async def customers(self, whom: Condition) -> list[str]:
        """A few whom it means as of now, by name."""
        rows = await self._database.rows(SOME.format(whom=whom.numbered(1)), *whom.values)
        return [row["name"] for row in rows]

    async def groups(self, groups: Sequence[str], names: Sequence[str]) -> list[str]:
        """A few that a post reaches as of now, by name."""
        return await named_groups(self._database, groups, names, SHOWN)
