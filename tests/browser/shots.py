"""`make shots`: screenshots of all pages in all looks, into var/shots. ARGS: scenes, or client."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import async_playwright

from tests.browser.client_shots import shoot_client
from tests.browser.company import furnished
from tests.browser.conftest import chromium
from tests.browser.looking import looking
from tests.browser.scenes import SCENES, looks

FOLDER = Path("var/shots")


async def shoot(names: list[str]) -> None:
    with TemporaryDirectory() as folder:
        await _shoot(names, Path(folder))


async def _shoot(names: list[str], folder: Path) -> None:
    async with async_playwright() as playwright, furnished(folder) as shop:
        browser = await chromium(playwright)
        for scene in SCENES:
            for look in looks() if not names or scene.name in names else ():
                async with looking(browser, shop.bot, scene, look) as page:
                    path = FOLDER / f"{scene.name}-{look}.png"
                    await page.screenshot(
                        path=path, full_page=not await page.locator("dialog[open]").count()
                    )
                    sys.stdout.write(f"{path}\n")
        if not names or "client" in names:
            await shoot_client(browser, FOLDER)
        await browser.close()


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    asyncio.run(shoot(sys.argv[1:]))
