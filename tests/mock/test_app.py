"""App messages and media."""

import io
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.people import CannotAct

from .conftest import AGENT, ANNA, KF, TOKEN, Api, Listener

SAMPLES = Path(__file__).parents[1] / "data" / "wecom"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


async def send(api: Api, touser: str = "liming", **more: Any) -> Any:
    body = {"touser": touser, "agentid": AGENT, "msgtype": "text", "text": {"content": "早报"}}
    return await api.post("message/send", body | more)


async def test_the_published_sample_goes_through(api: Api, corp: MockCorp) -> None:
    sample = json.loads((SAMPLES / "api_message_send_text.json").read_text())
    answer = await api.post("message/send", sample["request_body"])
    expected = sample["response_body"]
    assert answer.keys() == expected.keys()
    assert answer["invaliduser"] == expected["invaliduser"] == "nobody"
    assert [d.to for d in corp.deliveries] == ["liming", "WangFang"]
    assert corp.refusals == []


async def test_nobody_valid(api: Api, corp: MockCorp) -> None:
    answer = await send(api, "Nobody|ghost")
    assert (answer["errcode"], answer["invaliduser"]) == (81013, "nobody|ghost")
    assert (await send(api, ""))["errcode"] == 82001
    assert corp.deliveries == []


@pytest.mark.parametrize(
    ("content", "errcode"),
    [
        ({"text": {"content": "汉" * 682}}, 0),
        ({"text": {"content": "汉" * 683}}, 45002),
        ({"text": {"content": ""}}, 44004),
        ({"msgtype": "markdown", "markdown": {"content": "**早**"}}, 0),
        ({"msgtype": "textcard", "textcard": {"title": "a", "description": "b"}}, 40058),
        ({"msgtype": "file", "file": {"media_id": "nobody's"}}, 40007),
        ({"msgtype": "image", "image": {}}, 40007),
        ({"msgtype": "news"}, 40008),
        ({"msgtype": "markdown"}, 40063),
        ({"msgtype": "template_card", "template_card": {"card_type": "odd"}}, 40058),
    ],
)
async def test_contents(api: Api, content: Any, errcode: int) -> None:
    assert (await send(api, **content))["errcode"] == errcode


async def test_an_interactive_card_has_a_response_code(api: Api, corp: MockCorp) -> None:
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": "线索分配"},
        "button_list": [{"text": "接受", "key": "accept"}],
        "task_id": "task-0001",
    }
    answer = await send(api, msgtype="template_card", template_card=card)
    assert answer["response_code"]
    assert (corp.deliveries[0].kind, corp.deliveries[0].text) == ("template_card", "线索分配")


async def test_more_than_thirty_a_minute_vanish_silently(
    api: Api, corp: MockCorp, clock: ManualClock
) -> None:
    codes = {(await send(api))["errcode"] for _ in range(32)}
    assert codes == {0}
    assert len(corp.deliveries) == 30
    await send(api, "WangFang")
    assert len(corp.deliveries) == 31
    await clock.advance(60)
    await send(api)
    assert len(corp.deliveries) == 32


async def test_duplicates_vanish_if_asked_to(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    for _ in range(2):
        assert (await send(api, enable_duplicate_check=1))["errcode"] == 0
    assert len(corp.deliveries) == 1
    await clock.advance(1800)
    await send(api, enable_duplicate_check=1)
    assert len(corp.deliveries) == 2


async def test_a_member_writes_to_one_app(corp: MockCorp, listener: Listener) -> None:
    corp.add_app(1000003, "other")
    corp.set_callback("other", listener.url, TOKEN, AES_KEY, agent_id=1000003)
    corp.set_callback("app", listener.url, TOKEN, AES_KEY, agent_id=AGENT)
    msgid = await corp.member_writes_app("liming", AGENT, "在 ]]> 吗")
    await corp.settled()
    (heard,) = listener.heard
    assert (heard["Content"], heard["MsgId"]) == ("在 ]]> 吗", str(msgid))
    assert (heard["FromUserName"], heard["AgentID"]) == ("liming", str(AGENT))
    with pytest.raises(CannotAct, match="does not see an app 9"):
        await corp.member_writes_app("liming", 9, "在吗")


async def upload(api: Api, kind: str, content: bytes) -> Any:
    form = aiohttp.FormData()
    form.add_field("media", io.BytesIO(content), filename="a.png", content_type="image/png")
    url = f"{api.url}/cgi-bin/media/upload"
    query = {"access_token": await api.token(), "type": kind}
    async with api.session.post(url, data=form, params=query) as answer:
        return await answer.json()


async def test_media_live_for_three_days(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    stored = await upload(api, "image", b"\x89PNG....")
    assert (stored["type"], stored["created_at"]) == ("image", str(corp.seconds()))
    image: Any = {"msgtype": "image", "image": {"media_id": stored["media_id"]}}
    await corp.customer_writes_kf(ANNA, KF, "发我看看")
    assert (await api.kf_send(**image))["errcode"] == 0
    video: Any = {"msgtype": "video", "video": {"media_id": stored["media_id"]}}
    assert (await api.kf_send(**video))["errcode"] == 40007
    await clock.advance(3 * 86400)
    await corp.customer_writes_kf(ANNA, KF, "再发一次")
    assert (await api.kf_send(**image))["errcode"] == 40007


async def test_media_of_a_wrong_size_or_type(api: Api) -> None:
    assert (await upload(api, "painting", b"123456"))["errcode"] == 40005
    assert (await upload(api, "file", b""))["errcode"] == 44001
    assert (await upload(api, "file", b"12345"))["errcode"] == 40006
    assert (await upload(api, "voice", b"x" * (2 * 2**20 + 1)))["errcode"] == 45001


async def test_an_app_tells_of_itself_and_of_whom_it_sees(api: Api, corp: MockCorp) -> None:
    app = corp.apps[AGENT]
    corp.add_app(AGENT, app.secret, "话术", visible=["liming"], domain="bot.example.com")
    corp.add_app(7, "another")
    token = {"access_token": await api.token()}
    told = await api.get("agent/get", agentid=str(AGENT), **token)
    assert told["redirect_domain"] == "bot.example.com"
    assert told["allow_userinfos"] == {"user": [{"userid": "liming"}]}
    assert told["allow_partys"] == {"partyid": []}
    for agent_id, errcode in (("7", 301002), ("8", 40056), ("", 40056)):
        assert (await api.get("agent/get", agentid=agent_id, **token))["errcode"] == errcode
    assert (await api.get("user/get", userid="LiMing", **token))["userid"] == "liming"
    assert (await api.get("user/get", userid="wangfang", **token))["errcode"] == 60011
    assert (await api.get("user/get", userid="ghost", **token))["errcode"] == 60111
    assert corp.refusals == []


async def test_what_is_set_later_is_told_to_an_app_that_has_its_token(
    api: Api, corp: MockCorp
) -> None:
    token = {"access_token": await api.token(), "agentid": str(AGENT)}
    corp.set_trusted_domain(AGENT, "bot.example.com")
    assert (await api.get("agent/get", **token))["redirect_domain"] == "bot.example.com"


async def test_a_feature_that_the_console_did_not_give(api: Api, corp: MockCorp) -> None:
    corp.add_app(AGENT, corp.apps[AGENT].secret, may=["externalcontact"])
    token = {"access_token": await api.token()}
    assert (await api.post("kf/account/list", {}))["errcode"] == 48002
    assert (await api.get("externalcontact/get_follow_user_list", **token))["errcode"] == 0
    assert (await send(api))["errcode"] == 0
