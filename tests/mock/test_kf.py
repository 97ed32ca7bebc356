"""Customer service: what may be sent when, and how a session moves."""

from typing import Any

import pytest

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.people import CannotAct

from .conftest import ANNA, BEN, KF, Api, Listener

HOURS_48 = 48 * 3600


async def sync(api: Api, **body: Any) -> Any:
    return await api.post("kf/sync_msg", {"open_kfid": KF, **body})


async def state(api: Api) -> Any:
    body = {"open_kfid": KF, "external_userid": ANNA}
    return (await api.post("kf/service_state/get", body))["service_state"]


async def trans(api: Api, to: int, servicer: str = "") -> Any:
    body = {"open_kfid": KF, "external_userid": ANNA, "service_state": to}
    return await api.post(
        "kf/service_state/trans", body | ({"servicer_userid": servicer} if servicer else {})
    )


async def test_five_messages_for_each_of_the_customers(api: Api, corp: MockCorp) -> None:
    assert (await api.kf_send())["errcode"] == 95018  # no session before the customer writes
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    codes = [(await api.kf_send())["errcode"] for _ in range(6)]
    assert codes == [0, 0, 0, 0, 0, 95001]
    await corp.customer_writes_kf(ANNA, KF, "还在吗")
    assert (await api.kf_send())["errcode"] == 0
    assert len(corp.deliveries) == 6


async def test_the_window_shuts_after_48_hours(
    api: Api, corp: MockCorp, clock: ManualClock
) -> None:
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    await clock.advance(HOURS_48)
    assert (await api.kf_send())["errcode"] == 0
    await clock.advance(1)
    assert (await api.kf_send())["errcode"] == 95002
    assert await state(api) == 4
    await corp.customer_writes_kf(ANNA, KF, "我又来了")
    assert await state(api) == 0
    assert (await api.kf_send())["errcode"] == 0


async def test_our_own_msgid_is_delivered_once(api: Api, corp: MockCorp) -> None:
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    for _ in range(7):  # more often than five, so repeats do not count either
        assert (await api.kf_send(msgid="out-0001"))["msgid"] == "out-0001"
    assert [delivery.msgid for delivery in corp.deliveries] == ["out-0001"]
    corp.rules.set("kf_same_msgid_is_ok", 0)
    assert (await api.kf_send(msgid="out-0001"))["errcode"] == 0
    assert len(corp.deliveries) == 2
    assert (await api.kf_send(msgid="a" * 33))["errcode"] == 40058
    assert (await api.kf_send(msgid="有汉字"))["errcode"] == 40058


@pytest.mark.parametrize(
    ("content", "errcode"),
    [
        ({"msgtype": "text", "text": {"content": "汉" * 682}}, 0),
        ({"msgtype": "text", "text": {"content": "汉" * 683}}, 45002),
        ({"msgtype": "text", "text": {"content": ""}}, 44004),
        ({"msgtype": "image"}, 40063),
        ({"msgtype": "poem"}, 40008),
        ({"msgtype": "location", "location": {"latitude": 23.1, "longitude": 113}}, 0),
        ({"msgtype": "image", "image": {"media_id": "gone"}}, 40007),
        ({"msgtype": "msgmenu", "msgmenu": {"list": [{"type": "text"}]}}, 95009),
    ],
)
async def test_contents(api: Api, corp: MockCorp, content: Any, errcode: int) -> None:
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    body = {"touser": ANNA, "open_kfid": KF, **content}
    assert (await api.post("kf/send_msg", body))["errcode"] == errcode


def menu(count: int) -> dict[str, Any]:
    clicks = [
        {"type": "click", "click": {"id": str(n), "content": f"问题{n}"}} for n in range(count)
    ]
    text = {"type": "text", "text": {"content": "——", "no_newline": 1}}
    return {"head_content": "请选择", "list": [*clicks, text], "tail_content": "谢谢"}


