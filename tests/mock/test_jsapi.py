"""What a page may ask the client: identities, contexts, and putting a message into the chat."""

import hashlib
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp

from .conftest import AGENT, ANNA, BEN, CORP_ID, KF, SECRET, Api

URL = "https://bot.example.com/sidebar?code=CODE&state=abc"
CONTACT = f"contact:liming:{ANNA}"
APIS = ["getContext", "getCurExternalContact", "getCurExternalChat", "sendChatMessage",
        "openEnterpriseChat"]  # fmt: skip


class Page:
    """A page of ours, loaded beside a chat."""

    def __init__(self, corp: MockCorp, api: Api, chat: str = CONTACT, member: str = "liming"):
        self.corp, self.api, self.chat, self.member = corp, api, chat, member

    async def ask(
        self, name: str, params: Any = None, *, url: str = URL, clicked: bool = True, **more: Any
    ) -> Any:
        return await self.corp.jsapi.invoke(
            page=self.chat + self.member, member=self.member, chat=self.chat, name=name,
            params={**(params or {}), **more}, url=url, clicked=clicked,
        )  # fmt: skip

    async def ticket(self, kind: str) -> str:
        token = await self.api.token()
        api, more = ("ticket/get", {"type": "agent_config"}) if kind == "agent" else (
            "get_jsapi_ticket", {}
        )  # fmt: skip
        return str((await self.api.get(api, access_token=token, **more))["ticket"])

    async def agent_config(self, *, kind: str = "agent", url: str = URL, **change: Any) -> Any:
        now = str(self.corp.seconds())
        signature = sha1(await self.ticket(kind), "nonce", now, url.partition("#")[0])
        proof = {"timestamp": now, "nonceStr": "nonce", "signature": signature}
        fields = {"corpid": CORP_ID, "agentid": str(AGENT), "jsApiList": APIS, **proof, **change}
        return await self.ask("agentConfig", **fields)

    async def send(self, kind: str, **content: Any) -> str:
        answer = await self.ask("sendChatMessage", {"msgtype": kind, kind: content})
        return str(answer["err_msg"]).partition(":")[2]


