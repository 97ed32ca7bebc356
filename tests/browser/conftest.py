"""A real Chromium, one for each worker."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """The machine's own Chromium, or the one that `make test` has had fetched."""
    own = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=own, args=[*QUIET])
        yield running
        await running.close()
