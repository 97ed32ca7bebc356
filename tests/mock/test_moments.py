"""Moments at the mock: a job, members who post, customers who see it within a cap, comments."""

from typing import Any

import pytest

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.people import CannotAct

from .conftest import ANNA, BEN, Api

PREFIX = "externalcontact/"


async def create(api: Api, words: str = "门店来了新品", *members: str, **more: Any) -> Any:
    body: dict[str, Any] = {"text": {"content": words}, **more}
    if members:
        body["visible_range"] = {"sender_list": {"user_list": list(members)}}
    return await api.post(PREFIX + "add_moment_task", body)


async def moment_of(api: Api, jobid: str) -> Any:
    token = await api.token()
    return await api.get(PREFIX + "get_moment_task_result", access_token=token, jobid=jobid)


async def test_a_moment_from_its_job_to_its_comments(
    api: Api, corp: MockCorp, clock: ManualClock
) -> None:
    for customer in (ANNA, BEN):
        await corp.customer_adds_member(customer, "liming", welcome=False)
    corp.rules.set("moment_making_s", 5)
    job = (await create(api, "新品", "liming", "nobody"))["jobid"]
    assert (await moment_of(api, job))["status"] == 2
    await clock.advance(5)
    result = (await moment_of(api, job))["result"]
    assert result["invalid_sender_list"]["user_list"] == ["nobody"]
    one = {"moment_id": result["moment_id"]}
    mine = {**one, "userid": "liming"}
    task = await api.post(PREFIX + "get_moment_task", one)
    assert task["task_list"] == [{"userid": "liming", "publish_status": 0}]
    with pytest.raises(CannotAct):
        await corp.customer_comments_moment(ANNA, result["moment_id"], "liming")
    for name in ("get_moment_comments", "get_moment_send_result"):
        for body, errcode in (
            ({"userid": "liming"}, 41059),
            ({**mine, "moment_id": "none"}, 41060),
            ({**mine, "userid": "wangfang"}, 41061),
            (mine, 41062),
        ):
            assert (await api.post(PREFIX + name, body))["errcode"] == errcode
    assert await corp.member_posts_moment("liming") == [result["moment_id"]]
    task = await api.post(PREFIX + "get_moment_task", one)
    assert task["task_list"] == [{"userid": "liming", "publish_status": 1}]
    shown = await api.post(PREFIX + "get_moment_send_result", mine)
    assert [each["external_userid"] for each in shown["customer_list"]] == [ANNA, BEN]
    assert len((await api.post(PREFIX + "get_moment_customer_list", mine))["customer_list"]) == 2
    await corp.customer_comments_moment(ANNA, result["moment_id"], "liming")
    await corp.member_answers_comment("liming", result["moment_id"])
    comments = (await api.post(PREFIX + "get_moment_comments", mine))["comment_list"]
    assert [one.get("external_userid") for one in comments] == [ANNA, None]
    now = int(clock.timestamp())
    listed = await api.post(
        PREFIX + "get_moment_list", {"start_time": now - 60, "end_time": now + 60}
    )
    assert [each["moment_id"] for each in listed["moment_list"]] == [result["moment_id"]]
    await clock.advance(86_400)
    assert (await moment_of(api, job))["errcode"] == 40089


async def test_a_customer_sees_so_many_a_month_and_nobody_is_told(
    api: Api, corp: MockCorp, clock: ManualClock
) -> None:
    await corp.customer_adds_member(ANNA, "liming", welcome=False)
    for _ in range(5):
        await create(api, "新品", "liming")
        await corp.member_posts_moment("liming")
        await clock.advance(60)
    assert len([one for one in corp.deliveries if one.channel == "moment"]) == 4


async def test_what_is_refused(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    assert (await create(api, ""))["errcode"] == 41089
    assert (await create(api, "话", "nobody"))["errcode"] == 40070
    other = corp.media.store("image", "a.png", b"123456")
    image: Any = {"msgtype": "image", "image": {"media_id": other}}
    assert (await create(api, "话", attachments=[image]))["errcode"] == 41072
    image["image"]["media_id"] = corp.media.store("image", "a.png", b"123456", attached=True)
    code = await corp.customer_adds_member(ANNA, "liming")
    assert (await api.welcome(code, attachments=[image]))["errcode"] == 40007
    link = {"msgtype": "link", "link": {"url": "https://a.example", "media_id": other}}
    assert (await create(api, "话", attachments=[image, link]))["errcode"] == 41064
    await clock.advance(60)
    answers = [(await create(api))["errcode"] for _ in range(11)]
    assert answers == [0] * 10 + [45009]
