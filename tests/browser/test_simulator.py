"""The simulator in a real browser, with the official SDK unchanged in the page beside the chat."""

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, FrameLocator, Page, Route, expect

from bot.clock import MovableClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer
from tests.browser.desk import desk
from tests.browser.looking import MISFITS
from tests.browser.sample import AGENT, SECRET, sample

pytestmark = pytest.mark.asyncio(loop_scope="session")
ANNA, HOSTILE = "wmAnna", "wmHostile"
EVIL = "<img src=x onerror=alert(1)>{{7*7}}老张"
CHAT, GROUP = f"contact:liming:{ANNA}", "group:wrFans"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client() -> AsyncIterator[MockServer]:
    corp = MockCorp(clock=MovableClock())
    for userid, name in (("liming", "李明"), ("wangfang", "王芳")):
        corp.add_member(userid, name)
    corp.add_customer(ANNA, "安娜")
    corp.add_customer(HOSTILE, EVIL)
    corp.add_app(AGENT, SECRET, "话术助手")
    corp.add_kf_account("wkShop", "有间好物", ["liming", "wangfang"])
    async with sample(corp) as server:
        await corp.customer_adds_member(ANNA, "liming", "store_1")
        await corp.customer_adds_member(HOSTILE, "liming")
        await corp.create_group("liming", "福利群", [ANNA, "wangfang"], "wrFans")
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, client: MockServer) -> AsyncIterator[Page]:
    async with desk(browser) as page:
        yield page


async def look(page: Page, client: MockServer, me: str, chat: str = "") -> None:
    await page.goto("about:blank")
    await page.goto(f"{client.url}/client#me={me}&chat={chat}")
    await page.wait_for_selector("body[data-ready]")


def beside(page: Page) -> FrameLocator:
    return page.frame_locator("#frame")


async def told(page: Page, part: str) -> dict[str, Any]:
    """What the page beside the chat has found out, once it holds `part`."""
    out = beside(page).locator("output")
    await expect(out).to_contain_text(part)
    found: dict[str, Any] = json.loads(await out.inner_text())
    return found


async def test_a_customer_writes_and_the_member_answers_by_the_page_beside(
    page: Page, client: MockServer
) -> None:
    await look(page, client, f"customer:{ANNA}", CHAT)
    await expect(page.locator("#side")).to_contain_text("侧边栏只有成员看得到")
    await page.fill("#text", "在吗？什么时候发货")
    await page.press("#text", "Enter")
    await expect(page.locator(".line.mine")).to_contain_text("什么时候发货")
    await look(page, client, "member:liming", CHAT)
    seen = await told(page, "entry")
    assert (seen["entry"], seen["id"], seen["member"]) == ("single_chat_tools", ANNA, "liming")
    assert "wxwork/" in seen["agent"]
    await beside(page).locator("button").click()
    assert (await told(page, "errMsg"))["errMsg"] == "sendChatMessage:ok"
    mine = page.locator('.line.mine[data-by="sidebar"]')
    await expect(mine).to_contain_text("您好，今天发货")
    names = [call.name for call in client.corp.jsapi.log]
    assert names[:2] == ["preVerifyJSAPI", "agentConfig"]
    assert client.corp.refusals == []


async def test_the_page_knows_the_group_and_another_member_is_another_login(
    page: Page, client: MockServer
) -> None:
    await look(page, client, "member:liming", GROUP)
    seen = await told(page, "entry")
    assert (seen["entry"], seen["id"]) == ("group_chat_tools", "wrFans")
    await look(page, client, "member:wangfang", GROUP)
    assert (await told(page, "entry"))["member"] == "wangfang"
    await page.fill("#text", "大家好")
    await page.click("#composer .main")
    await expect(page.locator(".line.mine")).to_contain_text("大家好")


async def test_a_new_customer_and_a_hostile_name(page: Page, client: MockServer) -> None:
    await look(page, client, "member:liming")
    await expect(page.locator("#chats")).to_contain_text(EVIL)
    await page.click("#adding button")
    await page.fill("#name", EVIL)
    await page.click("dialog .main")
    await expect(page.locator("#head h2")).to_contain_text(EVIL)
    await expect(page.locator(".note")).to_contain_text(f"{EVIL} 添加了 李明")
    assert await page.locator("img").count() == 0


async def test_a_member_confirms_a_mass_message(page: Page, client: MockServer) -> None:
    corp = client.corp
    await corp.member_sends_mass("liming", [ANNA], "先前的")
    token = "".join(corp.access.gettoken(
        {"corpid": corp.corp_id, "corpsecret": SECRET}, "127.0.0.1"
    )["access_token"])  # fmt: skip
    body = {
        "sender": "liming", "external_userid": [ANNA, HOSTILE], "allow_select": True,
        "text": {"content": "新品到店"},
        "attachments": [
            {"msgtype": "link", "link": {"title": "看新品", "url": "https://shop.example.com"}}
        ],
    }  # fmt: skip
    answer = await page.request.post(
        f"{client.url}/cgi-bin/externalcontact/add_msg_template?access_token={token}", data=body
    )
    assert (await answer.json())["errcode"] == 0
    await look(page, client, "member:liming", "mass")
    task = page.locator(".task").first
    await expect(task).to_contain_text("新品到店")
    await expect(task).to_contain_text("看新品")
    await task.locator(f'input[value="{HOSTILE}"]').uncheck()
    await task.locator(".main").click()
    await expect(task.locator(".f1")).to_have_count(1)
    assert [one.to for one in corp.deliveries if one.text == "新品到店"] == [ANNA]


