"""The month that the console shows: what waits, went out, did not and why, and what is to come."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from bot.plans.month import Month, PlanDay
from bot.store.plans import PlanTable
from bot.store.touch_models import PlanState
from tests.databases import BOTH
from tests.plans import CAMPAIGN, SEQUENCE, ZONE, Play, moment, planning

WEEKLY = """
kind = "campaign"
title = "每周上新"
scenario = "promotion"
whom = "vip"
on = "0 11 * * fri"
script = "news/double_eleven"
"""


@pytest.fixture(params=BOTH)
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Play]:
    async with planning(request.param, tmp_path) as play:
        yield play


async def seen(play: Play, last: date = date(2026, 5, 31)) -> dict[str, PlanDay]:
    month = Month(play.book, play.database, play.clock, ZONE)
    return {f"{one.day:%m-%d} {one.plan}": one for one in await month.days(date(2026, 5, 1), last)}


async def test_a_day_tells_what_became_of_each_plan(play: Play) -> None:
    for number in range(6):
        await play.put(f"wm{number}", added="2026-01-01")
    await play.write(may=CAMPAIGN)
    await play.ahead.run()
    ends = ((1, 1, ""), (2, 2, ""), (3, 3, "deadline"), (4, 4, "opt_out"))
    for number, state, rule in ends:
        await play.database.change(
            "UPDATE touch SET state = $1, rule = $2, zh = $3, en = 'why', settled_at = $4 "
            "WHERE customer = $5",
            state, rule, "为什么" if rule else "", moment("2026-05-19T23:59:59"), f"wm{number}",
        )  # fmt: skip
    found = await seen(play)
    assert list(found) == ["05-19 may", "05-20 may"]
    went, waits = found.values()
    assert (waits.waiting, waits.sent, waits.expected) == (2, 0, 0)
    assert (went.waiting, went.on_the_way, went.sent) == (0, 1, 1)
    late, unwanted = went.held_back["deadline"], went.held_back["opt_out"]
    assert (late.number, late.refused, late.zh, late.en) == (1, False, "为什么", "why")
    assert (unwanted.number, unwanted.refused) == (1, True)


async def test_what_is_not_planned_yet_is_estimated(play: Play) -> None:
    await play.put("wm1", "VIP")
    await play.put("wm2", added="2026-05-18")
    await play.write(new=SEQUENCE, weekly=WEEKLY)
    found = await seen(play)
    assert {name: one.expected for name, one in found.items()} == {
        "05-21 new": 1, "05-22 weekly": 1, "05-29 weekly": 1,
    }  # fmt: skip
    await play.ahead.run()
    planned = await seen(play)
    assert (planned["05-21 new"].waiting, planned["05-21 new"].expected) == (1, 0)
    assert planned["05-22 weekly"].expected == 1
    await PlanTable(play.database).steer("weekly", PlanState.PAUSED, "liming", 1.0)
    assert list(await seen(play)) == ["05-21 new"]
    assert list(await seen(play, date(2026, 5, 20))) == []
