"""WeCom's own bot SDK (wecom-aibot-python-sdk) talks to the mock's long connection over TLS."""

import asyncio
import importlib
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer
from tests.certificates import self_signed

with warnings.catch_warnings():  # it still imports the legacy client of `websockets`
    warnings.simplefilter("ignore", DeprecationWarning)
    aibot = importlib.import_module("aibot")
    SDK_CONTEXTS = [
        importlib.import_module(f"aibot.{module}")._SSL_CONTEXT for module in ("ws", "api")
    ]

BOT, SECRET = "aibDemo0001", "bot-secret"


def make_certificate(folder: Path) -> ssl.SSLContext:
    """For the mock; the SDK trusts it from now on."""
    server, pem = self_signed(folder)
    for context in SDK_CONTEXTS:
        context.load_verify_locations(cadata=pem)
    return server


class Quiet:
    """The SDK prints by default."""

    def _ignore(self, message: str, *args: Any) -> None: ...

    debug = info = warn = error = _ignore


class Frames:
    """What the SDK emits, in order."""

    def __init__(self, client: Any, *events: str) -> None:
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        for event in events:
            client.on(event, self._queue.put_nowait)

    async def read(self) -> Any:
        async with asyncio.timeout(60):
            return await self._queue.get()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def corp() -> MockCorp:
    corp = MockCorp(clock=ManualClock())
    corp.add_member("liming", "李明")
    corp.add_bot(BOT, SECRET, "SalesBot")
    return corp


@pytest.fixture
async def server(corp: MockCorp, tls: ssl.SSLContext) -> AsyncIterator[MockServer]:
    async with MockServer(corp, ssl=tls) as server:
        yield server


@asynccontextmanager
async def client_of(server: MockServer, secret: str = SECRET) -> AsyncIterator[Any]:
    options = aibot.WSClientOptions(
        bot_id=BOT,
        secret=secret,
        ws_url=server.url.replace("https:", "wss:"),
        logger=Quiet(),
        max_reconnect_attempts=0,
    )
    client = aibot.WSClient(options)
    try:
        yield client
    finally:
        client.disconnect()


@asynccontextmanager
async def subscribed(server: MockServer) -> AsyncIterator[Any]:
    async with client_of(server) as client:
        ready = asyncio.Event()
        client.on("authenticated", ready.set)
        await client.connect()
        async with asyncio.timeout(60):
            await ready.wait()
        yield client


async def test_receives_a_message_and_replies_with_a_stream(
    corp: MockCorp, server: MockServer
) -> None:
    async with subscribed(server) as client:
        frames = Frames(client, "message.text")
        msgid = await corp.bots.member_writes_bot("liming", BOT, "今天跟进谁?")
        frame = await frames.read()
        assert frame["body"]["msgid"] == msgid
        assert frame["body"]["text"] == {"content": "今天跟进谁?"}
        await client.reply_stream(frame, "st-1", "正在查询", finish=False)
        await client.reply_stream(frame, "st-1", "三位客户", finish=True)
    assert [(d.to, d.kind, d.text) for d in corp.deliveries] == [
        ("liming", "stream", "正在查询"),
        ("liming", "stream", "三位客户"),
    ]
    assert len({delivery.msgid for delivery in corp.deliveries}) == 1


async def test_welcomes_sends_a_card_and_updates_it(corp: MockCorp, server: MockServer) -> None:
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": "线索分配"},
        "button_list": [{"text": "接受", "style": 1, "key": "accept"}],
        "task_id": "task-1",
    }
    async with subscribed(server) as client:
        frames = Frames(client, "event.enter_chat", "message.text", "event.template_card_event")
        await corp.bots.member_enters_bot("liming", BOT)
        hello = {"msgtype": "text", "text": {"content": "你好"}}
        await client.reply_welcome(await frames.read(), hello)
        await corp.bots.member_writes_bot("liming", BOT, "卡片")
        await client.reply_template_card(await frames.read(), card, feedback={"id": "fb-1"})
        await corp.bots.click_card("liming", BOT, "task-1", "accept")
        done = {**card, "main_title": {"title": "已接受"}}
        await client.update_template_card(await frames.read(), done)
        news = {"msgtype": "markdown", "markdown": {"content": "主动推送"}}
        await client.send_message("liming", news)
    assert [delivery.text for delivery in corp.deliveries] == [
        "你好",
        "线索分配",
        "已接受",
        "主动推送",
    ]


async def test_downloads_and_decrypts_a_picture(corp: MockCorp, server: MockServer) -> None:
    async with subscribed(server) as client:
        frames = Frames(client, "message.image")
        await corp.bots.member_writes_bot("liming", BOT, "照片的内容", kind="image")
        image = (await frames.read())["body"]["image"]
        content, _ = await client.download_file(image["url"], image["aeskey"])
    assert content.decode() == "照片的内容"


async def test_sees_why_a_reply_is_refused(corp: MockCorp, server: MockServer) -> None:
    async with subscribed(server) as client:
        frames = Frames(client, "message.text")
        await corp.bots.member_writes_bot("liming", BOT, "?")
        frame = await frames.read()
        with pytest.raises(RuntimeError, match="errcode=45002"):
            await client.reply_stream(frame, "st-1", "长" * 6827)
        with pytest.raises(RuntimeError, match=r"errcode=846605.*invalid req_id"):
            await client.reply_stream({"headers": {"req_id": "never-was"}}, "st-1", "x")
    assert not corp.deliveries


async def test_is_told_that_its_secret_is_wrong(server: MockServer) -> None:
    async with client_of(server, secret="another") as client:
        errors = Frames(client, "error")
        await client.connect()
        assert "40001" in str(await errors.read())
