"""Signatures of pages, and their tickets: rarely fetched, never mixed up."""

import json
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.errors import Refused
from bot.wecom.client import WeComClient
from bot.wecom.jssdk import Tickets, sign, to_sign
from tests.wecom.double import SAMPLES, Make, Shelf, WeCom, refusal

VECTORS: list[dict[str, Any]] = json.loads((SAMPLES / "crypto_vectors.json").read_text("utf-8"))[
    "js_signature_vectors"
]
PAGE = "https://bot.example.com/sidebar?code=C1&state=s"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
@pytest.mark.parametrize("fragment", ["", "#", "#/scripts?a=b#c"])
def test_the_published_signatures(vector: dict[str, str], fragment: str) -> None:
    parts = (vector["jsapi_ticket"], vector["noncestr"], vector["timestamp"])
    url = vector["url"] + fragment
    assert to_sign(*parts, url) == vector["string1"]
    assert sign(*parts, url) == vector["signature"]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def tickets(client: WeComClient, shelf: Shelf, clock: ManualClock, wecom: WeCom) -> Tickets:
    wecom.answer("get_jsapi_ticket", {"errcode": 0, "ticket": "CORP", "expires_in": 7200})
    wecom.answer("ticket/get", {"errcode": 0, "ticket": "AGENT", "expires_in": 7200})
    return Tickets(client, shelf, clock)


def asked(wecom: WeCom) -> list[str]:
    return [api for api, _, _ in wecom.asked if api != "gettoken"]


async def test_each_signature_is_by_its_own_ticket(tickets: Tickets, clock: ManualClock) -> None:
    signatures = await tickets.signatures(f"{PAGE}#/now")
    for ticket, one in (("CORP", signatures.config), ("AGENT", signatures.agent)):
        assert one.timestamp == int(clock.timestamp())
        assert one.signature == sign(ticket, one.nonce, one.timestamp, PAGE)
        assert set(one.fields()) == {"timestamp", "nonceStr", "signature"}
    assert signatures.config.nonce != signatures.agent.nonce


async def test_tickets_outlive_a_restart_and_are_renewed_when_old(
    tickets: Tickets, client: WeComClient, shelf: Shelf, clock: ManualClock, wecom: WeCom
) -> None:
    await tickets.signatures(PAGE)
    await Tickets(client, shelf, clock).signatures(PAGE)
    assert asked(wecom) == ["get_jsapi_ticket", "ticket/get"]
    assert wecom.asked[-1][1]["type"] == "agent_config"
    wecom.answer("ticket/get", {"errcode": 0, "ticket": "NEXT", "expires_in": 7200})
    await clock.advance(7200)
    assert (await tickets.corp(), await tickets.agent()) == ("CORP", "NEXT")


async def test_tickets_of_another_secret_are_not_found(
    tickets: Tickets, make: Make, shelf: Shelf, clock: ManualClock, wecom: WeCom
) -> None:
    assert await tickets.agent() == "AGENT"
    wecom.answer("ticket/get", {"errcode": 0, "ticket": "OTHER", "expires_in": 7200})
    async with make(secrets={"app": "OTHER-SECRET"}) as client:
        assert await Tickets(client, shelf, clock).agent() == "OTHER"


async def test_a_refused_ticket_is_asked_for_again_after_a_minute(
    tickets: Tickets, clock: ManualClock, wecom: WeCom
) -> None:
    good = wecom.answers["get_jsapi_ticket"]
    wecom.answer("get_jsapi_ticket", refusal(60020))
    for _ in range(3):
        with pytest.raises(Refused, match="60020"):
            await tickets.corp()
    assert asked(wecom) == ["get_jsapi_ticket"]
    wecom.answers["get_jsapi_ticket"] = good
    await clock.advance(60)
    assert await tickets.corp() == "CORP"


async def test_who_opened_a_page(client: WeComClient, wecom: WeCom) -> None:
    wecom.answer(
        "auth/getuserinfo",
        {"errcode": 0, "userid": "liming", "user_ticket": ""},
        {"errcode": 0, "openid": "o1", "external_userid": "wm1"},
        refusal(40029),
    )
    assert [await client.get_user_info("CODE") for _ in range(2)] == ["liming", ""]
    with pytest.raises(Refused):
        await client.get_user_info("CODE")
