"""Tags, notes and reminders in the sidebar, beside a real chat of the client."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, Page, Route, expect

from bot.clock import MovableClock
from bot.demo.stage import Stage, open_stage
from tests.browser.desk import desk

pytestmark = pytest.mark.asyncio(loop_scope="session")
CHAT = "wmBeside"
# A request is cut off where a newer one takes its place; one is refused on purpose.
MEANT = ("htmx:afterRequest", "htmx:send", "Failed to load resource", "Response Status")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root = tmp_path_factory.mktemp("beside") / "bot"
    async with open_stage(root, port=0, mock_port=0, quick=True, clock=MovableClock()) as opened:
        opened.corp.add_customer(CHAT, "<b>安娜</b>")
        await opened.corp.console_adds_tag("兴趣", "学步鞋")
        await opened.corp.customer_adds_member(CHAT, "liming", welcome=False)
        await opened.corp.settled()
        await opened.assistant.quiet()
        yield opened


async def test_a_tag_a_note_and_a_reminder_that_is_sent(browser: Browser, shop: Stage) -> None:
    async with desk(browser, *MEANT) as page:
        await page.goto(f"{shop.mock_url}/client#me=member:liming&chat=contact:liming:{CHAT}")
        await page.wait_for_selector("body[data-ready]")
        side = page.frame_locator("#frame")
        await side.locator("[data-tab]", has_text="客户").click()
        await side.get_by_role("button", name="加标签").click()
        await side.locator("#tag-text").fill("学步")
        await side.locator("#tag-choices button").first.click()
        await expect(side.locator("#subject-tags")).to_have_text("学步鞋")
        await side.locator("#note-text").fill("想要 13 码")
        await side.get_by_role("button", name="记下").click()
        await expect(side.locator("#history")).to_contain_text("想要 13 码")
        await _typed_while_one_is_saved(page, side)
        await side.locator("[data-tab]", has_text="待办").click()
        await side.locator("#words").fill("13 码到了")
        await side.get_by_text("发给客户的话").click()
        await side.get_by_role("button", name="明天上午十点").click()  # a phone's keyboard is slow
        await side.get_by_role("button", name="存下提醒").click()
        await expect(side.locator("#toasts")).to_contain_text("到时提醒您")
        await side.locator("#tasks [data-send]").click()
        await expect(page.locator('.line.mine[data-by="sidebar"]')).to_contain_text("13 码到了")
        await expect(side.locator("#tasks [data-send]")).to_have_count(0)
        tags = shop.corp.contacts.relations["liming", CHAT].tags
        assert len(tags) == 1


async def _typed_while_one_is_saved(page: Page, side: FrameLocator) -> None:
    """It was lost: the answer brought an empty form. So was what nobody had saved yet."""
    go_on = asyncio.Event()

    async def slowly(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await page.route("**/customer/notes?*", slowly)
    note, save = side.locator("#note-text"), side.get_by_role("button", name="记下", exact=True)
    await note.fill("月底再问")
    await save.click()
    await expect(note).to_have_value("")
    await note.fill("下次带")
    go_on.set()
    await expect(side.locator("#notes")).to_contain_text("月底再问")
    await expect(note).to_have_value("下次带")
    await side.locator("[data-tab]", has_text="话术").click()
    await expect(note).to_have_count(0)
    await side.locator("[data-tab]", has_text="客户").click()
    await expect(note).to_have_value("下次带")
    await page.unroute("**/customer/notes?*")
    refused = {"HX-Reswap": "none"}
    await page.route(
        "**/customer/notes?*", lambda route: route.fulfill(status=422, headers=refused)
    )
    async with page.expect_response("**/customer/notes?*"):
        await save.click()
    await expect(note).to_have_value("下次带")
    await page.unroute("**/customer/notes?*")
    await save.click()
    await expect(side.locator("#notes")).to_contain_text("下次带")
    await expect(note).to_have_value("")
