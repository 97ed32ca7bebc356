"""What the callback URL of a smart bot gets from the mock, and when."""

from typing import Any

import aiohttp
import pytest

from bot.clock import ManualClock
from bot.mockwecom.bot_callbacks import BotCallback
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from bot.mockwecom.people import CannotAct
from bot.mockwecom.server import MockServer
from bot.wecom.crypto import Envelope, unpad
from tests.mock.bots import (
    AES_KEY,
    BOT,
    CARD,
    GROUP,
    NAME,
    SECRET,
    CallbackBot,
    callback_bot,
    line_to,
    said,
    stream,
)


async def test_address_is_verified_like_in_the_console(corp: MockCorp, bot: CallbackBot) -> None:
    await corp.bots.verify_callback(BOT)
    bot.envelope = Envelope("another", AES_KEY, "")
    with pytest.raises(CannotAct, match="EncodingAESKey"):
        await corp.bots.verify_callback(BOT)
    with pytest.raises(ValueError, match="43"):
        BotCallback(url="http://x", token="t", aes_key="k")


async def test_message_arrives_and_its_reply_is_delivered(
    corp: MockCorp, bot: CallbackBot
) -> None:
    bot.answer = lambda _: stream("**三位**客户")
    msgid = await corp.bots.member_writes_bot("liming", BOT, "要跟进谁?", quote="客户A: 贵")
    await corp.settled()
    (message,) = bot.received
    assert message["msgid"] == msgid
    assert (message["chattype"], message["text"]) == ("single", {"content": "要跟进谁?"})
    assert message["quote"] == {"msgtype": "text", "text": {"content": "客户A: 贵"}}
    assert said(corp) == [("liming", "stream", "**三位**客户")]
    assert corp.deliveries[0].account == BOT
    assert not corp.refusals


async def test_group_messages_name_the_bot_or_never_reach_it(
    corp: MockCorp, bot: CallbackBot
) -> None:
    write = corp.bots.member_writes_bot
    await write("liming", BOT, "早", chat_id=GROUP)
    assert await write("liming", BOT, "大家早", chat_id=GROUP, mention=False) == ""
    await corp.settled()
    (message,) = bot.received
    assert (message["chatid"], message["text"]["content"]) == (GROUP, f"@{NAME} 早")
    with pytest.raises(CannotAct, match="group"):
        await write("liming", BOT, "…", chat_id=GROUP, kind="voice")


async def test_failed_callback_comes_again_with_the_same_msgid(
    corp: MockCorp, bot: CallbackBot, clock: ManualClock
) -> None:
    bot.statuses = [500, 503]
    bot.answer = lambda _: stream("好")
    await corp.bots.member_writes_bot("liming", BOT, "在吗")
    for _ in range(3):
        await corp.settled()
        await clock.advance(5)
    await corp.settled()
    assert len({message["msgid"] for message in bot.received}) == 1
    assert [push.status for push in corp.pushed] == [500, 503, 200]
    assert said(corp) == [("liming", "stream", "好")]


async def test_a_fourth_message_waits_for_one_of_the_first_three(
    corp: MockCorp, bot: CallbackBot, clock: ManualClock
) -> None:
    bot.answer = lambda message: stream("…", finish=False, name=message["msgid"])
    for _ in range(3):
        await corp.bots.member_writes_bot("liming", BOT, "查")
    await corp.settled()
    with pytest.raises(CannotAct, match="in flight"):
        await corp.bots.member_writes_bot("liming", BOT, "查")
    corp.add_member("wangfang", "王芳")
    await corp.bots.member_writes_bot("wangfang", BOT, "我的不受影响")
    await clock.advance(360)
    await corp.bots.member_writes_bot("liming", BOT, "六分钟以后可以")


async def test_welcome_is_asked_for_once_a_day(
    corp: MockCorp, bot: CallbackBot, clock: ManualClock
) -> None:
    bot.answer = lambda _: {"msgtype": "text", "text": {"content": "你好"}}
    assert await corp.bots.member_enters_bot("liming", BOT)
    assert await corp.bots.member_enters_bot("liming", BOT) == ""
    await clock.advance(14 * 3600 - 1)  # the clock began at 10:00 in Shanghai
    assert await corp.bots.member_enters_bot("liming", BOT) == ""
    await clock.advance(1)
    assert await corp.bots.member_enters_bot("liming", BOT)
    await corp.settled()
    assert said(corp) == [("liming", "text", "你好")] * 2
    assert "response_url" not in bot.received[0]


