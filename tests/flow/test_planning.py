"""Planning for everybody at once, on both databases."""

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.plans.condition import Condition
from bot.store.plans import planning
from bot.store.plans.planning import Choice, Opening, Planner, Slot
from bot.store.plans.spread import SPREAD, spread_of
from bot.store.sql import Database
from bot.touch.touch import Scenario
from tests.databases import BOTH, opened

DAY = datetime(2026, 9, 25, tzinfo=UTC)
EVERYONE = Condition("1 = 1")


def moment(hour: float) -> float:
    return (DAY + timedelta(hours=hour)).timestamp()


def openings(zone: str, best: tuple[int, int] | None) -> Sequence[Opening]:
    """Two windows; one for those who live elsewhere; the best hours alone where they are known."""
    if zone == "Nowhere/Closed":
        return []
    if best is not None:
        return [Opening(moment(best[0]), moment(best[1]))]
    if zone:
        return [Opening(moment(2), moment(5))]
    return [Opening(moment(9), moment(11.5)), Opening(moment(14), moment(20))]


GREETING = Slot(
    plan="mid_autumn", slot="2026-09-25", scenario=Scenario.HOLIDAY, whom=EVERYONE,
    say=[Choice(whom=EVERYONE, script="holiday/moon", words="w1")],
    openings=openings, start=moment(9), deadline=lambda _: moment(21),
)  # fmt: skip


@dataclass(slots=True)
class Shop:
    database: Database

    async def has(self, *people: dict[str, Any]) -> None:
        for person in people:
            values = {"name": "", "tags": "[]", "fetched_at": 0.0} | person
            values["spread"] = spread_of(person["id"])
            marks = ", ".join(f"${n + 1}" for n in range(len(values)))
            text = f"INSERT INTO customer ({', '.join(values)}) VALUES ({marks})"
            await self.database.change(text, *values.values())

    async def plan(self, slot: Slot, **sizes: int) -> int:
        return await Planner(self.database, ManualClock(), **sizes).plan([slot])

    async def touches(self) -> list[dict[str, Any]]:
        return await self.database.rows("SELECT * FROM touch ORDER BY customer")


@pytest.fixture(params=BOTH)
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    async with opened(request.param, tmp_path) as connection:
        yield Shop(Database(connection))


def is_open(at: float, opened: Sequence[Opening]) -> bool:
    return any(one.start <= at < one.end for one in opened)


async def test_everybody_gets_one_message_inside_a_window_of_theirs(shop: Shop) -> None:
    zones = ["", "", "Asia/Tokyo", "Nowhere/Closed"]
    people: list[dict[str, Any]] = [
        {"id": f"wm{n}", "member": f"m{n % 3}", "zone": zones[n % 4]} for n in range(200)
    ]
    for person in people[::10]:
        person |= {"best_from": 15, "best_to": 17}
    await shop.has(*people)
    assert await shop.plan(GREETING) == 200
    touches = {row["customer"]: row for row in await shop.touches()}
    for person in people:
        row, zone = touches[person["id"]], person["zone"]
        best = (15, 17) if "best_from" in person else None
        assert row["member"] == person["member"]
        expected = openings(zone, best)
        if zone == "Nowhere/Closed":
            assert row["due_at"] == pytest.approx(moment(9), abs=180)
        else:
            assert is_open(row["due_at"], expected)
        assert row["due_at"] % 1800 >= 180
    row = touches["wm1"]
    assert (row["plan"], row["slot"], row["scenario"], row["receiver"], row["state"]) == (
        "mid_autumn", "2026-09-25", 3, "customer", 0,
    )  # fmt: skip
    assert (row["script"], row["words"], row["deadline"]) == ("holiday/moon", "w1", moment(21))


