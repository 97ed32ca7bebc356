"""Screenshots of the simulator: a chat, customer service, the log, a finished practice."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import ClientSession
from playwright.async_api import Browser, Page

from bot.clock import MovableClock
from bot.demo.backstage import EXTRAS, Backstage
from bot.demo.stage import ACCOUNT, LIMING, XIAOMAN, Stage, open_stage
from tests.browser.scenes import PHONE, Look, looks

SERVICE, CONTACT = f"kf:{ACCOUNT}:{XIAOMAN}", f"contact:{LIMING}:{XIAOMAN}"


async def shoot_client(browser: Browser, folder: Path) -> None:
    backstage = Backstage()
    with TemporaryDirectory() as root:
        async with open_stage(
            Path(root) / "shop", port=0, mock_port=0, quick=True, clock=MovableClock(),
            routes=backstage.routes(), extras=EXTRAS,
        ) as stage:  # fmt: skip
            backstage.open(stage)
            await furnish(stage)
            for look in looks():
                await shoot_look(browser, stage, look, folder)


async def furnish(stage: Stage) -> None:
    corp = stage.corp
    await corp.customer_adds_member(XIAOMAN, LIMING, "store_7")
    await corp.customer_writes_member(XIAOMAN, LIMING, "在吗？想换个大一号的")
    await corp.customer_enters_kf(XIAOMAN, ACCOUNT)
    await stage.settle()
    for text in ("什么时候发货", "怎么退换货"):
        await corp.customer_writes_kf(XIAOMAN, ACCOUNT, text)
        await stage.settle()
    async with ClientSession(stage.mock_url) as http:
        body = {"member": LIMING, "count": 2}
        async with http.post(f"{EXTRAS['practice']}/start", json=body) as answer:
            chat = (await answer.json())["chat"]
    for text in ("您好，48 小时内发货", "这个我帮您转给同事"):
        await corp.member_writes_customer(LIMING, chat.rpartition(":")[2], text)


async def shoot_look(browser: Browser, stage: Stage, look: Look, folder: Path) -> None:
    context = await browser.new_context(
        viewport={"width": look.width, "height": 740 if look.width == PHONE else 900},
        color_scheme=look.theme,
        locale="zh-CN" if look.language == "zh" else "en-GB",
    )
    page = await context.new_page()

    async def keep(name: str) -> None:
        path = folder / f"client-{name}-{look}.png"
        await page.screenshot(path=path)
        sys.stdout.write(f"{path}\n")

    await visit(page, stage, f"customer:{XIAOMAN}", SERVICE)
    await keep("customer")
    await visit(page, stage, f"member:{LIMING}", CONTACT)
    await page.click("#practise")  # how it ended
    await keep("practice")
    await page.locator("dialog .main").click()
    await page.frame_locator("#frame").locator("#subject").wait_for(state="attached")
    for view in ("list", "talk", "side") if look.width == PHONE else ("talk",):
        await page.evaluate(f"document.documentElement.dataset.view = '{view}'")
        await keep(view)
    await page.click("#wires")
    await keep("wire")
    await context.close()


async def visit(page: Page, stage: Stage, me: str, chat: str) -> None:
    await page.goto("about:blank")
    await page.goto(f"{stage.mock_url}/client#me={me}&chat={chat}")
    await page.wait_for_selector("body[data-ready]")
    await page.evaluate("document.documentElement.dataset.view = 'talk'")
