"""Reads the questions that were not answered, in pieces so that the bot goes on meanwhile, and
those that somebody has put aside."""

from collections.abc import Sequence

from bot.clock import turn
from bot.scripts.normalise import normalise
from bot.store.records import LAST
from bot.store.scripts.asked import Asked, asked_of
from bot.store.scripts.versions import Act
from bot.store.sql import Database, Rows, given

AT_ONCE = 5000  # events that one statement looks through
LONGEST = 200  # characters of a question that was put aside
# Two selects: SQLite finds either end at once, but both in one only by reading the whole table.
ENDS = """
SELECT coalesce((SELECT min(seq) FROM event), 0) AS first,
       coalesce((SELECT max(seq) FROM event), 0) AS last"""
READ = """
SELECT conversation, body, decision, received_at, done_at FROM event
WHERE seq >= $1 AND seq < $2 AND kind = 'MessageReceived' AND received_at >= $3
  AND (decision LIKE '%"band":"ask"%' OR decision LIKE '%"band":"handover"%'
       OR decision LIKE '%"left":[%')
ORDER BY conversation, seq"""
PUT_ASIDE = """
INSERT INTO dismissed_question (question, who, why, at)
SELECT value, $2, $3, $4 FROM texts($1) WHERE true
ON CONFLICT (question) DO UPDATE SET who = excluded.who, why = excluded.why, at = excluded.at"""
ASIDE = "SELECT question FROM dismissed_question"


async def unanswered(database: Database, since: float, most: int = LAST) -> list[Asked]:
    """The newest `most` questions since then (Unix seconds) that got a menu or a person, or an
    answer to only a part of them; the oldest first."""
    ends = (await database.rows(ENDS))[0]
    found: Rows = []
    last = int(ends["last"]) + 1
    while last > int(ends["first"]) and len(found) < most:  # from the newest on
        first = max(last - AT_ONCE, int(ends["first"]))
        found = await database.rows(READ, first, last, since) + found
        last = first
        await turn()
    return asked_of(found)[-most:]


async def put_aside(database: Database, questions: Sequence[str], act: Act) -> None:
    """Note that these questions need no answer; `act` says who decided so and why."""
    wanted = dict.fromkeys(normalise(one)[:LONGEST] for one in questions)
    rows = given(filter(None, wanted))
    await database.rows(PUT_ASIDE, rows, act.who, act.note, act.at)


async def aside(database: Database) -> frozenset[str]:
    """Normalised questions that were put aside."""
    return frozenset(str(row["question"]) for row in await database.rows(ASIDE))
