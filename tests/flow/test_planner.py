"""Plans become rows of table touch: for whom, when, with which words, and never twice."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tortoise.connection import get_connection

from bot.plans.dry_run import Filed
from bot.plans.meant import Meant
from bot.plans.month import Month
from bot.plans.planner import PlanAhead, Planned
from bot.scripts.library import Library
from bot.scripts.wording import words_of
from bot.store.groups.groups import Groups
from bot.store.plans.spread import SPREAD
from bot.touch.outreach import Outreach
from bot.touch.rulebook import read_policy
from tests.plans import CAMPAIGN, SEQUENCE, SHOP, ZONE, Play, local, moment, planning
from tests.starter import LIBRARY


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
        zone = "Asia/Tokyo" if one["customer"] == "wm4" else "Asia/Shanghai"
        assert local(one["deadline"], zone) == "05-20 18:00"
        assert "05-20 10:00" <= local(one["due_at"], zone) < "05-20 12:00"


async def test_who_lives_west_of_us_got_nothing_as_the_deadline_was_of_our_clock(
    play: Play,
) -> None:
    west = {"wm1": "America/Los_Angeles", "wm2": "Europe/London", "wm3": "America/New_York"}
    for customer, zone in west.items():
        await play.put(customer, zone=zone)
    await play.put("wm4")
    evening = CAMPAIGN.replace('"10:00-12:00"', '"18:00-19:30"').replace('"18:00"', '"20:00"')
    await play.write(may=evening)
    await play.ahead.run()
    for one in await play.touches():
        zone = west.get(one["customer"], "Asia/Shanghai")
        assert "05-20 18:00" <= local(one["due_at"], zone) < "05-20 19:30"
        assert local(one["deadline"], zone) == "05-20 20:00"
    await play.clock.advance(moment("2026-05-20T21:00") - play.clock.timestamp())
    await play.put("wm5")
    await play.put("wm6", zone="Europe/London")
    await play.database.rows("UPDATE customer SET opted_out_at = 1.0 WHERE id = 'wm1'")
    await play.database.rows("UPDATE customer SET braked_at = 1.0 WHERE id = 'wm3'")
    assert await play.ahead.run() == Planned(added=1, dropped=2), "their day is not over yet"
    found = {one["customer"]: (one["state"], one["rule"]) for one in await play.touches()}
    assert found["wm1"] == (3, "opt_out")
    assert found["wm3"] == (3, "complaint"), "and not that the plan means others"
    assert "wm5" not in found
    assert found["wm6"] == (0, "")


async def test_after_a_start_who_lives_west_of_us_waited_for_a_day_that_was_over_for_us(
    play: Play,
) -> None:
    """The first run learned from the first plans that somebody lives there."""
    await play.put("wm1", zone="America/New_York")
    await play.put("wm2")
    await play.clock.advance(moment("2026-05-20T21:00") - play.clock.timestamp())
    await play.write(may=CAMPAIGN)
    assert await play.ahead.run() == Planned(added=1)
    assert await play.waiting() == [("wm1", "holiday/mid_autumn")]


async def test_each_plan_went_through_all_customers_and_all_that_waits_by_itself(
    tmp_path: Path,
) -> None:
    """Six statements a plan each night, and as many again for each day, where nothing was new."""
    async with planning("sqlite", tmp_path) as play:
        await play.put("wm1")
        await play.write(**{f"plan{number}": CAMPAIGN for number in range(20)})
        assert await play.ahead.run() == Planned(added=20)
        asked: list[str] = []
        async with get_connection("default").acquire_connection() as sqlite:
            await sqlite.set_trace_callback(asked.append)
        assert await play.ahead.run() == Planned()
    assert 2 * 20 < len(asked) < 3 * 20


async def test_a_plan_that_cannot_be_planned_kept_all_others_from_it(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    """And all customers were gone through every two seconds."""
    for customer in ("wm1", "wm2"):
        await play.put(customer, added="2026-05-19")
    await play.write(may=CAMPAIGN, new=SEQUENCE)
    script = "CREATE UNIQUE INDEX broken ON touch (plan) WHERE plan = 'may'"
    async with get_connection("default").acquire_connection() as driver:
        await driver.execute(script)
    for _ in range(2):
        await play.ahead.run()
        assert [*play.ahead.failed] == ["may"]
    assert await play.waiting() == [("wm1", "care/day1"), ("wm2", "care/day1")]
    assert caplog.text.count("a plan cannot be planned: IntegrityError, ") == 1
    async with get_connection("default").acquire_connection() as driver:
        await driver.execute("DROP INDEX broken")
    assert await play.ahead.run() == Planned(added=2)
    assert play.ahead.failed == {}


async def test_no_plan_was_planned_while_one_said_a_script_that_was_gone(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    await play.put("wm1")
    await play.write(may=CAMPAIGN, new=SEQUENCE)
    left = Library(one for one in LIBRARY if one.id != "holiday/mid_autumn_vip")
    ahead = PlanAhead(
        play.book, play.database, play.clock,
        library=lambda: left, hours=lambda: SHOP, zone=ZONE,
    )  # fmt: skip
    await play.put("wm2", added="2026-05-19")
    assert await ahead.run() == Planned(added=1)
    assert await play.waiting() == [("wm2", "care/day1")]
    told = "plan may is left out: its scripts are gone: holiday/mid_autumn_vip"
    assert told in caplog.text
    assert await play.ahead.run() == Planned(added=2), "the script is there again"


async def test_a_day_of_the_company_that_was_moved_went_out_on_the_old_one_too(play: Play) -> None:
    """Every word of the plan was the same."""
    days = play.root / "config/calendar.toml"
    days.write_text('[days.founded]\non = "05-20"\nzh = "店庆"', "utf-8")
    await play.put("wm1")
    await play.write(may=CAMPAIGN.replace("2026-05-20", '"founded"'))
    assert await play.ahead.run() == Planned(added=1)
    days.write_text('[days.founded]\non = "05-21"\nzh = "店庆"', "utf-8")
    await play.write()
    await play.ahead.run()
    assert await play.touches() == []
    await play.clock.advance(86_400)
    assert await play.ahead.run() == Planned(added=1)
    assert [one["slot"] for one in await play.touches()] == ["2026-05-21"]


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


async def test_a_newcomer_gets_the_campaign_of_their_day_without_a_restart(play: Play) -> None:
    """A forecast said so, as it plans anew; the running bot had planned it the night before."""
    await play.clock.advance(moment("2026-05-20T01:13") - play.clock.timestamp())
    await play.put("wm1")
    await play.write(may=CAMPAIGN)
    await play.ahead.run()
    await play.put("wm2")
    await play.clock.advance(8 * 3600)
    assert await play.ahead.run_today() == Planned(added=1)
    assert [one["customer"] for one in await play.touches()] == ["wm1", "wm2"]


async def test_a_forecast_in_the_evening_looks_no_further_than_the_bot(play: Play) -> None:
    """It knew of the day after tomorrow, and held back for it what the bot sent."""
    await play.clock.advance(moment("2026-05-18T01:13") - play.clock.timestamp())
    await play.put("wm1")
    await play.write(may=CAMPAIGN)
    assert await play.ahead.catch_up() == Planned()  # not begun yet: as at a start of the bot
    await play.clock.advance(20 * 3600)
    assert await play.ahead.catch_up() == Planned()
    assert await play.ahead.run() == Planned(added=1)


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


async def test_a_sequence_went_on_for_who_wrote_in_the_second_in_which_they_were_added(
    play: Play,
) -> None:
    await play.write(new=SEQUENCE)
    await play.put("wm1", added="2026-05-19T09:30")
    await play.database.rows("UPDATE customer SET heard_at = added_at WHERE id = 'wm1'")
    for _ in range(3):
        await play.clock.advance(86_400)
        assert await play.ahead.run() == Planned()


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


GROUPS = """
kind = "group"
title = "群"
scenario = "reminder"
names = ["*宝妈*", "vip_?群"]
groups = ["wr9"]
[[post]]
title = "话题"
on = "0 10 20 5 *"
deadline = "12:00"
scripts = ["group/topic_meal"]
"""


async def open_group(
    play: Play, chat: str, name: str, owner: str = "liming", dismissed: float | None = None
) -> None:
    await play.database.change(
        "INSERT INTO chat_group (chat_id, name, owner, dismissed_at) VALUES ($1, $2, $3, $4)",
        chat, name, owner, dismissed,
    )  # fmt: skip


async def test_a_programme_is_planned_for_the_groups_that_it_means(play: Play) -> None:
    await play.put("wm1")
    await open_group(play, "wr1", "有间好物宝妈1群")
    await open_group(play, "wr2", "VIP_2群")
    await open_group(play, "wr3", "VIPS2群")  # "_" means itself
    await open_group(play, "wr4", "宝妈4群", dismissed=1.0)
    await open_group(play, "wr5", "宝妈5群", owner="")
    await open_group(play, "wr9", "同城群", "wangfang")
    await play.write(group=GROUPS)
    month = Month(play.book, play.database, play.clock, hours=lambda: SHOP, zone=ZONE)
    [day] = await month.days(date(2026, 5, 20), date(2026, 5, 20))
    assert day.expected == 3
    await Groups(play.database).switch(["wr1"], 1.0)
    [day] = await month.days(date(2026, 5, 20), date(2026, 5, 20))
    assert day.expected == 2, "a group in which the bot is off gets no post"
    [coming] = await month.coming(date(2026, 5, 20))
    assert (coming.number, coming.names, coming.at) == (2, ["VIP_2群", "同城群"], None)
    assert await play.ahead.run() == Planned(added=3)
    [coming] = await month.coming(date(2026, 5, 20))
    assert (coming.number, coming.names[0]) == (3, "有间好物宝妈1群")
    assert await play.ahead.run() == Planned()
    rows = await play.touches()
    assert [(one["customer"], one["receiver"], one["member"]) for one in rows] == [
        ("wr1", "group", ""), ("wr2", "group", ""), ("wr9", "group", ""),
    ]  # fmt: skip
    assert rows[0]["due_at"] == rows[1]["due_at"] != rows[2]["due_at"]  # a task for each owner
    assert all("05-20 10:03" <= local(one["due_at"]) < "05-20 10:20" for one in rows)
    assert {one["deadline"] for one in rows} == {moment("2026-05-20T12:00")}
    await play.database.change("UPDATE chat_group SET name = '散了' WHERE chat_id = 'wr1'")
    assert await play.ahead.run() == Planned(dropped=1)
    assert (await play.touches())[0]["rule"] == "not_meant"
    (play.root / "config/plans/group.toml").unlink()
    await play.write()
    await play.ahead.run()
    assert {one["rule"] for one in await play.touches()} == {"not_meant", "plan_gone"}


async def test_words_that_were_edited_after_planning_are_judged_and_kept_as_they_are_said(
    play: Play,
) -> None:
    """By those of the plan, what somebody had read went to them again."""
    script = LIBRARY["holiday/mid_autumn"]
    edited = replace(script, say=(replace(script.say[0], fixed="团圆要趁早", parts=()),))
    for customer in ("wm1", "wm2"):
        await play.put(customer)
        await play.database.rows(
            "INSERT INTO contact (customer, member, added_at) VALUES ($1, 'liming', 1.0)", customer
        )
    await play.database.rows(
        "INSERT INTO said (customer, words, at) VALUES ('wm1', $1, $2)",
        words_of(edited), moment("2026-05-01"),
    )  # fmt: skip
    await play.write(may=CAMPAIGN)
    await play.ahead.run()
    policy = read_policy(play.root, {}, ZONE)
    outreach = Outreach(
        database=play.database, inbox=Filed(), clock=play.clock, policy=lambda: policy,
        library=lambda: Library([edited]),
    )  # fmt: skip
    await play.clock.advance(86_400 * 1.5)
    await outreach.sweep()
    first, second = await play.touches()
    assert (first["state"], first["rule"]) == (4, "repeated")
    assert (second["state"], second["words"]) == (1, words_of(edited))


async def test_who_had_their_birthday_set_right_since_it_was_planned_was_wished_a_happy_one(
    play: Play,
) -> None:
    """Up to an hour later, on a day that was none; so was whoever had lost the tag of a plan."""
    birthday = {"kind": "reminder", "on": "birthday", "script": "holiday/birthday"}
    plan = {"title": "生日", "scenario": "reminder", "whom": "vip", "hours": "10:00-12:00"}
    text = "\n".join(f'{key} = "{value}"' for key, value in {**birthday, **plan}.items())
    await play.write(birthday=text, new=SEQUENCE)
    for customer in ("wm1", "wm2", "wm3"):
        await play.put(
            customer, "VIP", added="2026-05-19T00:00" if customer == "wm3" else "2026-01-01"
        )
        await play.database.rows(
            "INSERT INTO contact (customer, member, added_at) VALUES ($1, 'liming', 1.0)", customer
        )
    await play.database.rows("UPDATE customer SET birthday = '05-19'")
    assert await play.ahead.run() == Planned(added=4)
    await play.database.rows("UPDATE customer SET birthday = '05-21' WHERE id = 'wm1'")
    await play.database.rows("DELETE FROM customer_tag WHERE customer = 'wm3'")
    policy = read_policy(play.root, {}, ZONE)
    outreach = Outreach(
        database=play.database, inbox=Filed(), clock=play.clock, policy=lambda: policy,
        others=Meant(play.book, play.database, play.clock, ZONE).others,
    )  # fmt: skip
    await play.clock.advance(12 * 3600)
    await outreach.sweep()
    found = [
        (one["plan"], one["customer"], one["state"], one["rule"]) for one in await play.touches()
    ]
    assert sorted(found) == [
        ("birthday", "wm1", 3, "not_meant"), ("birthday", "wm2", 1, ""),
        ("birthday", "wm3", 3, "not_meant"), ("new", "wm3", 1, ""),
    ]  # fmt: skip
