"""A smart bot by long connection: who may open it, what passes, and what is refused."""

import base64
import hashlib
from typing import Any

import aiohttp
import pytest

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from bot.mockwecom.server import MockServer
from bot.wecom.crypto import Envelope, unpad
from tests.mock.bots import BOT, CARD, GROUP, NAME, SECRET, TOKEN, line_to, said, stream


@pytest.fixture
async def lonely(corp: MockCorp, server: MockServer) -> str:
    """A bot without a callback, for the long connection; returns the mock's address."""
    corp.add_bot(BOT, SECRET, NAME)
    return server.url


async def test_subscribe_wants_the_secret_and_comes_first(lonely: str) -> None:
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
    corp: MockCorp, lonely: str, clock: ManualClock
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
    corp: MockCorp, lonely: str, body: Any, errcode: int
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
    corp: MockCorp, lonely: str, clock: ManualClock
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


async def test_newer_connection_evicts_the_older(corp: MockCorp, lonely: str) -> None:
    async with line_to(lonely) as older, line_to(lonely) as newer:
        await older.subscribe()
        await newer.subscribe()
        event = await older.read()
        assert event["cmd"] == "aibot_event_callback"
        assert event["body"]["event"] == {"eventtype": "disconnected_event"}
        assert (await older.socket.receive()).type is aiohttp.WSMsgType.CLOSE
        await corp.bots.member_writes_bot("liming", BOT, "查")
        assert (await newer.read())["cmd"] == "aibot_msg_callback"


async def test_dropped_connection_leaves_messages_undelivered(corp: MockCorp, lonely: str) -> None:
    async with line_to(lonely) as line:
        await line.subscribe()
        assert await corp.bots.drop_connections() == 1
        assert (await line.socket.receive()).type is aiohttp.WSMsgType.CLOSE
        await corp.bots.member_writes_bot("liming", BOT, "有人吗")
    assert [lost["text"]["content"] for lost in corp.bots.undelivered] == ["有人吗"]
    async with line_to(lonely) as line:
        assert (await line.subscribe())["errcode"] == 0


async def test_bot_writes_first_only_where_somebody_wrote(corp: MockCorp, lonely: str) -> None:
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
    corp: MockCorp, lonely: str, clock: ManualClock
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
    corp: MockCorp, lonely: str, clock: ManualClock
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
            answer = await line.ask("aibot_respond_msg", {"msgtype": kind, kind: media}, req_id)
            assert answer["errcode"] == errcode
        await clock.advance(3 * 86400 + 1)
        sent = {"chatid": "liming", "msgtype": "file", "file": media}
        assert (await line.ask("aibot_send_msg", sent))["errcode"] == 40007


async def test_upload_keeps_the_documented_limits(lonely: str) -> None:
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


async def test_media_has_a_key_of_its_own(corp: MockCorp, lonely: str) -> None:
    async with line_to(lonely) as line, aiohttp.ClientSession() as session:
        await line.subscribe()
        await corp.bots.member_writes_bot("liming", BOT, "照片", kind="image")
        image = (await line.read())["body"]["image"]
        async with session.get(image["url"]) as answer:
            sealed = await answer.read()
    assert unpad(Envelope(TOKEN, image["aeskey"], "").decrypt(sealed)).decode() == "照片"


async def test_faults_strike_frames(corp: MockCorp, lonely: str) -> None:
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
async def test_frame_that_is_none_is_answered_not_obeyed(lonely: str, text: str) -> None:
    async with line_to(lonely) as line:
        await line.subscribe()
        await line.socket.send_str(text)
        assert (await line.read())["errcode"] == 40058
