"""Plans and their planner on a real database, with a workspace to write plans into."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.clock import ManualClock
from bot.plans.planbook import PlanBook
from bot.plans.planner import PlanAhead
from bot.store.plans.plans import PlanTable
from bot.store.sql import Database
from bot.touch.calendar import Calendar
from bot.touch.hours import Hours, Windows
from tests.databases import opened
from tests.starter import LIBRARY

ZONE = ZoneInfo("Asia/Shanghai")
SEGMENTS = """
[known]
tags = ["VIP"]
[segment.vip]
any_tag = ["VIP"]
"""
CAMPAIGN = """
kind = "campaign"
title = "五月"
scenario = "promotion"
on = 2026-05-20
hours = "10:00-12:00"
deadline = "18:00"
[[say]]
whom = "vip"
script = "holiday/mid_autumn_vip"
[[say]]
script = "holiday/mid_autumn"
"""
SEQUENCE = """
kind = "sequence"
title = "新客"
scenario = "after_sales"
after = "added"
[[step]]
day = 0
script = "care/day1"
[[step]]
day = 3
script = "care/day3"
"""
PUT = """
    INSERT INTO customer (id, name, tags, fetched_at, spread, member, zone, added_at, opted_out_at)
    VALUES ($1, '', '[]', 0, $2, 'liming', $3, $4, $5)"""
TOUCHES = "SELECT * FROM touch ORDER BY customer, slot"

SHOP = Hours(Windows(quiet=((0, 540), (1260, 1440))), Calendar())  # from nine to nine


@dataclass
class Play:
    root: Path
    database: Database
    clock: ManualClock
    book: PlanBook
    ahead: PlanAhead

    async def write(self, **plans: str) -> None:
        for name, text in plans.items():
            (self.root / f"config/plans/{name}.toml").write_text(text, "utf-8")
        for _ in range(2):
            await self.book.sweep()
        assert self.book.complaints == ()

    async def put(
        self, customer: str, *tags: str, spread: int = 0, zone: str = "",
        added: str = "2026-01-01", opted_out: float | None = None,
    ) -> None:  # fmt: skip
        await self.database.rows(PUT, customer, spread, zone, moment(added), opted_out)
        for tag in tags:
            await self.database.rows(
                "INSERT INTO customer_tag (tag, customer) VALUES ($1, $2)", tag, customer
            )

    async def touches(self) -> list[dict[str, Any]]:
        return await self.database.rows(TOUCHES)

    async def waiting(self) -> list[tuple[str, str]]:
        """(customer, script)"""
        return [
            (one["customer"], one["script"]) for one in await self.touches() if not one["state"]
        ]


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


def local(at: float, zone: str = "Asia/Shanghai") -> str:
    return f"{datetime.fromtimestamp(at, ZoneInfo(zone)):%m-%d %H:%M}"


@asynccontextmanager
async def planning(kind: str, folder: Path) -> AsyncIterator[Play]:
    """
    Args:
        kind: one of tests.databases.BOTH.
    """
    (folder / "config/plans").mkdir(parents=True)
    (folder / "config/segments.toml").write_text(SEGMENTS, "utf-8")
    clock = ManualClock(datetime(2026, 5, 19, 0, 20, tzinfo=ZONE))
    async with opened(kind, folder) as connection:
        database = Database(connection)
        book = PlanBook(
            folder, ZONE, clock,
            library=lambda: LIBRARY, hours=lambda: SHOP, stored=PlanTable(database).news,
        )  # fmt: skip
        await book.open()
        ahead = PlanAhead(
            book, database, clock, library=lambda: LIBRARY, hours=lambda: SHOP, zone=ZONE
        )
        yield Play(folder, database, clock, book, ahead)
