"""Plans that people make at the console: read like files, followed, paused and stopped."""

import tomllib
from typing import Any

import pytest

from bot.errors import BotError, ConfigError
from bot.plans.desk import PlanDesk
from bot.plans.plan import Campaign
from bot.plans.planner import AHEAD, Planned
from bot.store.states import PlanState, TouchState
from bot.store.touch.touches import Touches
from bot.web.console.plans import deeds_of
from tests.plans import CAMPAIGN, ZONE, Play

STATE = "UPDATE touch SET state = $1"
MAY: dict[str, Any] = tomllib.loads(CAMPAIGN)


@pytest.fixture
def desk(play: Play) -> PlanDesk:
    return PlanDesk(play.book, play.database, play.clock, ZONE)


async def claimed(play: Play, hours: float = 36.0) -> list[str]:
    """Who is due after so many hours."""
    await play.clock.advance(hours * 3600)
    due = await Touches(play.database).claim(10, play.clock.timestamp())
    return [one.touch.customer for one in due]


async def paused(play: Play, desk: PlanDesk) -> None:
    """A plan with a customer who was due meanwhile."""
    await play.put("wm1")
    await play.write(may=CAMPAIGN)
    await play.ahead.run()
    await desk.pause("may", "liming")
    assert await claimed(play) == []


async def test_a_plan_of_the_console_is_followed_without_a_restart(
    play: Play, desk: PlanDesk
) -> None:
    await play.put("wm1", "VIP")
    told: list[str] = []
    play.book.followers.append(lambda: told.append("new plans"))
    await desk.create("may", MAY, "wangfang")
    await play.book.sweep()
    assert told == ["new plans"]
    assert await play.ahead.run() == Planned(added=1)
    assert await play.waiting() == [("wm1", "holiday/mid_autumn_vip")]
    [entry] = await desk.plans()
    assert not entry.arranging
    assert (entry.id, entry.title, entry.kind) == ("may", "五月", "campaign")
    assert (entry.state, entry.who, entry.scenario) == (PlanState.ACTIVE, "wangfang", "promotion")
    assert [str(day) for day in entry.next_days] == ["2026-05-20"]
    assert entry.table is not None
    assert entry.table["on"] == "2026-05-20"
    assert (entry.standing.waiting, entry.standing.planned) == (1, 1)
    assert entry.standing.next_at is not None


async def test_what_is_wrong_is_told_and_nothing_is_kept(play: Play, desk: PlanDesk) -> None:
    wrong = {**MAY, "whom": "vips"}
    found = await desk.propose("may", wrong)
    assert isinstance(found, tuple)
    assert {(one.file, one.key) for one in found} == {("database:plans/may", "whom")}
    for plan_id, table in (("may", wrong), ("五月", MAY), ("may", {"kind": "sale"})):
        with pytest.raises(ConfigError):
            await desk.create(plan_id, table, "wangfang")
    assert isinstance(await desk.propose("may", MAY), Campaign)
    assert await desk.plans() == []


async def test_no_two_plans_have_one_name(play: Play, desk: PlanDesk) -> None:
    await play.write(april=CAMPAIGN)
    with pytest.raises(ConfigError, match=r"april.toml has this name, too"):
        await desk.create("april", MAY, "wangfang")
    await desk.create("may", MAY, "wangfang")
    await play.book.sweep()
    with pytest.raises(ConfigError, match="there is a plan of this name"):
        await desk.create("may", MAY, "liming")
    (play.root / "config/plans/may.toml").write_text(CAMPAIGN, "utf-8")
    for _ in range(2):
        await play.book.sweep()
    [told] = play.book.complaints
    assert (told.file, told.key) == ("database:plans/may", "id")
    assert [plan.id for plan in play.book.book.plans] == ["april", "may"]
    assert [entry.id for entry in await desk.plans()] == ["april", "may"]


async def test_a_changed_plan_is_planned_anew(play: Play, desk: PlanDesk) -> None:
    await play.put("wm1")
    await desk.create("may", MAY, "wangfang")
    await play.book.sweep()
    await play.ahead.run()
    with pytest.raises(BotError, match="no such plan"):
        await desk.change("june", MAY, "liming")
    say = [{"script": "holiday/national_day"}]
    await desk.change("may", {**MAY, "say": say}, "liming")
    assert (await desk.plan("may")).arranging
    await play.book.sweep()
    assert (await desk.plan("may")).arranging, "what waits is of the old words"
    await play.ahead.run()
    assert await play.waiting() == [("wm1", "holiday/national_day")]
    assert (await desk.plan("may")).who == "liming"


