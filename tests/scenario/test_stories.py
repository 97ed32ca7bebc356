"""What people live through: the whole bot against the mock, over real HTTP."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.clock import ManualClock
from bot.errors import Refused
from bot.mockwecom.faults import Fault
from tests.stage import BOT, SHOP, stage


async def test_a_new_customer_is_welcomed(tmp_path: Path) -> None:
    async with stage(tmp_path) as play:
        await play.corp.customer_adds_member("wm1", "liming", state="store_7")
        await play.quiet()
        assert len(play.texts("wm1", "contact")) == 1
        assert "小李" in play.texts("wm1", "contact")[0]
        assert play.corp.refusals == []


async def test_a_question_in_customer_service_is_answered(tmp_path: Path) -> None:
    async with stage(tmp_path) as play:
        await play.corp.customer_enters_kf("wm1", SHOP)
        await play.quiet()
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
        rows = await play.rows("SELECT script FROM message ORDER BY seq")
        assert [row["script"] for row in rows] == ["welcome/kf", "system/greeting_reply"]
        assert len(play.texts("wm1")) == 2
        assert play.corp.refusals == []


async def test_what_no_script_answers_goes_to_a_person_who_is_not_interrupted(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as play:
        corp = play.corp
        await corp.customer_writes_kf("wm1", SHOP, "我想了解一下你们的融资情况和上市计划")
        await play.quiet()
        assert corp.kf.desk.accounts[SHOP].sessions["wm1"].state == 2  # the pool
        assert len(play.texts("wm1")) == 1
        assert len(play.texts("wangfang", "app")) == 1  # on duty
        await corp.servicer_takes("liming", "wm1", SHOP)
        await corp.customer_writes_kf("wm1", SHOP, "你好")
        await corp.servicer_writes_kf("liming", "wm1", SHOP, "我来为您解答")
        await play.quiet()
        assert len(play.texts("wm1")) == 1
        await corp.servicer_ends_session("liming", "wm1", SHOP)
        await corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
        assert len(play.texts("wm1")) == 2
        assert corp.refusals == []


async def test_the_customers_name_is_learnt_and_used_whatever_it_is(tmp_path: Path) -> None:
    name = "{{7*7}} $HOME \\ <b>老张</b>😀" + "很长" * 80
    async with stage(tmp_path) as play:
        play.corp.add_customer("wm9", name)
        await play.corp.customer_enters_kf("wm9", SHOP)
        await play.quiet()
        await play.bot.sweep("profiles")
        await play.bot.journal.drain()
        rows = await play.rows("SELECT name FROM customer")
        assert rows == [{"name": name}]


async def test_pages_of_sync_msg_are_all_read_and_each_question_is_answered_once(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as play:
        play.corp.faults.add(Fault(api="callback", drop=True))
        for number in range(230):
            play.corp.add_customer(f"wmx{number}", "客")
            await play.corp.customer_writes_kf(f"wmx{number}", SHOP, "你好")
        await play.corp.settled()
        play.corp.faults.clear()
        await play.corp.kf_empty_pages(SHOP, 2)  # has_more = 1 with nothing in it
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
        assert all(len(play.texts(f"wmx{number}")) == 1 for number in range(230))
        assert len(play.texts("wm1")) == 1


async def test_callbacks_three_times_out_of_order_and_across_a_restart(tmp_path: Path) -> None:
    async with stage(tmp_path) as play:
        corp = play.corp
        for _ in range(2):
            corp.faults.add(Fault(api="callback", double=True))
        corp.faults.add(Fault(api="callback", reorder=True, probability=0.5))
        await corp.customer_adds_member("wm1", "liming")
        await corp.customer_adds_member("wm2", "liming")
        for number in range(1, 4):
            await corp.customer_writes_kf(f"wm{number}", SHOP, "你好")
            await corp.member_writes_app("wangfang", 1000002, "你好")
        corp.pushes.release_held()
        await play.quiet()
        payloads = [push.payload for push in corp.pushed]
    corp.faults.clear()
    async with stage(tmp_path, corp=corp) as play:
        for payload in payloads[::-1]:
            await corp.push_raw(payload)
        await play.quiet()
        for number in (1, 2):
            assert len(play.texts(f"wm{number}", "contact")) == 1
        for number in range(1, 4):
            assert len(play.texts(f"wm{number}")) == 1
        assert len(play.texts("wangfang", "app")) == 3


async def test_a_window_that_wecom_has_closed_leads_to_a_person(tmp_path: Path) -> None:
    async with stage(tmp_path) as play:
        play.corp.faults.add(Fault(api="kf/send_msg", errcode=95002))
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
        assert play.texts("wm1") == []
        assert len(await play.rows("SELECT id FROM todo")) == 1
        assert len(play.texts("wangfang", "app")) == 1


async def test_41096_is_tried_again_until_it_works(tmp_path: Path) -> None:
    async with stage(tmp_path) as play:
        fault = Fault(api="externalcontact/send_welcome_msg", errcode=41096, times=2)
        play.corp.faults.add(fault)
        await play.corp.customer_adds_member("wm1", "liming")

        async def welcomed() -> bool:
            return len(play.texts("wm1", "contact")) == 1

        await play.until(welcomed)


async def test_an_expired_welcome_is_told_to_the_member(tmp_path: Path) -> None:
    async with stage(tmp_path) as play:
        fault = Fault(api="externalcontact/send_welcome_msg", errcode=41050, times=1)
        play.corp.faults.add(fault)
        await play.corp.customer_adds_member("wm1", "liming")
        await play.quiet()
        assert play.texts("wm1", "contact") == []
        assert len(play.texts("liming", "app")) == 1
        play.corp.add_member("chen", "陈")
        secret = play.corp.apps[1000002].secret
        play.corp.add_app(1000002, secret, "话术", visible=["liming", "wangfang"])
        await play.corp.customer_adds_member("wm2", "chen")
        await play.quiet()
        (told,) = play.texts("wangfang", "app")  # who is on duty; the app does not see chen
        assert told.startswith("chen 收不到应用消息")
        assert "手动打个招呼" in told


async def test_a_dropped_token_is_renewed_once(tmp_path: Path) -> None:
    async with stage(tmp_path) as play:
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
        play.corp.invalidate_tokens()
        await play.corp.customer_writes_kf("wm2", SHOP, "你好")
        await play.quiet()
        assert len(play.texts("wm2")) == 1
        assert [call.api for call in play.corp.calls].count("gettoken") == 2


async def test_a_restart_does_not_fetch_the_token_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as play:
        corp = play.corp
        await corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.quiet()
    async with stage(tmp_path, corp=corp) as play:
        await corp.customer_writes_kf("wm2", SHOP, "你好")
        await play.quiet()
        assert len(play.texts("wm2")) == 1
        assert [call.api for call in corp.calls].count("gettoken") == 1


async def test_an_answer_cut_off_on_its_way_is_not_sent_twice(tmp_path: Path) -> None:
    clock = ManualClock()
    async with stage(tmp_path, clock=clock) as play:
        play.corp.faults.add(Fault(api="kf/send_msg", disconnect_after=True, times=1))
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")

        async def put_off() -> bool:
            later = f"SELECT id FROM message WHERE due_at > {clock.timestamp()}"
            return bool(await play.rows(later))

        await play.until(put_off)
        await clock.advance(5)
        await play.quiet()
        assert await play.rows("SELECT state FROM message") == [{"state": 2}]
        assert len(play.texts("wm1")) == 1
        assert [call.api for call in play.corp.calls].count("kf/send_msg") == 2


async def test_an_app_message_cut_off_on_its_way_is_doubtful(tmp_path: Path) -> None:
    async with stage(tmp_path) as play:
        play.corp.faults.add(Fault(api="message/send", disconnect_after=True, times=1))
        await play.corp.member_writes_app("liming", 1000002, "你好")
        await play.quiet()
        assert [row["state"] for row in await play.rows("SELECT state FROM message")] == [4]
        assert len(play.texts("liming", "app")) == 1


async def test_history_is_not_answered_when_the_bot_is_new(tmp_path: Path) -> None:
    clock = ManualClock()
    async with stage(tmp_path, clock=clock) as play:
        play.corp.faults.add(Fault(api="callback", drop=True))
        await play.corp.customer_writes_kf("wm1", SHOP, "你好")
        await play.corp.settled()
        await clock.advance(7200)
        play.corp.faults.clear()
        await play.corp.customer_writes_kf("wm2", SHOP, "你好")
        await play.quiet()
        assert play.texts("wm1") == []
        assert len(play.texts("wm2")) == 1


async def test_a_group_asks_the_smart_bot_by_callback(tmp_path: Path) -> None:
    async with stage(tmp_path, smart_bot="callback") as play:
        await play.corp.bots.member_enters_bot("liming", BOT)
        await play.corp.bots.member_writes_bot("liming", BOT, "你好", chat_id="wrGroup")
        await play.quiet()
        rows = await play.rows("SELECT script, state FROM message ORDER BY script")
        assert rows == [
            {"script": "system/greeting_reply_bot", "state": 2},
            {"script": "welcome/bot", "state": 2},
        ]
        assert {d.to for d in play.corp.deliveries if d.channel == "bot"} == {"wrGroup", "liming"}


async def test_a_group_asks_the_smart_bot_over_the_long_connection(tmp_path: Path) -> None:
    async with stage(tmp_path, smart_bot="long_connection") as play:

        async def heard() -> bool:
            return bool(await play.rows("SELECT id FROM event WHERE kind = 'MessageReceived'"))

        async def connected() -> bool:
            return "aibot_subscribe" in [call.api for call in play.corp.calls]

        await play.until(connected)
        await play.corp.bots.member_enters_bot("liming", BOT)
        await play.corp.bots.member_writes_bot("liming", BOT, "你好", chat_id="wrGroup")
        await play.until(heard)
        await play.quiet()
        assert {d.to for d in play.corp.deliveries if d.channel == "bot"} == {"wrGroup", "liming"}
        assert play.corp.refusals == []


async def test_health_and_strangers(tmp_path: Path) -> None:
    async with stage(tmp_path) as play, ClientSession() as http:
        async with http.get(f"{play.bot.url}/healthz") as answer:
            assert await answer.json() == {"status": "ok"}
        play.corp.set_trusted_ips(["203.0.113.7"])
        with pytest.raises(Refused):
            await play.bot.office.client.follow_user_list()
        async with http.get(f"{play.bot.url}/healthz") as answer:  # it said that all was well
            told = await answer.json()
            assert (answer.status, told["status"]) == (200, "WeCom refuses calls: 60020")
            assert told["wecom"]["externalcontact/get_follow_user_list"] == 60020
        play.corp.set_trusted_ips()
        stranger = f"{play.bot.url}/callback/app?msg_signature=x&timestamp=1&nonce=n"
        async with http.post(stranger, data=b"<xml/>") as answer:
            assert answer.status == 403
            assert await answer.read() == b""
        assert await play.rows("SELECT id FROM event") == []


async def test_five_hundred_customers_at_once_while_everything_else_is_slow(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, clock=ManualClock()) as play:  # codes are good for 20 seconds
        corp = play.corp
        for api in ("kf/send_msg", "kf/sync_msg", "message/send", "kf/customer/batchget"):
            corp.faults.add(Fault(api=api, latency_s=30))
        for _ in range(40):
            await corp.customer_writes_kf("wm1", SHOP, "你好")
            await corp.member_writes_app("liming", 1000002, "你好")
        for number in range(500):
            corp.add_customer(f"wmn{number}", "新客")
        adds = (corp.customer_adds_member(f"wmn{number}", "liming") for number in range(500))
        await asyncio.gather(*adds)

        async def all_welcomed() -> bool:
            return sum(d.channel == "contact" for d in corp.deliveries) == 500

        await play.until(all_welcomed)
        assert all(len(play.texts(f"wmn{number}", "contact")) == 1 for number in range(500))
