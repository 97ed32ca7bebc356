"""When customers wrote last, and in which hours they usually write, on a real database."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from bot.customers.hearing import Hearing
from bot.store.customers import people
from bot.store.journal import Write
from bot.touch.touch import Scenario, Touch
from tests.engine import Engine, asked, engine

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai


def best(counts: Sequence[int]) -> tuple[int, int] | None:
    hour = max(range(24), key=lambda one: counts[one])
    return (hour, hour + 1) if counts[hour] > 1 else None


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Engine]:
    async with engine(tmp_path) as parts:
        yield parts


def hearing(parts: Engine) -> Hearing:
    return Hearing(
        parts.journal, parts.customers, SHANGHAI,
        works=lambda day: day.weekday() < 5, best=best,
    )  # fmt: skip


async def counts(parts: Engine, customer: str = "wm1") -> dict[int, int]:
    rows = await parts.journal.rows("SELECT counts FROM rhythm WHERE customer = $1", customer)
    told = orjson.loads(rows[0]["counts"])
    assert len(told) == 48
    return {hour: number for hour, number in enumerate(told) if number}


async def test_a_message_is_heard_as_it_is_handled(parts: Engine) -> None:
    await parts.put(asked(1, "在吗", parts.clock), asked(2, "在吗", parts.clock))
    await parts.settled(2)
    assert [len(moments) for moments in parts.customers.heard.values()] == [2]
    await hearing(parts).write()
    rows = await parts.rows("SELECT heard_at, spread FROM customer")
    assert [row["heard_at"] for row in rows] == [parts.clock.timestamp()]
    assert parts.customers.heard == {}


async def test_hours_are_theirs_and_workdays_stand_apart(parts: Engine) -> None:
    await parts.journal.write(Write(more=people.described("wm2", zone="Asia/Tokyo")))
    await parts.journal.write(Write(more=people.described("wm3", zone="Nowhere")))
    at = MONDAY.timestamp()
    parts.customers.heard = {
        "wm1": [at, at + 60, (MONDAY - timedelta(days=1)).timestamp()],
        "wm2": [at], "wm3": [at],
    }  # fmt: skip
    await hearing(parts).write()
    assert await counts(parts) == {10: 2, 24 + 10: 1}
    assert (await counts(parts, "wm2"), await counts(parts, "wm3")) == ({11: 1}, {10: 1})
    rows = await parts.rows("SELECT id, best_from, best_to FROM customer ORDER BY id")
    assert [(row["best_from"], row["best_to"]) for row in rows] == [
        (10, 11), (None, None), (None, None),
    ]  # fmt: skip


async def test_a_rhythm_grows_and_the_last_message_stays_the_last(parts: Engine) -> None:
    at = MONDAY.timestamp()
    for moment in (at, at + 3600, at - 3600):
        parts.customers.heard = {"wm1": [moment]}
        await hearing(parts).write()
    assert await counts(parts) == {9: 1, 10: 1, 11: 1}
    assert await parts.rows("SELECT heard_at FROM customer") == [{"heard_at": at + 3600}]


async def test_works_is_asked_for_their_own_date(parts: Engine) -> None:
    days: list[date] = []

    def works(day: date) -> bool:
        days.append(day)
        return True

    late = MONDAY + timedelta(hours=15)  # 01:00 of Tuesday in Shanghai
    parts.customers.heard = {"wm1": [late.timestamp()]}
    await Hearing(parts.journal, parts.customers, SHANGHAI, works=works, best=best).write()
    assert days == [date(2026, 1, 6)]


async def test_an_answer_ends_the_plans_that_wait_for_one(parts: Engine) -> None:
    at, later = MONDAY, MONDAY + timedelta(days=1)
    touches = [
        Touch(
            plan=plan, slot="day3", customer=customer, scenario=Scenario.AFTER_SALES,
            script="care/day3", due_at=later, deadline=later,
        )
        for plan in ("new_customer", "mid_autumn")
        for customer in ("wm1", "wm2")
    ]  # fmt: skip
    await parts.journal.write(Write(more=people.planned(touches)))
    parts.customers.heard = {"wm1": [at.timestamp()]}
    await Hearing(
        parts.journal, parts.customers, SHANGHAI,
        works=lambda day: True, ends=lambda: ["new_customer"], best=best,
    ).write()  # fmt: skip
    rows = await parts.rows("SELECT plan, customer, rule FROM touch WHERE state = 3")
    assert rows == [{"plan": "new_customer", "customer": "wm1", "rule": "answered"}]
