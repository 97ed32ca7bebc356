"""`huashu groups`, as a community manager asks beside a running bot."""

import asyncio
import json
from pathlib import Path

from typer.testing import CliRunner, Result

from bot.cli import app
from bot.clock import SystemClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer
from tests.engine import SECRETS, STORE, lay_secrets, workspace

RULES = '[kinds.welfare]\nnames = ["*福利*"]\n[stores]\n"虹口店" = ["liming"]\n'


async def groups(root: Path, *arguments: str) -> Result:
    command = ["groups", *arguments, "--root", str(root)]
    return await asyncio.to_thread(CliRunner().invoke, app, command)


async def test_what_a_manager_asks(tmp_path: Path) -> None:
    corp = MockCorp(clock=SystemClock())
    for member in ("liming", "wangfang"):
        corp.add_member(member, member)
    corp.add_customer("wm1", "林小满")
    corp.add_app(1000002, SECRETS["APP_SECRET"], "话术")
    chat = await corp.create_group("liming", "福利一群", ["wm1"])
    await corp.create_group("wangfang", "闲聊")
    async with MockServer(corp) as server:
        lay_secrets(tmp_path)
        workspace(tmp_path, api=server.url, more=STORE)
        (tmp_path / "config/groups.toml").write_text(RULES, "utf-8")
        (tmp_path / "test.db").touch()
        synced = await groups(tmp_path, "sync")
        assert synced.exit_code == 0, synced.output
        assert "2 个群" in synced.output
        assert "360 天" in synced.output
    listed = await groups(tmp_path, "list", "--store", "虹口店")
    assert f"福利一群  {chat}" in listed.output
    assert "闲聊" not in listed.output
    assert "新群 new：建群第 1 天，2 人" in listed.output
    assert "1 个群 groups，2 人（客户 customers 1）" in listed.output
    told = await groups(tmp_path, "show", chat)
    assert "林小满 (wm1)" in told.output
    told = await groups(tmp_path, "show", chat, "--json")
    assert json.loads(told.output)["group"]["kind"] == "welfare"
    await groups(tmp_path, "kind", chat, "vip")
    vip = await groups(tmp_path, "list", "--kind", "vip", "--json")
    assert json.loads(vip.output)["kind_by_hand"] is True
    again = await groups(tmp_path, "kind", chat)
    assert again.output == "福利一群: 福利群 welfare\n"
    for wrong in (("show", "wrNone"), ("kind", "wrNone", "vip"), ("list", "--store", "x")):
        failed = await groups(tmp_path, *wrong)
        assert failed.exit_code == 1
        assert "没有这" in failed.output
    (tmp_path / "config/groups.toml").unlink()
    none = await groups(tmp_path, "list", "--store", "虹口店")
    assert (
        "config/groups.toml 里还没有门店：写上 [stores] 一节" in none.output
    )  # it ended in "有："
