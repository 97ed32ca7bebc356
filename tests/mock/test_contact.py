"""Customers of members, and the welcome: within 20 seconds, once, never into a running chat."""

import asyncio

import pytest

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.people import CannotAct

from .conftest import AES_KEY, AGENT, ANNA, BEN, TOKEN, Api, Listener


async def test_a_welcome_in_time(
    api: Api, corp: MockCorp, listener: Listener, clock: ManualClock
) -> None:
    code = await corp.customer_adds_member(ANNA, "LiMing", state="qr_spring")
    await corp.settled()
    (heard,) = listener.heard
    assert (heard["ChangeType"], heard["UserID"]) == ("add_external_contact", "liming")
    assert (heard["WelcomeCode"], heard["State"]) == (code, "qr_spring")
    await clock.advance(20)
    assert (await api.welcome(code))["errcode"] == 0
    (delivery,) = corp.deliveries
    assert (delivery.channel, delivery.account, delivery.to) == ("contact", "liming", ANNA)
    assert (delivery.text, delivery.body) == ("欢迎", {"text": {"content": "欢迎"}})
    assert (await api.welcome(code))["errcode"] == 41051
    assert len(corp.deliveries) == 1


async def test_a_welcome_too_late_or_with_a_made_up_code(
    api: Api, corp: MockCorp, clock: ManualClock
) -> None:
    code = await corp.customer_adds_member(ANNA, "liming")
    await clock.advance(20.1)
    assert (await api.welcome(code))["errcode"] == 41050
    assert (await api.welcome("CODE"))["errcode"] == 41050
    assert (await api.post("externalcontact/send_welcome_msg", {}))["errcode"] == 41049
    assert corp.deliveries == []


async def test_a_bad_message_does_not_use_up_the_code(api: Api, corp: MockCorp) -> None:
    code = await corp.customer_adds_member(ANNA, "liming")
    link = {"msgtype": "link", "link": {"title": "活动", "url": "https://example.com/"}}
    assert (await api.welcome(code, ""))["errcode"] == 41089
    assert (await api.welcome(code, "a" * 4001))["errcode"] == 45002
    assert (await api.welcome(code, "汉" * 1334))["errcode"] == 45002
    assert (await api.welcome(code, attachments=[link] * 10))["errcode"] == 41064
    assert (await api.welcome(code, attachments=[{"msgtype": "poem"}]))["errcode"] == 41065
    image = {"msgtype": "image", "image": {"media_id": "none"}}
    assert (await api.welcome(code, attachments=[image]))["errcode"] == 40007
    elsewhere = {"msgtype": "image", "image": {"pic_url": "https://shop.cn/a.png"}}
    assert (await api.welcome(code, attachments=[elsewhere]))["errcode"] == 40058
    assert (await api.welcome(code, "汉" * 1333, attachments=[link] * 9))["errcode"] == 0
    assert corp.refusals == []


async def test_another_app_is_sending(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    corp.rules.set("welcome_sending_s", 2)
    code = await corp.customer_adds_member(ANNA, "liming")
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(api.welcome(code)) for _ in range(2)]
        done, waiting = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        assert [call.result()["errcode"] for call in done] == [41096]
        await clock.advance(2)
    assert [call.result()["errcode"] for call in waiting] == [0]
    assert len(corp.deliveries) == 1


async def test_who_has_to_agree_to_the_archive_first(
    corp: MockCorp, api: Api, listener: Listener
) -> None:
    corp.rules.set("archive_consent_first", 1)
    code = await corp.customer_adds_member(ANNA, "liming")
    await corp.settled()
    assert (await api.welcome(code))["errcode"] == 41053
    with pytest.raises(CannotAct, match="customer_adds_member first"):
        await corp.customer_agrees_archive(ANNA, "WangFang")
    code = await corp.customer_agrees_archive(ANNA, "liming")
    await corp.settled()
    assert listener.heard[-1]["ChangeType"] == "msg_audit_approved"
    assert (listener.heard[-1]["WelcomeCode"], listener.heard[-1]["UserID"]) == (code, "liming")
    assert (await api.welcome(code))["errcode"] == 0
    assert await corp.customer_agrees_archive(ANNA, "liming") == "", "welcomed already"


async def test_no_code_for_who_talks_already(corp: MockCorp, api: Api) -> None:
    code = await corp.customer_adds_member(ANNA, "liming")
    await corp.customer_chats(ANNA, "liming")
    assert (await api.welcome(code))["errcode"] == 41051
    await corp.customer_removes_member(ANNA, "liming")
    assert await corp.customer_adds_member(ANNA, "liming") == ""
    assert await corp.customer_adds_member(ANNA, "WangFang") != ""


