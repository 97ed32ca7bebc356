"""Customer groups at the mock: what people do, WeCom's callbacks, figures, and material."""

from contextlib import suppress
from datetime import timedelta

import pytest
from aiohttp import ContentTypeError

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.people import CannotAct

from .conftest import AGENT, ANNA, BEN, SECRET, Api, Listener

LIST, GET = "externalcontact/groupchat/list", "externalcontact/groupchat/get"
BY_OWNER = "externalcontact/groupchat/statistic"
BY_DAY = "externalcontact/groupchat/statistic_group_by_day"
WELCOME = "externalcontact/group_welcome_template"
DAY = 86_400


async def test_a_group_as_wecom_tells_it(
    api: Api, corp: MockCorp, listener: Listener, clock: ManualClock
) -> None:
    chat = await corp.create_group("LiMing", "福利群", [ANNA, "WangFang"])
    await corp.settled()  # the two callbacks take connections of their own
    await corp.group_gets_admins(chat, ["wangfang"])
    made = corp.seconds()
    await clock.advance(60)
    await corp.people_join_group(chat, [BEN], invitor=ANNA, scene=1)
    await corp.settled()
    told = (await api.post(GET, {"chat_id": chat, "need_name": 1}))["group_chat"]
    assert [told[name] for name in ("name", "owner", "create_time")] == ["福利群", "liming", made]
    assert told["admin_list"] == [{"userid": "WangFang"}]
    people = {one["userid"]: one for one in told["member_list"]}
    assert [(one["type"], one["name"]) for one in people.values()] == [
        (1, "李明"), (2, "安娜"), (1, "王芳"), (2, "小本"),
    ]  # fmt: skip
    assert people[BEN]["invitor"] == {"userid": ANNA}
    assert (people[BEN]["join_scene"], people[BEN]["join_time"]) == (1, made + 60)
    create, joined = listener.heard
    assert (create["ChangeType"], create["ChatId"]) == ("create", chat)
    assert (joined["UpdateDetail"], joined["JoinScene"]) == ("add_member", "0")
    assert (joined["MemChangeCnt"], joined["CurMemVer"]) == ("1", told["member_version"])
    bare = (await api.post(GET, {"chat_id": chat}))["group_chat"]
    assert all("name" not in one for one in bare["member_list"])
    unknown = await api.post(GET, {"chat_id": "wrNone"})
    assert unknown["errcode"] == 90509


async def test_no_program_writes_into_it(api: Api, corp: MockCorp) -> None:
    """No interface does; whoever tries is refused, and it is counted."""
    chat = await corp.create_group("liming", "福利群", [ANNA])
    text = {"msgtype": "text", "text": {"content": "x"}}
    for number, path in enumerate(("appchat/send", "externalcontact/group_msg/send"), 1):
        with suppress(ContentTypeError):  # an empty 404
            await api.post(path, {"chatid": chat, **text})
        assert len(corp.refusals) == number
    assert [one for one in corp.deliveries if one.to == chat] == []
    corp.refusals.clear()


async def test_the_versions_are_a_chain(corp: MockCorp, listener: Listener) -> None:
    chat = await corp.create_group("liming", "群", [ANNA])
    await corp.settled()
    await corp.people_join_group(chat, [BEN], scene=3, state="qr")
    await corp.settled()
    await corp.people_leave_group(chat, [ANNA], removed=True)
    await corp.settled()
    await corp.group_is_renamed(chat, "新名")
    await corp.settled()
    _, joined, left, renamed = listener.heard
    assert (joined["JoinScene"], left["QuitScene"]) == ("3", "1")
    assert joined["CurMemVer"] == left["LastMemVer"] != left["CurMemVer"]
    assert (renamed["UpdateDetail"], renamed.get("CurMemVer")) == ("change_name", None)


async def test_listing(api: Api, corp: MockCorp) -> None:
    one, two = await corp.create_group("liming", "甲"), await corp.create_group("WangFang", "乙")
    old = await corp.create_group("liming", "旧")
    await corp.group_owner_resigns(two)
    await corp.group_is_dismissed(old)
    page = await api.post(LIST, {"limit": 1})
    assert page["group_chat_list"] == [{"chat_id": one, "status": 0}]
    rest = await api.post(LIST, {"limit": 1, "cursor": page["next_cursor"]})
    assert (rest["group_chat_list"], rest["next_cursor"]) == ([{"chat_id": two, "status": 1}], "")
    left = await api.post(LIST, {"limit": 9, "status_filter": 1})
    assert [item["chat_id"] for item in left["group_chat_list"]] == [two]
    own = await api.post(LIST, {"limit": 9, "owner_filter": {"userid_list": ["LIMING"]}})
    assert [item["chat_id"] for item in own["group_chat_list"]] == [one]
    assert (await api.post(GET, {"chat_id": old}))["errcode"] == 49008
    assert (await api.post(LIST, {"limit": 1001}))["errcode"] == 40058
    for number in range(1000):
        corp.add_member(f"m{number}", "")
    assert (await api.post(LIST, {"limit": 9}))["errcode"] == 81017


