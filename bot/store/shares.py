"""Which machine works on which conversations: a share is a number that conversations hash to.

A share belongs to one machine until its lease is over; another one takes it by compare-and-set.
The clock is the database's, so machines need not agree on the time. The table is of no use once
the last machine has stopped, so it is not part of migrations and exports.
"""

from collections.abc import Collection, Mapping
from hashlib import md5

import orjson

from bot.store.sql import Database, Rows, given
from bot.store.statements import doubt_claimed, open_messages

LEASE_S = 10.0  # a machine not heard of for this long has lost its shares
LAY_OUT = (
    """
    CREATE TABLE IF NOT EXISTS share (
        number INTEGER PRIMARY KEY, owner TEXT NOT NULL DEFAULT '',
        epoch BIGINT NOT NULL DEFAULT 0, until DOUBLE PRECISION NOT NULL DEFAULT 0)""",
    """
    CREATE TABLE IF NOT EXISTS machine (id TEXT PRIMARY KEY, until DOUBLE PRECISION NOT NULL)""",
    """
    CREATE TABLE IF NOT EXISTS nightly (name TEXT PRIMARY KEY, at DOUBLE PRECISION NOT NULL)""",
    "ALTER TABLE machine ADD COLUMN IF NOT EXISTS reads BOOLEAN NOT NULL DEFAULT TRUE",
    "ALTER TABLE machine ADD COLUMN IF NOT EXISTS files TEXT NOT NULL DEFAULT ''",
)
_NOW = "CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)"
_LEASE = f"{_NOW} + {LEASE_S}"
SERVED = f"SELECT count(*) AS n, count(*) FILTER (WHERE until > {_NOW}) AS held FROM share"
CLEAR = "DELETE FROM share RETURNING number"
NUMBERS = """
    INSERT INTO share (number) SELECT generate_series(0, CAST($1 AS INTEGER) - 1)
    ON CONFLICT (number) DO NOTHING RETURNING number"""
ALIVE = f"""
    INSERT INTO machine (id, until, reads) VALUES ($1, {_LEASE}, $2)
    ON CONFLICT (id) DO UPDATE SET until = excluded.until, reads = excluded.reads RETURNING id"""
MACHINES = f"""
    SELECT count(*) AS alive, count(*) FILTER (WHERE reads) AS reading
    FROM machine WHERE until > {_NOW}"""
SHOW = "UPDATE machine SET files = $2 WHERE id = $1 RETURNING id"
OTHERS = f"""
    SELECT id, files FROM machine
    WHERE until > {_NOW} AND id <> $1 AND files <> '' AND files <> $2"""
BURY = f"DELETE FROM machine WHERE until < {_NOW} - 3600 OR id = $1 RETURNING id"
RENEW = f"UPDATE share SET until = {_LEASE} WHERE owner = $1 RETURNING number, epoch"
CLAIM = f"""
    UPDATE share SET owner = $1, epoch = epoch + 1, until = {_LEASE}
    WHERE number IN (
        SELECT number FROM share WHERE until < {_NOW} ORDER BY random() LIMIT $2
        --skip locked
    ) RETURNING number, epoch"""
BEGINS = """
    INSERT INTO nightly (name, at) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET at = excluded.at WHERE nightly.at < excluded.at
    RETURNING name"""
RELEASE = """
    UPDATE share SET owner = '', until = 0
    WHERE owner = $1 AND number IN (SELECT CAST(value AS INTEGER) FROM texts($2))
    RETURNING number"""
# As `share_of` reckons it; of how many, and the list of ours.
_OURS = """mod(CAST(CAST('x0' || left(md5(conversation), 7) AS bit(32)) AS INTEGER), {})
    IN (SELECT CAST(value AS INTEGER) FROM texts({}))"""
WAITING = open_messages(_OURS.format("$4", "$5"))
DOUBT = doubt_claimed(_OURS.format("$3", "$4"))
TAKE_IN_HAND = "UPDATE message SET state = 1 WHERE id = $1 AND state = 0 RETURNING id"
STILL_WAITS = "SELECT id FROM message WHERE id = $1 AND state = 0"


def share_of(conversation: str, shares: int) -> int:
    return int(md5(conversation.encode(), usedforsecurity=False).hexdigest()[:7], 16) % shares


class ShareTable:
    """
    Args:
        me: the name of this process, not used by any before.
        shares: how many there are.
    """

    def __init__(self, database: Database, me: str, shares: int) -> None:
        self._database, self._me, self.shares = database, me, shares

    async def lay_out(self) -> tuple[int, bool]:
        """Make the tables; returns how many shares there were (0: none), and whether one is
        held."""
        for statement in LAY_OUT:
            await self._database.rows(statement)
        row = (await self._database.rows(SERVED))[0]
        return int(row["n"]), bool(row["held"])

    async def begin(self, *, anew: bool) -> None:
        if anew:
            await self._database.rows(CLEAR)
        await self._database.rows(NUMBERS, self.shares)

    async def renew(self, *, reads: bool) -> Mapping[int, int]:
        """Renew our leases; returns the shares that are still ours, with their epochs.

        Args:
            reads: whether we reach the stream.
        """
        await self._database.rows(ALIVE, self._me, reads)
        return _epochs(await self._database.rows(RENEW, self._me))

    async def machines(self) -> tuple[int, int]:
        """How many are alive, and how many of those reach the stream."""
        row = (await self._database.rows(MACHINES))[0]
        return int(row["alive"]), int(row["reading"])

    @property
    def name(self) -> str:
        """What people see of this process: the machine's name, and its number there."""
        return _shown(self._me)

    async def others(self, files: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
        """Publish our files, name → digest; returns those of each process that differ."""
        text = orjson.dumps(files, option=orjson.OPT_SORT_KEYS).decode()
        await self._database.rows(SHOW, self._me, text)
        rows = await self._database.rows(OTHERS, self._me, text)
        return {_shown(row["id"]): orjson.loads(row["files"]) for row in rows}

    async def claim(self, number: int) -> Mapping[int, int]:
        """Take at most so many more of those that nobody holds."""
        return _epochs(await self._database.rows(CLAIM, self._me, number))

    async def release(self, shares: Collection[int]) -> None:
        await self._database.rows(RELEASE, self._me, given(shares))

    async def leave(self) -> None:
        await self._database.rows(BURY, self._me)

    async def begins(self, name: str, at: float) -> bool:
        """Whether this process does what was due at that moment; False: another one has begun."""
        return bool(await self._database.rows(BEGINS, name, at))

    async def waiting(self, shares: Collection[int], after: int, most: int, ways: str) -> Rows:
        """Messages of these shares, by seq from `after` on; `ways` as `open_messages` has it."""
        return await self._database.rows(WAITING, after, most, ways, self.shares, given(shares))

    async def doubt(self, share: int, now: float, note: str) -> list[str]:
        """Make doubtful what was on its way when the share was lost; returns the ids."""
        rows = await self._database.rows(DOUBT, now, note, self.shares, given([share]))
        return [row["id"] for row in rows]

    async def take_in_hand(self, message: str) -> bool:
        """Claim a message; False: somebody else has settled it, or is working on it."""
        return bool(await self._database.rows(TAKE_IN_HAND, message))

    async def still_waits(self, message: str) -> bool:
        return bool(await self._database.rows(STILL_WAITS, message))


def _shown(process: str) -> str:
    return process.rpartition(":")[0]


def _epochs(rows: Rows) -> Mapping[int, int]:
    return {row["number"]: row["epoch"] for row in rows}
