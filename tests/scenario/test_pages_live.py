"""Pages hear of changes, and a browser that leaves is no error."""

import asyncio
import logging
import re
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.engine import ROOT
from tests.pages import visiting
from tests.stage import SHOP, stage


async def test_a_page_hears_of_work_and_may_leave(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage(tmp_path, ticks=False) as shop, visiting(shop.bot, "liming") as pages:
        body = await pages.text("/console/todos")
        await shop.corp.customer_writes_kf("wm1", SHOP, "什么时候发货")  # before it listens
        await shop.quiet()
        seen = re.search(r'data-live="([^"]+)"', body)
        cookie = "; ".join(f"{name}={value}" for name, value in pages.cookies.items())
        async with ClientSession() as http:
            address = f"{shop.bot.url}/live?seen={seen and seen[1]}"
            stream = await http.get(address, headers={"Cookie": cookie})
            assert stream.content_type == "text/event-stream"
            for _ in range(2):
                async with asyncio.timeout(60):
                    while b"data: work" not in await stream.content.readline():
                        pass
                await shop.corp.customer_writes_kf("wm1", SHOP, "什么时候发货")
            stream.close()
        shop.bot.office.live.tell("work")
        await shop.quiet()
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


def test_what_listens_to_changes_is_told_of_them_at_its_own_pace() -> None:
    """By a throttle of htmx the last change within it was lost, until something else happened."""
    web = ROOT / "bot/web"
    script = (web / "static/page.js").read_text("utf-8")
    paces = set(re.findall(r"\b(live\d*):", script.partition("const PACES")[2].partition("}")[0]))
    wanted = set[str]()
    for template in (web / "templates").rglob("*.html"):
        text = template.read_text("utf-8")
        assert "throttle:" not in text, template
        wanted |= set(re.findall(r"\b(live\d*):\w+ from:body", text))
    assert wanted == paces
