"""Counts by day what the bot answered, left to people, or kept silent about.

Events are counted once, in the order of arrival, and only when all before them are done. How far
counting has come is kept in the same transaction, and only if it began where the last count ended:
a restart neither forgets nor repeats, and no commit has to wait for counting. Chats with made-up
customers with whom members practise are not counted.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.plans.condition import PRACTICE
from bot.store.scripts.uses import DAYS, FAILED, REAL
from bot.store.sql import Database, Rows, Source, given, given_as, one_number

# Events in one count, which may part the pieces of one question; 5,000 took 3 MB more.
MOST = 1_000
MARK = "SELECT n FROM figure WHERE day = '' AND name = $1 AND key = ''"
MOVE = """
INSERT INTO figure (day, name, key, n)
VALUES ('', CAST($1 AS TEXT), '', CAST($2 AS BIGINT))
ON CONFLICT (day, name, key) DO UPDATE SET n = excluded.n WHERE figure.n = $3
RETURNING n"""
EVENTS_END = """
SELECT coalesce(max(seq), 0) AS last FROM (
    SELECT seq FROM event WHERE seq > $1 AND seq <= $2
    AND seq < coalesce((SELECT min(seq) FROM event WHERE state = 0), $2 + 1)
    ORDER BY seq LIMIT $3
) AS next"""
MESSAGES_END = """
SELECT coalesce(max(seq), 0) AS last
FROM (SELECT seq FROM message WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3) AS next"""
NEWEST = """
SELECT (SELECT coalesce(max(seq), 0) FROM event) AS event,
       (SELECT coalesce(max(seq), 0) FROM message) AS message"""
ANY = {"event": 2**62, "message": 2**62}
SPAN_OF = "SELECT min({at}) AS first, max({at}) AS last FROM {table} WHERE seq > $1 AND seq <= $2"
# By an index of only these customers. The name of a conversation ends with its customer.
PRACTISING = f"""
SELECT id FROM customer WHERE substr(source, 1, {len(PRACTICE)}) = '{PRACTICE}'"""
# The pieces of one question are done together, with one decision: they count as one.
# A welcome counts when it is decided, and is taken back when it turns out to reach nobody. Waits
# are in tenths of a second, from a minute on in minutes: enough for a median, and few rows a day.
OUTCOMES = f"""
WITH told AS (
    SELECT received_at, done_at, conversation, kind,
           json(decision) AS why, substr(conversation, 1, 3) AS place,
           json(body) ->> 'source' AS source, json(body) ->> 'via' AS via
    FROM event WHERE seq > $1 AND seq <= $2 AND decision IS NOT NULL AND {REAL}
), named AS (
    SELECT received_at, done_at, conversation,
        CASE place WHEN 'kf:' THEN 'kf' WHEN 'bot' THEN 'bot' WHEN 'app' THEN 'app'
            WHEN 'con' THEN 'contact' WHEN 'gro' THEN 'group' ELSE 'other' END AS channel,
        CASE WHEN (why ->> 'handed_over') IS NOT NULL THEN 'handed_over'
            WHEN kind = 'MessageReceived' AND (why ->> 'said') IS NOT NULL THEN
                CASE WHEN ((why -> 'match') ->> 'band') = 'ask' THEN 'asked' ELSE 'answered' END
            WHEN kind IN ('CustomerAdded', 'ArchiveConsented', 'SessionEntered', 'ChatEntered')
                AND (why ->> 'said') IS NOT NULL THEN 'welcomed'
            WHEN kind = 'DeliveryFailed' AND via = 'welcome_code' THEN 'unwelcomed'
            WHEN kind = 'MessageReceived' THEN 'silent'
            WHEN kind = 'CustomerLost' AND source = 'DELETE_BY_TRANSFER' THEN NULL
            WHEN kind = 'CustomerLost' THEN 'lost'
            WHEN kind = 'StaffReplied' THEN 'by_staff'
            WHEN kind = 'StaffSent' THEN 'by_sidebar'
        END AS name
    FROM told
), once AS (
    SELECT name, channel, conversation, done_at,
           min(received_at) AS received_at, max(received_at) AS last_at
    FROM named WHERE name IS NOT NULL GROUP BY name, channel, conversation, done_at
), days AS {DAYS}, dated AS (
    SELECT day, name, channel, done_at - last_at AS wait_s
    FROM once JOIN days ON received_at >= begins AND received_at < ends
)
SELECT day, CASE name WHEN 'unwelcomed' THEN 'welcomed' ELSE name END AS name, channel AS key,
       CAST(sum(CASE name WHEN 'unwelcomed' THEN -1 ELSE 1 END) AS BIGINT) AS n
