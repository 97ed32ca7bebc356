"""The long connection over a real web socket: it stands, it comes back, it does not fight."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.clock import ManualClock
from bot.errors import NoAnswer, Refused, TryLater
from bot.wecom.long_connection import LongConnection

STREAM = {"msgtype": "stream", "stream": {"id": "st-1", "finish": True, "content": "您好"}}
Frame = dict[str, Any]


class BotPlatform:
    """WeCom's end: acknowledges everything with `errcodes[cmd]`, unless told to be silent."""

    def __init__(self) -> None:
        self.url = ""
        self.frames: list[Frame] = []
        self.errcodes: dict[str, int] = {}
        self.silent: set[str] = set()
        self.turns_away = 0  # so many connections are not even opened
        self.sockets: list[web.WebSocketResponse] = []

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        if self.turns_away:
            self.turns_away -= 1
            raise web.HTTPBadGateway
        line = web.WebSocketResponse()
        await line.prepare(request)
        self.sockets.append(line)
        async for message in line:
            frame = json.loads(message.data)
            self.frames.append(frame)
            if frame["cmd"] not in self.silent:
                errcode = self.errcodes.get(frame["cmd"], 0)
                answer = {"headers": frame["headers"], "errcode": errcode, "errmsg": "?"}
                await line.send_json(answer)
        return line

    def count(self, cmd: str) -> int:
        return sum(frame["cmd"] == cmd for frame in self.frames)

    def has_had(self, cmd: str, number: int) -> Callable[[], bool]:
        return lambda: self.count(cmd) == number

    async def push(self, req_id: str, body: Frame, cmd: str = "aibot_msg_callback") -> None:
        frame = {"cmd": cmd, "headers": {"req_id": req_id}, "body": body}
        await self.sockets[-1].send_json(frame)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def platform() -> AsyncIterator[BotPlatform]:
    platform = BotPlatform()
    application = web.Application()
    application.router.add_get("/", platform.serve)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    platform.url = f"http://{host}:{port}/"
    yield platform
    await runner.cleanup()


