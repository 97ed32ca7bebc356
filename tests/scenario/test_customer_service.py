"""微信客服: what the bot pulls, from where on, and what it leaves alone."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.events import Channel, CustomerAdded
from bot.mockwecom.faults import Fault
from tests.engine import asked
from tests.stage import SHOP, Stage, stage

ASKED = "我想了解一下你们的融资情况和上市计划"


async def write_unheard(play: Stage, *customers: str, text: str = ASKED) -> None:
    """They write, and no notification reaches the bot."""
    play.corp.faults.add(Fault(api="callback", drop=True))
    for customer in customers:
        await play.corp.customer_writes_kf(customer, SHOP, text)
    await play.corp.settled()
    play.corp.faults.clear()


async def test_the_first_contact_with_a_busy_account_disturbs_nobody(tmp_path: Path) -> None:
    """Only the first page of old messages was taken for history."""
    clock = ManualClock()
    async with stage(tmp_path, clock=clock) as play:
        names = [play.corp.add_customer(f"wmold{number}", "老客") for number in range(1_100)]
        await write_unheard(play, *names)
        await clock.advance(7_200)
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
        assert [delivery.to for delivery in play.corp.deliveries] == ["wm1"]
        assert await play.rows("SELECT id FROM todo") == []
        history = await play.rows("SELECT id FROM event WHERE decision LIKE '%first look%'")
        assert len(history) == 1_100


async def test_a_first_look_that_broke_off_begins_anew(tmp_path: Path) -> None:
    clock = ManualClock()
    async with stage(tmp_path, clock=clock) as play:
        corp = play.corp
        names = [corp.add_customer(f"wmold{number}", "老客") for number in range(1_100)]
        await write_unheard(play, *names)
        await clock.advance(7_200)
        corp.faults.add(Fault(api="kf/sync_msg", errcode=-1, probability=0.5))
        await corp.customer_writes_kf("wm1", SHOP, "你好")
        await corp.settled()
        assert await play.rows("SELECT account FROM cursor") == []
        corp.faults.clear()
    async with stage(tmp_path, clock=clock, corp=corp) as play:
        await play.quiet()
        assert {delivery.to for delivery in corp.deliveries} <= {"wm1"}


async def test_what_was_written_while_the_bot_was_away_is_answered_at_its_return(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as play:
        corp = play.corp
        await corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
        corp.faults.add(Fault(api="callback", drop=True))
        await corp.customer_writes_kf("wm2", SHOP, "你好")
    corp.faults.clear()
    async with stage(tmp_path, corp=corp) as play:

        async def answered() -> bool:
            return len(play.texts("wm2")) == 1

        await play.until(answered)
        assert len(play.texts("wm1")) == 1


async def test_who_waited_for_days_when_the_bot_came_back_is_left_to_a_person(
    tmp_path: Path,
) -> None:
    """They were passed over in silence, as too old to act on; so was whoever had been added, if we
    crashed in between. Who only said goodbye waits for nobody."""
    clock = ManualClock()
    async with stage(tmp_path, clock=clock) as play:
        corp = play.corp
        await corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
        await write_unheard(play, "wm2", "wm3", "wm2")
        await write_unheard(play, "wm5", text="再见")
        added = CustomerAdded(
            id="crashed", at=clock.now(), conversation="contact:liming:wm4", member="liming",
            customer="wm4", welcome_code="over",
        )  # fmt: skip
    await clock.advance(50 * 3600)
    async with stage(tmp_path, clock=clock, corp=corp) as play:
        await play.bot.inbox.put([added])

        async def told() -> bool:
            return len(await play.rows("SELECT id FROM event WHERE state <> 0")) >= 7

        await play.until(told)
        await play.quiet()
        todos = await play.rows("SELECT customer, why FROM todo ORDER BY customer")
        assert [one["customer"] for one in todos] == ["wm2", "wm3", "wm4"]
        assert todos[0]["why"] == "客户的消息已等了 50 小时"
        assert play.texts("wm2") == play.texts("wm3") == [], "WeCom takes no answer after 48 hours"


async def test_lost_notifications_are_made_good_by_looking(tmp_path: Path) -> None:
    async with stage(tmp_path) as play:
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
        play.corp.faults.add(Fault(api="callback", drop=True))
        await play.corp.customer_writes_kf("wm2", SHOP, "你好")
        await play.bot.sweep("reconcile")

        async def answered() -> bool:
            return len(play.texts("wm2")) == 1

        await play.until(answered)


async def test_who_wrote_while_the_disk_was_full_waited_for_minutes(tmp_path: Path) -> None:
    """Nobody else wrote, and the next look was up to five minutes away."""
    async with stage(tmp_path, ticks=False) as play:
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
        play.corp.faults.add(Fault(api="callback", drop=True))  # it is refused each time
        await play.corp.customer_writes_kf("wm2", SHOP, "你好")
        [pages] = await play.rows("PRAGMA page_count")
        await play.rows(f"PRAGMA max_page_count = {pages['page_count']}")
        async with asyncio.TaskGroup() as tasks:
            put = [asked("m1", "长" * 300_000, play.clock, age_s=90_000, channel=Channel.APP)]
            waiting = tasks.create_task(play.bot.inbox.put(put))

            async def full() -> bool:
                return play.bot.journal.trouble != ""

            await play.until(full)
            await play.bot.sweep("catch_up")
            await play.rows("PRAGMA max_page_count = 100000")
            await waiting
        await play.bot.sweep("catch_up")

        async def answered() -> bool:
            return len(play.texts("wm2")) == 1

        await play.until(answered)


async def test_a_token_that_is_over_is_not_shown_to_wecom(tmp_path: Path) -> None:
    """Each look after a quiet time was refused first."""
    clock = ManualClock()
    async with stage(tmp_path, clock=clock, ticks=False) as play:
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
        await clock.advance(600)
        await write_unheard(play, "wm2")
        await play.bot.sweep("reconcile")

        async def found() -> bool:
            return len(await play.rows("SELECT id FROM event WHERE kind = 'MessageReceived'")) == 2

        await play.until(found)
        pulls = [call.errcode for call in play.corp.calls if call.api == "kf/sync_msg"]
        assert set(pulls) == {0}


async def test_an_answer_overtook_the_welcome_that_wecom_was_slow_to_take(tmp_path: Path) -> None:
    clock = ManualClock()
    async with stage(tmp_path, clock=clock, ticks=False) as play:
        corp = play.corp
        corp.faults.add(Fault(api="kf/send_msg_on_event", latency_s=3.0, times=1))
        await corp.customer_enters_kf("wm1", SHOP)
        await corp.customer_writes_kf("wm1", SHOP, "你好")
        await corp.customer_writes_kf("wm2", SHOP, "你好")

        async def on_its_way() -> bool:  # and whoever was not welcomed just now is answered
            return not corp.faults and len(play.texts("wm2")) == 1

        await play.until(on_its_way)
        assert play.texts("wm1") == []
        await clock.advance(3)
        await play.quiet()
        apis = [one.api for one in play.got("wm1")]
        assert apis == ["kf/send_msg_on_event", "kf/send_msg"]


async def test_switched_off_it_answers_nobody(tmp_path: Path) -> None:
    async with stage(tmp_path, kf="enabled = false") as play:
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
        assert play.corp.deliveries == []
        assert "kf/sync_msg" not in [call.api for call in play.corp.calls]


async def test_an_account_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    async with stage(tmp_path, kf='accounts = ["wkOther"]') as play:
        play.corp.add_kf_account("wkOther", "另一个", ["liming"])
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.corp.customer_writes_kf("wm2", "wkOther", "你好")
        await play.quiet()
        assert [delivery.to for delivery in play.corp.deliveries] == ["wm2"]


async def test_a_cursor_that_wecom_forgot_begins_anew_without_a_second_answer(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as play:
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
        play.corp.faults.add(Fault(api="kf/sync_msg", errcode=50100, times=1))
        await play.corp.customer_writes_kf("wm2", SHOP, "你好")
        await play.quiet()
        assert [len(play.texts(customer)) for customer in ("wm1", "wm2")] == [1, 1]


async def test_an_account_that_was_removed_is_not_asked_for_each_minute(tmp_path: Path) -> None:
    """It took of the few calls without token that all accounts have together."""
    clock = ManualClock()
    async with stage(tmp_path, clock=clock, kf="answer_within_s = 80000") as play:

        async def asked() -> bool:
            calls = [call.body for call in play.corp.calls if call.api == "kf/sync_msg"]
            return len(calls) == 2  # with the notification's token, and without

        play.corp.faults.add(Fault(api="kf/sync_msg", errcode=95004))
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.until(asked)
        await clock.advance(120)
        await play.corp.settled()
        assert await asked()
        play.corp.faults.clear()

        async def answered() -> bool:  # it is there again
            await clock.advance(5)
            await play.bot.sweep("reconcile")
            return len(play.texts("wm1")) == 1

        await play.until(answered)


async def test_notifications_that_cannot_be_followed_do_not_pile_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Ten thousand of them stopped the whole bot, welcomes included; and the log told of each of
    its attempts."""
    clock = ManualClock()
    async with stage(tmp_path, clock=clock, kf="answer_within_s = 80000") as play:
        play.corp.faults.add(Fault(api="kf/sync_msg", errcode=48002))
        names = [play.corp.add_customer(f"wmx{number}", "客") for number in range(50)]
        for name in names:
            await play.corp.customer_writes_kf(name, SHOP, "你好")
        await play.corp.settled()

        async def left(number: int) -> bool:
            rows = await play.rows("SELECT count(*) AS n FROM event WHERE state = 0")
            return bool(rows[0]["n"] == number)

        await play.until(partial(left, 1))
        for _ in range(5):
            tried = sum(call.api == "kf/sync_msg" for call in play.corp.calls)

            async def again(before: int = tried) -> bool:
                await clock.advance(5)  # it may be about to sleep
                return sum(call.api == "kf/sync_msg" for call in play.corp.calls) > before

            await play.until(again)
        play.corp.faults.clear()

        async def none_left() -> bool:
            await clock.advance(5)
            return await left(0)

        await play.until(none_left)
        await play.quiet()
        assert all(len(play.texts(name)) == 1 for name in names)

        async def told() -> bool:
            ours = [one.getMessage() for one in caplog.records if one.name.endswith("service")]
            return ours == [
                "the news of a kf account could not be pulled; `huashu doctor` tells why",
                "the news of a kf account comes again",
            ]

        await play.until(told)