FROM dated GROUP BY 1, 2, 3
UNION ALL
SELECT day, 'wait' AS name,
       CAST(CAST(CASE WHEN wait_s < 0 THEN 0 WHEN wait_s < 60 THEN round(wait_s * 10)
           WHEN wait_s < 3600 THEN 600 * round(wait_s / 60) ELSE 36000 END AS INTEGER) AS TEXT)
       AS key, count(*) AS n
FROM dated WHERE name IN ('answered', 'asked') GROUP BY 1, 2, 3"""
# Words and attachments of one answer are messages of their own: they count as one.
SAID = f"""
WITH days AS {DAYS}
SELECT day, 'script' AS name, script AS key,
       count(DISTINCT event_id || ' ' || coalesce(json(body) ->> 'to', id)) AS n
FROM message JOIN days ON created_at >= begins AND created_at < ends
WHERE seq > $1 AND seq <= $2 AND script <> '' AND {REAL}
GROUP BY day, script"""
SENT = f"""
WITH days AS {DAYS}, used AS (
    SELECT json(body) ->> 'script' AS script, received_at FROM event
    WHERE seq > $1 AND seq <= $2 AND kind = 'StaffSent' AND {REAL}
)
SELECT day, 'script' AS name, script AS key, count(*) AS n
FROM used JOIN days ON received_at >= begins AND received_at < ends
WHERE script <> '' GROUP BY day, script"""
ADD = f"""
INSERT INTO figure (day, name, key, n)
SELECT * FROM {given_as(1, "day TEXT, name TEXT, key TEXT, n BIGINT")} AS one WHERE true
ON CONFLICT (day, name, key) DO UPDATE SET n = figure.n + excluded.n"""
OF_DAYS = """
SELECT day, name, key, n FROM figure
WHERE day >= $1 AND day <= $2 AND name NOT IN ('script', 'failed', 'wait')
ORDER BY day"""
WAITED = """
SELECT CAST(key AS INTEGER) AS tenths, sum(n) AS n FROM figure
WHERE name = 'wait' AND day >= $1 AND day <= $2 GROUP BY 1 ORDER BY 1"""
MOST_SAID = """
SELECT key AS script, sum(n) AS n FROM figure
WHERE name = 'script' AND day >= $1 AND day <= $2 AND key NOT LIKE 'system/%' GROUP BY key
ORDER BY sum(n) DESC, key LIMIT 10"""
TOUCHED = """
SELECT state, rule, max(zh) AS zh, max(en) AS en, count(*) AS n FROM touch
WHERE state > 1 AND state < 5 AND settled_at >= $1 AND settled_at < $2
GROUP BY state, rule ORDER BY count(*) DESC, state, rule"""


# Name of what is counted; table; where a count ends; column of the moment; statements that count.
COUNTED = (
    ("events", "event", EVENTS_END, "received_at", (OUTCOMES, SENT)),
    ("messages", "message", MESSAGES_END, "created_at", (SAID,)),
    ("calls", "message", MESSAGES_END, "created_at", (FAILED,)),
)


class _Counted(Exception):
    """Another process has just counted the same."""


class Figures:
    """Counts events and messages by day, and tells what was counted.

    Args:
        zone: the company's, whose days count.
        shared: whether other processes write, too. Then a row with a lower number may be committed
            later than one with a higher number, so only what was there at the last count counts.
    """

    def __init__(self, database: Database, zone: ZoneInfo, *, shared: bool = False) -> None:
        self._database, self._zone, self._shared = database, zone, shared
        self._there: Mapping[str, int] = {"event": 0, "message": 0} if shared else ANY

    async def count(self) -> None:
        """Count what has been done since the last time."""
        upto = self._there
        if self._shared:
            self._there = (await self._database.rows(NEWEST))[0]
        while await self._count_some(upto):
            pass

    async def _count_some(self, upto: Mapping[str, int]) -> bool:
        source = self._database
        practice = given(row["id"] for row in await source.rows(PRACTISING))
        moves: list[tuple[str, int, int]] = []
        found: list[Rows] = []
        for name, table, end, at, texts in COUNTED:
            seen = await _mark(source, name)
            last = await one_number(source, end, seen, upto[table], MOST)
            if last:
                days = await self._days(source, table, at, seen, last)
                for text in texts:
                    found.append(await source.rows(text, seen, last, days, practice))
                moves.append((name, last, seen))
        with suppress(_Counted):
            async with source.transaction() as kept:
                for move in moves:
                    if not await kept.rows(MOVE, *move):
                        raise _Counted
                for counted in found:  # two of them may count the same script
                    await _add(kept, counted)
        return bool(moves)

    async def _days(self, source: Source, table: str, at: str, seen: int, last: int) -> str:
        """The days of some rows as a value of SQL: each with when it begins and ends."""
        span = (await source.rows(SPAN_OF.format(table=table, at=at), seen, last))[0]
        first, final = (
            datetime.fromtimestamp(span[name], self._zone).date() for name in ("first", "last")
        )
        days = [first + timedelta(days=n) for n in range((final - first).days + 1)]
        return given([day.isoformat(), *self.bounds(day, day)] for day in days)

    def bounds(self, first: date, last: date) -> tuple[float, float]:
        """When day `first` begins and day `last` ends, in Unix seconds."""
        begins = datetime.combine(first, time(), self._zone).timestamp()
        ends = datetime.combine(last + timedelta(days=1), time(), self._zone).timestamp()
        return begins, ends

    async def of_days(self, first: date, last: date) -> Rows:
        """What was counted from day `first` to `last`, except by script: day, name, key, n."""
        return await self._database.rows(OF_DAYS, first.isoformat(), last.isoformat())

    async def median_wait_s(self, first: date, last: date) -> float | None:
        """The median of how long customers waited where the bot answered, in seconds: from their
        last words to the decision. None: it answered nothing.

        A single one who waited for a restart would move a mean, but not the median.
        """
        rows = await self._database.rows(WAITED, first.isoformat(), last.isoformat())
        left = (sum(int(row["n"]) for row in rows) + 1) // 2
        for row in rows:
            left -= int(row["n"])
            if left <= 0:
                return int(row["tenths"]) / 10
        return None

    async def most_said(self, first: date, last: date) -> Rows:
        """The ten scripts that were said most often, without system/…: script, n."""
        return await self._database.rows(MOST_SAID, first.isoformat(), last.isoformat())

    async def touched(self, first: date, last: date) -> Rows:
        """How touches ended in these days, the most frequent first: state, rule, zh, en, n."""
        return await self._database.rows(TOUCHED, *self.bounds(first, last))


async def _mark(source: Source, name: str) -> int:
    rows = await source.rows(MARK, name)
    return int(rows[0]["n"]) if rows else 0


async def _add(source: Source, rows: Rows) -> None:
    if rows:
        await source.rows(
            ADD, given([row["day"], row["name"], row["key"], row["n"]] for row in rows)
        )