async def test_card_is_pressed_and_updated(corp: MockCorp, bot: CallbackBot) -> None:
    bot.answer = lambda _: CARD
    await corp.bots.member_writes_bot("liming", BOT, "卡片")
    await corp.settled()
    updated = {**CARD["template_card"], "main_title": {"title": "已接受"}}
    bot.answer = lambda _: {
        "response_type": "update_template_card",
        "template_card": updated,
    }
    await corp.bots.click_card("liming", BOT, "task-0001", "accept")
    await corp.settled()
    pressed = bot.received[-1]["event"]["template_card_event"]
    assert pressed == {
        "card_type": "button_interaction",
        "event_key": "accept",
        "task_id": "task-0001",
    }
    assert said(corp)[-1] == ("liming", "update_template_card", "已接受")
    with pytest.raises(CannotAct, match="no_such_button"):
        await corp.bots.click_card("liming", BOT, "task-0001", "no_such_button")


async def test_pressed_card_is_told_once_and_not_again(
    corp: MockCorp, bot: CallbackBot, clock: ManualClock
) -> None:
    bot.answer = lambda _: CARD
    await corp.bots.member_writes_bot("liming", BOT, "卡片")
    await corp.settled()
    bot.statuses = [500]
    await corp.bots.click_card("liming", BOT, "task-0001", "accept")
    await corp.settled()
    await clock.advance(60)
    await corp.settled()
    assert len(bot.received) == 2


async def test_feedback_names_what_the_bot_asked_for(corp: MockCorp, bot: CallbackBot) -> None:
    bot.answer = lambda _: stream("答", feedback={"id": "fb-1"})
    await corp.bots.member_writes_bot("liming", BOT, "问")
    await corp.settled()
    bot.answer = lambda _: None
    await corp.bots.give_feedback("liming", BOT, "fb-1", 2, "答非所问", [1, 3])
    await corp.settled()
    assert bot.received[-1]["event"]["feedback_event"] == {
        "id": "fb-1",
        "type": 2,
        "content": "答非所问",
        "inaccurate_reason_list": [1, 3],
    }
    with pytest.raises(CannotAct, match="fb-2"):
        await corp.bots.give_feedback("liming", BOT, "fb-2")


async def test_media_is_encrypted_and_gone_after_five_minutes(
    corp: MockCorp, bot: CallbackBot, clock: ManualClock
) -> None:
    await corp.bots.member_writes_bot("liming", BOT, "报价单", kind="file")
    await corp.settled()
    url = bot.received[0]["file"]["url"]
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            sealed = await answer.read()
        assert unpad(bot.envelope.decrypt(sealed)).decode() == "报价单"
        await clock.advance(300)
        async with session.get(url) as answer:
            assert answer.status == 200
        await clock.advance(1)
        async with session.get(url) as answer:
            assert answer.status == 404


async def test_faults_lose_and_double_callbacks(corp: MockCorp, bot: CallbackBot) -> None:
    corp.faults.add(Fault(api="callback", drop=True, times=1))
    corp.faults.add(Fault(api="callback", double=True, times=1))
    await corp.bots.member_writes_bot("liming", BOT, "丢了")
    await corp.bots.member_writes_bot("liming", BOT, "两次")
    await corp.settled()
    assert [message["text"]["content"] for message in bot.received] == ["两次", "两次"]


async def test_bot_with_a_callback_cannot_have_a_connection(
    server: MockServer, bot: CallbackBot
) -> None:
    async with line_to(server.url) as line:
        assert (await line.subscribe())["errcode"] == 40001


async def test_reset_forgets_what_was_said_but_not_the_bots(
    corp: MockCorp, bot: CallbackBot
) -> None:
    bot.answer = lambda _: CARD
    for _ in range(2):
        await corp.bots.member_writes_bot("liming", BOT, "卡片")
        await corp.settled()
        assert said(corp) == [("liming", "template_card", "线索分配")]
        corp.reset()


async def test_whole_story_over_the_control_api(corp: MockCorp, server: MockServer) -> None:
    async with callback_bot() as (bot, callback), aiohttp.ClientSession() as session:
        acts: tuple[dict[str, Any], ...] = (
            {
                "do": "add_bot",
                "bot_id": BOT,
                "secret": SECRET,
                "name": NAME,
                "url": callback.url,
                "token": callback.token,
                "aes_key": callback.aes_key,
            },
            {"do": "verify_bot_callback", "bot_id": BOT},
            {"do": "member_writes_bot", "userid": "liming", "bot_id": BOT, "text": "你好"},
        )
        for act in acts:
            async with session.post(f"{server.url}/_mock/act", json=act) as answer:
                assert answer.status == 200, await answer.text()
        await corp.settled()
        assert [message["text"]["content"] for message in bot.received] == ["你好"]
