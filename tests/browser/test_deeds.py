"""Buttons that ask first: each of them opens its question, and the deed follows.

A newcomer found them dead: they inherited `hx-select` from the live part of the page.
"""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.store.customers.cases import Cases
from bot.store.desk.staff import Role
from tests.browser.company import furnished
from tests.browser.looking import looking
from tests.browser.scenes import DESK, Language, Look, Scene
from tests.stage import SHOP, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")
LOOK = Look(width=DESK, theme="light", language="zh")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with furnished(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


async def press(page: Page, name: str, why: str) -> None:
    """Press the first button of this name, and answer its question."""
    await page.get_by_role("button", name=name, exact=True).first.click()
    sheet = page.locator("dialog[data-sheet]")
    await expect(sheet).to_be_visible()
    await sheet.locator("[name=why]").fill(why)
    await sheet.get_by_role("button").last.click()
    await expect(sheet).to_have_count(0)
    await expect(page.locator(".toast.good")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "button", "act"),
    [
        ("/console/outbox?state=doubtful", "已送达", "message.sent"),
        ("/console/plans", "暂停", "plan.pause"),
        ("/console/brakes?kind=opt_out", "解除", "brake.lift.opt_out"),
    ],
)
async def test_a_button_asks_and_the_deed_follows(
    browser: Browser, shop: Stage, path: str, button: str, act: str
) -> None:
    scene = Scene(name=act, path=path, role=Role.ADMIN)
    async with looking(browser, shop.bot, scene, LOOK) as page:
        await press(page, button, "已确认")
        if "brakes" in path:
            await expect(page.locator("#lifted")).to_contain_text("已确认")
    done = await shop.rows(f"SELECT why FROM audit WHERE act = '{act}' ORDER BY seq DESC LIMIT 1")
    assert done == [{"why": "已确认"}]


async def test_what_only_sounds_so_is_confirmed_with_one_tap(
    browser: Browser, shop: Stage
) -> None:
    """The card said so at once, and showed no button any more; 不是 has its reason ready."""
    scene = Scene(name="confirm", path="/console/customers/wmCross")
    async with looking(browser, shop.bot, scene, LOOK) as page:
        profile, case = page.locator("#customer-profile"), page.locator("#customer-complaint")
        await expect(profile).to_contain_text("疑似不满")
        await expect(case).to_contain_text("听起来不满意")
        await page.get_by_role("button", name="是投诉").click()
        await expect(page.locator(".toast.good")).to_contain_text("已确认")
        await expect(profile).to_contain_text("客户投诉过")
        await expect(profile).not_to_contain_text("疑似")
        await expect(case).to_contain_text("投诉了")
        await page.goto(f"{shop.bot.url}/console/brakes?kind=sounds")
        await expect(page.locator("#brakes tbody tr")).to_have_count(1)
        await page.get_by_role("button", name="不是").click()
        await page.locator("dialog[data-sheet]").get_by_role("button", name="解除").click()
        await expect(page.locator("#brakes")).to_contain_text("都确认过了")
        await expect(page.locator("#lifted")).to_contain_text("看过原话")


@pytest.mark.parametrize(
    ("path", "width", "language"),
    [("/console/brakes?kind=opt_out", 360, "en"), ("/console/answers", 375, "zh")],
)
async def test_the_tabs_took_a_second_line_on_a_phone(
    browser: Browser, shop: Stage, path: str, width: int, language: Language
) -> None:
    look = Look(width=width, theme="light", language=language)
    scene = Scene(name="tabs", path=path)
    async with looking(browser, shop.bot, scene, look) as page:
        tops = "(tabs) => new Set([...tabs.children].map((one) => one.offsetTop)).size"
        assert await page.locator(".tabs").evaluate(tops) == 1


async def test_what_only_sounds_so_is_decided_on_its_own_page(
    browser: Browser, shop: Stage
) -> None:
    """It had 是投诉 alone: whoever knew better had to close the case and lift the brake below."""
    cases = []
    for customer in ("wmCalm", "wmTold"):
        shop.corp.add_customer(customer, customer)
        await shop.corp.customer_writes_kf(customer, SHOP, "说好上午送，现在四点了还没影")
        await shop.quiet()
        case = await Cases(shop.bot.office.database).of(customer)
        assert case is not None
        cases.append(f"/console/complaints/{case.seq}")
    calm, told = cases
    async with looking(browser, shop.bot, Scene(name="calm", path=calm), LOOK) as page:
        await page.get_by_role("button", name="不是").click()
        await page.locator("dialog[data-sheet]").get_by_role("button", name="解除").click()
        shown = page.locator("#case")
        await expect(shown).to_contain_text("已结案：看过原话，客户没有不满")
        await expect(shown.get_by_role("button")).to_have_count(0)
        await page.goto(f"{shop.bot.url}{told}")
        await page.locator("#why").fill("已换新")
        await page.get_by_role("button", name="是投诉").click()
        await expect(shown).not_to_contain_text("疑似")
        await expect(page.locator("#why")).to_have_value("已换新")  # it came back empty