def sha1(ticket: str, nonce: str, timestamp: str, url: str) -> str:
    """Doc 96909."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@pytest.fixture
async def page(api: Api, corp: MockCorp) -> Page:
    corp.set_trusted_domain(AGENT, "bot.example.com")
    await corp.customer_adds_member(ANNA, "liming")
    return Page(corp, api)


async def test_config_is_by_the_corp_ticket_and_gives_no_context(page: Page) -> None:
    now = str(page.corp.seconds())
    fields = {"verifyAppId": CORP_ID, "verifyNonceStr": "n", "verifyTimestamp": now}
    good = sha1(await page.ticket("corp"), "n", now, URL)
    answer = await page.ask("preVerifyJSAPI", fields, verifySignature=good)
    assert answer["err_msg"] == "preVerifyJSAPI:ok"
    assert (await page.ask("getContext"))["err_msg"] == "getContext:fail no permission"
    wrong = await page.ask("preVerifyJSAPI", fields, verifySignature=good[::-1])
    assert wrong == {"err_msg": "preVerifyJSAPI:invalid signature", "err_code": 40093}


async def test_agent_config_gives_what_it_lists(page: Page) -> None:
    assert (await page.agent_config(jsApiList=["getContext"]))["err_msg"] == "agentConfig:ok"
    assert (await page.ask("getContext"))["entry"] == "single_chat_tools"
    denied = await page.ask("getCurExternalContact")
    assert denied["err_msg"] == "getCurExternalContact:fail no permission"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"corpid": "ww0"}, 92002),
        ({"agentid": "7"}, 40056),
        ({"agentid": "x"}, 40056),
        ({"signature": "0" * 40}, 40093),
        ({"timestamp": "1767232800000"}, 40093),  # milliseconds
        ({"timestamp": "1667232800"}, 40093),  # long ago
        ({"jsApiList": []}, 40063),
        ({"url": "https://evil.example/sidebar"}, 80001),
        ({"kind": "corp"}, 42012),  # signed with the other ticket
    ],
)
async def test_agent_config_is_refused(page: Page, change: dict[str, Any], code: int) -> None:
    url = change.get("url", URL)
    answer = await page.agent_config(**change) if "url" not in change else await page.ask(
        "agentConfig", url=url, corpid=CORP_ID, agentid=str(AGENT), jsApiList=APIS
    )  # fmt: skip
    assert answer["err_code"] == code
    assert (await page.ask("getContext"))["err_msg"] == "getContext:fail no permission"


async def test_what_is_signed_is_the_address_of_the_page_up_to_its_fragment(page: Page) -> None:
    answer = await page.agent_config(url=URL)
    assert answer["err_msg"] == "agentConfig:ok"
    now = str(page.corp.seconds())
    signature = sha1(await page.ticket("agent"), "n", now, URL.partition("?")[0])
    answer = await page.agent_config(signature=signature, nonceStr="n", timestamp=now)
    assert answer["err_code"] == 40093, "the query belongs to it"


async def test_a_ticket_that_is_over_signs_nothing(page: Page, clock: ManualClock) -> None:
    now, ticket = str(page.corp.seconds()), await page.ticket("agent")
    await clock.advance(7200)
    answer = await page.agent_config(
        timestamp=now, nonceStr="n", signature=sha1(ticket, "n", now, URL)
    )
    assert answer["err_code"] == 40093


async def test_who_is_out_of_range_is_refused(page: Page) -> None:
    page.corp.add_app(AGENT, SECRET, visible=["WangFang"], domain="bot.example.com")
    assert (await page.agent_config())["err_code"] == 92000


async def test_contexts_are_those_of_the_chat(page: Page) -> None:
    corp = page.corp
    chat_id = corp.add_group("liming", "福利群", "wrFans")
    group, kf = Page(corp, page.api, f"group:{chat_id}"), Page(corp, page.api, f"kf:{KF}:{ANNA}")
    other, none = Page(corp, page.api, f"contact:liming:{BEN}"), Page(corp, page.api, "")
    for one in (page, group, kf, other, none):
        await one.agent_config()
    assert (await page.ask("getCurExternalContact"))["userId"] == ANNA
    assert (await kf.ask("getContext"))["entry"] == "single_kf_tools"
    assert (await group.ask("getCurExternalChat"))["chatId"] == chat_id
    without = "fail without context of external contact"
    for one, name in (
        (page, "getCurExternalChat"),
        (group, "getCurExternalContact"),
        (other, "getCurExternalContact"),  # no contact of the member
        (none, "getCurExternalContact"),
        (none, "sendChatMessage"),
    ):
        assert (await one.ask(name))["err_msg"] == f"{name}:{without}"
    assert (await none.ask("getContext"))["entry"] == "normal"


async def test_the_chat_of_another_customer_is_opened_if_it_is_there(page: Page) -> None:
    await page.agent_config()
    alone = {"userIds": "", "groupName": "", "chatId": ""}
    for asked, said in (
        ({"externalUserIds": ANNA}, "ok"),
        ({"externalUserIds": BEN}, "fail"),
        ({"externalUserIds": f"{ANNA};{BEN}"}, "fail"),
        ({"externalUserIds": ANNA, "userIds": "WangFang"}, "fail"),
    ):
        answer = await page.ask("openEnterpriseChat", {**alone, **asked})
        assert answer["err_msg"] == f"openEnterpriseChat:{said}"


async def test_what_is_sent_is_the_members_own_message(page: Page) -> None:
    await page.agent_config()
    assert await page.send("text", content="您好") == "ok"
    line = page.corp.chats.lines[-1]
    assert (line.chat, line.sender, line.text, line.by) == (CONTACT, "liming", "您好", "sidebar")
    assert page.corp.deliveries == [], "it is no message of the API"
    picture = page.corp.media.store("image", "a.png", b"\x89PNG\r\n")
    assert await page.send("image", mediaid=picture) == "ok"
    link = {"link": "https://shop.example.com", "title": "新品", "imgUrl": "https://x.example/a"}
    assert await page.send("news", **link) == "ok"
    assert page.corp.chats.lines[-1].body["link"]["url"] == link["link"]
    mini = {
        "appid": "wx1",
        "title": "商城",
        "imgUrl": "https://x.example/a",
        "page": "/a.html?x=1",
    }
    assert await page.send("miniprogram", **mini) == "ok"
    assert page.corp.refusals == []


async def test_what_cannot_be_sent(page: Page) -> None:
    await page.agent_config()
    assert await page.send("news", link="https://x", imgUrl="file:///a") == "fail invalid imgUrl"
    assert page.corp.refusals == []
    assert await page.send("image", mediaid="unknown") != "ok"
    for kind, content in (
        ("text", {"text": "您好"}),
        ("image", {"media_id": "M"}),  # with an underscore it is the API's
        ("miniprogram", {"appid": "wx1", "page": "/a"}),
        ("msgmenu", {"list": []}),
        ("voice", {"mediaid": "M"}),
    ):
        before = len(page.corp.refusals)
        assert await page.send(kind, **content) != "ok"
        assert len(page.corp.refusals) == before + 1, kind
    answer = await page.ask(
        "sendChatMessage", clicked=False, msgtype="text", text={"content": "x"}
    )
    assert answer["err_msg"] == "sendChatMessage:fail no permission"


async def test_customer_service_is_answered_by_who_has_the_session(page: Page) -> None:
    corp = page.corp
    kf = Page(corp, page.api, f"kf:{KF}:{ANNA}")
    await kf.agent_config()
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    assert await kf.send("text", content="在") == "fail no permission"
    token = await page.api.token()
    taken = {"open_kfid": KF, "external_userid": ANNA, "service_state": 3}
    await page.api.post(
        "kf/service_state/trans", {**taken, "servicer_userid": "liming"}, access_token=token
    )
    assert await kf.send("text", content="在") == "ok"
    menu = {
        "head_content": "选",
        "list": [{"type": "click", "click": {"id": "1", "content": "a"}}],
    }
    assert await kf.send("msgmenu", **menu) == "ok"
    assert [one.api for one in corp.deliveries] == ["sidebar", "sidebar"]
    items = (await page.api.post("kf/sync_msg", {"open_kfid": KF}))["msg_list"]
    assert [one["origin"] for one in items if one["msgtype"] == "text"] == [3, 5]


async def test_what_the_client_does_not_know(page: Page) -> None:
    assert (await page.ask("flyToMoon"))["err_msg"] == "flyToMoon:function not exist"
    asked = await page.ask("checkJsApi", jsApiList=["getContext", "flyToMoon"])
    assert asked["checkResult"] == {"getContext": True, "flyToMoon": False}
    assert [call.name for call in page.corp.jsapi.log] == ["flyToMoon", "checkJsApi"]