class Diary:
    """Keeps what was received, in order; `fails` makes it raise as a full disk would."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str, Frame]] = []
        self.fails = False

    async def write(self, cmd: str, req_id: str, body: Frame) -> None:
        if self.fails:
            raise OSError("no space left on device")
        self.entries.append((cmd, req_id, body))


@pytest.fixture
def diary() -> Diary:
    return Diary()


Hold = Callable[..., AbstractAsyncContextManager[LongConnection]]


@pytest.fixture
def hold(platform: BotPlatform, clock: ManualClock, diary: Diary) -> Hold:
    @asynccontextmanager
    async def hold(**changes: Any) -> AsyncIterator[LongConnection]:
        url = changes.pop("url", platform.url)
        patient = {
            "answer_s": 60,
            **changes,
        }  # one process is both: what holds it up is no silence
        connection = LongConnection(url, "aib1", "BOT-SECRET", clock, diary.write, **patient)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(connection.run())
            yield connection
            running.cancel()

    return hold


async def until(clock: ManualClock, fact: Callable[[], bool], *, step_s: float = 0) -> None:
    """Let the sockets work, and the clock move on by `step_s` again and again, until it is so."""
    async with asyncio.timeout(60):
        while not fact():
            await clock.advance(step_s)
            await asyncio.sleep(0.001)  # noqa: TID251 the sockets work in real time


async def test_callbacks_arrive_in_order_and_answers_are_acknowledged(
    hold: Hold, platform: BotPlatform, clock: ManualClock, diary: Diary
) -> None:
    async with hold() as connection:
        await until(clock, lambda: connection.connected)
        assert platform.frames[0]["body"] == {"bot_id": "aib1", "secret": "BOT-SECRET"}
        for number in range(50):
            await platform.push(f"srv-{number}", {"msgid": str(number)})
        await until(clock, lambda: len(diary.entries) == 50)
        assert diary.entries == [
            ("aibot_msg_callback", f"srv-{number}", {"msgid": str(number)}) for number in range(50)
        ]
        await connection.respond("srv-7", STREAM)
        await connection.respond("srv-8", STREAM, cmd="aibot_respond_welcome_msg")
    respond, welcome = platform.frames[1:]
    assert respond == {
        "cmd": "aibot_respond_msg",
        "headers": {"req_id": "srv-7"},
        "body": STREAM,
    }
    assert welcome["cmd"] == "aibot_respond_welcome_msg"


async def test_answers_to_one_callback_go_one_after_the_other(
    hold: Hold, platform: BotPlatform, clock: ManualClock
) -> None:
    async with hold() as connection:
        await until(clock, lambda: connection.connected)
        platform.silent.add("aibot_respond_msg")
        async with asyncio.TaskGroup() as tasks:
            for _ in range(3):
                tasks.create_task(connection.respond("srv-1", STREAM))
            for number in range(1, 4):
                await until(clock, platform.has_had("aibot_respond_msg", number))
                await clock.advance(0)
                assert platform.count("aibot_respond_msg") == number
                acknowledgement = {"headers": {"req_id": "srv-1"}, "errcode": 0}
                await platform.sockets[-1].send_json(acknowledgement)


@pytest.mark.parametrize("errcode", [846605, 846608])
async def test_an_answer_that_comes_too_late_is_final(
    hold: Hold, platform: BotPlatform, clock: ManualClock, errcode: int
) -> None:
    platform.errcodes["aibot_respond_msg"] = errcode
    async with hold() as connection:
        await until(clock, lambda: connection.connected)
        with pytest.raises(Refused) as refused:
            await connection.respond("srv-1", STREAM)
    assert (refused.value.errcode, refused.value.alert) == (errcode, False)


async def test_without_a_connection_nothing_was_sent(clock: ManualClock, diary: Diary) -> None:
    connection = LongConnection("http://127.0.0.1:1/", "aib1", "x", clock, diary.write)
    assert not connection.connected
    with pytest.raises(NoAnswer) as error:
        await connection.respond("srv-1", STREAM)
    assert not error.value.sent


async def test_without_an_acknowledgement_it_may_have_been_heard(
    hold: Hold, platform: BotPlatform, clock: ManualClock
) -> None:
    platform.silent.add("aibot_respond_msg")
    async with hold(answer_s=1) as connection:
        await until(clock, lambda: connection.connected, step_s=1)
        with pytest.raises(NoAnswer) as error:
            await connection.respond("srv-1", STREAM)
    assert error.value.sent


async def test_a_line_that_breaks_before_the_acknowledgement(
    hold: Hold, platform: BotPlatform, clock: ManualClock
) -> None:
    platform.silent.add("aibot_respond_msg")
    async with hold() as connection, asyncio.TaskGroup() as tasks:
        await until(clock, lambda: connection.connected)

        async def respond() -> bool:
            with pytest.raises(NoAnswer) as error:
                await connection.respond("srv-1", STREAM)
            return error.value.sent

        sent = tasks.create_task(respond())
        await until(clock, lambda: platform.count("aibot_respond_msg") == 1)
        await platform.sockets[-1].close()
        assert await sent


async def test_pings_keep_it_and_two_lost_ones_end_it(
    hold: Hold, platform: BotPlatform, clock: ManualClock
) -> None:
    async with hold() as connection:
        await until(clock, lambda: connection.connected)
        for number in range(1, 6):
            await clock.advance(30)
            await until(clock, platform.has_had("ping", number))
            await connection.respond("srv-1", STREAM)  # the pong has come in before this returns
        assert len(platform.sockets) == 1
        platform.silent.add("ping")
        await until(clock, lambda: len(platform.sockets) == 2, step_s=5)
        assert platform.count("ping") == 7
        await until(clock, lambda: connection.connected)


async def test_a_lost_line_is_taken_up_again(
    hold: Hold, platform: BotPlatform, clock: ManualClock, diary: Diary
) -> None:
    async with hold() as connection:
        for number in range(1, 4):
            await until(clock, lambda: connection.connected)
            assert len(platform.sockets) == number
            await platform.sockets[-1].close()
            await until(clock, lambda: not connection.connected)
            await until(clock, platform.has_had("aibot_subscribe", number + 1), step_s=1)
        await until(clock, lambda: connection.connected)
        await platform.push("srv-1", {"msgid": "1"})
        await until(clock, lambda: len(diary.entries) == 1)


async def test_an_unreachable_server_is_tried_ever_more_rarely(
    hold: Hold, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with hold(url=f"http://127.0.0.1:{closed.getsockname()[1]}/"):
            await until(clock, lambda: len(caplog.records) == 8, step_s=1)
    spent_s = (clock.now() - ManualClock().now()).total_seconds()
    assert spent_s >= (2 + 4 + 8 + 16 + 32 + 60 + 60) / 2
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


async def test_a_wrong_secret_alerts_and_is_not_tried_in_a_loop(
    hold: Hold, platform: BotPlatform, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    platform.errcodes["aibot_subscribe"] = 40001
    async with hold() as connection:
        await until(clock, lambda: bool(caplog.records))
        for _ in range(59):
            await clock.advance(10)
        assert platform.count("aibot_subscribe") == 1
        assert not connection.connected
        platform.errcodes.clear()
        await until(clock, lambda: connection.connected, step_s=10)
    assert caplog.records[0].levelno == logging.ERROR
    assert "BOT-SECRET" not in caplog.text


async def test_a_subscribe_storm_is_waited_out(
    hold: Hold, platform: BotPlatform, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    platform.errcodes["aibot_subscribe"] = 45009
    async with hold() as connection:
        await until(clock, lambda: bool(caplog.records))
        await clock.advance(59)
        assert platform.count("aibot_subscribe") == 1
        platform.errcodes.clear()
        await until(clock, lambda: connection.connected, step_s=1)


async def test_an_eviction_is_told_and_not_fought(
    hold: Hold,
    platform: BotPlatform,
    clock: ManualClock,
    diary: Diary,
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = {"msgtype": "event", "event": {"eventtype": "disconnected_event"}}
    async with hold(evicted_s=1800) as connection:
        await until(clock, lambda: connection.connected)
        await platform.push("srv-1", body, "aibot_event_callback")
        await until(clock, lambda: not connection.connected and bool(caplog.records))
        assert diary.entries == [("aibot_event_callback", "srv-1", body)]
        for _ in range(179):
            await clock.advance(10)
        assert len(platform.sockets) == 1
        platform.turns_away = 1
        await until(clock, lambda: platform.turns_away == 0, step_s=10)
        back = clock.now() + timedelta(seconds=1800)
        await until(clock, lambda: connection.connected, step_s=1)
        assert clock.now() < back, "a failure afterwards is no second eviction"
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1


async def test_a_forgotten_subscription_is_renewed(
    hold: Hold, platform: BotPlatform, clock: ManualClock
) -> None:
    platform.errcodes["aibot_respond_msg"] = 846609
    async with hold() as connection:
        await until(clock, lambda: connection.connected)
        with pytest.raises(TryLater):
            await connection.respond("srv-1", STREAM)
        await until(clock, lambda: platform.count("aibot_subscribe") == 2, step_s=1)


async def test_what_cannot_be_stored_does_not_end_the_connection(
    hold: Hold,
    platform: BotPlatform,
    clock: ManualClock,
    diary: Diary,
    caplog: pytest.LogCaptureFixture,
) -> None:
    diary.fails = True
    async with hold() as connection:
        await until(clock, lambda: connection.connected)
        await platform.push("srv-1", {"msgid": "1"})
        await until(clock, lambda: bool(caplog.records))
        diary.fails = False
        await platform.push("srv-2", {"msgid": "2"})
        await until(clock, lambda: bool(diary.entries))
    assert [req_id for _, req_id, _ in diary.entries] == ["srv-2"]


@pytest.mark.parametrize("junk", ["no json", "[]", '{"cmd": [], "headers": 1, "body": ""}'])
async def test_junk_is_passed_over(
    hold: Hold, platform: BotPlatform, clock: ManualClock, diary: Diary, junk: str
) -> None:
    async with hold() as connection:
        await until(clock, lambda: connection.connected)
        await platform.sockets[-1].send_str(junk)
        await platform.push("srv-1", {"msgid": "1"})
        await until(clock, lambda: bool(diary.entries))
        assert connection.connected
