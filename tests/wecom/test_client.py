"""The client over real HTTP: what it asks and how it reads the answers."""

from datetime import UTC, datetime

import pytest

from bot.clock import ManualClock
from bot.errors import (
    Refused,
    TokenRejected,
)
from bot.wecom.answers import Page, Profile, Servicer, Servicers
from bot.wecom.client import WeComClient
from tests.wecom.double import TEXT, Make, WeCom, refusal, sample, send

# What is asked, and how answers read


async def test_a_service_message_carries_our_own_msgid(client: WeComClient, wecom: WeCom) -> None:
    documented = sample("api_kf_send_msg_text")
    wecom.answer("kf/send_msg", documented["response_body"])
    asked = documented["request_body"]
    assert (
        await client.send_service_message(asked["open_kfid"], asked["touser"], TEXT, "out-0001")
        == "out-0001"
    )
    assert wecom.asked[-1] == (
        "kf/send_msg",
        {"access_token": "T1"},
        asked | {"text": {"content": "您好"}},
    )


async def test_an_event_message_and_a_welcome_carry_their_code(
    client: WeComClient, wecom: WeCom
) -> None:
    documented = sample("api_kf_send_msg_on_event")
    body = {"msgtype": "text", "text": {"content": "欢迎咨询"}}
    await client.send_service_event_message("KFWELCOMEDEMO", body, "out-0002")
    assert wecom.asked[-1][2] == documented["request_body"]
    await client.send_welcome("CODE", {"text": {"content": "你好"}})
    assert wecom.asked[-1] == (
        "externalcontact/send_welcome_msg",
        {"access_token": "T1"},
        {"welcome_code": "CODE", "text": {"content": "你好"}},
    )


async def test_messages_are_pulled_page_by_page(client: WeComClient, wecom: WeCom) -> None:
    documented = sample("api_kf_sync_msg")
    wecom.answer(
        "kf/sync_msg",
        documented["response_body"],
        {"errcode": 0, "next_cursor": "CURSOR_3", "has_more": 1, "msg_list": []},
    )
    asked = documented["request_body"]
    page = await client.pull_messages(asked["open_kfid"], asked["cursor"], asked["token"])
    assert wecom.asked[-1][2] == asked
    assert page == Page(
        items=tuple(documented["response_body"]["msg_list"]), cursor="CURSOR_2", more=False
    )
    empty = await client.pull_messages(asked["open_kfid"], "")
    assert empty == Page(items=(), cursor="CURSOR_3", more=True)
    assert not {"cursor", "token"} & set(wecom.asked[-1][2])


async def test_session_states(client: WeComClient, wecom: WeCom) -> None:
    wecom.answer("kf/service_state/get", sample("api_kf_service_state_get")["response_body"])
    documented = sample("api_kf_service_state_trans")
    wecom.answer("kf/service_state/trans", documented["response_body"])
    asked = documented["request_body"]
    account, customer = asked["open_kfid"], asked["external_userid"]
    assert await client.service_state(account, customer) == (3, "liming")
    code = await client.change_service_state(account, customer, 3, "liming")
    assert code == "MSG_CODE_DEMO"
    assert wecom.asked[-1][2] == asked


async def test_customers_are_looked_up_a_hundred_at_a_time(
    client: WeComClient, wecom: WeCom
) -> None:
    wecom.answer("kf/customer/batchget", sample("api_kf_customer_batchget")["response_body"])
    profiles = await client.service_customers([f"wm{number}" for number in range(250)])
    sizes = [len(body["external_userid_list"]) for body in wecom.bodies("kf/customer/batchget")]
    assert sizes == [100, 100, 50]
    assert (
        profiles
        == (Profile(external_userid="wmDemoAAAA0000000000000000000001", name="客户A"),) * 3
    )


async def test_accounts_end_with_the_page_that_is_not_full(
    client: WeComClient, wecom: WeCom
) -> None:
    full = [{"open_kfid": f"wk{number}", "name": "小助手"} for number in range(100)]
    last = sample("api_kf_account_list")["response_body"]
    wecom.answer("kf/account/list", {"errcode": 0, "account_list": full}, last)
    accounts = await client.service_accounts()
    assert len(accounts) == 101
    assert [body["offset"] for body in wecom.bodies("kf/account/list")] == [0, 100]


async def test_servicers_are_members_and_departments(client: WeComClient, wecom: WeCom) -> None:
    wecom.answer("kf/servicer/list", sample("api_kf_servicer_list")["response_body"])
    assert await client.servicers("wk1") == Servicers(
        members=(
            Servicer(userid="liming", receiving=True),
            Servicer(userid="wangfang", receiving=False),
        ),
        departments=(2,),
    )
    assert wecom.asked[-1][1] == {"access_token": "T1", "open_kfid": "wk1"}


