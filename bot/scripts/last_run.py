"""Remembers in the workspace's var/ how the questions of a file were answered the last time."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import orjson

from bot.scripts.evaluation import Outcome


def place(root: Path, library: Path, queries: Path) -> Path:
    """The file that keeps the run of this library with these questions; var/ is not in git."""
    key = f"{library.resolve()}\n{queries.resolve()}"
    return root / "var" / "evaluations" / f"{sha256(key.encode()).hexdigest()[:16]}.json"


def recall(path: Path) -> Mapping[str, str]:
    """Text → script or band of the last run; empty if there was none, or it cannot be read."""
    try:
        kept = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return kept if isinstance(kept, dict) else {}


def keep(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Keep the outcomes of a run.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {one.question.text: one.told for one in outcomes}
    fresh = path.with_suffix(".new")
    fresh.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    fresh.replace(path)  # whole or not at all
