"""`huashu customers`, as an operator asks beside a running bot."""

import asyncio
from pathlib import Path

from typer.testing import CliRunner, Result

from bot.cli import app
from bot.clock import SystemClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer
from tests.engine import SECRETS, STORE, lay_secrets, workspace


async def customers(root: Path, *arguments: str) -> Result:
    command = ["customers", *arguments, "--root", str(root)]
    return await asyncio.to_thread(CliRunner().invoke, app, command)


async def test_all_are_fetched_and_what_was_missed_is_told(tmp_path: Path) -> None:
    corp = MockCorp(clock=SystemClock())
    corp.add_member("liming", "李明")
    corp.add_app(1000002, SECRETS["APP_SECRET"], "话术")
    for number in (1, 2):
        corp.add_customer(f"wm{number}", f"林{number}")
    await corp.customer_adds_member("wm1", "liming")
    async with MockServer(corp) as server:
        lay_secrets(tmp_path)
        workspace(tmp_path, api=server.url, more=STORE)
        (tmp_path / "test.db").touch()
        assert "还没有同步过" in (await customers(tmp_path, "rounds")).output
        synced = await customers(tmp_path, "sync")
        assert synced.exit_code == 0, synced.output
        assert "首次同步 first sync  100%  1 个好友关系" in synced.output
        await corp.customer_adds_member("wm2", "liming")
        synced = await customers(tmp_path, "sync")
        assert "新加 added 1，已删 lost 0，标签 tags 0" in synced.output
    told = await customers(tmp_path, "rounds")
    assert "林2 (wm2) ← liming: 新加 added" in told.output
