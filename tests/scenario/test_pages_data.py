"""Exports on a page: the whole state for admins, a wake-up list of one's own customers."""

import csv
import io
import os
import zipfile
from pathlib import Path
from threading import current_thread, main_thread

import pytest

from bot.leaving import archive
from bot.store.desk.staff import Role
from tests.pages import Pages, visiting
from tests.stage import stage

NAMES = "SELECT name FROM customer WHERE id = 'wm1'"


async def listed(pages: Pages) -> set[str]:
    answer = await pages.get("/console/data/wake-up?as=csv")
    head, *rows = csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig")))
    return {dict(zip(head, row, strict=True))["客户 customer"] for row in rows}


async def test_an_export_that_a_power_cut_broke_off_stayed_on_the_disk(tmp_path: Path) -> None:
    """All customers, in a hidden folder that no page tells of; the one of now is let alone."""
    exports = (tmp_path / archive.PLACE).parent
    left, new = exports / ".at-work-left" / "tables", exports / ".at-work-new"
    for folder in (left, new):
        folder.mkdir(parents=True)
    (left / "customer.jsonl").write_text("{}", "utf-8")
    async with stage(tmp_path, ticks=False) as shop:
        at = shop.bot.office.clock.timestamp()
        os.utime(left.parent, (at, at - 90_000))
        os.utime(new, (at, at - 3_000))
        await shop.bot.sweep("forget")
        assert [one.name for one in exports.iterdir()] == [new.name]


async def test_all_of_it_is_packed_and_each_sees_whom_they_lead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot answered nobody while the disk took in what was exported."""
    waited = []
    monkeypatch.setattr(os, "fsync", lambda _: waited.append(current_thread()))
    async with stage(tmp_path, ticks=False) as shop:
        await shop.corp.customer_adds_member("wm1", "liming")
        await shop.corp.customer_adds_member("wm2", "wangfang")
        await shop.quiet()
        database = shop.bot.office.database
        async with visiting(shop.bot, "boss", Role.ADMIN) as admin:
            assert (await admin.get("/console/data/export/file")).status == 404
            assert "上次的导出" not in await admin.text("/console/data")
            started = await admin.post("/console/data/export")
            page = await admin.outcome(await started.text())
            assert waited
            assert main_thread() not in waited
            assert "/console/data/export/file" in page
            erasing = await admin.text("/console/customers/wm1/erase")
            assert "服务器上还留着一份完整的导出" in erasing
            sent = await admin.get("/console/data/export/file")
            assert "huashu-export-" in sent.headers["Content-Disposition"]
            names = zipfile.ZipFile(io.BytesIO(await sent.read())).namelist()
            assert any(name.endswith("/manifest.json") for name in names)
            assert any(name.endswith("/tables/customer.jsonl") for name in names)
            assert not any("credential" in name for name in names)
            told = f"huashu import {names[0].partition('/')[0]} --root"
            assert told in await admin.text("/console/data"), "always 20260301"
            assert (tmp_path / archive.PLACE).stat().st_mode & 0o77 == 0
            assert [one.name for one in (tmp_path / archive.PLACE).parent.iterdir()] == [
                archive.PLACE.name
            ]
            assert await listed(admin) == {"wm1", "wm2"}
            await admin.post("/console/data/export/drop")
            assert not (tmp_path / archive.PLACE).exists()
            told = await admin.text("/console/audit")
            assert "导出全部数据" in told
            assert "下载全部数据" in told
        await database.change("UPDATE customer SET opted_out_at = 9 WHERE id = 'wm2'")
        async with visiting(shop.bot, "hu", Role.LEADER) as leader:
            assert await listed(leader) == set()
            await database.change("UPDATE staff SET leader = 'hu' WHERE id IN ('liming')")
            async with visiting(shop.bot, "liming", Role.MEMBER, leader="hu"):
                assert await listed(leader) == {"wm1"}
            page = await leader.text("/console/data")
            name = (await database.rows(NAMES))[0]["name"]
            assert name in page
            assert "导出全部数据" not in page
            assert (await leader.post("/console/data/export")).status == 403
