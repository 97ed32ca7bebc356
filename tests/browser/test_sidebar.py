"""A customer writes, the sidebar suggests, and one tap puts it into the chat: nothing is faked."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, Page, Route, expect

from bot.clock import MovableClock
from bot.demo.stage import ACCOUNT, Stage, open_stage
from tests.browser.desk import desk

pytestmark = pytest.mark.asyncio(loop_scope="session")
CUSTOMER = "wmChat"
POOL = 2
CUT_OFF = ("htmx:afterRequest", "htmx:send")  # a request is under way when the page goes
AWAY = "Failed to load resource: the server responded with a status of 502"
TOO_LARGE = "Failed to load resource: the server responded with a status of 413"
NOT_THEIRS = "Failed to load resource: the server responded with a status of 403"
MISTAKE = "Failed to load resource: the server responded with a status of 422"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root = tmp_path_factory.mktemp("shop") / "bot"
    async with open_stage(root, port=0, mock_port=0, quick=True, clock=MovableClock()) as opened:
        opened.corp.add_customer(CUSTOMER, "<b>安娜</b>")
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with desk(browser, *CUT_OFF, AWAY, TOO_LARGE, NOT_THEIRS, MISTAKE) as page:
        yield page


async def told_of(shop: Stage) -> list[dict[str, Any]]:
    """What the sidebar told as sent."""
    sent = "SELECT body FROM event WHERE kind = 'StaffSent' ORDER BY seq"
    return await shop.assistant.journal.rows(sent)


async def beside(page: Page, shop: Stage, chat: str) -> FrameLocator:
    await page.goto("about:blank")
    await page.goto(f"{shop.mock_url}/client#me=member:liming&chat={chat}")
    await page.wait_for_selector("body[data-ready]")
    return page.frame_locator("#frame")


async def test_a_question_is_answered_by_one_tap(page: Page, shop: Stage) -> None:
    """And noted, although a proxy answers with 502 meanwhile: such a report was lost."""
    corp = shop.corp
    await corp.customer_writes_kf(CUSTOMER, ACCOUNT, "我要人工，退货运费谁出")
    async with asyncio.timeout(60):
        while (at := corp.kf.desk.latest_session(CUSTOMER)) is None or at.state != POOL:
            await asyncio.sleep(0.05)  # noqa: TID251 two programs talk in real time
    await corp.servicer_takes("liming", CUSTOMER, ACCOUNT)
    await corp.settled()
    await shop.assistant.quiet()
    side = await beside(page, shop, f"kf:{ACCOUNT}:{CUSTOMER}")
    await expect(side.locator("#subject")).to_have_text("<b>安娜</b>")
    await expect(side.locator(".lately .short")).to_contain_text("退货运费谁出")
    await expect(side.locator(".allowed")).to_contain_text("可以回")
    card = side.locator("[data-card]").first
    words = await card.locator(".words").inner_text()
    await page.route("**/sidebar/sent?*", lambda route: route.fulfill(status=502))
    await card.locator("[data-send]").press("Enter")
    await expect(side.locator("#toasts")).to_contain_text("稍后自动补记")
    await page.unroute("**/sidebar/sent?*")
    await side.locator("body").evaluate("() => dispatchEvent(new Event('online'))")
    await expect(page.locator('.line.mine[data-by="sidebar"]')).to_contain_text(words[:20])
    await expect(side.locator("details .talk")).to_contain_text(words[:20])
    await expect(side.locator("#talk")).to_be_focused()  # the button is gone with its card
    async with asyncio.timeout(60):
        while not (sent := await told_of(shop)):
            await asyncio.sleep(0.05)  # noqa: TID251 the page tells after the chat has it
    assert len(sent) == 1
    assert orjson.loads(sent[0]["body"])["customer"] == CUSTOMER
    kept = "() => Object.values(localStorage).filter((one) => one.includes('nonce'))"
    assert await side.locator("body").evaluate(kept) == []
    assert corp.refusals == []


async def test_scripts_are_found_by_initials_and_written_by_oneself(
    page: Page, shop: Stage
) -> None:
    before = await told_of(shop)
    side = await beside(page, shop, f"kf:{ACCOUNT}:{CUSTOMER}")
    await side.locator("[data-tab]", has_text="话术").click()
    await expect(side.locator("a[aria-current]")).to_have_text("话术")
    await side.locator("#q").fill("thyf")
    await expect(side.locator("#found h3").first).to_contain_text("运费")
    write = side.get_by_role("button", name="写一条自己的话术")
    await write.press("Enter")
    await expect(side.locator("#own-name")).to_be_focused()  # the sheet is open by then
    await side.locator("#own-name").press("Escape")
    await expect(write).to_be_focused()
    await write.press("Enter")
    await expect(side.locator("#own-name")).to_be_focused()
    await side.locator("#own-name").fill("到店路线")
    await side.locator("#own-body").fill("全网最低，加个好友返现")
    # As a pull at its corner does: the answer's form took the style over, which no page may have.
    await side.locator("#own-body").evaluate("(box) => { box.style.height = '200px'; }")
    await side.get_by_role("button", name="保存").click()
    await expect(side.locator("#own-why")).to_be_visible()  # a forbidden word
    await side.locator("#own-body").fill("您好，")
    await side.get_by_role("button", name="客户名字").click()
    await expect(side.locator("#own-body")).to_have_value("您好，【客户名字】")
    await side.get_by_role("button", name="保存").dblclick()
    await expect(side.locator("#toasts")).to_contain_text("已保存")
    await side.locator("#q").fill("dd")
    card = side.locator("[data-card]", has_text="到店路线")
    await expect(card).to_have_count(1)  # two taps kept two
    await expect(card.locator(".words")).to_have_text("您好，<b>安娜</b>")
    mine = page.locator('.line.mine[data-by="sidebar"]')
    # Two taps sent one's own script twice: it was looked at for forbidden words meanwhile.
    await card.locator("[data-send]").evaluate("(send) => { send.click(); send.click(); }")
    await expect(mine.filter(has_text="您好，<b>安娜</b>")).to_have_count(1)
    await card.locator("[data-edit]").click()
    await side.locator("#edit-text").fill("您好，文三路 100 号见")
    async with page.expect_response("**/sidebar/scripts/find?*"):
        await side.locator("#search").evaluate("(form) => htmx.trigger(form, 'submit')")
    await side.locator("body:not(:has(.htmx-request))").wait_for()
    await expect(card.locator(".gone")).to_be_visible()  # the mark went with the list that came
    # A slip: what was written was lost, and lost again where the list had come anew meanwhile.
    await side.locator("#edit-text").press("Escape")
    await card.locator("[data-edit]").click()
    await expect(side.locator("#edit-text")).to_have_value("您好，文三路 100 号见")
    await side.locator("#edit").get_by_role("button", name="发送").click()
    await expect(mine.last).to_contain_text("文三路 100 号见")
    await expect(mine.filter(has_text="您好，<b>安娜</b>")).to_have_count(1)
    async with asyncio.timeout(60):
        while len(await told_of(shop)) < len(before) + 2:
            await asyncio.sleep(0.05)  # noqa: TID251 the page tells after the chat has it
    await write.press("Enter")
    await side.locator("#own-name").fill("留货")
    await side.locator("#own-body").fill("您要的XX码留到XX月底。")
    await side.get_by_role("button", name="保存").click()
    await expect(side.locator("#own-body")).to_be_hidden()  # it is kept
    await side.locator("#q").fill("liuhuo")
    card = side.locator("[data-card]", has_text="您要的XX码")
    await expect(card).to_contain_text("有空格没填上")
    await expect(card.locator("[data-send]")).to_have_count(0)  # XX was one tap from the customer
    await card.locator("[data-edit]").click()
    await page.keyboard.type("13")
    await expect(side.locator("#edit-text")).to_have_value("您要的13码留到XX月底。")
    await side.locator("#edit-text").press("Escape")
    # Beside a profile the client sends nothing: the button said 发送 all the same, and copied.
    profile = "() => location.assign('/sidebar?nobody=1&entry=contact_profile')"
    await side.locator("body").evaluate(profile)
    await expect(side.locator("[data-send] .when-held").first).to_be_visible()
    await expect(side.locator("[data-send] .when-free").first).to_be_hidden()


@pytest.mark.parametrize(
    ("said", "told"),
    [("cancel", "您取消了"), ("fail no permission", "没有发出：这个客服会话还没有接入")],
)
async def test_what_was_not_sent_is_said_and_not_counted(
    page: Page, shop: Stage, said: str, told: str
) -> None:
    """The client refuses, or its user does not want it after all."""
    before = await told_of(shop)
    side = await beside(page, shop, f"kf:{ACCOUNT}:{CUSTOMER}")
    await side.locator("[data-tab]", has_text="话术").click()
    send = side.locator("[data-send]").first
    await expect(send).to_be_visible()
    await send.evaluate(
        "(_, said) => { WeixinJSBridge.invoke = (name, _, back) =>"
        " back({ err_msg: `${name}:${said}` }); }",
        said,
    )
    await send.click()
    await expect(side.locator("#toasts")).to_contain_text(told)
    assert await told_of(shop) == before


async def test_a_sheet_that_came_late_stood_over_the_tab_one_had_gone_on_to(
    page: Page, shop: Stage
) -> None:
    side = await beside(page, shop, f"kf:{ACCOUNT}:{CUSTOMER}")
    scripts = side.locator("[data-tab]", has_text="话术")
    write = side.get_by_role("button", name="写一条自己的话术")
    await scripts.click()
    await expect(write).to_be_visible()
    asked, gone_on = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await gone_on.wait()
        await route.continue_()

    await page.route("**/sidebar/own/**", hold)
    await write.click()
    await asked.wait()
    await side.locator("[data-tab]", has_text="待办").click()
    await expect(side.locator("#remind")).to_be_visible()
    async with page.expect_response("**/sidebar/own/**") as answer:
        gone_on.set()
    assert (await answer.value).ok
    await side.locator("body:not(:has(.htmx-request))").wait_for()
    await expect(side.locator("dialog[open]")).to_have_count(0)
    await page.unroute("**/sidebar/own/**")
    await scripts.click()
    await write.click()
    await expect(side.locator("#own-name")).to_be_focused()


async def test_a_proxy_s_page_stood_in_a_tab_that_was_not_open(page: Page, shop: Stage) -> None:
    """And whoever works by keyboard saw no focus on what sends, and could not save a note."""
    side = await beside(page, shop, f"kf:{ACCOUNT}:{CUSTOMER}")
    scripts, mine = (side.locator("[data-tab]", has_text=name) for name in ("话术", "客户"))
    await scripts.click()
    await expect(side.locator("#q")).to_be_visible()
    statuses = iter((413, 502))
    await page.route(
        "**/sidebar/customer?*", lambda route: route.fulfill(status=next(statuses), body="nginx")
    )
    for said in ("太大了", "正在重启"):
        await mine.press("Enter")
        await expect(side.locator("#toasts")).to_contain_text(said)
    await expect(scripts).to_have_attribute("aria-current", "page")
    await expect(mine).not_to_have_attribute("aria-current", "page")
    await expect(side.locator("#q")).to_be_visible()
    await page.unroute("**/sidebar/customer?*")
    send = side.locator("[data-send]").first
    await expect(send).to_be_visible()
    await side.locator("#q").press("Tab")
    for _ in range(2):  # the kinds of scripts, then a script of one's own
        await page.keyboard.press("Tab")
    await expect(send).to_be_focused()
    await expect(send).to_have_css("outline-style", "solid")
    await mine.press("Enter")
    note = side.locator("#note-text")
    await note.fill("周末来店")
    asks = "(form) => { form.addEventListener('invalid', () => { form.dataset.asks = 1 }, true); }"
    form = side.locator("form:has(#note-text)")
    await form.evaluate(asks)
    # A second tap, while it is being saved, asked for words.
    await note.press("Control+Enter")
    await note.press("Control+Enter")
    await expect(side.locator("#notes")).to_contain_text("周末来店")
    await expect(form).not_to_have_attribute("data-asks", "1")


async def test_a_second_tap_on_done_was_told_as_a_mistake(page: Page, shop: Stage) -> None:
    """And the first one not at all, where the list came anew before its answer."""
    for customer, name in (("wmTwice", "双双"), ("wmOther", "另另")):
        shop.corp.add_customer(customer, name)
        await shop.corp.customer_adds_member(customer, "liming")
    await shop.corp.customer_writes_kf("wmTwice", ACCOUNT, "我要人工")
    await shop.corp.settled()
    await shop.assistant.quiet()
    await _number_keeps_up(page, shop)
    side = await beside(page, shop, "contact:liming:wmOther")
    await side.locator("[data-tab]", has_text="待办").click()
    await side.locator("article.task", has_text="双双").locator("[data-open]").click()
    await expect(side.locator("#subject")).to_have_text("双双")
    await side.locator("[data-tab]", has_text="待办").click()
    await expect(side.get_by_role("heading", name="该办了")).to_be_visible()
    card = side.locator("article.here")
    tasks, go_on = side.locator("#tasks"), asyncio.Event()

    async def hold(route: Route) -> None:
        answer = await route.fetch()
        await go_on.wait()
        await route.fulfill(response=answer)

    await page.route("**/done", hold)
    await card.get_by_role("button", name="办完了").dblclick()
    # What others do brings the list anew meanwhile: then nothing was told, and no place was found.
    await tasks.evaluate("(place) => htmx.trigger(document.body, 'todo:changed')")
    await expect(card).to_have_count(0)
    go_on.set()
    await expect(side.locator("#toasts")).to_contain_text("办完了")
    await expect(side.locator("#toasts")).not_to_contain_text("已经办完或放下")
    await expect(side.locator("body > button")).to_have_count(0)


async def _number_keeps_up(page: Page, shop: Stage) -> None:
    """What changed soon after something else was not told, and nothing came later to tell it."""
    changes, fetched = asyncio.Queue[bytes](), asyncio.Queue[str]()

    async def live(route: Route) -> None:
        change = await changes.get()
        await route.fulfill(content_type="text/event-stream", body=b"retry: 1\n\n" + change)

    page.on("response", lambda one: fetched.put_nowait(one.url) if "/number" in one.url else None)
    await page.route("**/live*", live)
    await page.clock.install()
    side = await beside(page, shop, "contact:liming:wmTwice")
    body = side.locator("body")
    await expect(side.locator("#due-number b")).to_be_visible()
    await body.evaluate("""(body) => { body.dataset.told = 0;
        body.addEventListener("live:work", () => { body.dataset.told++; }); }""")
    async with asyncio.timeout(60):
        for number in (1, 2):
            changes.put_nowait(b"event: changed\ndata: work\n\n")
            await expect(body).to_have_attribute("data-told", str(number))
            await page.clock.fast_forward(10_000 * (number - 1))
            await fetched.get()
    await page.unroute_all(behavior="ignoreErrors")
    changes.put_nowait(
        b""
    )  # a handler that waits for ever fails a later test as it is thrown away


async def test_one_complaint_of_a_page_lay_over_it_three_times(page: Page, shop: Stage) -> None:
    """Of a customer who has gone meanwhile, each tab that is tapped says the same."""
    shop.corp.add_customer("wmGone", "走走")
    await shop.corp.customer_adds_member("wmGone", "liming")
    await shop.corp.settled()
    await shop.assistant.quiet()
    side = await beside(page, shop, "contact:liming:wmGone")
    await expect(side.locator("#talk")).to_be_visible()
    await shop.corp.customer_removes_member("wmGone", "liming")
    await shop.corp.settled()
    await shop.assistant.quiet()
    for tab in ("话术", "客户"):
        async with page.expect_response(lambda one: one.status == 403):
            await side.locator("[data-tab]", has_text=tab).click()
    await expect(side.locator("#toasts .bad")).to_have_count(1)
    await expect(side.locator("#toasts")).to_contain_text("不归您负责")


async def test_after_a_restart_behind_a_proxy_the_page_heard_of_nothing_more(
    page: Page, shop: Stage
) -> None:
    """No browser asks again after a 502; and what had changed meanwhile nobody told it."""
    shop.corp.add_customer("wmAway", "等等")
    await shop.corp.customer_adds_member("wmAway", "liming")
    await shop.corp.settled()
    await shop.assistant.quiet()
    answers, over = iter((502, 200)), asyncio.Event()

    async def live(route: Route) -> None:
        if not (status := next(answers, 0)):
            await over.wait()  # nothing else has changed
        await route.fulfill(
            status=status or 200, content_type="text/event-stream", body="retry: 1\n\n"
        )

    await page.route("**/live*", live)
    await page.clock.install()
    side = await beside(page, shop, "contact:liming:wmAway")
    await expect(side.locator("#talk")).to_be_visible()
    await shop.corp.customer_writes_kf("wmAway", ACCOUNT, "周末开门吗")
    await shop.corp.settled()
    await shop.assistant.quiet()
    await page.route("**/sidebar/talk?*", lambda route: route.fulfill(status=502), times=1)
    talk = side.locator("#talk", has_text="周末开门吗")
    async with asyncio.timeout(60):
        while not await talk.count():
            await page.clock.fast_forward(15_000)
            await asyncio.sleep(0.1)  # noqa: TID251 the browser asks anew meanwhile
    await expect(side.locator("#toasts > *")).to_have_count(0)  # nobody had asked
    await page.unroute_all(behavior="ignoreErrors")
    over.set()
