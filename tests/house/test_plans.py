"""`huashu plans` and what the page on plans shows, as operators meet them."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.plans.book import read_book
from bot.plans.plan import Campaign, Programme, Reminder, Sequence
from bot.touch.calendar import Calendar, read_days
from bot.workspace.workspace import lay_out
from tests.starter import LIBRARY

CHECKOUT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```toml\n# (config/\S+\.toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def plans(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["plans", *arguments])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lay_out(tmp_path / "shop")
    return tmp_path / "shop"


def test_it_lists_every_plan_with_its_next_days() -> None:
    told = plans("list", "--root", str(CHECKOUT)).output
    assert re.search(r"^mid_autumn  中秋问候  \(holiday\)  → 所有人 everyone", told, re.MULTILINE)
    assert re.search(
        r"中秋节：20\d\d-\d\d-\d\d  20\d\d-\d\d-\d\d  20\d\d-\d\d-\d\d  10:00–12:00", told
    )
    assert "加好友 added 之后第 1、3、7 天" in told
    assert "milk_powder +25 天" in told
    assert "每周话题：0 10 * * tue,thu" in told
    assert "VIP，同事的待办" in told


def test_a_plan_for_some_stores_was_listed_as_for_everyone(root: Path) -> None:
    plan = root / "config/plans/mid_autumn.toml"
    plan.write_text(f'stores = ["SH001", "tag:华东"]\n{plan.read_text("utf-8")}', "utf-8")
    told = plans("list", "--root", str(root)).output
    assert "→ 所有人 everyone，门店 stores SH001、tag:华东，客户 customers" in told


def test_it_tells_programs_too() -> None:
    lines = plans("list", "--root", str(CHECKOUT), "--json").output.splitlines()
    rows: dict[str, Any] = {row["id"]: row for row in map(json.loads, lines)}
    assert rows.keys() == {path.stem for path in (CHECKOUT / "config/plans").glob("*.toml")}
    assert len(rows["group_topics"]["next"]["每周话题"]) == 3
    assert rows["birthday"]["kind"] == "reminder"


def test_a_mistake_is_told_instead(root: Path) -> None:
    plan = root / "config/plans/mid_autumn.toml"
    plan.write_text(plan.read_text("utf-8").replace('scenario = "holiday"', ""), "utf-8")
    result = plans("list", "--root", str(root))
    assert result.exit_code == 1
    assert "config/plans/mid_autumn.toml: scenario: is missing. No scenario, no m" in result.output


def test_check_tells_it_with_all_other_mistakes(root: Path) -> None:
    (root / "config/plans/birthday.toml").write_text('kind = "holiday"', "utf-8")
    result = CliRunner().invoke(app, ["check", "--root", str(root)])
    assert result.exit_code == 1
    assert "config/plans/birthday.toml: kind: unknown: holiday" in result.output


def test_a_window_that_never_opens_is_told(root: Path) -> None:
    plan = root / "config/plans/birthday.toml"
    plan.write_text(plan.read_text("utf-8").replace("09:30-12:00", "23:00-24:00"), "utf-8")
    result = CliRunner().invoke(app, ["check", "--root", str(root)])
    assert result.exit_code == 1
    assert "birthday.toml: hours: no window for reminder is open then" in result.output


def test_without_plans_it_says_so(root: Path) -> None:
    for path in (root / "config/plans").glob("*.toml"):
        path.unlink()
    assert plans("list", "--root", str(root)).output == "没有计划 No plans.\n"


def test_a_zone_that_does_not_exist_is_told(root: Path) -> None:
    config = root / "config/bot.toml"
    config.write_text('zone = "Asia/Hangzhou"\n' + config.read_text("utf-8"), "utf-8")
    result = plans("list", "--root", str(root))
    assert result.exit_code == 1
    assert "config/bot.toml: zone" in result.output


def test_the_examples_of_the_page_are_in_order(tmp_path: Path) -> None:
    blocks = BLOCK.findall((CHECKOUT / "docs/plans.md").read_text("utf-8"))
    (tmp_path / "config/plans").mkdir(parents=True)
    for name, text in blocks:
        (tmp_path / name).write_text(text, "utf-8")
    found = read_book(
        tmp_path,
        scripts={one.id: one for one in LIBRARY},
        calendar=Calendar(read_days(CHECKOUT, [])),
        today=date(2026, 3, 2),
        zone=ZoneInfo("Asia/Shanghai"),
    )
    assert found.complaints == ()
    assert {type(plan) for plan in found.plans} == {Campaign, Sequence, Reminder, Programme}
    assert "sleeping" in found.segments
