import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlencode

import pytest
from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from yarl import URL

from bot.clock import ManualClock
from bot.errors import BadCallback, NotKept
from bot.events import ChatEntered, CustomerAdded, Event, MessageReceived, Unrecognised
from bot.wecom.callback import Callback, find_encrypt
from bot.wecom.crypto import Envelope
from bot.wecom.payload import parse_bot, parse_xml

DATA = Path(__file__).parent.parent / "data" / "wecom"
CORP, TOKEN, KEY = "wwdemo0000000001", "token", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CORP_ENVELOPE = Envelope(TOKEN, KEY, CORP)
WELCOME = '{"msgtype":"text","text":{"content":"你好"}}'.encode()
START = datetime(2026, 1, 1, 2, tzinfo=UTC)
ADDED = (DATA / "evt_change_external_contact__add_external_contact.xml").read_bytes()

Client = TestClient[web.Request, web.Application]


class ListInbox:
    """Keeps events while it is `open`; it raises `failing`."""

    def __init__(self) -> None:
        self.trouble = ""
        self.events: dict[str, Event] = {}
        self.open = asyncio.Event()
        self.failing: Exception | None = None
        self.open.set()

    async def put(self, events: Sequence[Event]) -> list[bool]:
        await self.open.wait()
        if self.failing:
            raise self.failing
        fresh = [event.id not in self.events for event in events]
        self.events.update({event.id: event for event in events})
        return fresh


async def welcome(event: Event) -> bytes | None:
    return WELCOME if isinstance(event, ChatEntered) else None


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def inbox() -> ListInbox:
    return ListInbox()


@pytest.fixture
async def client(clock: ManualClock, inbox: ListInbox) -> AsyncIterator[Client]:
    app = web.Application()
    corp, bot = CORP_ENVELOPE, Envelope(TOKEN, KEY, "")
    callbacks = {
        "/app": Callback(corp, parse_xml, form="xml", clock=clock, inbox=inbox, max_body=4096),
        "/bot": Callback(bot, parse_bot, form="json", clock=clock, inbox=inbox, reply=welcome),
        "/old": Callback(corp, parse_xml, form="xml", clock=clock, inbox=inbox, tolerance_s=0),
    }
    for path, callback in callbacks.items():
        app.router.add_get(path, callback.get)
        app.router.add_post(path, callback.post)
    async with TestClient(TestServer(app)) as started:
        yield started


def sealed(
    plain: bytes,
    receive_id: str = CORP,
    *,
    form: Literal["xml", "json"] = "xml",
    at: float = START.timestamp(),
    nonce: str = "nonce-1",
) -> tuple[dict[str, str], bytes]:
    """The query and the body of a callback, as WeCom sends them."""
    timestamp = str(int(at))
    encrypt, signature = Envelope(TOKEN, KEY, receive_id).seal(plain, timestamp, nonce)
    query = {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}
    if form == "json":
        return query, json.dumps({"encrypt": encrypt}).encode()
    body = f"<xml><AgentID></AgentID>\n<Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
    return query, body.encode()


async def post(
    client: Client, query: dict[str, str], body: Any, path: str = "/app"
) -> tuple[int, bytes]:
    async with client.post(path, params=query, data=body) as response:
        return response.status, await response.read()


# --- URL verification ------------------------------------------------------------------------


def vector(name: str) -> dict[str, str]:
    vectors = json.loads((DATA / "crypto_vectors.json").read_text("utf-8"))["callback_vectors"]
    found: dict[str, str] = next(v for v in vectors if v["id"] == name)
    return found


