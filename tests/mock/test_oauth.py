"""Signing in: the client's silent redirect, and a code that a member scans."""

from urllib.parse import parse_qs, urlsplit

import pytest

from bot.mockwecom.corp import MockCorp
from bot.mockwecom.oauth import BASE, PRIVATE
from bot.mockwecom.people import CannotAct
from bot.mockwecom.rules import Refusal

from .conftest import AGENT, CORP_ID, SECRET, Api

PAGE = "https://bot.example.com:8443/back?to=%2Fsidebar"
IN_CLIENT = {
    "appid": CORP_ID, "redirect_uri": PAGE, "response_type": "code", "scope": BASE,
    "state": "abc123", "agentid": str(AGENT),
}  # fmt: skip
SCANNING = {
    "login_type": "CorpApp", "appid": CORP_ID, "agentid": str(AGENT), "redirect_uri": PAGE,
    "state": "abc123",
}  # fmt: skip


@pytest.fixture(autouse=True)
def trusted(corp: MockCorp) -> None:
    corp.set_trusted_domain(AGENT, "bot.example.com:8443")


async def test_the_page_gets_a_code_that_is_good_once_and_for_its_app(
    api: Api, corp: MockCorp
) -> None:
    where = urlsplit(await corp.oauth.authorize(IN_CLIENT, "liming"))
    assert (where.netloc, where.path) == ("bot.example.com:8443", "/back")
    query = parse_qs(where.query)
    assert (query["to"], query["state"]) == (["/sidebar"], ["abc123"])
    token, (code,) = await api.token(), query["code"]
    answer = await api.get("auth/getuserinfo", access_token=token, code=code)
    assert (answer["errcode"], answer["userid"]) == (0, "liming")
    again = await api.get("auth/getuserinfo", access_token=token, code=code)
    assert again["errcode"] == 40029
    corp.add_app(7, "other-secret")
    other = await api.token("other-secret")
    code = parse_qs(urlsplit(await corp.oauth.authorize(IN_CLIENT, "liming")).query)["code"][0]
    answer = await api.get("auth/getuserinfo", access_token=other, code=code)
    assert answer["errcode"] == 50001


async def test_private_information_needs_the_app_and_brings_a_ticket(
    api: Api, corp: MockCorp
) -> None:
    private = {**IN_CLIENT, "scope": PRIVATE}
    where = await corp.oauth.authorize(private, "liming")
    code = parse_qs(urlsplit(where).query)["code"][0]
    answer = await api.get("auth/getuserinfo", access_token=await api.token(), code=code)
    assert answer["user_ticket"]
    with pytest.raises(Refusal, match="agentid is missing"):
        await corp.oauth.authorize({**private, "agentid": ""}, "liming")


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"appid": "ww0"}, 40013),
        ({"agentid": "99"}, 40056),
        ({"redirect_uri": "https://evil.example/back"}, 50001),
        ({"redirect_uri": "https://bot.example.com/back"}, 50001),  # another port
        ({"redirect_uri": "javascript://bot.example.com:8443/"}, 50001),
        ({"state": "a-b"}, 84025),
        ({"state": "a" * 129}, 84025),
        ({"response_type": "token"}, 40063),
        ({"scope": "all"}, 40058),
    ],
)
async def test_what_the_address_must_be(
    corp: MockCorp, change: dict[str, str], errcode: int
) -> None:
    with pytest.raises(Refusal) as refused:
        await corp.oauth.authorize({**IN_CLIENT, **change}, "liming")
    assert refused.value.errcode == errcode
    assert corp.oauth.log[-1].errcode == errcode


async def test_only_members_in_range_come_in_and_only_in_the_client(corp: MockCorp) -> None:
    with pytest.raises(Refusal, match="40029"):
        await corp.oauth.authorize(IN_CLIENT, "")
    corp.add_app(AGENT, SECRET, visible=["wangfang"], domain="bot.example.com:8443")
    with pytest.raises(Refusal, match="50002"):
        await corp.oauth.authorize(IN_CLIENT, "liming")


async def test_scanning_needs_the_app_and_gives_a_code(corp: MockCorp) -> None:
    assert corp.oauth.check_login(SCANNING).agent_id == AGENT
    where = urlsplit(await corp.oauth.scan(SCANNING, "liming"))
    assert parse_qs(where.query)["state"] == ["abc123"]
    for change in ({"login_type": "ServiceApp"}, {"agentid": ""}, {"redirect_uri": "https://x/"}):
        with pytest.raises(Refusal):
            corp.oauth.check_login({**SCANNING, **change})
    with pytest.raises(Refusal, match="60111"):
        await corp.oauth.scan(SCANNING, "nobody")


async def test_a_toolbar_needs_a_trusted_domain(corp: MockCorp) -> None:
    with pytest.raises(CannotAct, match="set_trusted_domain first"):
        corp.add_toolbar(AGENT, "话术", "https://other.example/sidebar")
    corp.add_toolbar(AGENT, "话术", "https://bot.example.com:8443/sidebar")
    corp.add_toolbar(AGENT, "话术", "https://bot.example.com:8443/other")
    assert [one.url for one in corp.oauth.toolbars] == ["https://bot.example.com:8443/other"]
