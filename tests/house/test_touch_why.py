"""`huashu touch why`, as an operator asks it beside a running bot."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from typer.testing import CliRunner, Result

from bot.cli import app
from bot.store.customers import people
from bot.store.database import open_database
from bot.store.journal import Journal, Write
from bot.store.sql import Database
from bot.store.states import TouchState
from bot.store.touch.ledger import FREE, Claim, Ledger
from bot.touch.present import present
from bot.touch.touch import Scenario, Touch
from tests.databases import store_url
from tests.engine import ROOT, STORE, TRIED, lay_secrets, workspace

ZONE = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2094, 3, 9, 10, 0, tzinfo=ZONE)  # a Tuesday
SCRIPT = "holiday/mid_autumn"

OF_STORES = """
kind = "campaign"
title = "中秋"
scenario = "holiday"
on = "mid_autumn"
stores = ["SH001", "tag:华东"]
script = "holiday/mid_autumn"
"""


def lay_out(root: Path) -> None:
    lay_secrets(root)
    workspace(root, more=STORE)
    for name in ("touch.toml", "caps.toml", "calendar.toml", "segments.toml", "plans"):
        (root / "config" / name).symlink_to(ROOT / "config" / name)


@asynccontextmanager
async def kept(root: Path) -> AsyncIterator[tuple[Journal, Ledger]]:
    """A database with 林小满, whom 李明 has as a contact."""
    lay_out(root)
    async with open_database(store_url(root, kind=TRIED or "sqlite")) as connection:
        journal = Journal(connection)
        running = asyncio.create_task(journal.run())  # noqa: TID251 as the bot does
        await journal.write(Write(customers=[("wm1", "林小满🌸", "[]", 1.0, 0)]))
        await journal.write(Write(more=people.contact("wm1", "liming", 1.0)))
        yield journal, Ledger(Database(connection))
        running.cancel()


async def count(ledger: Ledger, at: datetime, *subjects: str) -> None:
    claim = Claim(key=1, limits=dict.fromkeys(subjects, FREE))
    await ledger.reserve([claim], at.timestamp(), present(at, ZONE))


async def touch_why(root: Path, *arguments: str, customer: str = "wm1") -> Result:
    command = ["touch", "why", customer, *arguments, "--root", str(root)]
    return await asyncio.to_thread(CliRunner().invoke, app, command)


async def told(root: Path, *arguments: str) -> dict[str, Any]:
    result = await touch_why(root, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


async def test_yes_and_which_way(tmp_path: Path) -> None:
    async with kept(tmp_path):
        said = (await touch_why(tmp_path, "--script", SCRIPT, "--at", "2094-03-09T10:00")).stdout
        assert "林小满🌸 (wm1) ←" in said
        assert "✓ 可以发 yes: 03-09 周二 10:00" in said
        assert "怎么发 which way: 企业群发" in said
        assert "小李 liming" in said
        assert "规则 profile「2025」" in said  # of the plan mid_autumn it has the scenario
        assert "重要节日 holiday，计划 plan mid_autumn" in said
        assert "当天 day 0/1" in said
        assert "不在人群" not in said


async def test_a_cap_tells_its_figures_and_the_first_moment_that_is_free(tmp_path: Path) -> None:
    async with kept(tmp_path) as (_, ledger):
        for days in (0, -1):  # Monday and Tuesday; two promotions
            await count(ledger, MORNING + timedelta(days=days), "c:wm1", "c:wm1:promotion")
        asked = ("--script", "news/double_eleven", "--at", "2094-03-09T10:30")
        row = await told(tmp_path, *asked)
        assert row["verdict"] == "wait"
        assert row["reasons"][0]["rule"] == "customer_promotion_week"
        assert row["allowed_at"] > "2094-03-15T01:00"  # next Monday, when the window opens
        assert {"subject": "customer:promotion", "span": "week", "used": 2, "most": 2} in row[
            "used"
        ]
        said = (await touch_why(tmp_path, *asked)).stdout
        assert "… 03-09 周二 10:30 不行，03-15 周一 " in said
        assert "按「2025」规则" in said
        assert row["undated"] == ""
        assert row["outside"] == "promotable"  # who bought nothing, and has not written of late
        assert "不在人群 promotable 里，这个计划不会发给 TA" in said


async def test_whom_a_plan_of_some_stores_does_not_mean_is_told(tmp_path: Path) -> None:
    """It said that they may get it: only the segment of the plan was looked at."""
    async with kept(tmp_path):
        plans = tmp_path / "config/plans"
        plans.unlink()
        plans.mkdir()
        (plans / "stores.toml").write_text(OF_STORES, "utf-8")
        asked = ("--script", SCRIPT, "--at", "2094-03-09T10:00")
        row = await told(tmp_path, *asked)
        assert (row["outside"], row["outside_stores"]) == ("", ["SH001", "tag:华东"])
        said = (await touch_why(tmp_path, *asked)).stdout
        assert "不是门店 SH001、tag:华东 的客户，这个计划不会发给 TA" in said


async def test_what_is_planned_counts_as_if_it_was_sent(tmp_path: Path) -> None:
    async with kept(tmp_path) as (journal, _):
        planned = Touch(
            plan="birthday", slot="2094", customer="wm1", scenario=Scenario.REMINDER,
            script="holiday/birthday", due_at=MORNING, deadline=MORNING + timedelta(hours=9),
        )  # fmt: skip
        await journal.write(Write(more=people.planned([planned])))
        for hour in (9.5, 15):  # before it: its place is kept; after it: its place is taken
            at = (MORNING.replace(hour=0) + timedelta(hours=hour)).isoformat()
            row = await told(tmp_path, "--script", SCRIPT, "--at", at)
            assert row["verdict"] == "wait"
            assert row["allowed_at"][:10] == "2094-03-10"
        assert row["reasons"][0]["rule"] == "customer_day"
        assert [one["script"] for one in row["planned"]] == ["holiday/birthday"]
        row = await told(tmp_path, "--script", "holiday/birthday", "--at", MORNING.isoformat())
        assert row["verdict"] == "allow"  # it does not stand in its own way
        assert row["undated"] == "birthday"
        said = (await touch_why(tmp_path, "--script", "holiday/birthday")).stdout
        assert "TA 没有「生日」这一天，这个计划不会发给 TA" in said, "it said yes, and no more"
        paused = ["plans", "pause", "birthday", "--root", str(tmp_path)]
        result = await asyncio.to_thread(CliRunner().invoke, app, paused)
        assert result.exit_code == 0, result.output
        said = (await touch_why(tmp_path, "--script", SCRIPT, "--at", at)).stdout
        assert "✓ 可以发 yes" in said, "it kept a place for what its plan does not send"
        assert "计划已暂停 its plan is paused  holiday/birthday" in said


async def test_what_became_of_the_last_ones(tmp_path: Path) -> None:
    async with kept(tmp_path) as (journal, _):
        await journal.write(Write(more=people.opted_out("wm1", MORNING.timestamp())))
        gone = Touch(
            plan="mid_autumn", slot="2026", customer="wm1", scenario=Scenario.HOLIDAY,
            script=SCRIPT, due_at=MORNING, deadline=MORNING,
        )  # fmt: skip
        await journal.write(Write(more=people.planned([gone])))
        settled = people.settled(
            "wm1", "mid_autumn", "2026", TouchState.REFUSED, "opt_out", "退订了",
            "wants none", MORNING.timestamp(),
        )  # fmt: skip
        await journal.write(Write(more=settled))
        said = (await touch_why(tmp_path, "--script", SCRIPT, "--at", "2094-03-09T11:00")).stdout
        assert "✗ 不能发 no: 03-09 周二 11:00\n    opt_out: " in said
        assert "不发 refused  holiday/mid_autumn  mid_autumn/2026\n        opt_out: 退订了" in said


async def test_a_phrase_is_a_moment(tmp_path: Path) -> None:
    async with kept(tmp_path):
        row = await told(tmp_path, "--script", SCRIPT, "--at", "明天下午三点")
        assert datetime.fromisoformat(row["at"]).astimezone(ZONE).hour == 15
        assert datetime.fromisoformat(row["at"]) > datetime.now(UTC)  # noqa: TID251 it asks so


async def test_questions_that_have_no_answer_say_what_is_missing(tmp_path: Path) -> None:
    async with kept(tmp_path):
        for arguments, words in (
            (("--script", "holiday/none"), "no such script: 'holiday/none'"),
            (("--script", "holiday/lantern"), "no plan says holiday/lantern: add --scenario"),
            (("--script", SCRIPT, "--at", "每月1号"), "write one moment"),
        ):
            result = await touch_why(tmp_path, *arguments)
            assert result.exit_code == 1
            assert words in result.output
        asked = ("--script", "holiday/lantern", "--scenario", "holiday")
        assert (await touch_why(tmp_path, *asked)).exit_code == 0
        result = await touch_why(tmp_path, *asked, customer="wm2")
        assert "nobody has heard of 'wm2'" in result.output
