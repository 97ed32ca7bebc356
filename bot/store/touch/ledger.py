"""The ledger (台账): how much of the caps is used, and who gets what is left.

A slot is taken by one upsert that contains the limits, so two workers can never both get the last
one; a touch takes one slot of each of its subjects, or none.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from bot.clock import moment
from bot.store.sql import Queries, Source, given
from bot.touch.touch import Tally

ENOUGH = 2**30  # a number that nobody reaches: no limit
QUOTA = "q:"  # begins the subjects of mass messages
FOREVER = 1e18  # Unix seconds
TRIES = 20  # tries of a batch that others keep overtaking

TALLIES = """
    SELECT subject, hour, hour_n, day, day_n, week, week_n, month, month_n, last_at FROM tally
    WHERE subject IN (SELECT value FROM texts($1))"""
# A period later than ours comes from a machine whose clock is ahead: it counts as ours.
RESERVE = """
    INSERT INTO tally (subject, hour, hour_n, day, day_n, week, week_n, month, month_n, last_at)
    SELECT CAST(value ->> 0 AS TEXT),
           CAST($2 AS INTEGER), CAST(value ->> 1 AS INTEGER),
           CAST($3 AS INTEGER), CAST(value ->> 1 AS INTEGER),
           CAST($4 AS INTEGER), CAST(value ->> 1 AS INTEGER),
           CAST($5 AS INTEGER), CAST(value ->> 1 AS INTEGER),
           CAST($6 AS DOUBLE PRECISION)
    FROM given($1) WHERE true ORDER BY 1
    ON CONFLICT (subject) DO UPDATE SET
        hour = CASE WHEN tally.hour > excluded.hour THEN tally.hour ELSE excluded.hour END,
        day = CASE WHEN tally.day > excluded.day THEN tally.day ELSE excluded.day END,
        week = CASE WHEN tally.week > excluded.week THEN tally.week ELSE excluded.week END,
        month = CASE WHEN tally.month > excluded.month THEN tally.month ELSE excluded.month END,
        hour_n = excluded.hour_n
               + CASE WHEN tally.hour >= excluded.hour THEN tally.hour_n ELSE 0 END,
        day_n = excluded.day_n + CASE WHEN tally.day >= excluded.day THEN tally.day_n ELSE 0 END,
        week_n = excluded.week_n
               + CASE WHEN tally.week >= excluded.week THEN tally.week_n ELSE 0 END,
        month_n = excluded.month_n
                + CASE WHEN tally.month >= excluded.month THEN tally.month_n ELSE 0 END,
        last_at = CASE WHEN tally.last_at > excluded.last_at
                       THEN tally.last_at ELSE excluded.last_at END
    WHERE CASE WHEN tally.hour >= excluded.hour THEN tally.hour_n ELSE 0 END
            <= $7 - excluded.hour_n
        AND CASE WHEN tally.day >= excluded.day THEN tally.day_n ELSE 0 END
            <= $8 - excluded.day_n
        AND CASE WHEN tally.week >= excluded.week THEN tally.week_n ELSE 0 END
            <= $9 - excluded.week_n
        AND CASE WHEN tally.month >= excluded.month THEN tally.month_n ELSE 0 END
            <= $10 - excluded.month_n
        AND tally.last_at <= $11
    RETURNING subject"""
LAST_AT = """
    UPDATE tally SET last_at = CAST($2 AS DOUBLE PRECISION)
    WHERE subject IN (SELECT value FROM texts($1)) AND last_at < $2"""


def subject_of(key: str, customer: str, member: str = "") -> str:
    """The row of table tally for a key of `Facts.tallies`: "customer", "customer:promotion",
    "mass" (企业群发), "group", "member"."""
    match key:
        case "mass":
            return f"{QUOTA}{customer}"
        case "member":
            return f"m:{member}"
        case "group":
            return f"g:{customer}"
    return f"c:{customer}{key.removeprefix('customer')}"


class Periods(Protocol):
    """The periods that contain a moment, in the company's zone, as numbers that grow by one."""

    @property
    def hour(self) -> int: ...
    @property
    def day(self) -> int: ...
    @property
    def week(self) -> int: ...
    @property
    def month(self) -> int: ...


class Limit(NamedTuple):
    """How many one subject may have in each period, and the gap between them."""

    hour: int = ENOUGH
    day: int = ENOUGH
    week: int = ENOUGH
    month: int = ENOUGH
    gap_s: float = 0.0