async def test_what_is_planned_by_a_paused_plan_waits_for_it(play: Play, desk: PlanDesk) -> None:
    for customer in ("wm1", "wm2"):
        await play.put(customer)
    await play.write(may=CAMPAIGN)
    await play.ahead.run()
    with pytest.raises(BotError, match="no such plan"):
        await desk.pause("june", "liming")
    await desk.pause("may", "liming")
    assert await claimed(play) == []
    assert {one["rule"] for one in await play.touches()} == {"plan_paused"}
    entry = await desk.plan("may")
    assert (entry.state, entry.who, entry.standing.waiting) == (PlanState.PAUSED, "liming", 2)
    assert entry.table is None
    await desk.resume("may", "liming")
    assert sorted(await claimed(play, 0)) == ["wm1", "wm2"]


async def test_what_a_pause_had_held_back_waited_for_ever_when_the_program_stopped_at_its_end(
    play: Play, desk: PlanDesk
) -> None:
    await paused(play, desk)
    await play.database.change("UPDATE plan SET state = 0 WHERE id = 'may'")  # and it stopped
    assert await claimed(play, 0) == []
    await play.ahead.run()
    assert await claimed(play, 0) == ["wm1"]


async def test_what_a_pause_held_back_for_too_long_is_dropped_with_its_reason(
    play: Play, desk: PlanDesk
) -> None:
    await paused(play, desk)
    assert await claimed(play, 24) == []
    await Touches(play.database).drop_stale(play.clock.timestamp(), "太晚", "too late")
    [one] = await play.touches()
    assert (one["state"], one["rule"]) == (3, "plan_paused")
    assert (await desk.plan("may")).standing.held_back == {"plan_paused": 1}


async def test_a_stopped_plan_drops_what_waits_and_may_go_on_later(
    play: Play, desk: PlanDesk
) -> None:
    await play.put("wm1")
    await desk.create("may", MAY, "wangfang")
    await play.book.sweep()
    await play.ahead.run()
    await desk.stop("may", "liming")
    entry = await desk.plan("may")
    assert (entry.state, entry.standing.held_back) == (PlanState.STOPPED, {"plan_stopped": 1})
    await play.book.sweep()
    assert play.book.book.plans == ()
    assert (await desk.plan("may")).title == "五月"
    assert await play.ahead.run() == Planned()
    await play.put("wm2")
    await desk.resume("may", "liming")
    await play.book.sweep()
    assert await play.ahead.run() == Planned(added=1)  # for wm1 it was dropped, and stays so


async def test_what_was_planned_while_its_plan_was_stopped_goes_to_nobody(
    play: Play, desk: PlanDesk
) -> None:
    await desk.create("may", MAY, "wangfang")
    await play.book.sweep()
    [plan] = play.book.book.plans
    await desk.stop("may", "liming")
    await play.put("wm1")
    await play.ahead.run_one(plan, play.clock.now() + AHEAD)  # whoever was at it
    assert (await desk.plan("may")).arranging
    assert await claimed(play) == []
    entry = await desk.plan("may")
    assert (entry.standing.held_back, entry.arranging) == ({"plan_stopped": 1}, False)


async def test_one_that_is_wrong_by_now_can_be_stopped_and_does_not_go_on(
    play: Play, desk: PlanDesk
) -> None:
    say = [{"script": "holiday/mid_autumn"}]
    await desk.create("may", {**MAY, "whom": "vip", "say": say}, "wangfang")
    await play.book.sweep()
    (play.root / "config/segments.toml").write_text("", "utf-8")
    for _ in range(2):
        await play.book.sweep()
    assert {one.file for one in play.book.complaints} == {"database:plans/may"}
    await desk.stop("may", "liming")
    await play.book.sweep()
    assert play.book.complaints == ()
    with pytest.raises(ConfigError, match="whom"):
        await desk.resume("may", "liming")


async def test_a_plan_that_is_over_could_be_paused_and_was_over_with_messages_on_their_way(
    play: Play, desk: PlanDesk
) -> None:
    await play.put("wm1")
    await desk.create("may", MAY, "wangfang")
    await play.book.sweep()
    await play.ahead.run()
    assert await claimed(play, 48) == ["wm1"]
    await play.database.change(STATE, TouchState.TAKEN)
    entry = await desk.plan("may")
    assert (entry.next_days, entry.standing.on_the_way) == ((), 1)
    assert (entry.is_over, deeds_of(entry)) == (False, ["pause", "stop"]), "its member may confirm"
    await play.database.change(STATE, TouchState.SENT)
    entry = await desk.plan("may")
    assert (entry.is_over, deeds_of(entry)) == (True, [])
