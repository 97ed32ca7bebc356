"""Plans become rows of table touch: for whom, when, with which words, and never twice."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.clock import ManualClock
from bot.plans.planbook import PlanBook
from bot.plans.planner import PlanAhead, Planned, words_of
from bot.scripts.library import Library
from bot.store.spread import SPREAD
from bot.store.sql import Database
from bot.touch.calendar import Calendar
from bot.touch.hours import Hours, Windows
from tests.databases import BOTH, opened

ZONE = ZoneInfo("Asia/Shanghai")
LIBRARY = Library.load(Path(__file__).parents[2] / "scripts_library")
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


@pytest.fixture(params=BOTH)
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Play]:
    (tmp_path / "config/plans").mkdir(parents=True)
    (tmp_path / "config/segments.toml").write_text(SEGMENTS, "utf-8")
    clock = ManualClock(datetime(2026, 5, 19, 0, 20, tzinfo=ZONE))
    async with opened(request.param, tmp_path) as connection:
        database = Database(connection)
        book = PlanBook(tmp_path, ZONE, clock, library=lambda: LIBRARY, hours=lambda: SHOP)
        book.open()
        ahead = PlanAhead(
            book, database, clock, library=lambda: LIBRARY, hours=lambda: SHOP, zone=ZONE
        )
        yield Play(tmp_path, database, clock, book, ahead)


async def test_everybody_gets_their_words_in_the_hours_of_the_plan(play: Play) -> None:
    await play.put("wm1", "VIP")
    await play.put("wm2", spread=SPREAD - 1)
    await play.put("wm3", opted_out=1.0)
    await play.put("wm4", zone="Asia/Tokyo")
    await play.put("wm5", zone="Mars/Olympus")
    await play.write(may=CAMPAIGN)
    assert await play.ahead.run() == Planned(added=4)
    found = {one["customer"]: one for one in await play.touches()}
    assert {one: found[one]["script"] for one in found} == {
        "wm1": "holiday/mid_autumn_vip",
        "wm2": "holiday/mid_autumn",
        "wm4": "holiday/mid_autumn",
        "wm5": "holiday/mid_autumn",
    }
    for one in found.values():
        assert one["slot"] == "2026-05-20"
        assert (one["scenario"], one["member"], one["receiver"]) == (4, "liming", "customer")
        assert one["words"] == words_of(LIBRARY[one["script"]])
        assert one["deadline"] == moment("2026-05-20T18:00")
        zone = "Asia/Tokyo" if one["customer"] == "wm4" else "Asia/Shanghai"
        assert "05-20 10:00" <= local(one["due_at"], zone) < "05-20 12:00"


async def test_planning_again_adds_nothing(play: Play) -> None:
    await play.put("wm1")
    await play.write(may=CAMPAIGN)
    await play.ahead.run()
    before = await play.touches()
    await play.clock.advance(86_400)
    assert await play.ahead.run() == Planned()
    assert await play.touches() == before


async def test_what_is_planned_late_goes_out_before_its_deadline(play: Play) -> None:
    await play.put("wm1")
    await play.clock.advance(moment("2026-05-20T13:30") - play.clock.timestamp())
    await play.write(may=CAMPAIGN)
    await play.ahead.run()
    [one] = await play.touches()
    assert "05-20 13:30" <= local(one["due_at"]) < "05-20 18:00"
    await play.clock.advance(moment("2026-05-20T18:00") - play.clock.timestamp())
    await play.put("wm2")
    assert await play.ahead.run() == Planned()


async def test_a_newcomer_is_planned_for_the_same_day_until_they_answer(play: Play) -> None:
    await play.write(new=SEQUENCE)
    await play.ahead.run()
    await play.put("wm1", added="2026-05-19T09:30")
    await play.clock.advance(moment("2026-05-19T10:00") - play.clock.timestamp())
    assert await play.ahead.run_today() == Planned(added=1)
    assert await play.waiting() == [("wm1", "care/day1")]
    await play.clock.advance(86_400)
    assert await play.ahead.run() == Planned(added=1)  # for the third day, two days ahead
    await play.database.rows(
        "UPDATE customer SET heard_at = $1 WHERE id = 'wm1'", play.clock.timestamp()
    )
    assert await play.ahead.run_today() == Planned()  # the third day is still to come
    await play.clock.advance(2 * 86_400)
    assert await play.ahead.run_today() == Planned(dropped=1)
    first, last = await play.touches()
    assert (first["slot"], first["state"]) == ("day0@2026-05-19", 0)  # its deadline drops it
    assert (last["slot"], last["state"], last["rule"]) == ("day3@2026-05-19", 3, "not_meant")
    assert last["zh"]
    assert last["en"]


async def test_a_changed_plan_is_planned_anew_and_what_went_out_stays(play: Play) -> None:
    for customer in ("wm1", "wm2"):
        await play.put(customer)
    await play.write(may=CAMPAIGN)
    await play.ahead.run()
    await play.database.rows("UPDATE touch SET state = 2 WHERE customer = 'wm1'")
    await play.write(may=CAMPAIGN.replace('"holiday/mid_autumn"', '"holiday/national_day"'))
    assert await play.ahead.run() == Planned(added=1)
    assert [(one["customer"], one["script"]) for one in await play.touches()] == [
        ("wm1", "holiday/mid_autumn"),
        ("wm2", "holiday/national_day"),
    ]


async def test_a_plan_that_is_gone_is_dropped_with_a_record_and_may_come_back(play: Play) -> None:
    await play.put("wm1")
    await play.write(may=CAMPAIGN)
    await play.ahead.run()
    (play.root / "config/plans/may.toml").unlink()
    await play.write()
    for _ in range(2):
        await play.ahead.run()
    [one] = await play.touches()
    assert (one["state"], one["rule"]) == (3, "plan_gone")
    await play.put("wm2")
    await play.write(may=CAMPAIGN)
    assert await play.ahead.run() == Planned(added=1)


@pytest.mark.parametrize(("state", "left"), [(1, [("wm1", "holiday/mid_autumn")]), (2, [])])
async def test_a_plan_that_somebody_stopped_stays_so(
    play: Play, state: int, left: list[tuple[str, str]]
) -> None:
    await play.put("wm1")
    await play.write(may=CAMPAIGN)
    await play.ahead.run()
    await play.database.rows("UPDATE plan SET state = $1", state)
    await play.put("wm2")
    assert await play.ahead.run() == Planned()
    assert await play.waiting() == left
    assert (await play.database.rows("SELECT state FROM plan")) == [{"state": state}]


async def test_a_group_programme_is_not_planned_for_customers(play: Play) -> None:
    group = """
        kind = "group"
        title = "群"
        scenario = "reminder"
        names = ["*"]
        [[post]]
        title = "话题"
        on = "0 10 * * *"
        scripts = ["group/topic_meal"]
    """
    await play.put("wm1")
    await play.write(group=group)
    assert await play.ahead.run() == Planned()
