"""The places (名额) under the caps that touches hold, and how they are given back.

A touch keeps in its own row (touch.reserved) what it has taken and in which periods. The
transaction that settles a touch as not sent gives its place back and empties the row, so each
place is given back once, and only in the periods in which it was taken. What was sent, or may have
arrived, keeps its place.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from bot.store.sql import Source, given, given_as
from bot.store.touch.ledger import Periods, numbers_of

Numbers = tuple[int, int, int, int]  # of hour, day, week and month
HELD = "touch.seq, touch.customer, touch.reserved"  # for RETURNING: see `held`
# The last one may have been theirs: then it is that of whatever else holds a place still. To-dos
# of a member lie with other customers, so theirs stays.
_LESS = """
    UPDATE tally SET
        hour_n = hour_n - CASE WHEN tally.hour = gone.hour AND hour_n >= n THEN n ELSE 0 END,
        day_n = day_n - CASE WHEN tally.day = gone.day AND day_n >= n THEN n ELSE 0 END,
        week_n = week_n - CASE WHEN tally.week = gone.week AND week_n >= n THEN n ELSE 0 END,
        month_n = month_n - CASE WHEN tally.month = gone.month AND month_n >= n THEN n ELSE 0 END,
        last_at = CASE WHEN substr(tally.subject, 1, 2) = 'm:' THEN tally.last_at ELSE coalesce(
            (SELECT max(CASE WHEN other.settled_at > tally.last_at THEN tally.last_at
                             ELSE other.settled_at END)
             FROM touch AS other
             WHERE other.customer = gone.customer AND other.seq <> gone.seq
               AND replace(other.reserved, '"' || tally.subject || '"', '') <> other.reserved),
            CASE WHEN month_n <= CASE WHEN tally.month = gone.month THEN n ELSE 0 END THEN 0.0
                 ELSE tally.last_at END) END
    FROM ({gone}) AS gone WHERE tally.subject = gone.subject"""
GIVE_BACK = _LESS.replace(
    "{gone}",
    """
    SELECT CAST(value ->> 0 AS TEXT) AS subject, CAST(value ->> 1 AS TEXT) AS customer,
           CAST(value ->> 2 AS INTEGER) AS n, 0 AS seq, CAST($2 AS INTEGER) AS hour,
           CAST($3 AS INTEGER) AS day, CAST($4 AS INTEGER) AS week, CAST($5 AS INTEGER) AS month
    FROM given($1)""",
)
HOLD = f"""
    UPDATE touch SET reserved = one.reserved
    FROM {given_as(1, "seq BIGINT, reserved TEXT")} AS one
    WHERE touch.seq = one.seq"""

# ---- of one touch, in the journal's order after its end: see bot/store/touch/statements.py

# A touch may be several messages: while one of them waits or may have arrived, its place stays.
ENDED_UNSENT = """touch.customer = ? AND touch.plan = ? AND touch.slot = ?
    AND touch.state IN (3, 4) AND touch.reserved <> '' AND NOT EXISTS (
        SELECT 1 FROM message WHERE message.event_id = touch.task AND message.state <> 3)"""
GIVE_BACK_ONE = _LESS.replace(
    "{gone}",
    f"""
    SELECT one.value AS subject, touch.customer, 1 AS n, touch.seq,
           CAST(touch.reserved ->> 0 AS INTEGER) AS hour,
           CAST(touch.reserved ->> 1 AS INTEGER) AS day,
           CAST(touch.reserved ->> 2 AS INTEGER) AS week,
           CAST(touch.reserved ->> 3 AS INTEGER) AS month
    FROM touch, json_each(nullif(touch.reserved, ''), '$[4]') AS one WHERE {ENDED_UNSENT}""",
)
EMPTY_ONE = f"UPDATE touch SET reserved = '' WHERE {ENDED_UNSENT}"
KEEP_ONE = """
    UPDATE touch SET reserved = ''
    WHERE customer = ? AND plan = ? AND slot = ? AND state IN (3, 4)"""


class Held(NamedTuple):
    """A touch and its place."""

    seq: int
    customer: str
    periods: Numbers  # in which it was taken
    subjects: tuple[str, ...]  # as in table tally; () = it holds none

    @property
    def hour(self) -> int:
        return self.periods[0]


def written(subjects: Iterable[str], periods: Numbers) -> str:
    """The text for touch.reserved."""
    found = sorted(subjects)
    return orjson.dumps([*periods, found]).decode() if found else ""


def place(subjects: Iterable[str], periods: Periods) -> str:
    """For touch.reserved: what is taken in these periods."""
    return written(subjects, numbers_of(periods))


def held(row: Mapping[str, Any]) -> Held:
    """Of a row with the columns `HELD`."""
    *periods, subjects = orjson.loads(row["reserved"] or "[0, 0, 0, 0, []]")
    hour, day, week, month = periods
    return Held(row["seq"], row["customer"], (hour, day, week, month), tuple(subjects))


def _everything(_: str) -> bool:
    return True


async def give_back(
    source: Source, touches: Iterable[Held], which: Callable[[str], bool] = _everything
) -> None:
    """Give back the places of touches that the same transaction settles as not sent.

    Args:
        touches: as they came out of the statement that settled them, so that nobody else settles
            them at the same time.
        which: subjects; the others stay taken.
    """
    gone: dict[Numbers, Counter[str]] = defaultdict(Counter)
    whose: dict[str, str] = {}
    left: list[tuple[int, str]] = []
    for one in touches:
        if one.subjects:
            given_back = {subject for subject in one.subjects if which(subject)}
            gone[one.periods].update(given_back)
            whose.update(dict.fromkeys(given_back, one.customer))
            left.append((one.seq, written({*one.subjects} - given_back, one.periods)))
    if left:
        await hold(source, left)
    for periods, counts in sorted(gone.items()):
        rows = [(subject, whose[subject], number) for subject, number in sorted(counts.items())]
        await source.rows(GIVE_BACK, given(rows), *periods)


async def hold(source: Source, places: Iterable[tuple[int, str]]) -> None:
    """Note with touches, by their numbers, what they have taken (see `place`)."""
    await source.rows(HOLD, given(places))
