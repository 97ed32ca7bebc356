"""Who may call the mock, and how it says no."""

import re

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp

from .conftest import AGENT, CORP_ID, SECRET, Api

IPS = "getcallbackip"


async def test_the_same_token_while_it_is_good(api: Api, clock: ManualClock) -> None:
    first = await api.get("gettoken", corpid=CORP_ID, corpsecret=SECRET)
    assert (first["errcode"], first["expires_in"]) == (0, 7200)
    await clock.advance(7199)
    assert await api.token() == first["access_token"]
    assert (await api.get(IPS, access_token=first["access_token"]))["errcode"] == 0
    await clock.advance(1)
    assert (await api.get(IPS, access_token=first["access_token"]))["errcode"] == 42001
    assert await api.token() != first["access_token"]


async def test_a_token_dies_early(api: Api, corp: MockCorp) -> None:
    token = await api.token()
    corp.expire_tokens()
    expired = await api.get(IPS, access_token=token)
    assert expired == {"errcode": 42001, "errmsg": "access_token expired", "ip_list": []}
    token = await api.token()
    corp.invalidate_tokens()
    assert (await api.get(IPS, access_token=token))["errcode"] == 40014
    assert (await api.get(IPS, access_token=await api.token()))["errcode"] == 0


async def test_refusals_look_like_wecoms(api: Api) -> None:
    answer = await api.get("externalcontact/list", userid="liming")
    assert answer["errcode"] == 41001
    assert answer["external_userid"] == []  # typed empty defaults stay in the body
    assert re.fullmatch(
        r"access_token missing, hint: \[\d+\], from ip: 127\.0\.0\.1, "
        r"more info at https://open\.work\.weixin\.qq\.com/devtool/query\?e=41001",
        answer["errmsg"],
    )
    assert api.headers["Error-Code"] == "41001"
    assert api.headers["Error-Msg"] == answer["errmsg"]


async def test_gettoken_checks_in_wecoms_order(api: Api) -> None:
    assert (await api.get("gettoken", corpid="ww0"))["errcode"] == 41004
    assert (await api.get("gettoken", corpsecret=SECRET))["errcode"] == 41002
    assert (await api.get("gettoken", corpid="ww0", corpsecret=SECRET))["errcode"] == 40013


async def test_wrong_secrets_block_the_address(api: Api, clock: ManualClock) -> None:
    for _ in range(5):
        wrong = await api.get("gettoken", corpid=CORP_ID, corpsecret="wrong")
        assert wrong["errcode"] == 40001
    right = {"corpid": CORP_ID, "corpsecret": SECRET}
    assert (await api.get("gettoken", **right))["errcode"] == 45009
    await clock.advance(3600)
    assert (await api.get("gettoken", **right))["errcode"] == 0


async def test_an_app_speaks_for_itself_only(api: Api, corp: MockCorp) -> None:
    corp.add_app(1000003, "another")
    body = {"touser": "liming", "msgtype": "text", "text": {"content": "早"}}
    assert (await api.post("message/send", body | {"agentid": 1000003}))["errcode"] == 301002
    assert (await api.post("message/send", body | {"agentid": 9}))["errcode"] == 40056
    assert (await api.post("message/send", body | {"agentid": str(AGENT)}))["errcode"] == 40056


async def test_trusted_addresses(api: Api, corp: MockCorp) -> None:
    token = await api.token()
    corp.set_trusted_ips(["203.0.113.7"])
    assert (await api.get(IPS, access_token=token))["errcode"] == 60020
    corp.set_trusted_ips(["127.0.0.1"])
    assert (await api.get(IPS, access_token=token))["errcode"] == 0


async def test_too_many_calls_shut_one_api_for_a_window(
    api: Api, corp: MockCorp, clock: ManualClock
) -> None:
    corp.rules.set("api_calls_per_minute", 3)
    token = await api.token()
    codes = [(await api.get(IPS, access_token=token))["errcode"] for _ in range(5)]
    assert codes == [0, 0, 0, 45009, 45009]
    followers = await api.get("externalcontact/get_follow_user_list", access_token=token)
    assert followers["follow_user"] == ["liming", "WangFang"]
    await clock.advance(59)
    assert (await api.get(IPS, access_token=token))["errcode"] == 45009
    await clock.advance(1)
    assert (await api.get(IPS, access_token=token))["errcode"] == 0


async def test_signing_in_works_once_and_for_five_minutes(
    api: Api, corp: MockCorp, clock: ManualClock
) -> None:
    token, code = await api.token(), await corp.member_opens_page("LIMING")
    signed_in = await api.get("auth/getuserinfo", access_token=token, code=code)
    assert signed_in == {"errcode": 0, "errmsg": "ok", "userid": "liming"}
    again = await api.get("auth/getuserinfo", access_token=token, code=code)
    assert again["errcode"] == 40029
    late = await corp.member_opens_page("liming")
    await clock.advance(300)
    answer = await api.get("auth/getuserinfo", access_token=token, code=late)
    assert answer["errcode"] == 40029


async def test_two_kinds_of_ticket(api: Api) -> None:
    token = await api.token()
    of_corp = await api.get("get_jsapi_ticket", access_token=token)
    of_app = await api.get("ticket/get", access_token=token, type="agent_config")
    assert of_corp["ticket"] != of_app["ticket"]
    assert of_corp == await api.get("get_jsapi_ticket", access_token=token)
    assert (await api.get("ticket/get", access_token=token))["errcode"] == 91040