async def test_an_app_message_names_whom_it_did_not_reach(
    client: WeComClient, wecom: WeCom
) -> None:
    wecom.answer("message/send", sample("api_message_send_text")["response_body"])
    assert await client.send_app_message("1000002", ["liming", "nobody"], TEXT) == ("nobody",)
    body = wecom.asked[-1][2]
    assert (body["touser"], body["agentid"]) == ("liming|nobody", 1000002)
    assert body["enable_duplicate_check"] == 0
    await client.send_app_message("1000002", ["liming"], TEXT, drop_repetitions=True)
    assert wecom.asked[-1][2]["enable_duplicate_check"] == 1


async def test_what_no_member_was_licensed_to_hear_counted_as_sent(
    client: WeComClient, wecom: WeCom
) -> None:
    wecom.answer("message/send", {"errcode": 0, "unlicenseduser": "liming", "invaliduser": None})
    with pytest.raises(Refused, match="81013"):
        await client.send_app_message("1000002", ["LiMing"], TEXT)
    assert await client.send_app_message("1", ["LiMing", "chen"], TEXT) == ("liming",)


async def test_a_contact_is_read_over_all_pages(client: WeComClient, wecom: WeCom) -> None:
    first = sample("api_externalcontact_get")["response_body"]
    second = {"errcode": 0, "follow_user": [{"userid": "zhaolei", "createtime": 1767200000}]}
    wecom.answer("externalcontact/get", first | {"next_cursor": "C2"}, second)
    contact = await client.external_contact("wmDemoAAAA0000000000000000000001")
    assert [follower.userid for follower in contact.followers] == ["liming", "wangfang", "zhaolei"]
    follower = contact.followers[0]
    assert (follower.state, follower.remark) == ("qr_spring_07", "客户A-老板")
    assert follower.added_at == datetime.fromtimestamp(1767113600, UTC)
    assert follower.tags == ("高", "VIP")
    assert [query["cursor"] for _, query, _ in wecom.asked[1:]] == ["", "C2"]


async def test_members_with_customers_are_listed(client: WeComClient, wecom: WeCom) -> None:
    members = {"errcode": 0, "follow_user": ["liming", "wangfang"]}
    wecom.answer("externalcontact/get_follow_user_list", members)
    assert await client.follow_user_list() == ("liming", "wangfang")


async def test_media_goes_up_under_its_chinese_name(client: WeComClient, wecom: WeCom) -> None:
    wecom.answer("media/upload", {"errmsg": "", "media_id": "MEDIAID-DEMO"})
    content = bytes(range(256)) * 8192  # 2 MiB
    assert await client.upload_media("image", '新品\r\n"图".png', content) == "MEDIAID-DEMO"
    _, query, raw = wecom.asked[-1]
    assert query == {"access_token": "T1", "type": "image"}
    assert 'name="media"; filename="新品\\"图\\".png"'.encode() in raw
    assert content in raw


# Tokens


@pytest.mark.parametrize("errcode", [40014, 42001])
async def test_a_rejected_token_is_replaced_and_the_call_repeated_once(
    client: WeComClient, wecom: WeCom, errcode: int
) -> None:
    wecom.answer("kf/send_msg", refusal(errcode), {"errcode": 0, "msgid": "out-1"})
    assert await send(client) == "out-1"
    assert [api for api, _, _ in wecom.asked] == [
        "gettoken",
        "kf/send_msg",
        "gettoken",
        "kf/send_msg",
    ]
    assert wecom.asked[-1][1] == {"access_token": "T2"}


async def test_a_second_rejection_is_the_end(client: WeComClient, wecom: WeCom) -> None:
    wecom.answer("kf/send_msg", refusal(42001))
    with pytest.raises(TokenRejected):
        await send(client)
    assert len(wecom.bodies("kf/send_msg")) == 2


async def test_applications_have_their_own_tokens(make: Make, wecom: WeCom) -> None:
    secrets = {"app": "APP-SECRET", "kf": "KF-SECRET", "contact": "APP-SECRET"}
    async with make(secrets=secrets) as client:
        await send(client)
        await client.send_app_message("1000002", ["liming"], TEXT)
        await client.follow_user_list()
    asked = [(api, query) for api, query, _ in wecom.asked]
    secrets_asked = [query["corpsecret"] for api, query in asked if api == "gettoken"]
    assert secrets_asked == ["KF-SECRET", "APP-SECRET"], "one token for each secret"
    tokens = [query["access_token"] for api, query in asked if api != "gettoken"]
    assert tokens == ["T1", "T2", "T2"]


async def test_without_a_secret_nothing_is_asked(make: Make, wecom: WeCom) -> None:
    async with make(secrets={}) as client:
        with pytest.raises(Refused) as refused:
            await send(client)
    assert refused.value.alert
    assert wecom.asked == []


async def test_a_wrong_secret_is_asked_about_once(client: WeComClient, wecom: WeCom) -> None:
    wecom.answer("gettoken", refusal(40001))
    for _ in range(3):
        with pytest.raises(Refused):
            await send(client)
    assert len(wecom.asked) == 1


async def test_tokens_are_renewed_ahead_of_expiry(
    client: WeComClient, wecom: WeCom, clock: ManualClock
) -> None:
    await send(client)
    await clock.advance(7200 - 300)
    await client.keep_fresh()
    await send(client)
    assert wecom.asked[-1][1] == {"access_token": "T2"}
