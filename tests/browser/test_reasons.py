"""Why something was said, below it in the simulator of the demo."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.clock import MovableClock
from bot.demo.backstage import EXTRAS, Backstage
from bot.demo.stage import LIMING, XIAOMAN, open_stage
from bot.wecom.mass_messages import MassMessages
from tests.browser.desk import desk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_mass_message_was_told_as_a_persons_own_answer(
    browser: Browser, tmp_path: Path
) -> None:
    """The archive tells it as its member's, who only confirmed it."""
    backstage = Backstage()
    async with (
        open_stage(
            tmp_path / "shop", port=0, mock_port=0, quick=True, clock=MovableClock(),
            routes=backstage.routes(), extras=EXTRAS,
        ) as stage,
        desk(browser) as page,
    ):  # fmt: skip
        backstage.open(stage)
        await stage.corp.customer_adds_member(XIAOMAN, LIMING)
        await stage.settle()
        body = {"text": {"content": "周末到店有小礼物"}}
        await MassMessages(stage.assistant.office.client).create(LIMING, [XIAOMAN], body)
        await stage.corp.member_confirms_mass(LIMING)
        await stage.assistant.sweep("archive")
        await stage.settle()
        chat = f"contact:{LIMING}:{XIAOMAN}"
        await page.goto(f"{stage.mock_url}/client#me=member:{LIMING}&chat={chat}")
        await expect(page.locator("#talk")).to_contain_text("群发，成员确认后发出")
        await expect(page.locator("#talk")).not_to_contain_text("亲自回复")
