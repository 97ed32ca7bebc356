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
    listed = await customers(tmp_path, "list", str(tmp_path / "a.csv"))
    assert (listed.exit_code, "2 位客户" in listed.output) == (0, True), listed.output
    text = (tmp_path / "a.csv").read_text("utf-8-sig").replace("生日", "生日,会员生日", 1)
    text = text.replace("林1,", "林1,去年,9").replace("林2,", "林2,5月17日,9")
    (tmp_path / "a.csv").write_text(text, "utf-8")
    for more, end in ((["--dry-run"], "什么都没有写入"), (["--by", "op"], "已写入 written: 1")):
        taken = await customers(tmp_path, "import", str(tmp_path / "a.csv"), *more)
        assert (taken.exit_code, end in taken.output) == (1, True), taken.output
        assert "这一列不导入：a.csv：「会员生日」不认识。是不是想写「生日」？" in taken.output
        assert "生日：「去年」不能用。" in taken.output
    path, reason = tmp_path / "wm1.json", ("--by", "boss", "--why", "客户要求查看")
    assert (await customers(tmp_path, "copy", "wm1", str(path))).exit_code == 2
    copied = await customers(tmp_path, "copy", "wm1", str(path), *reason)
    assert (copied.exit_code, "含个人信息" in copied.output) == (0, True), copied.output
    assert (path.stat().st_mode & 0o777, "林1" in path.read_text("utf-8")) == (0o600, True)
    nobody = await customers(tmp_path, "copy", "wm9", str(tmp_path / "no.json"), *reason)
    assert (nobody.exit_code, "没有这位客户" in nobody.output) == (1, True)
    assert not (tmp_path / "no.json").exists()
    erased = await customers(tmp_path, "forget", "wm1", *reason)
    assert (erased.exit_code, "已删除" in erased.output) == (0, True), erased.output
