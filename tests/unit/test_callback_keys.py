"""WeCom verifies a callback's address, with the current keys and with the previous ones."""

import logging
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from bot.clock import ManualClock
from bot.wecom.callback import Callback
from bot.wecom.crypto import Envelope
from bot.wecom.payload import parse_bot, parse_xml
from tests.unit.conftest import (
    CORP,
    CORP_ENVELOPE,
    DATA,
    KEY,
    START,
    TOKEN,
    WELCOME,
    Client,
    ListInbox,
    vector,
    welcome,
)


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
