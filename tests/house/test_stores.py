"""`huashu stores`, as an operator brings in stores from Excel."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

from typer.testing import CliRunner, Result

from bot.cli import app
from bot.files.private import create_private
from tests.engine import ROOT, STORE, lay_secrets, workspace

SCRIPT = """
[[script]]
id = "shop/sale"
title = "店庆"
category = "news"
say = ["{{ store.name }}店庆，{{ store.address or '老地方' }}见，{{ store.phone }}"]
"""


async def stores(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, ["stores", *arguments])


def put_into(path: Path) -> Callable[[str, str], int]:
    return path.write_text


async def test_from_a_template_to_the_board(tmp_path: Path) -> None:
    lay_secrets(tmp_path)
    workspace(tmp_path, more=STORE)
    create_private(tmp_path / "test.db")
    put = put_into(tmp_path / "a.csv")
    file, root = str(tmp_path / "a.csv"), ("--root", str(tmp_path))
    assert (await stores("template", file)).exit_code == 0
    dry = await stores("import", file, "--dry-run", *root)
    assert "row 2  SH001 虹口店  新店 new" in dry.output
    assert "还没有门店" in (await stores("list", *root)).output
    assert "新店 new 1" in (await stores("import", file, *root)).output
    listed = await stores("list", *root)
    assert "LiSi，ZhangSan:小张" in listed.output
    assert (await stores("list", file, *root)).exit_code == 0
    assert (tmp_path / "a.csv").read_text("utf-8") == f"\ufeff{listed.output}", "Excel's mark"
    put("编号,店名,成员\nX1,,a\nX2,b,a\n", "utf-8")
    wrong = await stores("import", file, *root)
    assert wrong.exit_code == 1
    assert "a.csv: row 2 店名: is empty" in wrong.output
    assert "row 3 成员: a is in row 2 too" in wrong.output
    assert (await stores("list", *root)).output == listed.output
    put("编号,店名\nX1,新店\n", "utf-8")
    closed = await stores("import", file, "--remove-missing", *root)
    assert "SH001 虹口店：关店 closed" in closed.output
    assert "计划还没有建任务" in (await stores("board", "none", *root)).output
    (tmp_path / "scripts_library").unlink()
    copytree(ROOT / "scripts_library", tmp_path / "scripts_library")
    put_into(tmp_path / "scripts_library/shop.toml")(SCRIPT, "utf-8")
    lacks = await stores("check", "shop/sale", *root)
    assert "X1 新店：缺 lacks 电话" in lacks.output
    assert "地址" not in lacks.output
    told = await stores("board", "none", "--slot", "2026-09-18", *root)
    assert "X1 新店  -  门店没有成员" in told.output
    assert "会催 0 人" in (await stores("remind", "none", "--slot", "x", *root)).output