async def test_the_url_is_verified_with_the_decrypted_bytes_and_nothing_else(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    timestamp = str(int(START.timestamp()))
    encrypt, signature = next(
        pair
        for number in range(1000)
        if "+" in (pair := CORP_ENVELOPE.seal(b"%d" % number, timestamp, "n"))[0]
    )
    head = f"/app?msg_signature={signature}&timestamp={timestamp}&nonce=n&echostr="
    plain = CORP_ENVELOPE.open(signature, timestamp, "n", encrypt)
    for echostr in (encrypt, quote(encrypt, safe="")):  # a bare "+" must survive as well
        url = client.make_url("/").join(URL(head + echostr, encoded=True))
        async with client.session.get(url) as response:
            assert response.status == 200
            assert response.content_type == "text/plain"
            assert await response.read() == plain
    told = [r.getMessage() for r in caplog.records if r.name == "bot.wecom.callback"]
    assert told == ["a verification of the URL was answered: /app"] * 2


async def test_the_published_verification_vector_is_answered(clock: ManualClock) -> None:
    v = vector("official-verify-url")
    envelope = Envelope(v["token"], v["encoding_aes_key"], v["receiveid"])
    callback = Callback(
        envelope, parse_xml, form="xml", clock=clock, inbox=ListInbox(), tolerance_s=0
    )
    app = web.Application()
    app.router.add_get("/", callback.get)
    query = {name: v[name] for name in ("msg_signature", "timestamp", "nonce")}
    query["echostr"] = v["encrypt"]
    async with TestClient(TestServer(app)) as client, client.get("/", params=query) as response:
        assert await response.text() == "1616140317555161061"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"echostr": ""}, 400),
        ({"nonce": ""}, 400),
        ({"msg_signature": ""}, 400),
        ({"timestamp": ""}, 400),
        ({"timestamp": "soon"}, 403),
        ({"timestamp": "1" * 20}, 403),
        ({"timestamp": "-1767232800"}, 403),
        ({"msg_signature": "0" * 40}, 403),
        ({"msg_signature": "签名"}, 403),
        ({"echostr": "AAAA"}, 403),
    ],
)
async def test_a_wrong_verification_is_refused_without_a_word(
    client: Client, change: dict[str, str], status: int
) -> None:
    timestamp = str(int(START.timestamp()))
    echostr, signature = CORP_ENVELOPE.seal(b"echo", timestamp, "n")
    query = {
        "msg_signature": signature,
        "timestamp": timestamp,
        "nonce": "n",
        "echostr": echostr,
        **change,
    }
    async with client.get("/app", params=query) as response:
        assert (response.status, await response.read()) == (status, b"")
        assert "Error-Code" not in response.headers