async def test_the_newest_mass_message_stood_far_above_what_one_saw(
    page: Page, client: MockServer
) -> None:
    """They were opened where the chat before them had been."""
    for number in range(12):
        await client.corp.member_sends_mass("liming", [ANNA], f"第 {number} 条" + "\n春装到了" * 4)
    await look(page, client, "member:liming", f"contact:liming:{ANNA}")
    await expect(page.locator("#lines")).to_contain_text("第 11 条")
    await page.locator("#chats").get_by_text("群发助手").click()
    await expect(page.locator(".task").first).to_be_in_viewport()


async def test_customer_service_is_taken_over_and_ended(page: Page, client: MockServer) -> None:
    corp, chat = client.corp, f"kf:wkShop:{ANNA}"
    await look(page, client, f"customer:{ANNA}", chat)
    await page.click(f'[data-chat="{chat}"]')
    await expect(page.locator('[data-note="entered"]')).to_be_visible()
    await page.fill("#text", "有人吗")
    await page.press("#text", "Enter")
    await expect(page.locator("#strip")).to_contain_text("机器人在接待")
    session = corp.kf.desk.accounts["wkShop"].sessions[ANNA]
    session.state = 2
    await look(page, client, "member:liming", chat)
    await page.click("#strip .main")
    await expect(page.locator("#strip")).to_contain_text("李明 在接待")
    assert (await told(page, "entry"))["entry"] == "single_kf_tools"
    await beside(page).locator("button").click()
    await expect(page.locator('.line.mine[data-by="sidebar"]')).to_be_visible()
    await page.click("#strip .plain")
    await expect(page.locator("#strip")).to_contain_text("会话已结束")


async def test_the_clock_moves_faults_are_set_and_the_wire_is_told(
    page: Page, client: MockServer
) -> None:
    corp, before = client.corp, client.corp.clock.now()
    await look(page, client, "member:liming", CHAT)
    await told(page, "entry")
    await page.click('[data-move="ten"]')
    await expect(page.locator("#now")).to_contain_text("10:00")
    assert corp.clock.now() > before
    await page.click("#faults")
    await page.click('[data-fault="fault_lost"]')
    await expect(page.locator(".active")).to_contain_text("丢一次回调")
    await page.click("dialog .sheet footer .plain")
    await expect(page.locator(".active")).to_have_count(0)
    await page.click("dialog .sheet footer .main")
    assert corp.faults.active() == []
    await page.click("#wires")
    await expect(page.locator("#wire")).to_contain_text("agentConfig:ok")
    await expect(page.locator("#wire")).to_contain_text("网页授权：告诉页面成员是谁")
    await page.locator(".entry.call summary").first.click()
    await expect(page.locator(".entry[open] pre").first).to_be_visible()


async def test_the_sheet_of_faults_stays_closed_when_an_answer_comes_late(
    page: Page, client: MockServer
) -> None:
    """It came back over everything when the list of faults was answered after the closing."""
    await look(page, client, "member:liming", CHAT)
    await page.click("#faults")
    asked, closed = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        asked.set()
        await closed.wait()
        await route.continue_()

    await page.route("**/_mock/client/state", late)
    await page.click('[data-fault="fault_lost"]')
    await asked.wait()
    await page.click("dialog .sheet footer .main")
    closed.set()
    await expect(page.locator("#faults .badge")).to_have_text("1")
    await page.evaluate("fetch('/_mock/client/state').then(last => last.json())")
    await expect(page.locator("#dialog")).to_be_hidden()
    client.corp.faults.clear()


@pytest.mark.parametrize(("width", "theme"), [*product((375, 1440), ("light", "dark"))])
async def test_nothing_is_cut_off_on_a_phone_and_on_a_desk(
    browser: Browser, client: MockServer, width: int, theme: str
) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": 760},
        color_scheme="dark" if theme == "dark" else "light",
        locale="en-GB" if theme == "dark" else "zh-CN",
    )
    page = await context.new_page()
    await look(page, client, "member:liming", CHAT)
    assert await page.locator("html").get_attribute("data-theme") == theme
    for view in ("list", "talk", "side"):
        await page.evaluate(f"document.documentElement.dataset.view = '{view}'")
        assert await page.evaluate(MISFITS) == [], view
        found = await Axe().run(page)
        serious = [
            f"{item['id']}: {item['nodes'][0]['html'][:160]}"
            for item in found.response["violations"]
            if item["impact"] in ("serious", "critical")
        ]
        assert serious == [], view
    await context.close()


async def test_who_scans_the_code_comes_in(page: Page, client: MockServer) -> None:
    assert client.frame is not None
    query = (
        f"login_type=CorpApp&appid={client.corp.corp_id}&agentid={AGENT}&state=s1"
        f"&redirect_uri={client.frame.url}/sidebar"
    )
    await page.goto(f"{client.url}/wwlogin/sso/login?{query}")
    await expect(page.locator("h1")).to_have_text("企业微信扫码登录")
    async with page.expect_request(lambda one: "/sidebar?code=" in one.url) as request:
        await page.get_by_text("王芳").click()
    assert "state=s1" in (await request.value).url