async def test_get_may_lag_the_event(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    corp.rules.set("group_get_lag_s", 5)
    chat = await corp.create_group("liming", "群")
    await corp.people_join_group(chat, [ANNA])
    told = (await api.post(GET, {"chat_id": chat}))["group_chat"]
    assert len(told["member_list"]) == 1
    await clock.advance(5)
    told = (await api.post(GET, {"chat_id": chat}))["group_chat"]
    assert len(told["member_list"]) == 2


async def test_figures_are_what_happened(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    start = clock.now().replace(hour=16, minute=0, second=0, microsecond=0)  # midnight in Beijing
    if start < clock.now():
        start += timedelta(days=1)
    await clock.advance((start - clock.now()).total_seconds())
    first = corp.seconds()
    chat = await corp.create_group("liming", "甲", [ANNA])
    await corp.create_group("liming", "乙")
    await corp.create_group("WangFang", "丙")
    await corp.writes_in_group(chat, ANNA, "在吗")
    await corp.writes_in_group(chat, "liming", times=4)
    await clock.advance(DAY)
    await corp.people_join_group(chat, [BEN])
    await corp.people_leave_group(chat, [ANNA])
    await clock.advance(DAY)
    asked = {"day_begin_time": first, "day_end_time": first + DAY}
    own = {"owner_filter": {"userid_list": ["liming"]}}
    days = (await api.post(BY_DAY, asked | own))["items"]
    assert [one["stat_time"] for one in days] == [first, first + DAY]
    names = ("new_chat_cnt", "chat_total", "chat_has_msg", "new_member_cnt", "member_total")
    assert [[one["data"][name] for name in names] for one in days] == [
        [2, 2, 1, 3, 3], [0, 2, 0, 1, 3],
    ]  # fmt: skip
    assert [(one["data"]["member_has_msg"], one["data"]["msg_total"]) for one in days] == [
        (2, 5), (0, 0),
    ]  # fmt: skip
    both = {"owner_filter": {"userid_list": ["WangFang", "liming"]}, "order_by": 2}
    sums = await api.post(BY_OWNER, asked | both)
    assert [(one["owner"], one["data"]["chat_total"]) for one in sums["items"]] == [
        ("liming", 2), ("WangFang", 1),
    ]  # fmt: skip
    assert (sums["total"], sums["next_offset"]) == (2, 2)
    today = {"day_begin_time": corp.seconds()} | own
    assert (await api.post(BY_DAY, today))["errcode"] == 40058, "today is not over"
    long_ago = {"day_begin_time": corp.seconds() - 181 * DAY} | own
    assert (await api.post(BY_DAY, long_ago))["errcode"] == 40058


async def test_people_do_only_what_they_can(corp: MockCorp) -> None:
    chat = await corp.create_group("liming", "群", [ANNA])
    with pytest.raises(CannotAct, match="already"):
        await corp.people_join_group(chat, [ANNA])
    with pytest.raises(CannotAct, match="group_changes_owner first"):
        await corp.people_leave_group(chat, ["liming"])
    with pytest.raises(CannotAct, match="people_join_group first"):
        await corp.writes_in_group(chat, BEN, "在吗")
    await corp.people_join_group(chat, ["WangFang"])
    await corp.group_changes_owner(chat, "wangfang")
    await corp.people_leave_group(chat, ["liming"])
    await corp.group_is_dismissed(chat)
    with pytest.raises(CannotAct, match="create_group comes first"):
        await corp.group_is_renamed(chat, "新")


async def test_welcome_material(api: Api, corp: MockCorp) -> None:
    made = await api.post(f"{WELCOME}/add", {"text": {"content": "欢迎%NICKNAME%"}, "notify": 0})
    one = {"template_id": made["template_id"]}
    link = {"title": "群规", "url": "https://example.com/"}
    edited = await api.post(f"{WELCOME}/edit", one | {"text": {"content": "新"}, "link": link})
    assert edited["errcode"] == 0
    got = await api.post(f"{WELCOME}/get", one)
    assert (got["text"], got["link"]) == ({"content": "新"}, link)
    assert (await api.post(f"{WELCOME}/add", {}))["errcode"] == 41089
    long = {"text": {"content": "汉" * 1001}}
    assert (await api.post(f"{WELCOME}/add", long))["errcode"] == 45002
    corp.add_app(AGENT + 1, "another")
    token = await api.token("another")
    theirs = await api.post(f"{WELCOME}/del", one, access_token=token)
    assert theirs["errcode"] == 41058
    corp.rules.set("group_welcomes", 1)
    assert (await api.post(f"{WELCOME}/add", {"text": {"content": "二"}}))["errcode"] == 41055
    token = await api.token(SECRET)
    assert (await api.post(f"{WELCOME}/del", one, access_token=token))["errcode"] == 0
    assert (await api.post(f"{WELCOME}/get", one))["errcode"] == 40058


async def test_acts_over_http(api: Api, corp: MockCorp) -> None:
    status, answer = await api.control(
        "POST", "act", {"do": "create_group", "owner": "liming", "people": [ANNA]}
    )
    assert status == 200
    act = {"do": "writes_in_group", "chat_id": answer["result"], "who": ANNA, "text": "在吗"}
    assert (await api.control("POST", "act", act))[0] == 200
    assert corp.groups.groups[answer["result"]].days
