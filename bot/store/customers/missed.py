"""Customers who were added without a callback: nobody has welcomed them."""

from collections.abc import Iterable

from bot.store.customers.contacts import Find, Kind, Told
from bot.store.customers.sync_rounds import Round, SyncRounds
from bot.store.presence import Away
from bot.store.sql import Database, Queries, Rows, given, one_number

DAYS = 7  # whoever was added before would wonder at a welcome
GIVEN = frozenset({201, 202})  # add_way: shared by a colleague, assigned by the company (92114)
WELCOMED = "SELECT 1 FROM message WHERE seq > $1 AND via = 'welcome_code' LIMIT 1"
NEWEST = "SELECT coalesce(max(seq), 0) AS n FROM message"
KNOWN = """
    SELECT customer FROM contact
    WHERE member = $1 AND customer IN (SELECT value FROM texts($2))"""
_FOUND = "FROM sync_find AS f JOIN contact AS c ON c.customer = f.customer AND c.member = f.member"
# The clocks of WeCom and ours may differ by a minute.
UNTOLD = f"""
    SELECT DISTINCT f.customer, f.member, c.added_at, c.state {_FOUND}
    WHERE f.kind = 'missed' AND c.lost_at IS NULL AND c.added_at > $1 AND c.added_at < $2
    AND f.at > $3 AND NOT EXISTS (
        SELECT 1 FROM event AS e WHERE e.conversation = 'contact:' || f.member || ':' || f.customer
        AND e.kind IN ('CustomerAdded', 'CustomerMissed') AND e.received_at >= c.added_at - 60)
    ORDER BY c.added_at, f.customer LIMIT 500"""
MEANWHILE = f"""
    SELECT count(DISTINCT f.customer) AS n {_FOUND}
    WHERE f.kind = 'missed' AND c.added_at >= $1 AND c.added_at < $2"""


class Missing:
    """Tells customers who were missed from others whom a comparison with WeCom finds: old ones,
    those of members who are new to us, and those whom a colleague handed over."""

    def __init__(self, database: Database, rounds: SyncRounds) -> None:
        self._database, self._rounds = database, rounds
        self._welcomes, self._looked = False, 0  # whether we do; up to which message we know

    async def among(self, told: Iterable[Told], finds: Iterable[Find], now: float) -> list[Find]:
        """Those of `finds` who became contacts since the last round (7 days back at most) of a
        member whose customers that round knew, and whom no colleague or the company passed on.
        A callback may still be on its way: `MissedTable.untold` leaves out those of whom one has
        come."""
        had = {(one.customer, had.member): had for one in told for had in one.had}
        new = [find for find in finds if find.kind is Kind.ADDED]
        before = await self._before() if new else None
        if before is None:
            return []
        since = max(before.begun_at, now - DAYS * 86_400)
        members = before.members
        return [
            Find(find.customer, find.member, Kind.MISSED)
            for find in new
            if find.member in members
            and (one := had[find.customer, find.member]).added_at > since
            and one.way not in GIVEN
        ]

    async def _before(self) -> Round | None:
        """The last round that came to its end. None: there was none, or we never welcomed anybody:
        then WeCom does, with the words set in its console, and gives us no welcome code."""
        if not self._welcomes:
            newest = await one_number(self._database, NEWEST)
            self._welcomes = bool(await self._database.rows(WELCOMED, self._looked))
            self._looked = newest
        return await self._rounds.ended() if self._welcomes else None

    async def members(self) -> frozenset[str]:
        """The members of whose new customers we should have been told."""
        before = await self._before()
        return before.members if before else frozenset()

    async def unknown(self, member: str, customers: Iterable[str]) -> set[str]:
        """Those of `customers` of whom we never heard that they are with `member`."""
        ids = sorted(customers)
        rows = await self._database.rows(KNOWN, member, given(ids))
        return set(ids).difference(row["customer"] for row in rows)


class MissedTable(Queries):
    async def untold(self, after: float, before: float, since: float) -> Rows:
        """Missed customers of whom no event tells yet: customer, member, added_at, state.

        Args:
            after, before: they were added between these moments (Unix seconds).
            since: they were found to be missed after this one. Of earlier ones an event may have
                told that is deleted by now.
        """
        return await self._database.rows(UNTOLD, after, before, since)

    async def during(self, away: Away) -> int:
        """How many customers were missed during an absence, as far as is known."""
        return await one_number(self._database, MEANWHILE, away.since, away.until)
