"""`huashu touch preflight` and `simulate`, as an operator asks them."""

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from tests.engine import lay_secrets, workspace
from tests.forward import Person, fill, lay_out

SEGMENTS = "[known]\n"
CARE = """
kind = "reminder"
title = "加了一天"
scenario = "reminder"
on = "added + 1"
hours = "10:00-12:00"
script = "care/day1"
"""
FESTIVAL = """
kind = "campaign"
title = "元宵"
scenario = "holiday"
on = {day}
hours = "10:00-12:00"
script = "holiday/lantern"
"""
GROUP = """
kind = "group"
title = "宝妈群节目"
scenario = "reminder"
names = ["*宝妈*"]
[[post]]
title = "每周一晒"
on = "0 16 * * sat"
scripts = ["group/show"]
"""
OPEN = "INSERT INTO chat_group (chat_id, name, owner, owner_state) VALUES (?, ?, 'liming', ?)"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    now = datetime.now(UTC)  # noqa: TID251 the command asks so
    festival = FESTIVAL.format(day=(now + timedelta(days=90)).date())
    group = GROUP.replace("sat", f"{now + timedelta(days=3):%a}".lower())  # not tonight
    lay_out(tmp_path, SEGMENTS, {"care": CARE, "festival": festival, "group": group})
    lay_secrets(tmp_path)
    workspace(tmp_path)
    people = [
        Person(id="wm1", added_at=now),
        Person(id="wm2", added_at=now),
        Person(id="wm3", added_at=now, member=""),
        Person(id="wm4", added_at=now, opted_out_at=now),
    ]
    asyncio.run(fill(tmp_path, people))
    with closing(sqlite3.connect(tmp_path / "var/huashu.db")) as database:
        groups = [("wr1", "宝妈1群", 0), ("wr2", "宝妈2群", 0), ("wr3", "宝妈3群", 1)]
        database.executemany(OPEN, groups)
        database.commit()
    return tmp_path


def preflight(root: Path, plan: str, *more: str) -> Result:
    return CliRunner().invoke(app, ["touch", "preflight", plan, "--root", str(root), *more])


def test_whom_a_plan_reaches_and_whom_not(root: Path) -> None:
    said = preflight(root, "care").stdout
    assert "加了一天 care，重要提醒 reminder，规则 profile「2025」" in said
    assert "共 4 条消息 messages" in said
    assert "✓       2  " in said
    assert "✗       2  这次收不到 do not get it, because" in said
    assert "no_way：没有官方通道能送到：没有成员还是他的好友" in said
    assert "例如 e.g. 客户wm3 (wm3)" in said
    assert "opt_out：客户退订或疑似退订" in said


def test_another_plan_that_a_cap_lets_by_instead_is_named(root: Path) -> None:
    """Each of two plans was told in full by its own trial, and neither knew of the other."""
    later = CARE.replace("10:00-12:00", "14:00-16:00").replace("care/day1", "care/day3")
    (root / "config/plans/zz.toml").write_text(later.replace("一天", "一天，下午"), "utf-8")
    said = preflight(root, "zz").stdout
    assert "    加了一天 care：0 收到这个 get this，2 收到那个 get that" in said
    beside = json.loads(preflight(root, "care", "--json").stdout)["beside"]
    assert beside == [{"plan": "zz", "title": "加了一天，下午", "takes": 2, "loses": 0}]
    day = datetime.now(UTC) + timedelta(days=3)  # noqa: TID251 the command asks so
    posts = ("group", 16, "show"), ("tea", 16, "topic_meal"), ("night", 20, "topic_find")
    for name, hour, script in posts:
        post = GROUP.replace("0 16 * * sat", f"0 {hour} * * {day:%a}".lower())
        post = post.replace("group/show", f"group/{script}") + f'deadline = "{hour + 1}:00"\n'
        (root / f"config/plans/{name}.toml").write_text(post, "utf-8")
    beside = json.loads(preflight(root, "night", "--json").stdout)["beside"]
    assert beside == [], "tea has no room beside the group's, whatever comes at night"


def test_an_occasion_months_ahead_and_for_programs(root: Path) -> None:
    row = json.loads(preflight(root, "festival", "--json").stdout)
    assert row["on_time"] == 2
    assert row["later"] == {}
    assert {one["rule"]: one["number"] for one in row["never"]} == {"no_way": 1, "opt_out": 1}
    tomorrow = datetime.now(UTC) + timedelta(days=1)  # noqa: TID251 the command asks so
    assert row["begins"] > tomorrow.isoformat()


def test_which_groups_a_programme_reaches(root: Path) -> None:
    said = preflight(root, "group").stdout
    assert "共 3 个客户群 groups" in said
    assert "✓       2  " in said
    assert "no_way：没有官方通道能送到：群已解散，或群主已离职" in said
    assert "例如 e.g. 宝妈3群 (wr3)" in said


def test_questions_that_have_no_answer_say_why(root: Path) -> None:
    assert (
        "no such plan: 'none'. There are: care、festival、group" in preflight(root, "none").output
    )
    (root / "var/huashu.db").unlink()
    assert "there is no database yet" in preflight(root, "care").output


def simulate(root: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["touch", "simulate", "--root", str(root), *more])


def test_a_calendar_of_what_goes_out_and_what_not(root: Path) -> None:
    said = simulate(root, "--days", "3", "--plan", "care").stdout
    assert "规则 profile「2025」\n✓ 发 sent 2  ✗ 不发 not sent 1\n" in said
    assert said.count(" 周") == 4  # three whole days, from now on
    assert "    ✓      2  care  care/day1  企业群发，成员确认后发出" in said
    assert "    ✗      1  care  no_way：" in said


def test_each_message_for_programs_and_of_one_plan_alone(root: Path) -> None:
    lines = simulate(root, "--days", "2", "--plan", "care", "--json").stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    assert [(one["result"], one["plan"]) for one in rows] == [
        *[("sent", "care")] * 2,
        ("not_sent", "care"),
    ]
    assert {one["customer"] for one in rows[:2]} == {"wm1", "wm2"}
    assert rows[0].keys() >= {"at", "slot", "scenario", "script", "name", "member", "via", "text"}
    assert simulate(root, "--days", "2", "--plan", "festival", "--json").stdout == ""
    assert "no such plan: 'none'" in simulate(root, "--plan", "none").output
