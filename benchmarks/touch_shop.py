"""A shop with so many customers, and a greeting for all of them.

`python -m benchmarks.touch_shop FILE CUSTOMERS` makes the shop's database.
`python -m benchmarks.touch_shop postgres CUSTOMERS` plans the greeting on PostgreSQL.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import islice
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from tortoise import BaseDBAsyncClient

from bot.clock import SystemClock
from bot.plans.condition import Condition
from bot.store.database import open_database
from bot.store.plans.planning import Choice, Opening, Planner, Slot
from bot.store.plans.spread import spread_of
from bot.store.sql import Database
from bot.touch.touch import Scenario
from tests.databases import opened

ZONE = ZoneInfo("Asia/Shanghai")
MEMBERS = 200
DAY = datetime(2026, 9, 23, tzinfo=UTC)  # a Wednesday; nothing is sent here
CUSTOMERS = """
    INSERT INTO customer (id, name, tags, fetched_at, zone, member, added_at, friends, spread,
                          opted_out_at)
    VALUES (?, '', '[]', 1.0, ?, ?, 1.0, 1, ?, ?)"""


class Watched(Database):
    """Notes how long each statement had the connection, the waiting for it left out."""

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        super().__init__(connection)
        self.held: list[float] = []

    async def change(self, text: str, *values: Any) -> int:
        async with self._connection.acquire_connection() as driver:
            begun, before = perf_counter(), 0 if self.postgres else driver.total_changes
            if self.postgres:
                done = await driver.execute(self.text(text), *values)  # "INSERT 0 9"
                changed = int(done.split()[-1])
            else:
                await driver.execute_fetchall(self.text(text), values)
                changed = driver.total_changes - before
            self.held.append(perf_counter() - begun)
        return changed


async def fill(connection: BaseDBAsyncClient, customers: int) -> None:
    """Ids as WeCom's are: of no order. One in fifty wants no messages, one in ten lives abroad."""
    rows = iter(sorted(people(customers)))
    dollars = connection.capabilities.dialect == "postgres"
    while some := list(islice(rows, 10_000)):
        await connection.execute_many(_marked(CUSTOMERS, dollars), some)
    await connection.execute_script("ANALYZE")


def people(customers: int) -> Iterator[list[Any]]:
    for number in range(customers):
        one = "wm" + blake2b(str(number).encode(), digest_size=15).hexdigest()
        zone = "Asia/Tokyo" if number % 10 == 0 else ""
        opted_out = 1.0 if number % 50 == 1 else None
        yield [one, zone, f"member{number % MEMBERS}", spread_of(one), opted_out]


def _marked(text: str, dollars: bool) -> str:
    pieces = text.split("?")
    marks = [f"${n + 1}" if dollars else "?" for n in range(len(pieces) - 1)]
    return "".join(piece + mark for piece, mark in zip(pieces, [*marks, ""], strict=True))


def openings(zone: str, best: tuple[int, int] | None) -> Sequence[Opening]:
    """From nine to noon and from two to eight, by the customer's clock."""
    east = 9 if zone else 8
    hours = [(9 - east, 12 - east), (14 - east, 20 - east)]
    midnight = DAY.timestamp()
    return [Opening(midnight + start * 3600, midnight + end * 3600) for start, end in hours]


GREETING = Slot(
    plan="mid_autumn", slot="2026-09-25", scenario=Scenario.HOLIDAY,
    whom=Condition("c.opted_out_at IS NULL AND c.braked_at IS NULL"),
    say=[
        Choice(
            whom=Condition("c.stage = ?", ("vip",)), script="holiday/moon_vip", words="a" * 16
        ),
        Choice(whom=Condition("1 = 1"), script="holiday/moon", words="b" * 16),
    ],
    openings=openings, start=DAY.timestamp(),
    deadline=lambda _: (DAY + timedelta(hours=14)).timestamp(),
)  # fmt: skip


async def plan(connection: BaseDBAsyncClient) -> dict[str, float]:
    """Plan the greeting for everybody, and again."""
    watched = Watched(connection)
    planner = Planner(watched, SystemClock())
    begun = perf_counter()
    planned = await planner.plan([GREETING])
    took = perf_counter() - begun
    longest, statements = max(watched.held), len(watched.held)
    begun = perf_counter()
    again = await planner.plan([GREETING])
    if again or not planned:
        raise RuntimeError(f"{planned} planned, and {again} once more")
    return {
        "planned": planned, "s": took, "held ms": longest * 1000, "statements": statements,
        "again s": perf_counter() - begun,
    }  # fmt: skip


async def main(where: str, customers: int) -> None:
    if where != "postgres":
        async with open_database(f"sqlite://{where}") as connection:
            await fill(connection, customers)
        return
    async with opened("postgres", ".") as connection:
        await fill(connection, customers)
        print(json.dumps(await plan(connection)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
