"""Tags: a catalogue, marks on relations, and callbacks only for what people do by hand."""

from typing import Any

import pytest

from bot.mockwecom.corp import MockCorp
from bot.mockwecom.people import CannotAct

from .conftest import AGENT, ANNA, BEN, Api, Listener


async def add(api: Api, group: str, *names: str, **more: Any) -> Any:
    body = {"group_name": group, "tag": [{"name": name} for name in names], **more}
    return await api.post("externalcontact/add_corp_tag", body)


async def catalogue(api: Api, **asked: Any) -> list[tuple[str, list[str]]]:
    answer = await api.post("externalcontact/get_corp_tag_list", asked)
    assert answer["errcode"] == 0
    return [(g["group_name"], [tag["name"] for tag in g["tag"]]) for g in answer["tag_group"]]


async def test_the_catalogue_by_api(api: Api, corp: MockCorp, listener: Listener) -> None:
    made = (await add(api, "意向", "高", "低", agentid=AGENT))["tag_group"]
    high = made["tag"][0]["id"]
    await add(api, "意向", "中", order=3)
    await add(api, "来源", "门店", order=9)
    assert await catalogue(api) == [("来源", ["门店"]), ("意向", ["高", "低", "中"])]
    assert await catalogue(api, tag_id=[high]) == [("意向", ["高"])]
    assert await catalogue(api, group_id=[made["group_id"]], tag_id=["etNone"]) == [
        ("意向", ["高", "低", "中"])
    ]
    edit = await api.post("externalcontact/edit_corp_tag", {"id": high, "name": "很高"})
    assert edit["errcode"] == 0
    gone = {"tag_id": [tag["id"] for tag in made["tag"]]}
    assert (await api.post("externalcontact/del_corp_tag", gone))["errcode"] == 0
    assert await catalogue(api) == [("来源", ["门店"]), ("意向", ["中"])]
    await corp.settled()
    assert listener.heard == [], "nobody is told of what an API did"


async def test_what_a_catalogue_does_not_take(api: Api, corp: MockCorp) -> None:
    tag = (await add(api, "意向", "高", "低"))["tag_group"]["tag"][0]["id"]
    assert (await add(api, "意向", "高"))["errcode"] == 40071
    assert (await add(api, "意向", "中", "中"))["errcode"] == 40071
    assert (await add(api, "意向", "长" * 31))["errcode"] == 40058
    assert (await add(api, "", "中"))["errcode"] == 40063
    assert (await add(api, "意向", "中", group_id="etNone"))["errcode"] == 40068
    assert (await add(api, "意向", "中", agentid=7))["errcode"] == 40056
    for body in ({"id": tag, "name": "低"}, {"id": "etNone", "name": "中"}):
        code = (await api.post("externalcontact/edit_corp_tag", body))["errcode"]
        assert code == (40071 if body["id"] == tag else 40068)
    corp.rules.set("tags_of_company", 2)
    assert (await add(api, "意向", "中"))["errcode"] == 40126
    assert (await api.post("externalcontact/del_corp_tag", {}))["errcode"] == 40063
    assert corp.refusals == []


async def test_marking_needs_a_relation_and_tells_nobody(
    api: Api, corp: MockCorp, listener: Listener
) -> None:
    high, low = [tag["id"] for tag in (await add(api, "意向", "高", "低"))["tag_group"]["tag"]]
    mark = {"userid": "liming", "external_userid": ANNA, "add_tag": [high, low]}
    assert (await api.post("externalcontact/mark_tag", mark))["errcode"] == 84061
    await corp.customer_adds_member(ANNA, "liming")
    assert (await api.post("externalcontact/mark_tag", mark))["errcode"] == 0
    swap = {"userid": "LiMing", "external_userid": ANNA, "remove_tag": [low, "etNone"]}
    assert (await api.post("externalcontact/mark_tag", swap))["errcode"] == 40068
    swap["remove_tag"] = [low]
    assert (await api.post("externalcontact/mark_tag", swap))["errcode"] == 0
    token = await api.token()
    got = await api.get("externalcontact/get", access_token=token, external_userid=ANNA)
    assert got["follow_user"][0]["tags"] == [
        {"group_name": "意向", "tag_name": "高", "tag_id": high, "type": 1}
    ]
    await corp.settled()
    assert [heard["ChangeType"] for heard in listener.heard] == ["add_external_contact"]


