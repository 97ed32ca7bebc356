"""What a smart bot may answer to a callback, and when it is too late."""

import base64
import hashlib
from typing import Any

import aiohttp
import pytest

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from tests.mock.bots import BOT, CARD, GROUP, CallbackBot, said, stream

PNG = b"\x89PNG\r\n\x1a\n"


async def post(url: str, body: Any) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        return int((await answer.json())["errcode"])


async def test_stream_is_asked_for_until_it_is_finished(
    corp: MockCorp, bot: CallbackBot, clock: ManualClock
) -> None:
    texts = iter(("正在查询", "正在查询…", "查到三位"))

    def answer(message: dict[str, Any]) -> dict[str, Any]:
        text = next(texts)
        return stream(text, finish=text == "查到三位")

    bot.answer = answer
    await corp.bots.member_writes_bot("liming", BOT, "查")
    for _ in range(4):
        await corp.settled()
        await clock.advance(1)
    assert [message["msgtype"] for message in bot.received] == ["text", "stream", "stream"]
    assert all("response_url" not in refresh for refresh in bot.received[1:])
    assert bot.received[1]["stream"] == {"id": "st-1"}
    assert [delivery.text for delivery in corp.deliveries][-1] == "查到三位"
    assert len({delivery.msgid for delivery in corp.deliveries}) == 1


async def test_nobody_asks_for_a_stream_after_six_minutes(
    corp: MockCorp, bot: CallbackBot, clock: ManualClock
) -> None:
    corp.rules.set("bot_refresh_gap_s", 60)
    bot.answer = lambda _: stream("…", finish=False)
    await corp.bots.member_writes_bot("liming", BOT, "查")
    for _ in range(10):
        await corp.settled()
        await clock.advance(60)
    assert len(bot.received) == 1 + 6


async def test_response_url_works_once_within_the_hour(
    corp: MockCorp, bot: CallbackBot, clock: ManualClock
) -> None:
    for text in ("一", "二"):
        await corp.bots.member_writes_bot("liming", BOT, text)
        await corp.settled()
    first, second = (message["response_url"] for message in bot.received)
    done = {"msgtype": "markdown", "markdown": {"content": "**done**"}}
    assert await post(first, {"msgtype": "text", "text": {"content": "不行"}}) == 40008
    assert await post(first, {**done, "extra": 1}) == 40058
    assert await post(first, done) == 0
    assert await post(first, done) == 60140
    await clock.advance(3601)
    assert await post(second, done) == 60140
    assert said(corp) == [("liming", "markdown", "**done**")]


async def test_no_card_through_the_response_url_of_a_group(
    corp: MockCorp, bot: CallbackBot
) -> None:
    await corp.bots.member_writes_bot("liming", BOT, "卡片", chat_id=GROUP)
    await corp.settled()
    assert await post(bot.received[0]["response_url"], CARD) == 40008


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ({"msgtype": "text", "text": {"content": "只可用于欢迎语"}}, "40008"),
        (stream("x" * 20481), "45002"),
        ({"msgtype": "stream", "stream": {"content": "no id"}}, "stream.id"),
        (stream("x", colour="red"), "unknown field"),
        (stream("x", finish=False, msg_item=[{"msgtype": "image"}]), "msg_item"),
        ({**CARD, "template_card": {"card_type": "poster"}}, "card_type"),
        (["a list"], "not an object"),
    ],
)
async def test_wrong_reply_reaches_nobody_and_is_noted(
    corp: MockCorp, bot: CallbackBot, reply: Any, problem: str
) -> None:
    bot.answer = lambda _: reply
    await corp.bots.member_writes_bot("liming", BOT, "问")
    await corp.settled()
    assert not corp.deliveries
    assert problem in corp.refusals[0].problem


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"msgsignature": "0" * 40}, "msg_signature does not fit"),
        ({"nonce": "other"}, "nonce"),
        ({"msg_signature": "the name of the query field"}, "has not just"),
    ],
)
async def test_reply_in_a_wrong_envelope_reaches_nobody(
    corp: MockCorp, bot: CallbackBot, change: dict[str, str], problem: str
) -> None:
    bot.answer = lambda _: stream("x")
    bot.seal_reply = lambda sealed: {**sealed, **change}
    await corp.bots.member_writes_bot("liming", BOT, "问")
    await corp.settled()
    assert not corp.deliveries
    assert problem in corp.refusals[0].problem


async def test_timestamp_of_the_reply_may_be_a_string(corp: MockCorp, bot: CallbackBot) -> None:
    bot.answer = lambda _: stream("x")
    bot.seal_reply = lambda sealed: {**sealed, "timestamp": str(sealed["timestamp"])}
    await corp.bots.member_writes_bot("liming", BOT, "问")
    await corp.settled()
    assert said(corp) == [("liming", "stream", "x")]


async def test_images_close_a_stream_and_are_what_they_say(
    corp: MockCorp, bot: CallbackBot
) -> None:
    image = {"base64": base64.b64encode(PNG).decode(), "md5": hashlib.md5(PNG).hexdigest()}
    item = {"msgtype": "image", "image": image}
    bot.answer = lambda _: stream("图", msg_item=[item])
    await corp.bots.member_writes_bot("liming", BOT, "图")
    await corp.settled()
    wrong = {"msgtype": "image", "image": {**image, "md5": "0" * 32}}
    bot.answer = lambda _: stream("图", msg_item=[wrong])
    await corp.bots.member_writes_bot("liming", BOT, "图")
    await corp.settled()
    assert len(corp.deliveries) == 1
    assert "md5" in corp.refusals[0].problem


async def test_second_answer_to_a_doubled_callback_does_no_harm(
    corp: MockCorp, bot: CallbackBot
) -> None:
    bot.answer = lambda _: CARD
    corp.faults.add(Fault(api="callback", double=True, times=1))
    await corp.bots.member_writes_bot("liming", BOT, "卡片")
    await corp.settled()
    assert len(bot.received) == 2
    assert said(corp) == [("liming", "template_card", "线索分配")]
    assert not corp.refusals
