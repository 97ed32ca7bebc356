"""What a callback refuses: forged, old, huge, broken off, or meant for another."""

import asyncio
import logging
from urllib.parse import urlencode

import pytest
from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request
from yarl import URL

from bot.clock import ManualClock
from bot.errors import BadCallback
from bot.wecom.callback import Callback, find_encrypt
from bot.wecom.payload import parse_xml
from tests.unit.conftest import (
    ADDED,
    CORP,
    CORP_ENVELOPE,
    KEY,
    START,
    TOKEN,
    Client,
    ListInbox,
    post,
    sealed,
)


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