async def test_the_moments_are_spread_over_all_windows(shop: Shop) -> None:
    await shop.has(*({"id": f"wm{n}"} for n in range(400)))
    await shop.plan(GREETING)
    hours = Counter(int((row["due_at"] - moment(0)) // 3600) for row in await shop.touches())
    assert set(hours) == {9, 10, 11, 14, 15, 16, 17, 18, 19}
    assert all(number > 20 for hour, number in hours.items() if hour != 11)


@pytest.mark.parametrize("at_once", [1, 7, 1000])
async def test_many_customers_share_the_window_out_block_by_block(
    shop: Shop, at_once: int
) -> None:
    await shop.has(*({"id": f"wm{n:03}"} for n in range(203)))
    assert await shop.plan(GREETING, at_once=at_once, block=20) == 203
    moments = [row["due_at"] for row in await shop.touches()]
    blocks = [moments[-(-n * 203 // 8) : -(-(n + 1) * 203 // 8)] for n in range(8)]
    assert all(is_open(moment, openings("", None)) for moment in moments)
    assert all(max(before) <= min(after) for before, after in itertools.pairwise(blocks))
    assert all(max(block) - min(block) > 1800 for block in blocks)


async def test_planning_again_adds_nothing_and_moves_nothing(shop: Shop) -> None:
    await shop.has(*({"id": f"wm{n}"} for n in range(50)))
    assert await shop.plan(GREETING, at_once=7) == 50
    before = await shop.touches()
    assert await shop.plan(GREETING) == 0
    assert await shop.touches() == before
    await shop.has({"id": "new"}, {"id": "zz"})
    assert await shop.plan(GREETING) == 2
    assert await shop.plan(replace(GREETING, slot="2027-09-15")) == 52


async def test_each_gets_the_first_script_that_fits_or_none(shop: Shop) -> None:
    await shop.has(
        {"id": "wm1", "stage": "vip"}, {"id": "wm2", "stage": "new"}, {"id": "wm3", "stage": "old"}
    )
    say = [
        Choice(whom=Condition("c.stage = ?", ("vip",)), script="holiday/vip", words="v"),
        Choice(whom=Condition("c.stage IN (?, ?)", ("new", "vip")), script="holiday/new"),
    ]
    slot = replace(GREETING, say=say, whom=Condition("c.id <> ? AND 1 = 1", ("wm9",)))
    assert await shop.plan(slot) == 2
    rows = await shop.touches()
    assert [(row["customer"], row["script"], row["words"]) for row in rows] == [
        ("wm1", "holiday/vip", "v"), ("wm2", "holiday/new", ""),
    ]  # fmt: skip


async def test_what_an_operator_wrote_is_never_sql(shop: Shop) -> None:
    await shop.has({"id": "wm1", "stage": "x' OR '1'='1"}, {"id": "wm2"})
    slot = replace(GREETING, whom=Condition("c.stage = ?", ("x' OR '1'='1",)))
    assert await shop.plan(replace(slot, slot="'; DROP TABLE touch; --$1?")) == 1
    assert [row["customer"] for row in await shop.touches()] == ["wm1"]


async def test_all_customers_of_a_member_share_a_moment_in_one_mass_message(shop: Shop) -> None:
    await shop.has(*({"id": f"wm{n}", "member": f"m{n % 5}"} for n in range(60)))
    await shop.plan(replace(GREETING, together=True))
    moments: dict[str, set[float]] = {}
    for row in await shop.touches():
        moments.setdefault(row["member"], set()).add(row["due_at"])
        assert is_open(row["due_at"], openings("", None))
        assert row["due_at"] % 1800 >= 180
    assert [len(each) for each in moments.values()] == [1] * 5
    assert len(set.union(*moments.values())) == 5


@given(
    windows=st.lists(
        st.tuples(st.integers(0, 23 * 3600), st.integers(1, 7200)), min_size=1, max_size=4
    ),
    spread=st.integers(0, SPREAD - 1),
)
def test_every_place_lies_in_one_window(windows: list[tuple[int, int]], spread: int) -> None:
    spans = [
        (first, last - first)
        for start, length in windows
        if (last := planning._calm(start + length)) > (first := planning._calm(start))
    ]
    if not spans:
        return
    shares = list(planning._shares(spans))
    assert [low for low, *_ in shares] == [0, *(high for _, high, *_ in shares[:-1])]
    assert shares[-1][1] == SPREAD
    place = planning.place_of(spans, spread)
    at = place // planning.CALM_S * 1800 + 180 + place % planning.CALM_S
    assert any(start <= at < start + length for start, length in windows)
