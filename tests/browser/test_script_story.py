"""An operator edits a script, another approves it, and the next customer gets the new words."""

import re
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copytree

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from bot.store.desk.staff import Role
from tests.browser.looking import looking
from tests.browser.scenes import DESK, Look, Scene
from tests.engine import ROOT
from tests.stage import SHOP, Stage, stage

ASKED = "秋季画册发我看看"
OLD, NEW = "画册在路上。", "画册到店了，来店里翻。"
SCRIPT = f"""
[[script]]
id = "faq/catalogue"
title = "秋季画册"
category = "faq"
ask = ["{ASKED}"]
say = ["{OLD}"]
"""
PNG = b64decode(  # of one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
LOOK = Look(width=DESK, theme="light", language="zh")


@asynccontextmanager
async def at(browser: Browser, shop: Stage, path: str, who: str) -> AsyncIterator[Page]:
    scene = Scene(name="story", path=path, role=Role.OPERATOR, who=who)
    async with looking(browser, shop.bot, scene, LOOK) as page:
        yield page


async def asked(shop: Stage, customer: str) -> str:
    await shop.corp.customer_writes_kf(customer, SHOP, ASKED)
    await shop.quiet()
    return shop.texts(customer)[-1]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_script_is_edited_approved_and_used_without_restart(
    browser: Browser, tmp_path: Path
) -> None:
    copytree(ROOT / "scripts_library", tmp_path / "scripts_library")
    (tmp_path / "scripts_library/catalogue.toml").write_text(SCRIPT, "utf-8")
    async with stage(tmp_path, ticks=False) as shop:
        assert await asked(shop, "wm1") == OLD
        async with at(browser, shop, "/console/scripts", "writer") as page:
            await page.get_by_role("searchbox").fill("qjhc")  # initials
            await page.get_by_role("link", name="秋季画册").click()
            await page.get_by_role("link", name="修改").click()
            words = page.get_by_label("说法 1", exact=True)
            await expect(page.locator("#preview .bubble")).to_have_text(OLD)
            await words.fill("{{ customer.nmae }}，画册到店了。")
            await expect(page.locator("#at-say")).to_contain_text("customer.nmae")
            await words.fill("")
            await page.get_by_role("button", name="生日").click()
            await page.keyboard.type("那天")  # in place of the blank
            await expect(words).to_have_value("{{ customer.fields.birthday or '那天' }}")
            await page.locator("summary", has_text="附件").click()
            sent = FilePayload(name="封 面.png", mimeType="image/png", buffer=PNG)
            await page.get_by_label("上传图片").set_input_files([sent])
            line = re.compile(r"图片 images/封-面-[0-9a-f]{8}\.png")
            await expect(page.locator("#f-attachments")).to_have_value(line)
            seen = "(image) => image.decode().then(() => image.naturalWidth)"
            assert await page.locator("#preview .attached img").evaluate(seen) == 1
            await page.locator("#f-attachments").fill("")
            await words.fill(NEW)
            await expect(page.locator("#preview .bubble")).to_have_text(NEW)
            await expect(page.locator("#at-say .finding")).to_have_count(0)
            await page.reload()  # what was typed was lost
            await expect(words).to_have_value(OLD)
            await page.get_by_role("button", name="接着写").click()
            await expect(words).to_have_value(NEW)
            await page.get_by_role("button", name="提交审批").click()
            await expect(page.get_by_role("heading", name="等待批准")).to_be_visible()
            await page.get_by_role("link", name="修改").click()
            await expect(words).to_have_value(NEW)
            await expect(page.locator(".kept")).to_have_count(0)  # it is saved
            await words.fill(f"{NEW}。")
            await page.locator("[name=seen]").evaluate("(one) => { one.value = '9' }")
            await page.get_by_role("button", name="提交审批").click()
            await expect(page.locator("main")).to_contain_text("您打开这一页之后")
            await expect(words).to_have_value(f"{NEW}。")
            assert await page.locator(".kept").count() == 0, "it offered what stands there"
            await page.go_back()
            await page.go_back()
            assert await page.get_by_role("button", name="批准，开始使用").count() == 0
        address = "/console/scripts/script?id=faq/catalogue"
        async with at(browser, shop, address, "boss") as page:
            await expect(page.locator(".attention ins").first).to_be_visible()
            await page.get_by_role("button", name="批准，开始使用").click()
            await expect(page.locator("#standing")).to_contain_text("正在换上")
            assert await asked(shop, "wm2") == OLD
            for _ in range(2):
                await shop.bot.sweep("scripts")
            await expect(page.locator("#standing")).to_contain_text("机器人正在用第 1 版")
        assert await asked(shop, "wm3") == NEW
