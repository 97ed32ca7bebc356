"""A good library has no complaint; each fault planted in it is named, with file, id and cure."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from bot.errors import Complaint
from bot.scripts.checks import check

DATA = Path(__file__).parents[1] / "data"
GOOD = DATA / "good_library"
FAULTS: list[dict[str, Any]] = tomllib.loads((DATA / "planted_faults.toml").read_text("utf-8"))[
    "fault"
]
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def planted(root: Path, faults: Iterable[Mapping[str, Any]]) -> Path:
    """The good library with these faults in it, in a workspace of its own."""
    copytree(GOOD, root / "scripts_library")
    for fault in faults:
        path = root / "scripts_library" / fault["file"]
        text = path.read_text("utf-8")
        if "old" in fault:
            assert text.count(fault["old"]) == 1
            text = text.replace(fault["old"], fault["new"])
        text += fault.get("add", "").replace("LONG", "长" * fault.get("long", 0))
        path.write_text(text, "utf-8")
        if "plan" in fault:
            (root / "config/plans").mkdir(parents=True)
            (root / "config/plans/planted.toml").write_text(fault["plan"], "utf-8")
    return root / "scripts_library"


def names(complaint: Complaint, fault: Mapping[str, Any]) -> bool:
    file, key, problem, cure = fault["told"]
    return (
        (complaint.file, complaint.key) == (file, key)
        and problem in complaint.problem
        and cure in complaint.cure
    )


def about(complaint: Complaint, fault: Mapping[str, Any]) -> bool:
    """Whether the complaint is about something that the fault brought."""
    script = complaint.key.partition(".")[0]
    text = fault.get("add", "") + fault.get("new", "") + fault.get("old", "")
    return script in text or script == fault["told"][1].partition(".")[0]


@pytest.mark.parametrize("day", [1, 90, 200, 300])
def test_nothing_that_is_right_is_named(tmp_path: Path, day: int) -> None:
    now = datetime(2025, 6, 30, tzinfo=UTC) + timedelta(days=day)
    assert check(planted(tmp_path, []), now=now) == []


@pytest.mark.parametrize("name", ["beauty", "grocer"])
def test_nor_in_what_others_wrote(name: str) -> None:
    assert check(DATA / f"companies/{name}.library.jsonl", now=NOW) == []


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["name"] for fault in FAULTS])
def test_a_fault_is_named(tmp_path: Path, fault: Mapping[str, Any]) -> None:
    found = check(planted(tmp_path, [fault]), now=NOW)
    assert any(names(one, fault) for one in found), found
    assert [one for one in found if not about(one, fault)] == []


def test_all_faults_at_once(tmp_path: Path) -> None:
    assert len(FAULTS) >= 30
    found = check(planted(tmp_path, FAULTS), now=NOW)
    missed = [fault["name"] for fault in FAULTS if not any(names(one, fault) for one in found)]
    assert missed == []
    assert [one for one in found if not any(about(one, fault) for fault in FAULTS)] == []