@pytest.mark.parametrize(
    ("envelope", "code"),
    [
        (Envelope(TOKEN, KEY, "ww_other_corp"), "-40005"),
        (Envelope(TOKEN, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", CORP), "-40007"),
    ],
)
async def test_whoever_knows_the_token_is_told_what_does_not_fit(
    client: Client, envelope: Envelope, code: str
) -> None:
    timestamp = str(int(START.timestamp()))
    echostr, signature = envelope.seal(b"echo", timestamp, "n", random16=b"0123456789abcdef")
    query = {"msg_signature": signature, "timestamp": timestamp, "nonce": "n", "echostr": echostr}
    async with client.get("/app", params=query) as response:
        assert (response.status, await response.read()) == (403, b"")
        assert response.headers["Error-Code"] == code


# --- An old pair beside the new one --------------------------------------------------------------

OLD_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"


@pytest.fixture(params=[("OldToken", OLD_KEY), (TOKEN, OLD_KEY), ("OldToken", KEY)])
async def rotating(
    request: pytest.FixtureRequest, clock: ManualClock, inbox: ListInbox
) -> AsyncIterator[tuple[Client, Envelope]]:
    """A smart bot's callback while its keys are changed, both of them or one, and its old pair."""
    token, key = request.param
    old = Envelope(token, key, "")
    new = Envelope(TOKEN, KEY, "")
    callback = Callback(
        new, parse_bot, form="json", clock=clock, inbox=inbox, reply=welcome, old=old
    )
    app = web.Application()
    app.router.add_get("/", callback.get)
    app.router.add_post("/", callback.post)
    async with TestClient(TestServer(app)) as started:
        yield started, old


async def test_each_pair_is_answered_with_itself(
    rotating: tuple[Client, Envelope], inbox: ListInbox
) -> None:
    client, old = rotating
    entered = (DATA / "aibot_evt_enter_chat.json").read_bytes()
    stamp = str(int(START.timestamp()))
    for pair in (Envelope(TOKEN, KEY, ""), old):
        encrypt, signature = pair.seal(b"1616140317555161061", stamp, "n")
        query = {"msg_signature": signature, "timestamp": stamp, "nonce": "n"}
        async with client.get("/", params=query | {"echostr": encrypt}) as verified:
            assert (verified.status, await verified.read()) == (200, b"1616140317555161061")
        encrypt, signature = pair.seal(entered, stamp, "n")
        query |= {"msg_signature": signature}
        async with client.post("/", params=query, json={"encrypt": encrypt}) as response:
            answer = await response.json()
        signed = answer["msgsignature"], str(answer["timestamp"]), answer["nonce"]
        assert pair.open(*signed, answer["encrypt"]) == WELCOME
    assert len(inbox.events) == 1  # the same event by both ways
    forged = query | {"msg_signature": "f" * 40}
    async with client.post("/", params=forged, json={"encrypt": encrypt}) as response:
        assert response.status == 403


async def test_it_is_told_when_the_old_pair_was_used(
    rotating: tuple[Client, Envelope], clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    client, old = rotating

    async def verify(pair: Envelope) -> str | None:
        stamp = str(int(clock.timestamp()))
        encrypt, signature = pair.seal(b"1", stamp, "n")
        query = {"msg_signature": signature, "timestamp": stamp, "nonce": "n", "echostr": encrypt}
        async with client.get("/", params=query) as response:
            return response.headers.get("Old-Pair")

    with caplog.at_level(logging.INFO):
        assert await verify(Envelope(TOKEN, KEY, "")) is None
        for wait in (0, 60, 3600):  # the second within the hour of the first
            await clock.advance(wait)
            assert await verify(old) == "age=0"
        await clock.advance(120)
        assert await verify(Envelope(TOKEN, KEY, "")) == "age=120"
    told = [r for r in caplog.records if r.__dict__.get("action") == "callback.old_pair"]
    assert len(told) == 2


# --- Deliveries ------------------------------------------------------------------------------


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


# --- A smart bot is answered in the response ---------------------------------------------------


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


# --- Hostile input -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"msg_signature": "0" * 40}, 403),
        ({"nonce": "other"}, 403),
        ({"timestamp": "soon"}, 403),
        ({"timestamp": ""}, 400),
    ],
)
async def test_a_wrong_query_is_refused_without_a_word(
    client: Client, inbox: ListInbox, change: dict[str, str], status: int
) -> None:
    query, body = sealed(ADDED)
    assert await post(client, query | change, body) == (status, b"")
    assert not inbox.events


@pytest.mark.parametrize("seconds", [-301, 301, 10**9])
async def test_a_timestamp_outside_the_tolerance_is_refused(
    client: Client, inbox: ListInbox, seconds: int
) -> None:
    query, body = sealed(ADDED, at=START.timestamp() + seconds)
    assert await post(client, query, body) == (403, b"")
    assert not inbox.events
    assert await post(client, query, body, "/old") == (200, b"")  # the check switched off


@pytest.mark.parametrize("seconds", [-300, 300])
async def test_a_timestamp_at_the_edge_of_the_tolerance_is_accepted(
    client: Client, seconds: int
) -> None:
    query, body = sealed(ADDED, at=START.timestamp() + seconds)
    assert await post(client, query, body) == (200, b"")


async def test_a_clock_that_is_off_is_told_of_once_an_hour(
    client: Client, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Every welcome came too late, and became a to-do, with no word in the log."""

    async def told(seconds: int) -> int:
        query, body = sealed(ADDED, at=clock.timestamp() + seconds)
        assert await post(client, query, body) == (200, b"")
        return sum("clock kept in step" in record.getMessage() for record in caplog.records)

    assert [await told(seconds) for seconds in (-15, 20, -40, 40, -90)] == [0, 0, 1, 1, 1]
    await clock.advance(3600)
    assert await told(-40) == 2


async def test_a_callback_for_another_corp_is_refused(client: Client, inbox: ListInbox) -> None:
    assert await post(client, *sealed(ADDED, "ww_other_corp")) == (403, b"")
    query, body = sealed(b"{}", CORP, form="json")
    assert await post(client, query, body, "/bot") == (403, b"")
    assert not inbox.events


@pytest.mark.parametrize(
    "body", [b"", b"not xml", b"<xml/>", b"\xff\xfe", b"<xml><Encrypt>!</Encrypt></xml>"]
)
async def test_a_body_without_encrypt_is_refused(client: Client, body: bytes) -> None:
    query, _ = sealed(ADDED)
    assert await post(client, query, body) == (400, b"")
    with pytest.raises(BadCallback) as caught:
        find_encrypt(body, "xml")
    assert caught.value.code == -40002  # neg-body-not-xml


def test_the_url_of_another_kind_is_named() -> None:
    with pytest.raises(BadCallback, match="is JSON and this URL takes XML"):
        find_encrypt(b' {"encrypt": "eA=="}', "xml")
    with pytest.raises(BadCallback, match="is XML and this URL takes JSON"):
        find_encrypt(b"<xml><Encrypt>eA==</Encrypt></xml>", "json")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"encrypt":1}', b"\xff", b"[" * 9999])
async def test_json_without_encrypt_is_refused(client: Client, body: bytes) -> None:
    query, _ = sealed(ADDED)
    assert await post(client, query, body, "/bot") == (400, b"")


async def status_line(client: Client, head: str, *parts: bytes) -> bytes:
    """What is answered to a body that no HTTP client would send."""
    query, _ = sealed(ADDED)
    start = f"POST /app?{urlencode(query)} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", client.server.port)
    try:
        for part in (start.encode(), *parts):
            writer.write(part)
            await writer.drain()
        return await reader.readline()
    finally:
        writer.close()
        await writer.wait_closed()


async def test_an_announced_huge_body_is_refused_unread(client: Client) -> None:
    assert b" 413 " in await status_line(client, "Content-Length: 99999999")


async def test_a_huge_chunked_body_is_refused_while_it_comes(client: Client) -> None:
    chunk = b"400\r\n" + b"x" * 1024 + b"\r\n"  # 5 KiB of at most 4, and no end
    assert b" 413 " in await status_line(client, "Transfer-Encoding: chunked", *[chunk] * 5)


@pytest.mark.parametrize("error", [ConnectionResetError(), web.RequestPayloadError()])
async def test_a_body_that_breaks_off_is_refused(
    clock: ManualClock, inbox: ListInbox, error: Exception
) -> None:
    query, _ = sealed(ADDED)
    protocol = BaseProtocol(asyncio.get_running_loop())
    payload = StreamReader(protocol, 4096, loop=asyncio.get_running_loop())
    payload.set_exception(error)
    callback = Callback(CORP_ENVELOPE, parse_xml, form="xml", clock=clock, inbox=inbox)
    request = make_mocked_request("POST", f"/app?{urlencode(query)}", payload=payload)
    answer = await callback.post(request)
    assert (answer.status, inbox.events) == (400, {})


async def test_raw_bytes_in_the_query_are_refused(clock: ManualClock, inbox: ListInbox) -> None:
    callback = Callback(CORP_ENVELOPE, parse_xml, form="xml", clock=clock, inbox=inbox)
    query = "msg_signature=\udcff&timestamp=1767232800&nonce=1&echostr=AAAA"
    request = make_mocked_request("GET", "/").clone(rel_url=URL(f"/?{query}", encoded=True))
    assert (await callback.get(request)).status == 400


async def test_refusals_are_counted_in_the_log_and_tell_no_secrets(
    client: Client, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    query, body = sealed(ADDED)
    forged = query | {"msg_signature": "f" * 40}
    with caplog.at_level(logging.DEBUG):
        for _ in range(4):
            await post(client, forged, body)
        await clock.advance(61)
        await post(client, forged, body)
    lines = [record for record in caplog.records if hasattr(record, "times")]
    assert [line.__dict__["times"] for line in lines] == [1, 4]
    assert {line.levelno for line in lines} == {logging.WARNING}
    assert {line.__dict__["action"] for line in lines} == {"callback.refused"}
    told = "".join(str(record.__dict__) for record in lines)
    for secret in (TOKEN, KEY, "f" * 40, query["msg_signature"], "WELCOMECODE", body.decode()):
        assert secret not in told
