"""The door for signals, over real HTTP and a real database: who is refused, who is known."""

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.app import background
from bot.clock import ManualClock
from bot.events import SignalReceived
from bot.inbox import TableInbox
from bot.signals.openapi import PATH
from bot.store.customers import people
from bot.store.database import open_database
from bot.store.journal import Journal, Write
from bot.web.signals import SignalDoor
from tests.engine import workspace
from tests.signals import SIGNALS, order, send, signed


class Shop:
    """A door and what is behind it, without an engine that takes anything in."""

    def __init__(self, url: str, clock: ManualClock, journal: Journal) -> None:
        self.url, self.clock, self.journal = url, clock, journal

    async def events(self) -> int:
        return len(await self.journal.rows("SELECT id FROM event"))


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    clock, app = ManualClock(), web.Application()
    async with open_database(f"sqlite://{tmp_path}/test.db") as connection:
        journal = Journal(connection)
        settings = workspace(tmp_path, more=SIGNALS)
        door = SignalDoor(settings, TableInbox(journal, clock), journal, clock)
        app.router.add_post(PATH, door.post)
        async with background(journal.run), TestServer(app) as server:
            yield Shop(str(server.make_url("")).rstrip("/"), clock, journal)


OTHERS: tuple[dict[str, Any], ...] = (
    {"kind": "shop_left"},
    {"at": "2026-01-01T10:00:01+08:00"},
    {"customer": {"external_userid": "wm2"}},
    {"details": {"order": "A1001"}},
)
REFUSED: tuple[tuple[dict[str, Any], int, str], ...] = (
    ({"Huashu_Signature": "0" * 64}, 401, "Huashu-Signature"),
    ({"Huashu_Signature": "ü"}, 401, "Huashu-Signature"),
    ({"age_s": 301}, 401, "Huashu-Timestamp"),
    ({"age_s": -301}, 401, "Huashu-Timestamp"),
    ({"Huashu_Timestamp": "１７６７２３２８００"}, 401, "Huashu-Timestamp"),
    ({"Huashu_Timestamp": "1" * 5000}, 401, "Huashu-Timestamp"),
    ({"Idempotency_Key": "k2"}, 401, "Huashu-Signature"),
    ({"key": ""}, 400, "Idempotency-Key"),
    ({"key": "a b"}, 400, "Idempotency-Key"),
    ({"key": "k" * 101}, 400, "Idempotency-Key"),
    ({"Content_Type": "text/plain"}, 415, "Content-Type"),
)


async def test_a_key_stands_for_one_signal(shop: Shop) -> None:
    await shop.journal.write(Write(more=people.met("wm1")))
    await send(shop.url, shop.clock, order())
    for change in OTHERS:
        status, told = await send(shop.url, shop.clock, order(**change))
        assert (status, told["field"]) == (409, "Idempotency-Key"), change
        assert told["type"] == "urn:huashu:signal:another_signal"
    # The same moment in another zone, and another order of keys, are the same signal.
    again = dict(reversed(order(at="2026-01-01T02:00:00Z").items()))
    assert (await send(shop.url, shop.clock, again))[1]["duplicate"] is True
    assert await shop.events() == 1


async def test_a_stranger_is_refused(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    for change, status, field in REFUSED:
        got, told = await send(shop.url, shop.clock, order(), **change)
        assert (got, told["status"], told["field"]) == (status, status, field), change
        assert told["detail"]
        assert told["detail_zh"]
    assert await shop.events() == 0
    assert len(caplog.messages) == 4  # a line for each reason, however often


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_huge_body_is_refused(shop: Shop, chunked: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b" " * 32 * 1024

    whole = b" " * 128 * 1024
    headers = signed(whole, "k1", shop.clock.timestamp())
    body = pieces() if chunked else whole
    async with (
        ClientSession() as session,
        session.post(f"{shop.url}{PATH}", data=body, headers=headers) as response,
    ):
        told = json.loads(await response.read())
    assert (told["status"], told["field"]) == (413, "body")


async def test_two_customers_with_one_phone_are_nobody(shop: Shop) -> None:
    for number in (1, 2):
        both = people.described(f"wm{number}", phone="13800138000", unionid="u1")
        await shop.journal.write(Write(more=both))
    await shop.journal.write(Write(more=people.described("wm3", unionid="u3")))
    known: dict[int, str] = {}
    for number, who in enumerate(
        (
            {"phone": "+86 138 0013 8000"},
            {"phone": "13800138000", "unionid": "u3"},
            {"external_userid": "wm2", "unionid": "u1"},
            {"external_userid": "wm9", "unionid": "u1"},
        )
    ):
        _, told = await send(shop.url, shop.clock, order(customer=who), f"k{number}")
        known[number] = told["customer"]
    assert known == {0: "unknown", 1: "known", 2: "known", 3: "unknown"}


async def test_a_phone_is_in_no_log(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await send(shop.url, shop.clock, order(customer={"phone": "13912345678"}))
    await send(shop.url, shop.clock, order(customer={"phone": "call 13912345678"}), "k2")
    assert "refused 1 signals: invalid" in caplog.messages
    ours = [one for one in caplog.records if one.name.startswith("bot")]
    assert not any("13912345678" in f"{one.getMessage()} {vars(one)}" for one in ours)
    event = SignalReceived(
        id="x", at=shop.clock.now(), conversation="signal:?", kind="order_paid",
        happened_at=shop.clock.now(), phone="13912345678", details={},
    )  # fmt: skip
    assert "13912345678" not in repr(event)
