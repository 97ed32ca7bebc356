"""`huashu plans pause`, `resume`, `stop`, and what `list` says of plans in the database."""

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.store.database import open_database
from bot.store.plans.plans import PlanTable
from bot.store.sql import Database
from tests.databases import store_url
from tests.engine import ROOT, STORE, TRIED, lay_secrets, workspace

AT = datetime(2027, 3, 9, 2, 0, tzinfo=UTC).timestamp()
SALE = {
    "kind": "campaign", "title": "周年庆", "scenario": "promotion", "on": "2030-05-20",
    "script": "news/double_eleven",
}  # fmt: skip
TOUCH = """
    INSERT INTO touch (plan, customer, slot, scenario, script, due_at, deadline, state, rule)
    VALUES ('birthday', $1, '1', 2, 'holiday/birthday', 1, 2, $2, $3)"""


async def fill(root: Path) -> None:
    async with open_database(store_url(root, kind=TRIED or "sqlite")) as connection:
        database = Database(connection)
        await PlanTable(database).create("sale", orjson.dumps(SALE).decode(), "wangfang", AT)
        for customer, state, rule in (("wm1", 2, ""), ("wm2", 3, "deadline"), ("wm3", 0, "")):
            await database.change(TOUCH, customer, state, rule)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lay_secrets(tmp_path)
    workspace(tmp_path, more=STORE)
    for name in ("touch.toml", "caps.toml", "calendar.toml", "segments.toml", "plans"):
        (tmp_path / "config" / name).symlink_to(ROOT / "config" / name)
    asyncio.run(fill(tmp_path))
    return tmp_path


def plans(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["plans", *arguments, "--root", str(root)])


def rows(root: Path) -> dict[str, Any]:
    lines = plans(root, "list", "--json").stdout.splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


def test_plans_of_files_and_database_are_listed_with_what_became_of_them(root: Path) -> None:
    told = plans(root, "list").stdout
    assert "sale  周年庆" in told
    assert "wangfang，2027-03-09 10:00，数据库里的计划 of the database" in told
    assert "已计划 planned 3，已发 sent 1，没发 held back 1 (deadline 1)" in told
    found = rows(root)
    assert (found["sale"]["from"], found["birthday"]["from"]) == ("database", "file")
    assert found["birthday"]["held_back"] == {"deadline": 1}


def test_any_plan_can_be_paused_stopped_and_resumed(root: Path) -> None:
    assert plans(root, "pause", "sale", "--by", "liming").stdout == "sale: 已暂停 paused.\n"
    assert plans(root, "stop", "birthday", "--by", "liming").exit_code == 0
    found = rows(root)
    assert (found["sale"]["state"], found["sale"]["who"]) == ("paused", "liming")
    assert found["birthday"]["state"] == "stopped"
    assert found["birthday"]["held_back"] == {"deadline": 1, "plan_stopped": 1}
    plans(root, "stop", "sale")
    assert "sale  周年庆\n    已停止 stopped" in plans(root, "list").stdout
    plans(root, "resume", "sale")
    assert rows(root)["sale"]["state"] == "active"
    wrong = plans(root, "pause", "sales")
    assert wrong.exit_code == 1
    assert "没有这个计划：'sales'\n  no such plan: 'sales'" in wrong.stderr


def test_commands_beside_a_bot_of_an_older_version_leave_its_tables_alone(root: Path) -> None:
    """Each of them migrated the tables that the older bot was working on, `check` before the
    upgrade with them."""
    last = "(SELECT max(id) FROM tortoise_migrations)"
    with closing(sqlite3.connect(root / "test.db")) as database:
        database.execute(f"DELETE FROM tortoise_migrations WHERE id = {last}")
        database.commit()
        before = database.execute("SELECT count(*) FROM tortoise_migrations").fetchone()
    for words in (["why"], ["todos"], ["customers", "forget", "wm1", "--by", "a", "--why", "b"]):
        refused = CliRunner().invoke(app, [*words, "--root", str(root)])
        assert refused.exit_code == 1
        assert "这个版本的机器人还没在这个数据库上启动过" in refused.stderr
    listed = plans(root, "list")
    assert "只看文件" in listed.stderr
    assert "周年庆" not in listed.stdout
    assert "birthday" in listed.stdout
    with closing(sqlite3.connect(root / "test.db")) as database:
        assert database.execute("SELECT count(*) FROM tortoise_migrations").fetchone() == before
