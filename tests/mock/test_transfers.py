"""The mock gives customers and groups another member."""

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp

from .conftest import ANNA, BEN, Api, Listener

TRANSFER, RESULT = "externalcontact/transfer_customer", "externalcontact/transfer_result"
RESIGNED = "externalcontact/resigned/"
GROUP = "externalcontact/groupchat/"
PAIR = {"handover_userid": "liming", "takeover_userid": "WangFang"}
DAY = 86_400


async def codes(api: Api, path: str, customers: list[str]) -> list[int]:
    answer = await api.post(path, {**PAIR, "external_userid": customers})
    assert answer["errcode"] == 0, answer
    return [one["errcode"] for one in answer["customer"]]


async def fates(api: Api, path: str = RESULT) -> dict[str, int]:
    answer = await api.post(path, PAIR)
    return {one["external_userid"]: one["status"] for one in answer["customer"]}


async def test_the_five_states_of_a_transfer(
    api: Api, corp: MockCorp, listener: Listener, clock: ManualClock
) -> None:
    customers = [corp.add_customer(name=f"客户{number}") for number in range(4)]
    await corp.customer_adds_member(customers[0], "wangfang")
    for customer in customers:
        await corp.customer_adds_member(customer, "liming")
    assert await codes(api, TRANSFER, [*customers, ANNA, "nobody"]) == [0, 0, 0, 0, 40131, 40096]
    assert await codes(api, TRANSFER, customers[:1]) == [40100]
    assert set((await fates(api)).values()) == {2}
    corp.rules.set("transfer_contacts", 2)
    await corp.customer_refuses_transfer(customers[1])
    await corp.member_removes_customer(customers[2], "liming")
    await corp.settled()
    listener.heard.clear()
    await clock.advance(DAY)
    await corp.settled()
    told = await fates(api)
    assert [told[one] for one in customers] == [1, 3, 5, 1]
    assert set(corp.contacts.followers(customers[0])) == {"WangFang"}
    by = {(one["ChangeType"], one["ExternalUserID"], one.get("Source")) for one in listener.heard}
    assert ("del_external_contact", customers[0], "DELETE_BY_TRANSFER") in by
    assert {one.get("WelcomeCode") for one in listener.heard} == {None}, "nobody is welcomed anew"
    assert await codes(api, TRANSFER, customers[1:2]) == [0], "who refused may be asked again"
    await clock.advance(DAY)
    await corp.settled()
    assert (await fates(api))[customers[1]] == 4
    assert listener.heard[-1]["FailReason"] == "customer_limit_exceed"
    assert listener.heard[-1]["UserID"] == "WangFang"
    assert corp.refusals == []


async def test_twice_in_ninety_days(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    for number in range(3):
        await corp.customer_adds_member(ANNA, "liming")
        assert await codes(api, TRANSFER, [ANNA]) == [0 if number < 2 else 40128]
        await clock.advance(DAY)
        await corp.settled()
    await clock.advance(90 * DAY)
    assert await codes(api, TRANSFER, [ANNA]) == [0]


async def test_whoever_left_the_company(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    await corp.customer_adds_member(ANNA, "liming")
    await corp.customer_adds_member(BEN, "liming")
    refused = await api.post(RESIGNED + "transfer_customer", {**PAIR, "external_userid": [ANNA]})
    assert refused["errcode"] == 40097
    chat = await corp.create_group("liming", "福利群", [ANNA])
    assert await failed(api, "transfer", chat) == [90500]
    await corp.member_resigns("liming")
    listed = await api.post("externalcontact/get_unassigned_list", {"page_size": 1})
    assert (listed["is_last"], listed["info"][0]["handover_userid"]) == (False, "liming")
    assert (await api.post(TRANSFER, {**PAIR, "external_userid": [ANNA]}))["errcode"] == 60111
    assert await codes(api, RESIGNED + "transfer_customer", [ANNA]) == [0]
    await clock.advance(DAY)
    await corp.settled()
    assert await fates(api, RESIGNED + "transfer_result") == {ANNA: 1}
    left = await api.post("externalcontact/get_unassigned_list", {})
    assert [one["external_userid"] for one in left["info"]] == [BEN]
    assert await failed(api, "onjob_transfer", chat) == [90502]
    assert await failed(api, "transfer", chat) == []
    assert (corp.groups.groups[chat].owner, corp.groups.groups[chat].status) == ("WangFang", 3)


async def test_groups_of_an_owner_who_stays(api: Api, corp: MockCorp, listener: Listener) -> None:
    chat = await corp.create_group("liming", "福利群", [ANNA])
    await corp.settled()
    listener.heard.clear()
    assert await failed(api, "onjob_transfer", chat, "wrNobody") == [90501]
    await corp.settled()
    assert [one["UpdateDetail"] for one in listener.heard] == ["change_owner"]
    assert await failed(api, "onjob_transfer", chat) == [90504]
    corp.rules.set("transfer_groups_per_day", 1)
    other = await corp.create_group("liming", "成长群", [ANNA])
    assert await failed(api, "onjob_transfer", other) == [45009]


async def failed(api: Api, path: str, *chats: str) -> list[int]:
    body = {"chat_id_list": [*chats], "new_owner": "wangfang"}
    return [one["errcode"] for one in (await api.post(GROUP + path, body))["failed_chat_list"]]
