"""When the program was running, as it notes each minute, and so when it was not.

One row for each stretch. Several processes on one database share it: it tells whether any of them
was running.
"""

from dataclasses import dataclass

from bot.store.sql import Queries

KEEP_S = 90 * 86_400.0
AWAY_S = 180.0  # unseen for so long it was away
BEAT = """
    UPDATE presence SET seen_at = $1
    WHERE seq = (SELECT max(seq) FROM presence) AND seen_at > $2"""
BEGIN = """
    INSERT INTO presence (began_at, seen_at, looked_at)
    VALUES ($1, $1, CASE WHEN EXISTS (SELECT 1 FROM presence) THEN NULL
                    ELSE CAST($1 AS DOUBLE PRECISION) END)"""
AWAY = """
    SELECT now.seq, before.seen_at AS since, now.began_at AS until, now.looked_at
    FROM presence AS now JOIN presence AS before
        ON before.seq = (SELECT max(seq) FROM presence WHERE seq < now.seq)
    WHERE now.began_at > $1 ORDER BY now.seq DESC LIMIT 50"""
LOOKED = "UPDATE presence SET looked_at = $1 WHERE looked_at IS NULL AND began_at <= $1"
FORGET = """
    DELETE FROM presence WHERE seen_at < $1 AND seq < (SELECT max(seq) - 1 FROM presence)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A span in which the program was not running. Moments are Unix seconds."""

    seq: int
    since: float
    until: float
    looked_at: float | None  # when whom it missed was looked for; None: not yet

    @property
    def long(self) -> bool:
        """Whether it was longer than a restart takes."""
        return self.until - self.since >= AWAY_S


class Presence(Queries):
    async def beat(self, now: float, *, all_along: bool = False) -> None:
        """Note that the program is running.

        Args:
            all_along: whether it has been running since the last time, whatever the clock says.
        """
        if not await self._database.change(BEAT, now, 0.0 if all_along else now - AWAY_S):
            await self.begin(now)

    async def begin(self, now: float) -> None:
        """Note that the program is running again."""
        await self._database.change(BEGIN, now)
        await self._database.change(FORGET, now - KEEP_S)

    async def away(self, after: float) -> list[Away]:
        """The absences that ended after that moment, the newest first."""
        return [Away(**row) for row in await self._database.rows(AWAY, after)]

    async def looked(self, now: float) -> None:
        """Note that customers whom the program missed until now have been looked for."""
        await self._database.change(LOOKED, now)
