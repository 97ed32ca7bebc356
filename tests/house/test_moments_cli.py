"""`huashu moments`: the list, why one waits, and its approval, on a workspace's database."""

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import SystemClock
from bot.errors import Complaint
from bot.files.private import create_private
from bot.moments.mix import Kind
from bot.moments.rules import read_moments
from tests.engine import SECRETS, workspace

POST = """
[post.{name}]
members = ["liming"]
kind = "{kind}"
text = "{name}"
day = "{day}"
"""


def test_the_commands_tell_and_approve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace(tmp_path)
    create_private(tmp_path / "var/huashu.db")
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    today = SystemClock().now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    text = POST.format(name="sale", kind="promotion", day=today + timedelta(days=1))
    (tmp_path / "config/moments.toml").write_text(text, "utf-8")

    def call(*args: str) -> str:
        result = CliRunner().invoke(app, ["moments", *args, "--root", str(tmp_path)])
        return f"{result.exit_code} {result.output}"

    assert "file:sale" in call("list", "--member", "liming")
    assert "先发 3 条人设内容就可以发" in call("why", "file:sale")
    assert call("approve", "file:sale", "--by", "boss").startswith("0 file:sale: ")
    assert call("approve", "file:sale").startswith("1 ")
    assert "已审批 approved" in call("list")
    assert call("why", "nothing").startswith("1 ")


def test_each_mistake_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    text = 'early_percent = 100\nopen = 3\n[since]\nliming = "soon"\n'
    text += POST.format(name="a", kind="sale", day=date(2026, 3, 8))
    text += POST.format(name="b", kind="persona", day="someday")
    text += POST.format(name="c", kind="persona", day=date(2026, 3, 8)) + 'segment = "rich"\n'
    (tmp_path / "config/moments.toml").write_text(text, "utf-8")
    complaints: list[Complaint] = []
    rules = read_moments(tmp_path, complaints, ["vip"])
    assert {one.key for one in complaints} == {
        "early_percent", "open", "since.liming", "post.a.kind", "post.b.day", "post.c.segment",
    }  # fmt: skip
    assert rules.early_percent == 70
    checkout: list[Complaint] = []
    assert read_moments(Path(__file__).parents[2], checkout, []).window_days == 30
    assert checkout == []
    assert {*Kind} == {"persona", "product", "promotion", "service"}
