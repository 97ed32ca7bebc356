"""Takes the pictures for docs/ again, from a `make demo` whose story is over.

python -m tests.browser.pictures [CLIENT [CONSOLE]]: the addresses that the demo has printed.
"""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from tests.browser.conftest import chromium

FOLDER = Path("docs/pictures")
CLIENT, CONSOLE = "http://127.0.0.1:8081", "http://127.0.0.1:8082"
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
ADMIN, MEMBER, ASKS = "王芳", "李明", "陈姐"


async def main(client: str = CLIENT, console: str = CONSOLE) -> None:
    async with async_playwright() as playwright:
        browser = await chromium(playwright)
        for language in LOCALES:
            page = await opened(browser, language, 760)
            await page.goto(f"{client}/client")
            await beside(page)
            await keep(page, f"client-{language}")
            page = await opened(browser, language, 860)
            await page.goto(f"{console}/login/wecom?scan=1&to=/console")
            await page.get_by_text(ADMIN, exact=True).click()
            await page.locator("canvas").first.wait_for()
            await keep(page, f"console-{language}")
        await browser.close()


async def opened(browser: Browser, language: str, height: int) -> Page:
    return await browser.new_page(
        locale=LOCALES[language], viewport={"width": 1280, "height": height}
    )


async def beside(page: Page) -> None:
    """The member's chat with a customer who asks, and what the sidebar has for it."""
    await page.wait_for_selector("body[data-ready]")
    await page.locator("#me select").select_option(label=MEMBER)
    await page.locator("#chats button", has_text=ASKS).filter(has_text="@").click()
    await page.frame_locator("#frame").locator("[data-send]").first.wait_for()


async def keep(page: Page, name: str) -> None:
    await page.screenshot(path=FOLDER / f"{name}.png")
    sys.stdout.write(f"{FOLDER / name}.png\n")
    await page.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
