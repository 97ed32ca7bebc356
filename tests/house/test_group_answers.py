"""`huashu groups questions` and `rules`, as people type them."""

import csv
from pathlib import Path

import openpyxl
from typer.testing import CliRunner

from bot.cli import app
from bot.store.database import create_private
from tests.engine import lay_secrets, workspace


def test_rules_in_three_formats(tmp_path: Path) -> None:
    workspace(tmp_path)
    lay_secrets(tmp_path)
    (tmp_path / "config/groups.toml").write_text('[kinds.vip]\nscripts = ["faq/coupon_*"]\n')
    database = tmp_path / "var/huashu.db"
    create_private(database)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["groups", *words, "--root", str(tmp_path)])
        assert done.exit_code == 0, done.output
        return done.output

    assert "没有等着回答" in run("questions")
    xlsx, table, text = (tmp_path / f"rules.{kind}" for kind in ("xlsx", "csv", "txt"))
    assert "手工" in run("rules", "--export", str(xlsx))
    sheet = openpyxl.load_workbook(xlsx).active
    assert sheet is not None
    assert sheet.max_row > 50
    run("rules", "--export", str(table), "--kind", "vip")
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert {row[2].partition("_")[0] for row in rows[1:]} == {"faq/coupon"}
    assert not [row for row in rows if "{{" in row[1]]
    run("rules", "--export", str(text), "--kind", "vip")
    assert text.read_text("utf-8").startswith("关键词：")
