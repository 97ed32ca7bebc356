"""The bot was down for longer than WeCom tries its callbacks: nobody is left without an answer."""

import re
from datetime import UTC, datetime
from pathlib import Path

from bot.clock import ManualClock
from bot.mockwecom.faults import Fault
from bot.store.desk.staff import Role
from bot.store.presence import Presence
from bot.store.records import last_events
from tests.pages import visiting
from tests.stage import Stage, company, stage

EVENING = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)  # eight o'clock on a Tuesday in Shanghai
TODOS = "SELECT member, customer, why, words FROM todo ORDER BY member, customer"
HOUR_S = 3600


async def compared(play: Stage) -> None:
    """The first comparison of contacts is over."""

    async def ended() -> bool:
        return bool(await play.rows("SELECT seq FROM sync_round WHERE ended_at IS NOT NULL"))

    await play.until(ended)


async def back(play: Stage) -> Presence:
    """It is noted that the bot is there again."""
    presence = Presence(play.bot.office.database)

    async def noted() -> bool:
        return bool(await presence.away(0))

    await play.until(noted)
    return presence


async def look(play: Stage) -> None:
    for sweep in ("presence", "contacts.missed", "contacts.refresh", "contacts.missed"):
        await play.bot.sweep(sweep)
    await play.quiet()


async def test_whoever_was_added_while_the_bot_was_down_is_left_to_their_member(
    tmp_path: Path,
) -> None:
    """Their callbacks never came, the night found them, and nobody heard of it."""
    clock = ManualClock(EVENING)
    corp = company(clock)
    for number in range(6, 20):  # customers of before: a member greeted them long ago
        corp.add_customer(f"wm{number}", f"客户{number}")
        await corp.customer_adds_member(f"wm{number}", "wangfang", welcome=False)
    await clock.advance(60)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as play:
        await compared(play)
        await corp.customer_adds_member("wm1", "liming")
        await play.quiet()
        await play.bot.sweep("presence")
        assert await play.rows(TODOS) == [], "they are welcomed, and those of before are known"
    corp.faults.add(Fault(api="callback", drop=True))
    await clock.advance(HOUR_S)
    for customer in ("wm2", "wm3", "wm4"):
        await corp.customer_adds_member(customer, "liming")
    await corp.customer_adds_member("wm2", "wangfang")  # as if the company had assigned them
    corp.contacts.relations["wangfang", "wm2"].way = 202
    corp.add_member("zhaoxue", "赵雪")  # new to us, with customers of her own
    await corp.customer_adds_member("wm5", "zhaoxue")
    await corp.settled()
    corp.faults.clear()
    await clock.advance(10 * HOUR_S)  # seven in the morning
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as play:
        presence = await back(play)
        await look(play)
        assert [one.looked_at for one in await presence.away(0)] == [None], "it waits for retries"
        await clock.advance(150)
        asked = sum(call.api == "externalcontact/get" for call in corp.calls)
        await look(play)
        assert sum(call.api == "externalcontact/get" for call in corp.calls) == asked + 3
        assert await play.rows(TODOS) == [], "nobody is rung up for it before nine"
        await clock.advance(2 * HOUR_S)
        await play.look("contacts.missed")
        todos = await play.rows(TODOS)
        assert [(one["member"], one["customer"]) for one in todos] == [
            ("liming", "wm2"), ("liming", "wm3"), ("liming", "wm4"),
        ]  # fmt: skip
        assert "客户2" in todos[0]["words"]
        assert todos[0]["why"] == (
            "程序从 03-10 20:01 到 03-11 07:01 不在线，没收到企业微信的添加通知"
        )
        await play.look("contacts.missed", 60)
        notices = play.texts("liming", "app")
        assert len(notices) == 2, "the first, and one for the others"
        async with visiting(play.bot, "op", Role.OPERATOR) as pages:
            page = re.sub(r"<[^>]+>", "", await pages.text("/console"))
            assert "从 3月10日 20:01 到 3月11日 07:01 不在线。\n这期间加了 3 位客户" in page
        told = await last_events(9, {}, customer="wm3")
        assert any(f"没发欢迎语：{todos[0]['why']}" in one.why.zh for one in told)
        await play.bot.office.contacts.reconcile()
        await play.look("contacts.missed", 300)
        assert await play.rows(TODOS) == todos, "each once"


async def test_a_callback_that_was_lost_while_the_bot_was_there_is_found_at_night(
    tmp_path: Path,
) -> None:
    clock = ManualClock(EVENING)
    corp = company(clock)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as play:
        await compared(play)
        await clock.advance(60)
        await corp.customer_adds_member("wm1", "liming")
        await corp.customer_adds_member("wm3", "wangfang")
        await play.quiet()
        corp.faults.add(Fault(api="callback", drop=True))
        await corp.customer_adds_member("wm2", "liming")
        await corp.customer_adds_member("wm4", "wangfang")  # whom [members] does not name
        await corp.settled()
        corp.faults.clear()
        await clock.advance(HOUR_S / 2)
        await play.bot.sweep("contacts")
        await play.look("contacts.missed")
        todo, nameless = await play.rows(TODOS)
        assert (todo["customer"], todo["why"]) == ("wm2", "没收到企业微信的添加通知")
        assert ("小李" in todo["words"], "您的名字" in todo["words"]) == (True, False)
        assert ("小话" in nameless["words"], "（您的名字）" in nameless["words"]) == (False, True)
        async with visiting(play.bot, "op", Role.OPERATOR) as pages:
            page = await pages.text("/console/customers/wm2")
            await clock.advance(30 * HOUR_S)  # as the simulator does
            await play.bot.sweep("presence")
            assert "不在线" not in await pages.text("/console"), "it was there all along"
        assert "加了客户，没发出欢迎语" in page
        assert "没收到企业微信的添加通知" in page


async def test_a_restart_of_seconds_loses_no_customer_either(tmp_path: Path) -> None:
    """Where nobody listens WeCom has tried four times within seconds, and the night was far."""
    clock = ManualClock(EVENING)
    corp = company(clock)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as play:
        await compared(play)
        await clock.advance(60)
        await corp.customer_adds_member("wm1", "liming")
        await play.quiet()
    corp.faults.add(Fault(api="callback", drop=True))
    await corp.customer_adds_member("wm2", "liming")
    await corp.settled()
    corp.faults.clear()
    await clock.advance(5)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as play:
        await back(play)
        await clock.advance(150)
        await look(play)
        assert [todo["customer"] for todo in await play.rows(TODOS)] == ["wm2"]
