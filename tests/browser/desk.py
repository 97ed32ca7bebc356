"""A page on the screen of a desk, in which nothing may go wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, ConsoleMessage, Page


@asynccontextmanager
async def desk(browser: Browser, *meant: str) -> AsyncIterator[Page]:
    """`meant`: beginnings of console errors that the test provokes on purpose."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page, wrong = await context.new_page(), list[str]()

    def hear(one: ConsoleMessage) -> None:
        if one.type == "error" and not one.text.startswith(meant):
            wrong.append(one.text)

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", hear)
    page.set_default_timeout(60_000)  # the machine may be busy
    yield page
    await context.close()
    assert wrong == []
