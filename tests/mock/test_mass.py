"""Mass messages: a task, members who confirm it, and a quota for each customer."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.mass_task import Quota
from bot.mockwecom.people import CannotAct
from bot.mockwecom.rules import RuleBook

from .conftest import AGENT, ANNA, BEN, SECRET, Api

TEXT = {"text": {"content": "中秋快乐"}}


async def create(api: Api, **fields: Any) -> Any:
    return await api.post("externalcontact/add_msg_template", {**TEXT, **fields})


async def about(api: Api, name: str, msgid: str, **more: Any) -> Any:
    return await api.post(f"externalcontact/{name}", {"msgid": msgid, **more})


async def befriend(corp: MockCorp, customer: str, *members: str) -> None:
    for member in members:
        await corp.customer_adds_member(customer, member, welcome=False)


async def test_nothing_is_sent_until_the_member_confirms(
    api: Api, corp: MockCorp, clock: ManualClock
) -> None:
    await befriend(corp, ANNA, "liming")
    answer = await create(api, external_userid=[ANNA, BEN, "wmBAD"], sender="LiMing")
    assert (answer["errcode"], answer["fail_list"]) == (0, [BEN, "wmBAD"])
    msgid = answer["msgid"]
    assert (await about(api, "get_groupmsg_task", msgid))["task_list"] == [
        {"userid": "liming", "status": 0}
    ]
    result = await about(api, "get_groupmsg_send_result", msgid, userid="liming")
    assert result["send_list"] == [{"external_userid": ANNA, "userid": "liming", "status": 0}]
    assert corp.deliveries == []
    await clock.advance(3600)
    assert await corp.member_confirms_mass("liming", msgid) == {ANNA: 1}
    (delivery,) = corp.deliveries
    assert (delivery.channel, delivery.account, delivery.to) == ("contact", "liming", ANNA)
    assert (delivery.text, delivery.at, delivery.msgid) == ("中秋快乐", clock.now(), msgid)
    sent_at = int(clock.timestamp())
    assert (await about(api, "get_groupmsg_task", msgid))["task_list"] == [
        {"userid": "liming", "status": 2, "send_time": sent_at}
    ]
    result = await about(api, "get_groupmsg_send_result", msgid, userid="liming")
    assert [(one["status"], one["send_time"]) for one in result["send_list"]] == [(1, sent_at)]
    with pytest.raises(CannotAct, match="nothing waits for liming"):
        await corp.member_confirms_mass("liming", msgid)


async def test_whoever_talked_last_gets_the_task(
    api: Api, corp: MockCorp, clock: ManualClock
) -> None:
    await befriend(corp, ANNA, "liming")
    await clock.advance(60)
    await befriend(corp, ANNA, "WangFang")
    task = (await create(api, external_userid=[ANNA]))["msgid"]
    await clock.advance(60)
    await corp.customer_chats(ANNA, "liming")
    later = (await create(api, external_userid=[ANNA]))["msgid"]
    members = [
        (await about(api, "get_groupmsg_task", one))["task_list"][0]["userid"]
        for one in (task, later)
    ]
    assert members == ["WangFang", "liming"]


async def test_whom_it_can_go_to(api: Api, corp: MockCorp) -> None:
    assert (await create(api, sender="liming"))["errcode"] == 41048
    assert (await create(api))["errcode"] == 40063
    await befriend(corp, ANNA, "liming")
    await befriend(corp, BEN, "WangFang")
    high, shop = [await corp.console_adds_tag("标签", name) for name in ("高", "门店")]
    await corp.member_tags_customer(ANNA, "liming", add=[high])
    await corp.member_tags_customer(BEN, "WangFang", add=[high, shop])
    both = [{"tag_list": [high]}, {"tag_list": [shop, high]}]
    only = [{"tag_list": [high]}, {"tag_list": [shop]}]
    reached = []
    for asked in (
        {"sender": "liming"},
        {"tag_filter": {"group_list": both}},
        {"tag_filter": {"group_list": only}},
    ):
        task = corp.mass.tasks[(await create(api, **asked))["msgid"]]
        reached.append({one for part in task.parts.values() for one in part.fates})
    assert reached == [{ANNA}, {ANNA, BEN}, {BEN}]
    unknown = {"group_list": [{"tag_list": ["etNone"]}]}
    assert (await create(api, tag_filter=unknown))["errcode"] == 40068
    mixed = await create(api, external_userid=[ANNA], tag_filter={"group_list": both})
    assert mixed["errcode"] == 40058


async def test_a_group_gets_it_from_its_owner(api: Api, corp: MockCorp) -> None:
    chat, other = corp.add_group("liming", "福利群"), corp.add_group("WangFang")
    assert (await create(api, chat_type="group"))["errcode"] == 40058
    asked = {"chat_type": "group", "sender": "liming", "chat_id_list": [chat, other]}
    answer = await create(api, **asked)
    assert answer["fail_list"] == [other]
    result = ("get_groupmsg_send_result", answer["msgid"])
    assert (await about(api, *result, userid="liming"))["send_list"] == []
    assert await corp.member_confirms_mass("liming") == {chat: 1}
    (sent,) = (await about(api, *result, userid="liming"))["send_list"]
    assert (sent["chat_id"], sent["status"]) == (chat, 1)
    assert corp.deliveries[0].channel == "group"
    wrong = await create(api, chat_type="group", sender="liming", external_userid=[ANNA])
    assert wrong["errcode"] == 40058


async def test_a_message_that_is_none_or_too_long(api: Api, corp: MockCorp) -> None:
    await befriend(corp, ANNA, "liming")
    link = {"msgtype": "link", "link": {"title": "活动", "url": "https://example.com/"}}
    for body, code in (
        ({"text": {"content": ""}}, 41089),
        ({"text": {"content": "汉" * 1334}}, 45002),
        ({"attachments": [link] * 10}, 41064),
        ({"attachments": [{"msgtype": "poem"}]}, 41065),
        ({"attachments": [{"msgtype": "image", "image": {"media_id": "none"}}]}, 40007),
        ({"text": {"content": "汉" * 1333}, "attachments": [link] * 9}, 0),
    ):
        answer = await create(api, external_userid=[ANNA], **body)
        assert answer["errcode"] == code
    assert corp.refusals == []
    assert (await create(api, external_userid=["wm"] * 10_001))["errcode"] == 40058
    assert (await create(api, sender="liming", when="now"))["errcode"] == 40058


async def test_who_is_no_friend_any_more_gets_nothing(api: Api, corp: MockCorp) -> None:
    await befriend(corp, ANNA, "liming")
    await befriend(corp, BEN, "liming")
    msgid = (await create(api, external_userid=[ANNA, BEN]))["msgid"]
    await corp.customer_removes_member(ANNA, "liming")
    await corp.member_removes_customer(BEN, "liming")
    assert await corp.member_confirms_mass("liming", msgid) == {ANNA: 2, BEN: 2}
    assert corp.deliveries == []


async def test_a_member_leaves_some_out_where_they_may(api: Api, corp: MockCorp) -> None:
    await befriend(corp, ANNA, "liming")
    await befriend(corp, BEN, "liming")
    fixed = (await create(api, external_userid=[ANNA, BEN]))["msgid"]
    with pytest.raises(CannotAct, match="without allow_select"):
        await corp.member_confirms_mass("liming", fixed, only=[ANNA])
    free = (await create(api, external_userid=[ANNA, BEN], allow_select=True))["msgid"]
    assert await corp.member_confirms_mass("liming", free, only=[ANNA]) == {ANNA: 1}
    result = await about(api, "get_groupmsg_send_result", free, userid="liming")
    assert [(one["external_userid"], one["status"]) for one in result["send_list"]] == [
        (ANNA, 1),
        (BEN, 0),
    ]


async def test_the_quota_of_a_customer(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    corp.rules.set("mass_rule", 2)
    await befriend(corp, ANNA, "liming", "WangFang")
    ends = []
    for sender, wait_s in (("liming", 0), ("WangFang", 0), ("liming", 86_400)):
        await clock.advance(wait_s)
        await create(api, external_userid=[ANNA], sender=sender)
        ends.append((await corp.member_confirms_mass(sender))[ANNA])
    assert ends == [1, 3, 1], "it is the customer's, whoever sends"
    await corp.member_sends_mass("liming", [ANNA], "自己发的")
    assert len(corp.deliveries) == 2
    assert len(corp.counts()["over_quota"]) == 2


@pytest.mark.parametrize(
    ("rules", "at", "room"),
    [
        ({}, datetime(2026, 2, 10, tzinfo=UTC), 28),
        ({}, datetime(2026, 3, 10, tzinfo=UTC), 31),
        ({"mass_per_month": 4}, datetime(2026, 3, 10, tzinfo=UTC), 4),
        ({"mass_rule": 1}, datetime(2026, 3, 10, tzinfo=UTC), 7),
        ({"mass_rule": 2}, datetime(2026, 3, 10, tzinfo=UTC), 1),
    ],
)
def test_the_companys_rule_of_mass_messages(
    rules: dict[str, int], at: datetime, room: int
) -> None:
    book = RuleBook()
    for name, value in rules.items():
        book.set(name, value)
    quota = Quota(book)
    sent = 0
    while quota.has_room(ANNA, at):
        quota.take(ANNA, at)
        sent += 1
    assert sent == room
    assert quota.has_room(BEN, at)


def test_a_month_begins_in_beijing() -> None:
    book = RuleBook()
    book.set("mass_per_month", 1)
    quota = Quota(book)
    quota.take(ANNA, datetime(2026, 1, 31, 15, 59, tzinfo=UTC))
    assert not quota.has_room(ANNA, datetime(2026, 1, 31, 15, 59, tzinfo=UTC))
    assert quota.has_room(ANNA, datetime(2026, 1, 31, 16, 0, tzinfo=UTC))


async def test_reminders_and_cancelling(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    await befriend(corp, ANNA, "liming")
    msgid = (await create(api, external_userid=[ANNA]))["msgid"]
    codes = [(await about(api, "remind_groupmsg_send", msgid))["errcode"] for _ in range(4)]
    assert codes == [0, 0, 0, 41094]
    await clock.advance(86_400)
    assert (await about(api, "remind_groupmsg_send", msgid))["errcode"] == 0
    assert (await about(api, "cancel_groupmsg_send", msgid))["errcode"] == 0
    assert (await about(api, "cancel_groupmsg_send", msgid))["errcode"] == 41093
    assert (await about(api, "remind_groupmsg_send", msgid))["errcode"] == 41093
    assert await corp.member_confirms_mass("liming") == {}
    assert (await about(api, "cancel_groupmsg_send", "msgNone"))["errcode"] == 41047
    assert (await api.post("externalcontact/cancel_groupmsg_send", {}))["errcode"] == 41046


async def test_a_new_task_is_being_dispatched(
    api: Api, corp: MockCorp, clock: ManualClock
) -> None:
    corp.rules.set("mass_dispatch_s", 10)
    await befriend(corp, ANNA, "liming")
    msgid = (await create(api, external_userid=[ANNA]))["msgid"]
    now = int(clock.timestamp())
    span = {"chat_type": "single", "start_time": now - 60, "end_time": now + 60}
    for _ in range(2):
        codes = [
            (await about(api, "get_groupmsg_task", msgid))["errcode"],
            (await about(api, "get_groupmsg_send_result", msgid, userid="liming"))["errcode"],
            (await api.post("externalcontact/get_groupmsg_list_v2", span))["errcode"],
        ]
        assert set(codes) == {41063 if clock.timestamp() < now + 10 else 0}
        await clock.advance(10)


async def test_the_list_of_mass_messages(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    await befriend(corp, ANNA, "liming")
    start = int(clock.timestamp())
    made = []
    for number in range(3):
        content = {"content": f"第{number}条"}
        made.append((await create(api, external_userid=[ANNA], text=content))["msgid"])
        await clock.advance(10)
    own = await corp.member_sends_mass("liming", [ANNA], "自己发的")

    async def ask(**more: Any) -> Any:
        span = {"chat_type": "single", "start_time": start, "end_time": start + 60}
        return await api.post("externalcontact/get_groupmsg_list_v2", span | more)

    first = await ask(limit=3)
    assert [one["msgid"] for one in first["group_msg_list"]] == made
    assert "creator" not in first["group_msg_list"][0]
    assert first["group_msg_list"][1]["text"] == {"content": "第1条"}
    rest = await ask(limit=3, cursor=first["next_cursor"])
    assert [one["msgid"] for one in rest["group_msg_list"]] == [own]
    assert rest["next_cursor"] == ""
    for asked, found in (
        ({"filter_type": 1}, [own]),
        ({"filter_type": 0, "start_time": start + 5}, made[1:]),
        ({"creator": "liming"}, [own]),
        ({"chat_type": "group"}, []),
    ):
        assert [one["msgid"] for one in (await ask(**asked))["group_msg_list"]] == found
    assert (await ask(end_time=start + 32 * 86_400))["errcode"] == 40058
    assert (await ask(end_time=start - 1))["errcode"] == 40058
    assert (await ask(cursor="made up"))["errcode"] == 50100


async def test_results_come_in_pages(api: Api, corp: MockCorp) -> None:
    customers = [corp.add_customer(f"wm{number}") for number in range(1, 6)]
    for customer in customers:
        await befriend(corp, customer, "liming")
    msgid = (await create(api, external_userid=customers))["msgid"]
    seen, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        more = {"userid": "liming", "limit": 2, "cursor": cursor}
        page = await about(api, "get_groupmsg_send_result", msgid, **more)
        seen += [one["external_userid"] for one in page["send_list"]]
        cursor, pages = page["next_cursor"], pages + 1
    assert (seen, pages) == (customers, 3)


async def test_members_who_confirm_by_themselves(
    api: Api, corp: MockCorp, clock: ManualClock
) -> None:
    corp.rules.set("mass_confirm_after_s", 600)
    await befriend(corp, ANNA, "liming")
    await create(api, external_userid=[ANNA])
    await clock.advance(599)
    assert corp.deliveries == []
    await clock.advance(1)
    assert [one.to for one in corp.deliveries] == [ANNA]


async def test_an_app_writes_to_its_range_only(api: Api, corp: MockCorp) -> None:
    await befriend(corp, ANNA, "liming")
    corp.add_app(AGENT, SECRET, visible=["wangfang"])
    assert (await create(api, external_userid=[ANNA]))["errcode"] == 41048
    assert (await create(api, sender="liming"))["errcode"] == 60021


async def test_counting_what_reached_a_customer(api: Api, corp: MockCorp) -> None:
    corp.rules.set("mass_rule", 2)
    code = await corp.customer_adds_member(ANNA, "liming")
    await api.welcome(code)
    for _ in range(2):
        await create(api, external_userid=[ANNA])
    act = {"do": "member_confirms_mass", "member": "liming"}
    status, _ = await api.control("POST", "act", act)
    await corp.member_sends_mass("liming", [ANNA], "自己发的")
    _, counts = await api.control("GET", f"counts?to={ANNA}")
    day, week, month = "2026-01-01", "2026-W01", "2026-01"
    assert status == 200
    assert counts["delivered"][ANNA]["all"] == {day: 2, week: 2, month: 2}
    assert counts["delivered"][ANNA]["mass"] == {day: 1, week: 1, month: 1}
    assert "staff" not in counts["delivered"][ANNA], "that one was over the quota"
    assert len(counts["over_quota"]) == 2
    assert counts["refused"] == {}
    corp.rules.set("mass_reminders", 0)
    task = next(iter(corp.mass.tasks))
    await about(api, "remind_groupmsg_send", task)
    refused = corp.counts()["refused"]
    assert refused == {"externalcontact/remind_groupmsg_send 41094": 1}
    _, state = await api.control("GET", "state")
    assert [one["msgid"] for one in state["mass"]] == list(corp.mass.tasks)
