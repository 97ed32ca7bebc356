"""Tells how often scripts were used lately, and how often the customer then wanted a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.calling import APOLOGIES, HANDED_OVER, UNWANTED
from bot.store.sql import Database, given, given_as

LATELY_DAYS = 30
SOON_S = 600  # if a person is called so soon after a script, it did not help
_CALLS = ", ".join(f"'{one}'" for one in HANDED_OVER + APOLOGIES + UNWANTED)
DAYS = given_as(3, "day TEXT, begins DOUBLE PRECISION, ends DOUBLE PRECISION")
# Without the made-up customers for practice ($4). Not LIKE, for which wm_1 is WMx1 as well.
REAL = """NOT EXISTS (
    SELECT 1 FROM texts($4)
    WHERE replace(conversation || '"', ':' || value || '"', '') <> conversation || '"')"""
# A call counts for the script said last before it; after another call it tells nothing.
FAILED = f"""
WITH days AS {DAYS}, called AS (
    SELECT created_at, (
        SELECT said.seq FROM message AS said
        WHERE said.conversation = message.conversation AND said.seq < message.seq
            AND said.script <> ''
        ORDER BY said.seq DESC LIMIT 1
    ) AS after
    FROM message WHERE seq > $1 AND seq <= $2 AND script IN ({_CALLS})
        AND {REAL}
)
SELECT day, 'failed' AS name, said.script AS key, count(*) AS n
FROM called JOIN message AS said ON said.seq = called.after
JOIN days ON called.created_at >= begins AND called.created_at < ends
WHERE said.script NOT IN ({_CALLS}) AND called.created_at - said.created_at <= {SOON_S}
GROUP BY day, said.script"""
# Each by its place in the index: of a day's thousands of scripts only those are read.
USES = """
SELECT key AS script, name, CAST(sum(n) AS BIGINT) AS n FROM figure
WHERE day IN (SELECT value FROM texts($1)) AND name IN ('script', 'failed')
    AND key IN (SELECT value FROM texts($2))
GROUP BY key, name"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    times: int  # it was said or sent
    failed: int = 0  # a person was called soon after it

    @property
    def success(self) -> float | None:
        """The share of uses, 0..1, after which nobody wanted a person; None: it was not used."""
        return max(0.0, 1 - self.failed / self.times) if self.times else None


NEVER = Use(times=0)


async def uses_of(database: Database, scripts: Iterable[str], today: date) -> Mapping[str, Use]:
    """How these scripts were used in the LATELY_DAYS up to `today`, as far as Figures has counted;
    those that were not are left out."""
    days = given((today - timedelta(days=back)).isoformat() for back in range(LATELY_DAYS))
    found: dict[str, dict[str, int]] = {}
    for row in await database.rows(USES, days, given(scripts)):
        found.setdefault(row["script"], {})[row["name"]] = row["n"]
    return {
        script: Use(times=told.get("script", 0), failed=told.get("failed", 0))
        for script, told in found.items()
    }
