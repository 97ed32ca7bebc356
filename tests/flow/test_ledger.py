"""The ledger against a model that counts by hand, and twenty workers at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store.database import open_database
from bot.store.sql import Database
from bot.store.touch.ledger import Claim, Ledger, Limit
from tests.databases import BOTH, opened

HOUR = 3600.0


class At(NamedTuple):
    """Of a company that has days of four hours, weeks of two days and months of two weeks."""

    hour: int
    day: int
    week: int
    month: int


def at(now: float) -> At:
    hour = int(now // HOUR)
    return At(hour, hour // 4, hour // 8, hour // 16)


@dataclass(slots=True)
class Model:
    """What was reserved, one by one."""

    taken: list[tuple[float, str]] = field(default_factory=list)

    def reserve(self, claim: Claim, now: float) -> bool:
        if not all(self.room(subject, limit, now) for subject, limit in claim.limits.items()):
            return False
        self.taken += [(now, subject) for subject in claim.limits]
        return True

    def room(self, subject: str, limit: Limit, now: float) -> bool:
        moments, used = self.moments(subject), self.used(subject, now)
        far = limit.gap_s <= 0 or all(now - moment >= limit.gap_s for moment in moments)
        return far and all(one < most for one, most in zip(used, limit[:4], strict=True))

    def moments(self, subject: str) -> list[float]:
        return [moment for moment, one in self.taken if one == subject]

    def used(self, subject: str, now: float) -> tuple[int, ...]:
        told = [at(moment) for moment in self.moments(subject)]
        return tuple(sum(one[span] == at(now)[span] for one in told) for span in range(4))


SUBJECTS = st.sampled_from(["c:1", "c:2", "c:1:promotion", "m:liming"])
LIMITS = {
    subject: Limit(hour=hour, day=day, week=week, month=month, gap_s=gap_s)
    for subject, hour, day, week, month, gap_s in [
        ("c:1", 9, 1, 3, 9, 0.0),
        ("c:2", 9, 9, 9, 2, HOUR),
        ("c:1:promotion", 2, 3, 3, 9, 0.0),
        ("m:liming", 2, 4, 9, 9, 0.0),
    ]
}
BATCH = st.lists(st.sets(SUBJECTS, min_size=1), max_size=6)


def one(key: int, limits: Mapping[str, Limit]) -> Claim:
    return Claim(key=key, limits=limits)


@pytest.fixture(params=BOTH)
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    async with opened(request.param, tmp_path) as connection:
        yield Ledger(Database(connection))


EXAMPLES = count()  # each has subjects of its own


@given(batches=st.lists(st.tuples(st.floats(0, 6 * HOUR), BATCH), max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
async def test_the_ledger_grants_what_counting_by_hand_would(
    ledger: Ledger, batches: list[tuple[float, list[set[str]]]]
) -> None:
    model, now, example = Model(), 1_000_000.0, next(EXAMPLES)
    for later_s, batch in batches:
        now += later_s
        claims = [
            one(key, {f"{name}#{example}": LIMITS[name] for name in names})
            for key, names in enumerate(batch)
        ]
        expected = {claim.key for claim in claims if model.reserve(claim, now)}
        assert await ledger.reserve(claims, now, at(now)) == expected
        subjects = [f"{name}#{example}" for name in LIMITS]
        for subject, tally in (await ledger.tallies(subjects, at(now))).items():
            used = (tally.hour, tally.day, tally.week, tally.month)
            assert used == model.used(subject, now)
            assert (tally.last_at is None) == (not model.moments(subject))


async def test_twenty_workers_race_for_the_last_slot_and_one_wins(ledger: Ledger) -> None:
    now, limits = 1_000_000.0, {"c:1": Limit(day=3), "m:liming": Limit(hour=50)}
    assert await ledger.reserve([one(0, limits), one(1, limits)], now, at(now)) == {0, 1}
    races = [ledger.reserve([one(n, limits)], now, at(now)) for n in range(20)]
    winners = [won for won in await asyncio.gather(*races) if won]
    assert len(winners) == 1
    tallies = await ledger.tallies(limits, at(now))
    # A loser took nothing of the other subject either.
    assert (tallies["c:1"].day, tallies["m:liming"].hour) == (3, 3)


async def test_batches_that_overlap_never_go_over_a_cap(ledger: Ledger) -> None:
    now = 1_000_000.0

    def batch(worker: int) -> list[Claim]:
        return [
            one(n, {f"c:{(n * 7 + worker) % 40}": Limit(day=2), f"m:{n % 3}": Limit(hour=30)})
            for n in range(40)
        ]

    races = [ledger.reserve(batch(worker), now, at(now)) for worker in range(8)]
    granted = sum(len(won) for won in await asyncio.gather(*races))
    subjects = [*(f"c:{n}" for n in range(40)), *(f"m:{n}" for n in range(3))]
    tallies = await ledger.tallies(subjects, at(now))
    assert sum(tallies[f"c:{n}"].day for n in range(40)) == granted
    assert all(tallies[f"c:{n}"].day <= 2 for n in range(40))
    assert [tallies[f"m:{n}"].hour <= 30 for n in range(3)] == [True] * 3


async def test_a_gap_holds_between_two_and_inside_one_batch(ledger: Ledger) -> None:
    now, limits = 1_000_000.0, {"c:1": Limit(gap_s=12 * HOUR)}
    assert await ledger.reserve([one(1, limits), one(2, limits)], now, at(now)) == {1}
    early, late = now + 12 * HOUR - 1, now + 12 * HOUR
    assert await ledger.reserve([one(3, limits)], early, at(early)) == frozenset()
    assert await ledger.reserve([one(4, limits)], late, at(late)) == {4}


async def test_a_clock_that_is_behind_gets_no_slot_of_its_own(ledger: Ledger) -> None:
    ahead, limits = 1_000_000.0 + HOUR, {"c:1": Limit(hour=1)}
    assert await ledger.reserve([one(1, limits)], ahead, at(ahead)) == {1}
    assert await ledger.reserve([one(2, limits)], ahead - 2, at(ahead - HOUR)) == frozenset()


async def test_a_large_batch_is_a_handful_of_statements(tmp_path: Path) -> None:
    async with counting(tmp_path) as (ledger, asked):
        claims = [
            one(n, {f"c:{n}": Limit(day=1), f"c:{n}:holiday": Limit(), f"q:{n}": Limit(month=4)})
            for n in range(500)
        ]
        assert len(await ledger.reserve(claims, 1e6, at(1e6))) == 500
        assert len(asked) <= 6


@asynccontextmanager
async def counting(tmp_path: Path) -> AsyncIterator[tuple[Ledger, list[str]]]:
    async with open_database(f"sqlite://{tmp_path}/a.db") as connection:
        asked: list[str] = []
        async with connection.acquire_connection() as sqlite:
            await sqlite.set_trace_callback(asked.append)
        yield Ledger(Database(connection)), asked
