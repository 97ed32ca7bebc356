"""The month that the console shows: what waits, went out, did not and why, and what is to come."""

from datetime import date, timedelta

from bot.plans.month import Month, PlanDay
from bot.store.plans.plans import PlanTable
from bot.store.plans.results import PlanResults
from bot.store.states import PlanState
from tests.plans import CAMPAIGN, SEQUENCE, SHOP, ZONE, Play, moment

WEEKLY = """
kind = "campaign"
title = "每周上新"
scenario = "promotion"
whom = "vip"
on = "0 11 * * fri"
script = "news/double_eleven"
"""


async def seen(play: Play, last: date = date(2026, 5, 31)) -> dict[str, PlanDay]:
    month = Month(play.book, play.database, play.clock, hours=lambda: SHOP, zone=ZONE)
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
    month = Month(play.book, play.database, play.clock, hours=lambda: SHOP, zone=ZONE)
    assert await month.days(date(2026, 5, 1), date(2026, 5, 31), "other") == []
    await came_of_it(play)


async def test_a_day_told_how_many_get_it_but_neither_who_nor_what(play: Play) -> None:
    for number, tags in enumerate(((), ("VIP",), (), (), ("VIP",), ())):
        await play.put(f"wm{number}", *tags)
    await play.database.change("UPDATE customer SET name = '陈姐' WHERE id = 'wm1'")
    await play.write(may=CAMPAIGN)
    month = Month(play.book, play.database, play.clock, hours=lambda: SHOP, zone=ZONE)

    async def told(day: date) -> dict[str, tuple[int, list[str], bool]]:
        rows, found = await month.day(day)
        assert rows == await month.days(day, day), "as in the calendar"
        assert {one.plan for one in found} <= {"may"}
        return {one.script: (one.number, one.names, one.at is not None) for one in found}

    day = date(2026, 5, 20)
    assert await told(day) == {
        "holiday/mid_autumn_vip": (2, ["陈姐", "wm4"], False),
        "holiday/mid_autumn": (4, ["wm0", "wm2", "wm3"], False),
    }
    await play.ahead.run()
    planned = await told(day)
    assert {script: (one[0], len(one[1]), one[2]) for script, one in planned.items()} == {
        "holiday/mid_autumn_vip": (2, 2, True), "holiday/mid_autumn": (4, 3, True),
    }  # fmt: skip
    assert await told(date(2026, 5, 21)) == {}


async def came_of_it(play: Play) -> None:
    """Whom it reached has written and bought since; another's member has yet to confirm."""
    later = moment("2026-05-20T08:00:00")
    await play.database.change("UPDATE customer SET heard_at = $1", later)
    for customer in ("wm1", "wm2"):
        await play.database.change(
            "INSERT INTO customer_date (customer, name, at) VALUES ($1, 'bought', $2)",
            customer, later,
        )  # fmt: skip
    await play.database.change("UPDATE touch SET task = 'a' WHERE customer = 'wm1'")
    await play.database.change(
        "INSERT INTO mass_task (id, plan, slot, member, chunk, state, created_at, reminders) "
        "VALUES ('a', 'may', 's', 'liming', 0, 1, 5.0, 0), ('b', 'may', 's', 'li', 0, 4, 4.0, 0), "
        "('c', 'may', 's', 'wang', 0, 4, NULL, 0)"
    )
    results = PlanResults(play.database)
    found = await results.of("may")
    assert (found.sent, found.on_the_way, found.waiting) == (1, 1, 2)
    assert (found.kept_back, found.heard, found.bought) == (2, 1, 1)
    assert {one.rule: one.examples for one in found.held_back} == {
        "deadline": (("wm3", ""),), "opt_out": (("wm4", ""),),
    }, "a number alone did not tell who"  # fmt: skip
    told = "of 3 tasks one waited: WeCom had refused one, and one had run out"
    assert (found.asked, found.confirmed, found.lapsed) == (2, 0, 1), told
    waits = await results.unconfirmed("may")
    assert [(one.member, one.customers, one.remind_at) for one in waits] == [("liming", 1, None)]
    assert await results.remind("may", 9.0, 3) == ["liming"]
    assert await results.remind("may", 9.0, 3) == []  # that is wanted already
    assert (await results.of("other")).sent == 0
    assert await results.of_messages(["none"]) == {}


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


ALL_DAY = """
kind = "campaign"
title = "感恩节"
scenario = "holiday"
on = 2026-05-26
deadline = "+2 days"
[[say]]
script = "holiday/mid_autumn"
"""
JUST_NOW = ALL_DAY.replace('"holiday"', '"free_moment"')
LATE = ALL_DAY.replace("deadline", 'hours = "20:30-21:30"\ndeadline')
ZONES = ("", "America/New_York", "America/Los_Angeles", "Pacific/Auckland", "Europe/London")


async def test_who_lives_west_was_estimated_on_our_day_and_planned_for_the_next(
    play: Play,
) -> None:
    for number in range(40):
        zone = ZONES[number % len(ZONES)]
        await play.put(f"wm{number}", zone=zone, spread=number * 1_600)
        await play.database.change(
            "UPDATE customer SET member = $1 WHERE id = $2", f"m{number % 7}", f"wm{number}"
        )
    await play.write(holiday=ALL_DAY, free=JUST_NOW, late=LATE, weekly=WEEKLY)
    await play.database.change(
        "INSERT INTO customer_tag (tag, customer) SELECT 'VIP', id FROM customer"
    )
    month = Month(play.book, play.database, play.clock, hours=lambda: SHOP, zone=ZONE)
    whole = {name: one.expected for name, one in (await seen(play)).items() if one.expected}
    by_day = {
        f"{one.day:%m-%d} {one.plan}": one.expected
        for number in range(15, 32)
        for one in await month.days(date(2026, 5, number), date(2026, 5, number))
        if one.expected
    }
    assert by_day == whole, "a day alone tells what the month tells of it"
    assert {"05-26 holiday", "05-27 holiday", "05-23 weekly", "05-27 late"} <= set(whole)
    assert sum(number for name, number in whole.items() if name.endswith("holiday")) == 40
    await play.clock.advance(moment("2026-05-25T12:00") - play.clock.timestamp())
    for plan in play.book.book.plans:
        await play.ahead.run_one(plan, play.clock.now() + timedelta(days=2))
    planned = {name: one.waiting for name, one in (await seen(play)).items() if one.waiting}
    assert planned == {name: number for name, number in whole.items() if name not in STILL_TO_COME}


STILL_TO_COME = {"05-22 weekly", "05-23 weekly", "05-29 weekly", "05-30 weekly"}
