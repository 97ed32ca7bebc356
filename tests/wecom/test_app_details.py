"""Answers about an app and its tickets that WeCom may give, but the mock never would."""

from bot.clock import ManualClock
from bot.doctor.access import Access
from bot.wecom.app_details import app_details
from bot.wecom.client import WeComClient
from bot.wecom.jssdk import Tickets
from tests.wecom.double import Shelf, WeCom


async def test_an_app_with_little_set(client: WeComClient, wecom: WeCom) -> None:
    wecom.answer("agent/get", {"errcode": 0, "agentid": 7, "allow_userinfos": None})
    details = await app_details(client, 7)
    assert (details.name, details.redirect_domain, details.members) == ("", "", ())
    assert wecom.asked[-1][1]["agentid"] == "7"


async def test_two_tickets_that_are_one_are_told(
    client: WeComClient, wecom: WeCom, clock: ManualClock
) -> None:
    for api in ("get_jsapi_ticket", "ticket/get"):
        wecom.answer(api, {"errcode": 0, "ticket": "SAME", "expires_in": 7200})
    access, tickets = Access(), Tickets(client, Shelf(), clock)
    told = [
        await access.ticket("config", "ticket.corp", tickets),
        await access.ticket("agent", "ticket.agent", tickets),
    ]
    assert [line.cause for line in told] == ["", "42012"]
