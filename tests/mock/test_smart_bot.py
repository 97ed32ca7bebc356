"""The mock's smart bots: what they get, what they may answer, and when it is too late."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
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
from tests.mock.bots import AES_KEY, BOT, NAME, SECRET, TOKEN, CallbackBot, callback_bot, line_to

DATA = Path(__file__).parents[1] / "data" / "wecom"
CARD: dict[str, Any] = json.loads((DATA / "aibot_reply_template_card.json").read_text("utf-8"))
GROUP = "wrDemoChat000000000000000000001"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def corp(clock: ManualClock) -> MockCorp:
    corp = MockCorp(clock=clock)
    corp.add_member("liming", "李明")
    return corp


@pytest.fixture
async def bot(corp: MockCorp, server: MockServer) -> AsyncIterator[CallbackBot]:
    async with callback_bot() as (bot, callback):
        corp.add_bot(BOT, SECRET, NAME, callback)
        yield bot
        await corp.settled()


@pytest.fixture
async def lonely(corp: MockCorp, server: MockServer) -> str:
    """A bot without a callback, for the long connection; returns the mock's address."""
    corp.add_bot(BOT, SECRET, NAME)
    return server.url


def stream(
    content: str, *, finish: bool = True, name: str = "st-1", **more: Any
) -> dict[str, Any]:
    said = {"id": name, "finish": finish, "content": content, **more}
    return {"msgtype": "stream", "stream": said}


def said(corp: MockCorp) -> list[tuple[str, str, str]]:
    return [(delivery.to, delivery.kind, delivery.text) for delivery in corp.deliveries]


async def post(url: str, body: Any) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        return int((await answer.json())["errcode"])


