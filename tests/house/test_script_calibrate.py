"""`huashu scripts calibrate`, as somebody who writes words meets it."""

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from shutil import copy

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.scripts.library import Library
from bot.workspace.workspace import sample_workspace, unfinished

SCRIPTS = """
[[script]]
id = "faq/return"
title = "退货"
category = "faq"
ask = ["怎么退货", "不合适能退吗"]
say = ["七天内可以退。"]

[[script]]
id = "faq/track"
title = "快递"
category = "faq"
ask = ["快递到哪了", "包裹怎么还没到"]
say = ["三天左右到。"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    library = tmp_path / "scripts_library"
    library.mkdir()
    (library / "faq.toml").write_text(SCRIPTS, "utf-8")
    return library


def run(folder: Path, *more: str | Path) -> Result:
    words = [str(one) for one in ("scripts", "calibrate", "--library", folder, *more)]
    return CliRunner().invoke(app, words)


def written(folder: Path) -> dict[str, dict[str, float]]:
    return tomllib.loads((folder / "bars.toml").read_text("utf-8"))


def test_bars_are_written_and_hold_from_then_on(folder: Path) -> None:
    result = run(folder)
    assert result.exit_code == 0, result.output
    (bars,) = written(folder).values()
    assert result.output.strip() == (folder / "bars.toml").read_text("utf-8").strip()
    assert Library.load(folder).bars[""].answer == bars["answer"]
    assert run(folder).output == result.output  # not by the bars that it finds there


def test_bars_of_the_sample_under_other_scripts_are_told(folder: Path) -> None:
    """check said nothing of them, and half of one's own scripts were never sure enough."""
    sample = Library.load(sample_workspace() / "scripts_library")
    copy(sample_workspace() / "scripts_library" / "bars.toml", folder)

    def told(ids: Iterable[str]) -> list[str]:
        found = unfinished(folder.parent, folder.name, None, list(ids))
        return [str(one) for one in found if one.key == "bars.toml"]

    asked = [script.id for script in sample if script.examples]
    (complaint,) = told(["faq/return", "faq/track"])
    assert "huashu scripts calibrate" in complaint
    assert told([*asked, *map(str, range(999))])
    assert told(script.id for script in sample) == []
    assert told([*asked[:80], *map(str, range(30))]) == []
    run(folder)
    assert told(["faq/return", "faq/track"]) == []


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    result = run(folder, "--dry-run")
    assert "[all]" in result.output
    assert not (folder / "bars.toml").exists()


def test_another_share_for_one_channel(folder: Path) -> None:
    assert run(folder, "--wrong", "0.5", "--channel", "bot=0").exit_code == 0
    bars = written(folder)
    assert bars["all"]["answer"] < bars["bot"]["answer"]


def test_questions_whose_answers_are_known_count(folder: Path) -> None:
    line = json.dumps({"text": "怎么退货", "id": "faq/track", "kind": "plain"}, ensure_ascii=False)
    questions = folder.parent / "questions.jsonl"
    questions.write_text(f"{line}\n" * 1000, "utf-8")
    assert run(folder, "--questions", questions).exit_code == 0
    assert written(folder)["all"]["answer"] == 1.0  # this library is sure, and wrong


@pytest.mark.parametrize("channel", ["bot", "bot=", "bot=2", "bot=-0.1", "moon=0.1", "bot=nan"])
def test_a_share_that_cannot_be_read(folder: Path, channel: str) -> None:
    result = run(folder, "--channel", channel)
    assert result.exit_code == 1
    assert "--channel" in result.output
    assert "bot=0.01" in result.output  # the cure
    assert not (folder / "bars.toml").exists()


def test_a_library_with_a_mistake_is_not_calibrated(folder: Path) -> None:
    (folder / "faq.toml").write_text("[[script]]\nid = 3", "utf-8")
    result = run(folder)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "faq.toml" in result.output


def test_a_share_out_of_range_or_a_missing_folder(folder: Path) -> None:
    assert run(folder, "--wrong", "2").exit_code == 2
    assert run(folder / "nowhere").exit_code == 2
