"""The plans in force change with their files, but never because of a mistake."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.clock import ManualClock
from bot.errors import ConfigError
from bot.plans.planbook import PlanBook
from bot.scripts.library import Library
from bot.store.plans.plans import StoredPlan
from bot.touch.calendar import Calendar
from bot.touch.hours import Hours, Windows
from tests.starter import LIBRARY

HOURS = Hours(Windows(), Calendar())
PLAN = """
kind = "campaign"
title = "{title}"
scenario = "holiday"
on = "mid_autumn"
script = "holiday/mid_autumn"
"""


def write(root: Path, title: str, name: str = "autumn") -> None:
    (root / "config/plans").mkdir(parents=True, exist_ok=True)
    (root / f"config/plans/{name}.toml").write_text(PLAN.format(title=title), "utf-8")


async def nothing() -> tuple[StoredPlan, ...]:
    return ()


async def opened(root: Path, library: Callable[[], Library] = lambda: LIBRARY) -> PlanBook:
    zone = ZoneInfo("Asia/Shanghai")
    book = PlanBook(
        root, zone, ManualClock(), library=library, hours=lambda: HOURS, stored=nothing
    )
    await book.open()
    return book


def titles(book: PlanBook) -> list[str]:
    return [plan.title for plan in book.book.plans]


async def test_a_changed_file_is_taken_up_once_it_rests(tmp_path: Path) -> None:
    write(tmp_path, "中秋")
    book = await opened(tmp_path)
    told: list[list[str]] = []
    book.followers.append(lambda: told.append(titles(book)))
    write(tmp_path, "中秋节快乐")
    write(tmp_path, "国庆节", "national")
    await book.sweep()
    assert titles(book) == ["中秋"]
    await book.sweep()
    assert titles(book) == ["中秋节快乐", "国庆节"]
    (tmp_path / "config/plans/national.toml").unlink()
    for _ in range(3):
        await book.sweep()
    assert told == [["中秋节快乐", "国庆节"], ["中秋节快乐"]]


async def test_a_look_beside_another_ended_before_the_plans_were_in_force(tmp_path: Path) -> None:
    """And the one that had read first could take its plans up last, for good."""
    write(tmp_path, "中秋")
    book = await opened(tmp_path)
    write(tmp_path, "中秋节快乐")
    await book.sweep()

    async def looked() -> list[str]:
        await book.sweep()
        return titles(book)

    assert [*await asyncio.gather(looked(), looked())] == [["中秋节快乐"]] * 2


async def test_a_mistake_keeps_the_old_plans_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "中秋")
    book = await opened(tmp_path)
    (tmp_path / "config/segments.toml").write_text("[segment.x]", "utf-8")
    for _ in range(3):
        await book.sweep()
    assert titles(book) == ["中秋"]
    assert [one.key for one in book.complaints] == ["segment.x"]
    assert caplog.text.count("the plans stay as they were") == 1
    (tmp_path / "config/segments.toml").write_text('[segment.x]\nstore = ["杭州"]', "utf-8")
    for _ in range(2):
        await book.sweep()
    assert book.complaints == ()
    assert "x" in book.book.segments


async def test_plans_stay_while_their_whole_folder_is_gone(tmp_path: Path) -> None:
    write(tmp_path, "中秋")
    book = await opened(tmp_path)
    (tmp_path / "config").rename(tmp_path / "aside")
    for _ in range(3):
        await book.sweep()
    assert titles(book) == ["中秋"]
    assert [one.file for one in book.complaints] == ["config/"]


async def test_a_script_that_is_gone_is_a_mistake_too(tmp_path: Path) -> None:
    write(tmp_path, "中秋")
    libraries = [LIBRARY]
    book = await opened(tmp_path, lambda: libraries[-1])
    libraries.append(LIBRARY.with_scripts(one for one in LIBRARY if one.category != "news"))
    await book.sweep()
    assert [one.key for one in book.complaints] == ["script"]
    assert titles(book) == ["中秋"]


async def test_it_does_not_open_with_a_mistake(tmp_path: Path) -> None:
    write(tmp_path, "中秋")
    (tmp_path / "config/calendar.toml").write_text("[days.x]", "utf-8")
    (tmp_path / "config/plans/b.toml").write_text('kind = "x"', "utf-8")
    with pytest.raises(ConfigError) as error:
        await opened(tmp_path)
    assert {one.file for one in error.value.complaints} == {
        "config/calendar.toml",
        "config/plans/b.toml",
    }
