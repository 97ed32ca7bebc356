"""Plans of a running bot: it starts with good ones only, and takes up changes."""

from pathlib import Path
from shutil import copytree

import pytest

from bot.errors import ConfigError
from tests.engine import ROOT
from tests.stage import stage


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("plans", "segments.toml", "calendar.toml"):
        if (ROOT / "config" / name).is_dir():
            copytree(ROOT / "config" / name, tmp_path / "config" / name)
        else:
            (tmp_path / "config" / name).write_bytes((ROOT / "config" / name).read_bytes())
    return tmp_path


async def test_it_does_not_start_with_a_plan_without_a_scenario(root: Path) -> None:
    (root / "config/plans/x.toml").write_text('kind = "campaign"\ntitle = "x"', "utf-8")
    with pytest.RaisesGroup(
        pytest.RaisesExc(ConfigError, match="No scenario, no message"),
        allow_unwrapped=True,
        flatten_subgroups=True,
    ):  # PostgreSQL is watched meanwhile, in a group of tasks
        async with stage(root):
            pass


async def test_a_new_plan_is_in_force_without_a_restart(root: Path) -> None:
    async with stage(root) as play:
        text = (root / "config/plans/mid_autumn.toml").read_text("utf-8")
        (root / "config/plans/national_day.toml").write_text(
            text.replace('"mid_autumn"', '"national_day"'), "utf-8"
        )
        (root / "config/plans/birthday.toml").write_text("kind = ", "utf-8")
        for _ in range(2):
            await play.bot.sweep("plans")
        assert [one.file for one in play.bot.touching.plans.complaints] == [
            "config/plans/birthday.toml"
        ]
        (root / "config/plans/birthday.toml").unlink()
        for _ in range(2):
            await play.bot.sweep("plans")
        found = {plan.id for plan in play.bot.touching.plans.book.plans}
        assert "national_day" in found
        assert "birthday" not in found
