"""The bot stores what a callback delivers, and then answers."""

import asyncio
import json
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.clock import ManualClock
from bot.errors import NotKept
from bot.events import CustomerAdded, MessageReceived, Unrecognised
from bot.wecom.callback import Callback
from bot.wecom.crypto import Envelope
from bot.wecom.payload import parse_xml
from tests.unit.conftest import (
    ADDED,
    CORP_ENVELOPE,
    DATA,
    KEY,
    START,
    TOKEN,
    WELCOME,
    Client,
    ListInbox,
    post,
    sealed,
    vector,
    welcome,
)


async def test_an_event_is_stored_and_answered_with_an_empty_200(
    client: Client, inbox: ListInbox
) -> None:
    assert await post(client, *sealed(ADDED)) == (200, b"")
    (event,) = inbox.events.values()
    assert isinstance(event, CustomerAdded)
    assert event.welcome_code == "WELCOMECODE-DEMO-0001"


async def test_a_connection_stays_open_until_its_caller_ends_it(client: Client) -> None:
    query, body = sealed(ADDED)
    reader, writer = await asyncio.open_connection("127.0.0.1", client.server.port)
    for wish in ("keep-alive", "keep-alive", "close"):
        head = f"POST /app?{urlencode(query)} HTTP/1.1\r\nHost: x\r\nConnection: {wish}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")
        assert b"\r\nDate: " in answer
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_there_is_no_answer_before_the_inbox_has_it(
    client: Client, inbox: ListInbox
) -> None:
    inbox.open.clear()
    async with asyncio.TaskGroup() as group:
        answer = group.create_task(post(client, *sealed(ADDED)))
        await post(client, {}, b"")  # a whole round trip later
        assert not answer.done()
        inbox.open.set()
    assert answer.result() == (200, b"")


async def test_what_could_not_be_stored_is_delivered_again(
    client: Client, inbox: ListInbox, caplog: pytest.LogCaptureFixture
) -> None:
    for error, expected in ((OSError("disk full"), 500), (NotKept("no stream"), 503)):
        inbox.failing = error
        status, _ = await post(client, *sealed(ADDED))
        assert (status, inbox.events) == (expected, {})
    inbox.failing, inbox.trouble = None, "database or disk is full"
    status, _ = await post(client, *sealed(ADDED))
    assert (status, inbox.events) == (503, {})  # at once, for it would wait
    inbox.trouble = ""
    status, _ = await post(client, *sealed(ADDED))
    assert (status, len(inbox.events)) == (200, 1)


async def test_replays_and_redeliveries_are_answered_alike_and_stored_once(
    client: Client, inbox: ListInbox
) -> None:
    delivery = sealed(ADDED)
    renewed = sealed(ADDED, at=START.timestamp() + 5, nonce="nonce-2")
    for query, body in (delivery, delivery, renewed):
        assert await post(client, query, body) == (200, b"")
    assert len(inbox.events) == 1


async def test_authentic_rubbish_is_stored_and_answered(client: Client, inbox: ListInbox) -> None:
    assert await post(client, *sealed(b"<!DOCTYPE x><xml/>")) == (200, b"")
    (event,) = inbox.events.values()
    assert isinstance(event, Unrecognised)


async def test_the_published_post_is_understood(clock: ManualClock) -> None:
    v = vector("official-post-text")
    inbox = ListInbox()
    envelope = Envelope(v["token"], v["encoding_aes_key"], v["receiveid"])
    callback = Callback(envelope, parse_xml, form="xml", clock=clock, inbox=inbox, tolerance_s=0)
    app = web.Application()
    app.router.add_post("/app", callback.post)
    query = {name: v[name] for name in ("msg_signature", "timestamp", "nonce")}
    async with TestClient(TestServer(app)) as client:
        body = (DATA / "envelope_post_request.xml").read_bytes()
        assert await post(client, query, body) == (200, b"")
    (event,) = inbox.events.values()
    assert isinstance(event, MessageReceived)
    assert event.text == "hello"


async def test_a_bots_welcome_is_sealed_with_the_callbacks_nonce(
    client: Client, clock: ManualClock
) -> None:
    plain = (DATA / "aibot_evt_enter_chat.json").read_bytes()
    query, body = sealed(plain, "", form="json")
    for _ in range(2):  # a redelivery must be answered too: the first answer may be lost
        await clock.advance(7)
        status, answer = await post(client, query, body, "/bot")
        reply = json.loads(answer)
        assert (status, set(reply)) == (200, {"encrypt", "msgsignature", "timestamp", "nonce"})
        assert (reply["nonce"], reply["timestamp"]) == ("nonce-1", int(clock.timestamp()))
        opened = Envelope(TOKEN, KEY, "").open(
            reply["msgsignature"], str(reply["timestamp"]), reply["nonce"], reply["encrypt"]
        )
        assert opened == WELCOME


async def test_other_bot_events_get_the_empty_200(client: Client, inbox: ListInbox) -> None:
    plain = (DATA / "aibot_msg_text_single.json").read_bytes()
    query, body = sealed(plain, "", form="json")
    assert await post(client, query, body, "/bot") == (200, b"")
    assert [type(event) for event in inbox.events.values()] == [MessageReceived]


def test_only_json_callbacks_can_reply(clock: ManualClock, inbox: ListInbox) -> None:
    with pytest.raises(ValueError, match="smart bots"):
        Callback(CORP_ENVELOPE, parse_xml, form="xml", clock=clock, inbox=inbox, reply=welcome)
