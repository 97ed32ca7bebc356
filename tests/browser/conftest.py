"""A real Chromium, one for all files of a worker."""

import shutil
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Playwright, async_playwright, expect

expect.set_options(timeout=60_000)  # the machine may be busy
OWN = ("chromium-headless-shell", "chromium", "chromium-browser")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


async def chromium(playwright: Playwright) -> Browser:
    """The machine's own Chromium, or the one that `make test` has had fetched."""
    own = next((path for name in OWN if (path := shutil.which(name))), None)
    return await playwright.chromium.launch(executable_path=own, args=[*QUIET])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """For tests with `loop_scope="session"`."""
    async with async_playwright() as playwright:
        running = await chromium(playwright)
        yield running
        await running.close()