async def test_a_menu_and_the_click_on_it(api: Api, corp: MockCorp) -> None:
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    body = {"touser": ANNA, "open_kfid": KF, "msgtype": "msgmenu"}
    assert (await api.post("kf/send_msg", body | {"msgmenu": menu(11)}))["errcode"] == 95008
    assert (await api.post("kf/send_msg", body | {"msgmenu": menu(10)}))["errcode"] == 0
    assert corp.deliveries[0].text.startswith("请选择\n问题0\n")
    with pytest.raises(CannotAct, match="not '77'"):
        await corp.customer_writes_kf(ANNA, KF, menu_id="77")
    await corp.customer_writes_kf(ANNA, KF, menu_id="3")
    item = (await sync(api))["msg_list"][-1]
    assert item["text"] == {"content": "问题3", "menu_id": "3"}


async def test_sync_gives_pages_and_a_cursor(api: Api, corp: MockCorp, listener: Listener) -> None:
    for n in range(5):
        await corp.customer_writes_kf(ANNA, KF, f"第{n}句")
    await api.kf_send()  # what the API sends is not in the log
    await corp.settled()
    token = listener.heard[-1]["Token"]
    first = await sync(api, token=token, limit=3)
    assert (first["has_more"], len(first["msg_list"])) == (1, 3)
    rest = await sync(api, token=token, limit=3, cursor=first["next_cursor"])
    assert rest["has_more"] == 0
    said = [item["text"]["content"] for item in first["msg_list"] + rest["msg_list"]]
    assert said == [f"第{n}句" for n in range(5)]
    end = await sync(api, token=token, cursor=rest["next_cursor"])
    assert (end["msg_list"], end["next_cursor"]) == ([], rest["next_cursor"])
    assert (await sync(api, token=token, cursor="guess"))["errcode"] == 50100
    assert (await sync(api, token=token, limit=1001))["errcode"] == 40058
    assert (await sync(api, token=token, limit=-1))["errcode"] == 40058
    assert (await sync(api, token=token, limit=2.5))["errcode"] == 40058


async def test_an_empty_page_with_more_behind_it(api: Api, corp: MockCorp) -> None:
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    await corp.kf_empty_pages(KF)
    empty = await sync(api)
    assert (empty["has_more"], empty["msg_list"]) == (1, [])
    full = await sync(api, cursor=empty["next_cursor"])
    assert (full["has_more"], len(full["msg_list"])) == (0, 1)


async def test_the_callbacks_token_is_good_for_ten_minutes(
    api: Api, corp: MockCorp, listener: Listener, clock: ManualClock
) -> None:
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    await corp.settled()
    token = listener.heard[0]["Token"]
    assert "FromUserName" not in listener.heard[0]
    await clock.advance(599)
    assert (await sync(api, token=token))["errcode"] == 0
    await clock.advance(1)
    assert (await sync(api, token=token))["errcode"] == 95007


async def test_without_a_token_sync_is_throttled(
    api: Api, corp: MockCorp, clock: ManualClock
) -> None:
    codes = [(await sync(api))["errcode"] for _ in range(11)]
    assert codes == [0] * 10 + [45009]
    await clock.advance(60)
    assert (await sync(api))["errcode"] == 0