async def test_no_code_when_the_console_welcomes(corp: MockCorp) -> None:
    corp.add_member("chen", "陈", console_welcome=True)
    assert await corp.customer_adds_member(ANNA, "chen") == ""
    assert await corp.customer_adds_member(ANNA, "liming", welcome=False) == ""


async def test_half_added_then_added(corp: MockCorp, api: Api, listener: Listener) -> None:
    code = await corp.customer_adds_member(ANNA, "liming", half=True)
    assert (await api.welcome(code))["errcode"] == 0
    assert await corp.customer_adds_member(ANNA, "liming") == ""
    unwelcomed = await corp.customer_adds_member(BEN, "liming", half=True)
    assert await corp.customer_adds_member(BEN, "liming") not in ("", unwelcomed)
    await corp.settled()
    changes = [heard["ChangeType"] for heard in listener.heard]
    assert changes.count("add_half_external_contact") == 2
    assert changes.count("add_external_contact") == 2


async def test_removing_works_one_way(corp: MockCorp, api: Api, listener: Listener) -> None:
    await corp.customer_adds_member(ANNA, "liming")
    await corp.customer_removes_member(ANNA, "liming")
    token = await api.token()
    about = {"access_token": token, "external_userid": ANNA}
    assert (await api.get("externalcontact/get", **about))["errcode"] == 0
    with pytest.raises(CannotAct, match="customer_adds_member comes first"):
        await corp.member_removes_customer(ANNA, "liming")
    await corp.customer_adds_member(ANNA, "liming")
    await corp.member_removes_customer(ANNA, "liming", "DELETE_BY_TRANSFER")
    assert (await api.get("externalcontact/get", **about))["errcode"] == 84061
    await corp.settled()
    lost = [heard for heard in listener.heard if heard["ChangeType"].startswith("del_")]
    assert {heard["ChangeType"] for heard in lost} == {"del_follow_user", "del_external_contact"}


async def test_reading_customers(corp: MockCorp, api: Api) -> None:
    token = await api.token()
    empty = await api.get("externalcontact/list", access_token=token, userid="liming")
    assert (empty["errcode"], empty["external_userid"]) == (84061, [])
    await corp.customer_adds_member(ANNA, "liming", state="qr")
    listed = await api.get("externalcontact/list", access_token=token, userid="LIMING")
    assert listed["external_userid"] == [ANNA]
    got = await api.get("externalcontact/get", access_token=token, external_userid=ANNA)
    assert got["external_contact"]["name"] == "安娜"
    assert [(f["userid"], f["state"]) for f in got["follow_user"]] == [("liming", "qr")]
    unknown = await api.get("externalcontact/get", access_token=token, external_userid="wmBAD")
    assert unknown["errcode"] == 40096
    assert unknown["errmsg"].startswith("invalid string value `wmBAD`. invalid external userid,")
    nobody = await api.get("externalcontact/list", access_token=token, userid="nobody")
    assert nobody["errcode"] == 60111


async def test_an_app_sees_its_range_only(corp: MockCorp, api: Api, listener: Listener) -> None:
    corp.add_app(AGENT, "secret-of-the-app", visible=["wangfang"])
    code = await corp.customer_adds_member(ANNA, "liming")
    await corp.settled()
    (heard,) = listener.heard  # where 客户联系 tells it, as the company does
    assert heard["UserID"] == "liming"
    corp.set_callback("app", listener.url, TOKEN, AES_KEY, agent_id=AGENT)
    await corp.member_remarks_customer(ANNA, "liming", "老客户")
    await corp.settled()
    assert len(listener.heard) == 1, "the app is told of its own members' customers alone"
    assert (await api.welcome(code))["errcode"] == 60011
    token = await api.token()
    followers = await api.get("externalcontact/get_follow_user_list", access_token=token)
    assert followers["follow_user"] == ["WangFang"]
    listed = await api.get("externalcontact/list", access_token=token, userid="liming")
    assert listed["errcode"] == 60021
    got = await api.get("externalcontact/get", access_token=token, external_userid=ANNA)
    assert got["errcode"] == 40096


async def test_a_code_that_is_badly_asked_for(api: Api) -> None:
    home, asked = "externalcontact/", {"type": 1, "scene": 2, "user": ["liming"]}
    for name, body, errcode in (
        ("add_contact_way", {**asked, "type": 3}, 41039),
        ("add_contact_way", {**asked, "scene": 3}, 41040),
        ("get_contact_way", {}, 41043),
        ("get_contact_way", {"config_id": "none"}, 41044),
    ):
        assert (await api.post(home + name, body))["errcode"] == errcode
