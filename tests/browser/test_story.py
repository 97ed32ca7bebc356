"""The whole story, in a real browser on the simulator: from a question to what the console counts,
and from a plan to its message."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.clock import MovableClock
from bot.demo.stage import ACCOUNT, ACHEN, LIMING, XIAOMAN, Stage, open_stage
from bot.web.login import new_once
from tests.browser.desk import desk

pytestmark = pytest.mark.asyncio(loop_scope="session")
KF, CONTACT = f"kf:{ACCOUNT}:{XIAOMAN}", f"contact:{LIMING}:{ACHEN}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root: Path = tmp_path_factory.mktemp("shop")
    async with open_stage(root, port=0, mock_port=0, quick=True, clock=MovableClock()) as opened:
        for customer in (XIAOMAN, ACHEN):
            await opened.corp.customer_adds_member(customer, LIMING, "store_7")
        await opened.settle()
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with desk(browser) as page:
        yield page


async def client(page: Page, shop: Stage, me: str, chat: str) -> None:
    await page.goto("about:blank")
    await page.goto(f"{shop.mock_url}/client#me={me}&chat={chat}")
    await page.wait_for_selector("body[data-ready]")


async def stored(shop: Stage, rows: str) -> None:
    """Wait until there are such `rows` (SQL)."""
    async with asyncio.timeout(60):
        while not await shop.assistant.journal.rows(rows):
            await shop.clock.sleep(0.05)


async def console(page: Page, shop: Stage, path: str = "/console") -> None:
    """As the admin, who came in by the link that was printed."""
    url = shop.assistant.url
    if not any(one["name"] == "huashu" for one in await page.context.cookies(url)):
        await page.goto(await new_once(shop.clock, url))
        await page.get_by_role("button", name="进入控制台").click()
        await page.wait_for_url("**/console")
    await page.goto(url + path)


async def test_a_question_is_answered_by_one_tap_and_counted(page: Page, shop: Stage) -> None:
    await shop.corp.customer_writes_kf(XIAOMAN, ACCOUNT, "转人工")
    await shop.settle()
    await shop.corp.servicer_takes(LIMING, XIAOMAN, ACCOUNT)
    await shop.settle()
    await client(page, shop, f"customer:{XIAOMAN}", KF)
    await page.fill("#text", "怎么退货")
    await page.press("#text", "Enter")
    await expect(page.locator(".line.mine").last).to_contain_text("怎么退货")
    await shop.settle()

    await client(page, shop, f"member:{LIMING}", KF)
    beside = page.frame_locator("#frame")
    offer = beside.locator(".offer").first
    await expect(offer).to_contain_text("退货")
    await offer.locator("[data-send]").click()
    mine = page.locator('.line.mine[data-by="sidebar"]')
    await expect(mine).to_contain_text("退")
    await stored(shop, "SELECT id FROM event WHERE kind = 'StaffSent'")  # after the chat has it
    await shop.settle()

    await console(page, shop)
    sent = page.locator(".figure", has_text="同事用侧边栏发的")
    await expect(sent.locator("b")).to_have_text("1")
    await expect(page.locator(".halves table").first).to_contain_text("退")
    assert shop.corp.refusals == []


async def test_a_plan_is_made_confirmed_and_delivered(page: Page, shop: Stage) -> None:
    clock = shop.clock
    # It would take the day's place.
    await shop.assistant.touching.desk.stop("new_customer", "boss")
    zone = shop.assistant.desk.zone
    local = clock.now().astimezone(zone)
    await clock.advance(((24 + 10) * 3600) - (local.hour * 3600 + local.minute * 60))
    day = clock.now().astimezone(zone).date()
    await console(page, shop, "/console/plans/new")
    await page.fill("#f-title", "到店礼提醒")
    await page.select_option("#f-scenario", "reminder")
    find = page.get_by_label("找话术")
    await find.fill("没有这种")
    await expect(page.get_by_text("没有这样的话术")).to_be_visible()
    await find.fill("CARE day3")
    await find.press("Enter")
    await expect(page.locator("#f-script")).to_have_value("care/day3")
    await page.get_by_role("button", name="下一步").click()
    await page.fill("#f-date", day.isoformat())
    await page.get_by_role("button", name="预检").click()
    await expect(page.locator("form.card")).to_contain_text("共 2 条：1 条当天送到")
    await expect(page.locator("form.card")).to_contain_text("同事正在接待")  # the other one
    await page.get_by_role("button", name="确认，开始执行").click()
    await expect(page.locator("#plan h1")).to_have_text("到店礼提醒")

    await stored(shop, "SELECT seq FROM touch WHERE state = 0 AND script = 'care/day3'")
    said = shop.assistant.desk.edition.library["care/day3"].say[0].source[-8:]
    for _ in range(40):  # half hours, as far as its window and its place in it
        await clock.advance(1800)
        await shop.assistant.sweep("touches")
        await shop.settle()
        if any(said in repr(task) for task in shop.corp.mass.tasks.values()):
            break
    await client(page, shop, f"member:{LIMING}", "mass")
    task = page.locator(".task", has_text=said)
    await task.locator(".main").click()
    await expect(task.locator(".main")).to_have_count(0)
    await client(page, shop, f"customer:{ACHEN}", CONTACT)
    await expect(page.locator("#lines")).to_contain_text(said)
    assert shop.corp.refusals == []
