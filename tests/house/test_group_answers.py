"""`huashu groups questions` and `rules`, as people type them."""

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import openpyxl
from typer.testing import CliRunner

from bot.cli import app
from bot.files.private import create_private
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


def test_the_same_question_of_several_groups_is_listed_once(tmp_path: Path) -> None:
    """It was a line for each group, where the page has one."""
    workspace(tmp_path)
    lay_secrets(tmp_path)
    database = tmp_path / "var/huashu.db"
    create_private(database)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["groups", "questions", *words, "--root", str(tmp_path)])
        assert done.exit_code == 0, done.output
        return done.output

    run()  # makes the tables
    asked = """INSERT INTO group_question
        (id, chat_id, topic, text, question, askers, at, last_at, script)
        VALUES (?1, ?1, ?2, '几点发货', '几点发货', '[["wm1", "阿珍"]]', ?3, ?3, ?2)"""
    with closing(sqlite3.connect(database)) as connection, connection:
        for number, (chat, owner, topic) in enumerate(
            (("wrA", "liming", "a/b"), ("wrB", "liming", "a/c"), ("wrC", "wangfang", "a/b"),
             ("wrD", "liming", "a/b"))
        ):  # fmt: skip
            group = "INSERT INTO chat_group (chat_id, name, owner) VALUES (?, ?, ?)"
            connection.execute(group, (chat, f"{chat}群", owner))
            connection.execute(asked, (chat, topic, 1_772_000_000.0 + number))
    told = run()
    assert [told.count("阿珍"), told.index("wrA群 等 2 个群") < told.index("wrB群")] == [3, True]
    assert "wrD" not in told
    assert run("--json").count("\n") == 4