async def test_people_tag_by_hand_and_everybody_is_told(
    api: Api, corp: MockCorp, listener: Listener
) -> None:
    await corp.customer_adds_member(ANNA, "liming", welcome=False)
    tag = await corp.console_adds_tag("意向", "高")
    await corp.member_tags_customer(ANNA, "liming", add=[tag])
    await corp.console_renames_tag(tag, "很高")
    await corp.member_tags_customer(ANNA, "liming", remove=[tag])
    await corp.console_orders_tags("意向", ["很高"])
    await corp.console_deletes_tag(tag)
    await corp.settled()
    heard = sorted((h["Event"], h["ChangeType"], h.get("TagType", "")) for h in listener.heard)
    assert heard == [
        ("change_external_contact", "add_external_contact", ""),
        ("change_external_contact", "edit_external_contact", ""),
        ("change_external_contact", "edit_external_contact", ""),
        ("change_external_tag", "create", "tag"),
        ("change_external_tag", "create", "tag_group"),
        ("change_external_tag", "delete", "tag"),
        ("change_external_tag", "shuffle", ""),
        ("change_external_tag", "update", "tag"),
    ]
    with pytest.raises(CannotAct, match="console_adds_tag gives ids"):
        await corp.member_tags_customer(ANNA, "liming", add=[tag])


async def test_all_customers_of_some_members_in_pages(api: Api, corp: MockCorp) -> None:
    tag = await corp.console_adds_tag("意向", "高")
    corp.add_customer("wmUnion", "联", unionid="oUnion")
    for customer, member in ((ANNA, "liming"), (BEN, "liming"), ("wmUnion", "WangFang")):
        await corp.customer_adds_member(customer, member, state="qr", welcome=False)
    await corp.member_tags_customer(BEN, "liming", add=[tag])
    await corp.member_remarks_customer(BEN, "liming", "本老板", ["13800000001"])
    path, ask = "externalcontact/batch/get_by_user", {"userid_list": ["liming", "wangfang"]}
    seen, cursor = [], ""
    for _ in range(3):
        page = await api.post(path, ask | {"limit": 1, "cursor": cursor})
        seen += page["external_contact_list"]
        cursor = page["next_cursor"]
    assert cursor == ""
    assert [one["external_contact"]["external_userid"] for one in seen] == [ANNA, BEN, "wmUnion"]
    assert seen[1]["follow_info"]["tag_id"] == [tag]
    assert seen[1]["follow_info"]["remark"] == "本老板"
    assert seen[1]["follow_info"]["remark_mobiles"] == ["13800000001"]
    assert seen[2]["external_contact"]["unionid"] == "oUnion"
    assert (await api.post(path, ask | {"limit": 5000}))["next_cursor"] == ""
    assert (await api.post(path, ask | {"cursor": "made up"}))["errcode"] == 50100
    other = await api.post(path, {"userid_list": ["liming"], "limit": 1})
    assert (await api.post(path, ask | {"cursor": other["next_cursor"]}))["errcode"] == 50100
    await corp.customer_removes_member(ANNA, "liming")
    assert len((await api.post(path, ask))["external_contact_list"]) == 3, "one-way it stays"
    await corp.member_removes_customer(BEN, "liming")
    assert len((await api.post(path, ask))["external_contact_list"]) == 2
    assert (await api.post(path, {"userid_list": ["nobody"]}))["errcode"] == 60111