FREE = Limit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One touch, and what it counts against; subjects without a limit are counted too."""

    key: int  # whatever the caller knows it by
    limits: Mapping[str, Limit]  # by subject, as in table tally


@dataclass(slots=True)
class _Count:
    """A subject while a batch is looked at."""

    used: Limit  # its gap_s is not used
    last_at: float
    taken: int = 0

    def has_room(self, limit: Limit, now: float) -> bool:
        used, taken = self.used, self.taken
        last_at = now if taken else self.last_at
        return (
            used.hour + taken < limit.hour
            and used.day + taken < limit.day
            and used.week + taken < limit.week
            and used.month + taken < limit.month
            and (limit.gap_s <= 0 or last_at <= now - limit.gap_s)
        )


class Ledger(Queries):
    async def tallies(self, subjects: Iterable[str], periods: Periods) -> dict[str, Tally]:
        """What is used, for every subject."""
        found = await _read(self._database, subjects, periods)
        return {subject: _tally(count) for subject, count in found.items()}

    async def reserve(
        self,
        claims: Sequence[Claim],
        now: float,
        periods: Periods,
        within: Callable[[Source, frozenset[int]], Awaitable[None]] | None = None,
    ) -> frozenset[int]:
        """Take a slot of each subject for as many claims as there is room for, in order.

        Args:
            now: Unix seconds.
            periods: those that contain `now`.
            within: runs in the same transaction with the keys of those that may go; may raise
                NotTaken.

        Returns:
            The keys of those that may go.
        """

        async def work(transaction: Source) -> frozenset[int]:
            granted = await self._reserve(transaction, claims, now, periods)
            if within is not None and granted:
                await within(transaction, granted)
            return granted

        for _ in range(TRIES):
            try:
                return await self._database.atomic(work)
            except _Overtaken:
                continue
            except NotTaken as left_out:
                claims = [one for one in claims if one.key not in left_out.keys]
        return frozenset()  # too much contention for their caps: they wait for another turn

    async def _reserve(
        self, source: Source, claims: Sequence[Claim], now: float, periods: Periods
    ) -> frozenset[int]:
        subjects = {subject for claim in claims for subject in claim.limits}
        counts = await _read(source, subjects, periods)
        granted: list[int] = []
        limits: dict[str, Limit] = {}
        for claim in claims:
            if all(counts[one].has_room(limit, now) for one, limit in claim.limits.items()):
                granted.append(claim.key)
                for subject, limit in claim.limits.items():
                    counts[subject].taken += 1
                    limits[subject] = _tighter(limits.get(subject, FREE), limit)
        await self._take(source, counts, limits, now, periods)
        return frozenset(granted)

    async def _take(
        self, source: Source, counts: Mapping[str, _Count], limits: Mapping[str, Limit],
        now: float, periods: Periods,
    ) -> None:  # fmt: skip
        """Take one slot of each subject, or none.

        Raises:
            _Overtaken: somebody else was quicker.
        """
        groups: dict[Limit, list[str]] = defaultdict(list)
        for subject, limit in limits.items():
            groups[limit].append(subject)
        # In the same order everywhere, so that no two workers wait for each other.
        for limit, subjects in sorted(groups.items(), key=lambda group: min(group[1])):
            rows = given((subject, counts[subject].taken) for subject in sorted(subjects))
            latest = now - limit.gap_s if limit.gap_s > 0 else FOREVER
            taken = await source.rows(RESERVE, rows, *numbers_of(periods), now, *limit[:4], latest)
            if len(taken) < len(subjects):
                raise _Overtaken

    async def was_last_at(self, source: Source, subjects: Iterable[str], at: float) -> None:
        """What they are taken for arrived at `at`, within the hour in which they were taken."""
        await source.rows(LAST_AT, given(subjects), at)

    async def count(
        self, source: Source, subjects: Iterable[Iterable[str]], at: float, periods: Periods
    ) -> None:
        """Take places without asking whether there is room, for something that has happened.

        Args:
            source: the transaction.
            subjects: those of each touch.
            at: Unix seconds.
            periods: those that hold `at`.
        """
        claims = [
            Claim(key=key, limits=dict.fromkeys(some, FREE)) for key, some in enumerate(subjects)
        ]
        await self._reserve(source, claims, at, periods)


class NotTaken(Exception):
    """Raised by what is done by the transaction of a reservation: these (`keys`) may not go after
    all. Nothing is reserved for them."""

    def __init__(self, keys: Collection[int]) -> None:
        self.keys = keys


class _Overtaken(Exception):
    """Rolls back; the batch is looked at again."""


async def _read(source: Source, subjects: Iterable[str], periods: Periods) -> dict[str, _Count]:
    present = Limit(*numbers_of(periods))
    counts = {subject: _Count(Limit(0, 0, 0, 0), 0.0) for subject in subjects}
    for row in await source.rows(TALLIES, given(counts)):
        used = Limit(
            row["hour_n"] if row["hour"] >= present.hour else 0,
            row["day_n"] if row["day"] >= present.day else 0,
            row["week_n"] if row["week"] >= present.week else 0,
            row["month_n"] if row["month"] >= present.month else 0,
        )
        counts[row["subject"]] = _Count(used, row["last_at"])
    return counts


def _tally(count: _Count) -> Tally:
    used, last = count.used, count.last_at
    return Tally(
        hour=used.hour, day=used.day, week=used.week, month=used.month,
        last_at=moment(last) if last else None,
    )  # fmt: skip


def _tighter(one: Limit, other: Limit) -> Limit:
    return Limit(
        hour=min(one.hour, other.hour),
        day=min(one.day, other.day),
        week=min(one.week, other.week),
        month=min(one.month, other.month),
        gap_s=max(one.gap_s, other.gap_s),
    )


def numbers_of(periods: Periods) -> tuple[int, int, int, int]:
    return periods.hour, periods.day, periods.week, periods.month