class TestCallbackUrl:
    async def test_address_is_verified_like_in_the_console(
        self, corp: MockCorp, bot: CallbackBot
    ) -> None:
        await corp.bots.verify_callback(BOT)
        bot.envelope = Envelope("another", AES_KEY, "")
        with pytest.raises(CannotAct, match="EncodingAESKey"):
            await corp.bots.verify_callback(BOT)
        with pytest.raises(ValueError, match="43"):
            BotCallback(url="http://x", token="t", aes_key="k")

    async def test_message_arrives_and_its_reply_is_delivered(
        self, corp: MockCorp, bot: CallbackBot
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
        self, corp: MockCorp, bot: CallbackBot
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
        self, corp: MockCorp, bot: CallbackBot, clock: ManualClock
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

    async def test_stream_is_asked_for_until_it_is_finished(
        self, corp: MockCorp, bot: CallbackBot, clock: ManualClock
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
        self, corp: MockCorp, bot: CallbackBot, clock: ManualClock
    ) -> None:
        corp.rules.set("bot_refresh_gap_s", 60)
        bot.answer = lambda _: stream("…", finish=False)
        await corp.bots.member_writes_bot("liming", BOT, "查")
        for _ in range(10):
            await corp.settled()
            await clock.advance(60)
        assert len(bot.received) == 1 + 6

    async def test_a_fourth_message_waits_for_one_of_the_first_three(
        self, corp: MockCorp, bot: CallbackBot, clock: ManualClock
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
        self, corp: MockCorp, bot: CallbackBot, clock: ManualClock
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

    async def test_card_is_pressed_and_updated(self, corp: MockCorp, bot: CallbackBot) -> None:
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
        self, corp: MockCorp, bot: CallbackBot, clock: ManualClock
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

    async def test_feedback_names_what_the_bot_asked_for(
        self, corp: MockCorp, bot: CallbackBot
    ) -> None:
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
        self, corp: MockCorp, bot: CallbackBot, clock: ManualClock
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

    async def test_response_url_works_once_within_the_hour(
        self, corp: MockCorp, bot: CallbackBot, clock: ManualClock
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
        self, corp: MockCorp, bot: CallbackBot
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
        self, corp: MockCorp, bot: CallbackBot, reply: Any, problem: str
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
        self, corp: MockCorp, bot: CallbackBot, change: dict[str, str], problem: str
    ) -> None:
        bot.answer = lambda _: stream("x")
        bot.seal_reply = lambda sealed: {**sealed, **change}
        await corp.bots.member_writes_bot("liming", BOT, "问")
        await corp.settled()
        assert not corp.deliveries
        assert problem in corp.refusals[0].problem

    async def test_timestamp_of_the_reply_may_be_a_string(
        self, corp: MockCorp, bot: CallbackBot
    ) -> None:
        bot.answer = lambda _: stream("x")
        bot.seal_reply = lambda sealed: {**sealed, "timestamp": str(sealed["timestamp"])}
        await corp.bots.member_writes_bot("liming", BOT, "问")
        await corp.settled()
        assert said(corp) == [("liming", "stream", "x")]

    async def test_images_close_a_stream_and_are_what_they_say(
        self, corp: MockCorp, bot: CallbackBot
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

    async def test_faults_lose_and_double_callbacks(
        self, corp: MockCorp, bot: CallbackBot
    ) -> None:
        corp.faults.add(Fault(api="callback", drop=True, times=1))
        corp.faults.add(Fault(api="callback", double=True, times=1))
        await corp.bots.member_writes_bot("liming", BOT, "丢了")
        await corp.bots.member_writes_bot("liming", BOT, "两次")
        await corp.settled()
        assert [message["text"]["content"] for message in bot.received] == ["两次", "两次"]

    async def test_second_answer_to_a_doubled_callback_does_no_harm(
        self, corp: MockCorp, bot: CallbackBot
    ) -> None:
        bot.answer = lambda _: CARD
        corp.faults.add(Fault(api="callback", double=True, times=1))
        await corp.bots.member_writes_bot("liming", BOT, "卡片")
        await corp.settled()
        assert len(bot.received) == 2
        assert said(corp) == [("liming", "template_card", "线索分配")]
        assert not corp.refusals

    async def test_bot_with_a_callback_cannot_have_a_connection(
        self, server: MockServer, bot: CallbackBot
    ) -> None:
        async with line_to(server.url) as line:
            assert (await line.subscribe())["errcode"] == 40001


class TestLongConnection:
    async def test_subscribe_wants_the_secret_and_comes_first(self, lonely: str) -> None:
        async with line_to(lonely) as line:
            assert (await line.ask("ping"))["errcode"] == 846609
            assert (await line.subscribe("wrong"))["errcode"] == 40001
            assert (await line.subscribe())["errcode"] == 0
            assert (await line.ask("ping")) == {
                "headers": {"req_id": "req-4"},
                "errcode": 0,
                "errmsg": "ok",
            }

    async def test_message_is_answered_in_a_growing_stream(
        self, corp: MockCorp, lonely: str, clock: ManualClock
    ) -> None:
        async with line_to(lonely, "/") as line:
            await line.subscribe()
            msgid = await corp.bots.member_writes_bot("liming", BOT, "查")
            frame = await line.read()
            assert frame["cmd"] == "aibot_msg_callback"
            assert frame["body"]["msgid"] == msgid
            assert "response_url" not in frame["body"]
            req_id = frame["headers"]["req_id"]
            for text in ("正在", "正在查"):
                grown = stream(text, finish=False)
                assert (await line.ask("aibot_respond_msg", grown, req_id))["errcode"] == 0
            await clock.advance(361)
            late = await line.ask("aibot_respond_msg", stream("查到"), req_id)
            assert (late["errcode"], late["errmsg"]) == (846608, "stream message update expired")
            fresh = stream("查到", name="st-2")
            assert (await line.ask("aibot_respond_msg", fresh, req_id))["errcode"] == 0
            again = await line.ask("aibot_respond_msg", fresh, req_id)
            assert again["errcode"] == 846608, "a finished stream is closed"
            await clock.advance(86400)
            assert (await line.ask("aibot_respond_msg", fresh, req_id))["errcode"] == 846605
        assert [delivery.text for delivery in corp.deliveries] == ["正在", "正在查", "查到"]

    @pytest.mark.parametrize(
        ("body", "errcode"),
        [
            ({"msgtype": "text", "text": {"content": "x"}}, 40008),
            ({"msgtype": "stream_with_template_card", "stream": {"id": "s"}}, 40008),
            (stream("x", msg_item=[]), 40058),
            ({"msgtype": "image", "image": {"media_id": "unknown"}}, 40007),
            ({"msgtype": "markdown", "markdown": {"content": "好" * 6827}}, 45002),
            (None, 40058),
        ],
    )
    async def test_wrong_answer_is_refused(
        self, corp: MockCorp, lonely: str, body: Any, errcode: int
    ) -> None:
        async with line_to(lonely) as line:
            await line.subscribe()
            await corp.bots.member_writes_bot("liming", BOT, "查")
            req_id = (await line.read())["headers"]["req_id"]
            assert (await line.ask("aibot_respond_msg", body, req_id))["errcode"] == errcode
            unknown = await line.ask("aibot_respond_msg", stream("x"), "never-was")
            assert (unknown["errcode"], unknown["errmsg"]) == (846605, "invalid req_id")
        assert not corp.deliveries
        assert bool(corp.refusals) == (errcode in (40008, 40058))

    async def test_welcome_has_five_seconds_and_one_try(
        self, corp: MockCorp, lonely: str, clock: ManualClock
    ) -> None:
        corp.add_member("wangfang", "王芳")
        hello = {"msgtype": "text", "text": {"content": "你好"}}
        codes = []
        async with line_to(lonely) as line:
            await line.subscribe()
            for userid, delay in (("liming", 5), ("wangfang", 6)):
                await corp.bots.member_enters_bot(userid, BOT)
                frame = await line.read()
                assert frame["body"]["event"]["eventtype"] == "enter_chat"
                await clock.advance(delay)
                for _ in range(2):
                    answer = await line.ask(
                        "aibot_respond_welcome_msg", hello, frame["headers"]["req_id"]
                    )
                    codes.append(answer["errcode"])
        assert codes == [0, 846605, 846605, 846605]
        assert said(corp) == [("liming", "text", "你好")]

    async def test_newer_connection_evicts_the_older(self, corp: MockCorp, lonely: str) -> None:
        async with line_to(lonely) as older, line_to(lonely) as newer:
            await older.subscribe()
            await newer.subscribe()
            event = await older.read()
            assert event["cmd"] == "aibot_event_callback"
            assert event["body"]["event"] == {"eventtype": "disconnected_event"}
            assert (await older.socket.receive()).type is aiohttp.WSMsgType.CLOSE
            await corp.bots.member_writes_bot("liming", BOT, "查")
            assert (await newer.read())["cmd"] == "aibot_msg_callback"

    async def test_dropped_connection_leaves_messages_undelivered(
        self, corp: MockCorp, lonely: str
    ) -> None:
        async with line_to(lonely) as line:
            await line.subscribe()
            assert await corp.bots.drop_connections() == 1
            assert (await line.socket.receive()).type is aiohttp.WSMsgType.CLOSE
            await corp.bots.member_writes_bot("liming", BOT, "有人吗")
        assert [lost["text"]["content"] for lost in corp.bots.undelivered] == ["有人吗"]
        async with line_to(lonely) as line:
            assert (await line.subscribe())["errcode"] == 0

    async def test_bot_writes_first_only_where_somebody_wrote(
        self, corp: MockCorp, lonely: str
    ) -> None:
        news = {"msgtype": "markdown", "markdown": {"content": "主动推送"}}
        async with line_to(lonely) as line:
            await line.subscribe()
            unknown = await line.ask("aibot_send_msg", {"chatid": "liming", **news})
            assert unknown["errcode"] == 40050
            await corp.bots.member_writes_bot("liming", BOT, "你好")
            await corp.bots.member_writes_bot("liming", BOT, "你好", chat_id=GROUP)
            for _ in range(2):
                await line.read()
            single = {"chatid": "liming", "chat_type": 1}
            group = {"chatid": GROUP, "chat_type": 2}
            for target, body, errcode in (
                (single, news, 0),
                (group, news, 0),
                ({"chatid": GROUP}, news, 0),
                ({"chatid": GROUP, "chat_type": 1}, news, 40050),
                (single, CARD, 0),
                (single, CARD, 42014),
                (group, CARD, 40008),
                (single, {"msgtype": "text", "text": {"content": "x"}}, 40008),
            ):
                answer = await line.ask("aibot_send_msg", {**target, **body})
                assert answer["errcode"] == errcode, (target, body)
        assert [to for to, _, _ in said(corp)] == ["liming", GROUP, GROUP, "liming"]

    async def test_thirty_messages_a_minute_for_each_conversation(
        self, corp: MockCorp, lonely: str, clock: ManualClock
    ) -> None:
        async with line_to(lonely) as line:
            await line.subscribe()
            await corp.bots.member_writes_bot("liming", BOT, "你好")
            req_id = (await line.read())["headers"]["req_id"]
            news = {"chatid": "liming", "msgtype": "markdown", "markdown": {"content": "x"}}
            codes = [(await line.ask("aibot_send_msg", news))["errcode"] for _ in range(29)]
            assert set(codes) == {0}
            for text in ("一条", "一条流", "一条流式消息只算一次"):
                answer = await line.ask("aibot_respond_msg", stream(text, finish=False), req_id)
                assert answer["errcode"] == 0
            assert (await line.ask("aibot_send_msg", news))["errcode"] == 45009
            await clock.advance(61)
            assert (await line.ask("aibot_send_msg", news))["errcode"] == 0

    async def test_file_is_uploaded_in_chunks_and_sent(
        self, corp: MockCorp, lonely: str, clock: ManualClock
    ) -> None:
        content = b"0123456789"
        start = {"type": "file", "filename": "报价.pdf", "total_size": 10, "total_chunks": 2}
        md5 = hashlib.md5(content).hexdigest()
        async with line_to(lonely) as line:
            await line.subscribe()
            await corp.bots.member_writes_bot("liming", BOT, "文件")
            req_id = (await line.read())["headers"]["req_id"]
            begun = await line.ask("aibot_upload_media_init", {**start, "md5": md5})
            upload = {"upload_id": begun["body"]["upload_id"]}
            early = await line.ask("aibot_upload_media_finish", upload)
            assert early["errcode"] == 40058, "no chunk yet"
            for index, part in ((1, content[5:]), (0, content[:5]), (0, b"other")):
                chunk = {"chunk_index": index, "base64_data": base64.b64encode(part).decode()}
                answer = await line.ask("aibot_upload_media_chunk", {**upload, **chunk})
                assert answer["errcode"] == 0, "any order, and a repeated one is ignored"
            done = (await line.ask("aibot_upload_media_finish", upload))["body"]
            assert done["type"] == "file"
            media = {"media_id": done["media_id"]}
            for kind, errcode in (("image", 40007), ("file", 0)):
                answer = await line.ask(
                    "aibot_respond_msg", {"msgtype": kind, kind: media}, req_id
                )
                assert answer["errcode"] == errcode
            await clock.advance(3 * 86400 + 1)
            sent = {"chatid": "liming", "msgtype": "file", "file": media}
            assert (await line.ask("aibot_send_msg", sent))["errcode"] == 40007

    async def test_upload_keeps_the_documented_limits(self, lonely: str) -> None:
        start = {"type": "image", "filename": "a.png", "total_size": 10, "total_chunks": 1}
        async with line_to(lonely) as line:
            await line.subscribe()
            for change, errcode in (
                ({"type": "poster"}, 40005),
                ({"total_size": 4}, 40058),
                ({"total_size": 2 * 2**20 + 1}, 40009),
                ({"total_chunks": 101}, 40058),
                ({"colour": "red"}, 40058),
            ):
                answer = await line.ask("aibot_upload_media_init", {**start, **change})
                assert answer["errcode"] == errcode, change

    async def test_media_has_a_key_of_its_own(self, corp: MockCorp, lonely: str) -> None:
        async with line_to(lonely) as line, aiohttp.ClientSession() as session:
            await line.subscribe()
            await corp.bots.member_writes_bot("liming", BOT, "照片", kind="image")
            image = (await line.read())["body"]["image"]
            async with session.get(image["url"]) as answer:
                sealed = await answer.read()
        assert unpad(Envelope(TOKEN, image["aeskey"], "").decrypt(sealed)).decode() == "照片"

    async def test_faults_strike_frames(self, corp: MockCorp, lonely: str) -> None:
        async with line_to(lonely) as line:
            await line.subscribe()
            await corp.bots.member_writes_bot("liming", BOT, "你好")
            req_id = (await line.read())["headers"]["req_id"]
            corp.faults.add(Fault(api="aibot_respond_msg", errcode=-1, times=1))
            assert (await line.ask("aibot_respond_msg", stream("x"), req_id))["errcode"] == -1
            corp.faults.add(Fault(api="aibot_respond_msg", disconnect_after=True, times=1))
            frame = {"cmd": "aibot_respond_msg", "headers": {"req_id": req_id}}
            await line.socket.send_json({**frame, "body": stream("到了")})
            assert (await line.socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert said(corp) == [("liming", "stream", "到了")]
        assert [call.errcode for call in corp.calls] == [0, -1, -1]
        assert SECRET not in repr(corp.calls)

    @pytest.mark.parametrize("text", ["not JSON", "[]", '{"cmd": "ping"}', '{"headers": 1}'])
    async def test_frame_that_is_none_is_answered_not_obeyed(self, lonely: str, text: str) -> None:
        async with line_to(lonely) as line:
            await line.subscribe()
            await line.socket.send_str(text)
            assert (await line.read())["errcode"] == 40058


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