async def test_the_log_goes_back_three_days(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    await corp.customer_writes_kf(ANNA, KF, "老")
    cursor = (await sync(api))["next_cursor"]
    await corp.customer_writes_kf(ANNA, KF, "旧")
    await clock.advance(3 * 86400 + 1)
    await corp.customer_writes_kf(ANNA, KF, "新")
    for start in ({}, {"cursor": cursor}):
        texts = [item["text"]["content"] for item in (await sync(api, **start))["msg_list"]]
        assert texts == ["新"]


async def test_to_a_person_and_back(api: Api, corp: MockCorp) -> None:
    await corp.customer_writes_kf(ANNA, KF, "找人工")
    assert await state(api) == 0
    await api.kf_send()
    assert await state(api) == 1
    assert (await trans(api, 2))["msg_code"]
    assert (await api.kf_send())["errcode"] == 95018
    code = await corp.servicer_takes("LiMing", ANNA, KF)
    assert await state(api) == 3
    answer = await api.post(
        "kf/send_msg_on_event", {"code": code, "msgtype": "text", "text": {"content": "我是李明"}}
    )
    assert answer["errcode"] == 0
    await corp.servicer_writes_kf("liming", ANNA, KF, "您好,请讲")
    end_code = await corp.servicer_ends_session("liming", ANNA, KF)
    assert await state(api) == 4
    assert (await api.kf_send())["errcode"] == 95018
    items = (await sync(api))["msg_list"]
    events = [item["event"] for item in items if item["origin"] == 4]
    assert [(e["change_type"], e["msg_code"]) for e in events] == [(1, code), (3, end_code)]
    assert [item["servicer_userid"] for item in items if item["origin"] == 5] == ["liming"]
    assert [d.api for d in corp.deliveries] == ["kf/send_msg", "kf/send_msg_on_event", "servicer"]


async def test_moves_by_api_are_told_to_nobody(
    api: Api, corp: MockCorp, listener: Listener
) -> None:
    await corp.customer_writes_kf(ANNA, KF, "找人工")
    assert (await trans(api, 3, "liming"))["errcode"] == 0
    assert (await trans(api, 3, "WangFang"))["errcode"] == 0
    assert (await trans(api, 4))["errcode"] == 0
    await corp.settled()
    assert len(listener.heard) == 1
    assert len((await sync(api))["msg_list"]) == 1


async def test_a_session_goes_to_who_receives(api: Api, corp: MockCorp) -> None:
    await corp.customer_writes_kf(ANNA, KF, "找人工")
    assert (await trans(api, 3))["errcode"] == 95014
    assert (await trans(api, 3, "nobody"))["errcode"] == 95014
    await corp.servicer_receives("liming", KF, False)
    assert (await trans(api, 3, "liming"))["errcode"] == 95019
    token = await api.token()
    listed = await api.get("kf/servicer/list", access_token=token, open_kfid=KF)
    assert listed["servicer_list"][0] == {"userid": "liming", "status": 1, "stop_type": 0}
    event = (await sync(api))["msg_list"][-1]["event"]
    assert (event["event_type"], event["status"]) == ("servicer_status_change", 2)


async def test_moves_that_the_page_does_not_have(api: Api, corp: MockCorp) -> None:
    assert (await trans(api, 2))["errcode"] == 95013  # nothing to move
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    assert (await trans(api, 4))["errcode"] == 95016
    assert (await trans(api, 1))["errcode"] == 0  # assumed, a switch
    assert (await trans(api, 4))["errcode"] == 95016
    corp.rules.set("kf_trans_1_to_4", 1)
    assert (await trans(api, 4))["errcode"] == 0


async def test_a_servicer_reopens_and_a_colleague_takes_over(api: Api, corp: MockCorp) -> None:
    await corp.servicer_writes_kf("liming", ANNA, KF, "回访一下")
    assert await corp.servicer_takes("WangFang", ANNA, KF) == ""
    with pytest.raises(CannotAct, match="not with liming"):
        await corp.servicer_writes_kf("liming", ANNA, KF, "在吗")
    events = [i["event"] for i in (await sync(api))["msg_list"] if i["origin"] == 4]
    assert [e["change_type"] for e in events] == [4, 2]
    assert (events[1]["old_servicer_userid"], events[1]["new_servicer_userid"]) == (
        "liming",
        "WangFang",
    )


async def on_event(api: Api, code: str, **more: Any) -> int:
    body = {"code": code, "msgtype": "text", "text": {"content": "欢迎咨询"}, **more}
    return int((await api.post("kf/send_msg_on_event", body))["errcode"])


async def test_the_welcome_of_a_session(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    code = await corp.customer_enters_kf(ANNA, KF, "web", "from=home")
    event = (await sync(api))["msg_list"][0]["event"]
    assert (event["welcome_code"], event["scene_param"]) == (code, "from=home")
    await clock.advance(20)
    assert await on_event(api, code) == 0
    assert await on_event(api, code) == 95007
    assert await corp.customer_enters_kf(ANNA, KF) == ""  # welcomed within 48 hours
    await corp.customer_writes_kf(BEN, KF, "在吗")
    assert await corp.customer_enters_kf(BEN, KF) == ""  # has written within 48 hours
    await clock.advance(HOURS_48 + 1)
    late = await corp.customer_enters_kf(ANNA, KF)
    await clock.advance(20.5)
    assert await on_event(api, late) == 95007
    assert len(corp.deliveries) == 1


async def test_a_welcome_sent_again_with_its_msgid_is_fine(api: Api, corp: MockCorp) -> None:
    code = await corp.customer_enters_kf(ANNA, KF)
    assert await on_event(api, code, msgid="w-1") == 0
    assert await on_event(api, code, msgid="w-1") == 0
    assert len(corp.deliveries) == 1


async def test_pool_codes_carry_text_only(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    await corp.customer_writes_kf(ANNA, KF, "找人工")
    code = (await trans(api, 2))["msg_code"]
    await clock.advance(HOURS_48 - 1)
    assert await on_event(api, code, msgtype="msgmenu", msgmenu=menu(1)) == 40008
    assert await on_event(api, code) == 0


async def test_a_message_that_fails_afterwards(api: Api, corp: MockCorp) -> None:
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    await corp.kf_send_fails(ANNA, KF, 10)
    assert (await api.kf_send(msgid="lost"))["errcode"] == 0
    assert corp.deliveries == []
    event = (await sync(api))["msg_list"][-1]["event"]
    assert (event["fail_msgid"], event["fail_type"]) == ("lost", 10)


async def test_unknown_accounts_and_customers(api: Api, corp: MockCorp) -> None:
    assert (await api.post("kf/sync_msg", {}))["errcode"] == 60251
    assert (await api.post("kf/sync_msg", {"open_kfid": "wkNone"}))["errcode"] == 95004
    assert (await api.kf_send(to="wmNone"))["errcode"] == 40096


async def test_who_was_active_lately(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    await corp.customer_enters_kf(ANNA, KF, "web")
    body = {"external_userid_list": [ANNA, BEN, "wmBad"], "need_enter_session_context": 1}
    found = await api.post("kf/customer/batchget", body)
    assert [c["nickname"] for c in found["customer_list"]] == ["安娜"]
    assert found["customer_list"][0]["enter_session_context"]["scene"] == "web"
    assert found["invalid_external_userid"] == [BEN, "wmBad"]
    await clock.advance(HOURS_48 + 1)
    assert (await api.post("kf/customer/batchget", body))["customer_list"] == []


async def test_other_kinds_of_message(api: Api, corp: MockCorp) -> None:
    await corp.customer_writes_kf(ANNA, KF, "一张图", kind="image")
    await corp.customer_writes_kf(ANNA, KF, "人民广场", kind="location")
    await corp.kf_happens(KF, {"origin": 3, "msgtype": "hologram", "hologram": {"x": 1}})
    kinds = [item["msgtype"] for item in (await sync(api))["msg_list"]]
    assert kinds == ["image", "location", "hologram"]
    with pytest.raises(CannotAct, match="kind 'poem' is none of text"):
        await corp.customer_writes_kf(ANNA, KF, "x", kind="poem")


async def test_accounts(api: Api) -> None:
    listed = await api.post("kf/account/list", {"offset": 0, "limit": 100})
    assert [a["open_kfid"] for a in listed["account_list"]] == [KF]
    assert (await api.post("kf/account/list", {"offset": 1}))["account_list"] == []
    assert (await api.get("kf/account/list", access_token=await api.token()))["account_list"]
    way = await api.post("kf/add_contact_way", {"open_kfid": KF, "scene": "shop"})
    assert way["url"].startswith("https://work.weixin.qq.com/kf/")