async def test_a_day_of_the_month_tells_its_plans(browser: Browser, shop: Stage) -> None:
    scene = Scene(name="day", path="/console/plans", role=Role.ADMIN)
    async with looking(browser, shop.bot, scene, LOOK) as page:
        await page.locator(".chip").first.click()
        sheet = page.locator("dialog[data-sheet]")
        await expect(sheet).to_contain_text(re.compile("等待发送|已送达"))
        await sheet.get_by_role("button", name="关闭").click()
        await expect(sheet).to_have_count(0)
        await _is_printed_in_dark_letters(page)
        await _logs_out_beside_a_sidebar(page)


async def _is_printed_in_dark_letters(page: Page) -> None:
    """Where 深色 was chosen they were white, on paper."""
    await page.evaluate("document.documentElement.dataset.theme = 'dark'")
    letters = "getComputedStyle(document.body).color"
    await page.emulate_media(media="print")
    assert await page.evaluate(letters) == "rgb(29, 33, 41)"
    await page.emulate_media(media="screen")
    assert await page.evaluate(letters) == "rgb(232, 234, 237)"


async def _logs_out_beside_a_sidebar(page: Page) -> None:
    """It took away what was typed in the sidebar of the same browser."""
    await page.evaluate(
        "for (const of of ['draft', 'console']) localStorage[`huashu:${of}:a`] = 1"
    )
    await page.get_by_role("button", name="退出").click()
    await page.wait_for_url("**/login")
    assert await page.evaluate("Object.keys(localStorage)") == ["huashu:draft:a"]


async def test_what_is_typed_into_a_form_that_came_back_was_not_kept(
    browser: Browser, shop: Stage
) -> None:
    """htmx had put another form in place of the one that was followed."""
    scene = Scene(name="again", path="/console/handovers/new?leaver=liming", role=Role.ADMIN)
    async with looking(browser, shop.bot, scene, LOOK) as page:
        words, known = page.locator("#words"), page.locator("[name=known_first]")
        await known.uncheck()
        await page.get_by_role("button", name="开始交接").click()
        await page.get_by_role("button", name="确定").click()
        await expect(page.locator("form [role=alert]")).to_contain_text("至少选一位")
        await expect(known).not_to_be_checked()
        await expect(page.locator(".kept")).to_have_count(0)
        await words.fill("您好，以后由王芳为您服务")
        await page.reload()
        await page.get_by_role("button", name="接着写").click()
        await expect(words).to_have_value("您好，以后由王芳为您服务")
        await expect(known).not_to_be_checked()
        await _answers_of_groups_stay(page, shop)


async def _answers_of_groups_stay(page: Page, shop: Stage) -> None:
    """What was typed for the others was gone after 不用回答, Back, or another tab of a sidebar;
    and how a complaint ended, after 已经联系过客户."""
    await page.goto(f"{shop.bot.url}/console/groups/questions")
    answer = page.locator(".answers textarea").first
    await answer.fill("有货的，明天到店")
    await page.get_by_role("button", name="不用回答").last.click()
    await expect(page.locator(".toast.good")).to_contain_text("不用回答")
    await page.get_by_role("button", name="接着写").click()
    await expect(answer).to_have_value("有货的，明天到店")
    await expect(page.locator(".preview").first).to_contain_text("有货的，明天到店")
    await page.locator(".answers .button.main").first.click()
    await expect(page.locator(".toast.good")).to_contain_text("已收进一条群发")
    await expect(page.get_by_role("button", name="接着写")).to_have_count(0)
    await page.goto(f"{shop.bot.url}/console/complaints/1")
    await page.locator("#why").fill("已换新，客户接受")
    await page.get_by_role("button", name="已经联系过客户").click()
    await expect(page.locator(".toast.good")).to_contain_text("不再催")
    await page.get_by_role("button", name="接着写").click()
    await expect(page.locator("#why")).to_have_value("已换新，客户接受")
