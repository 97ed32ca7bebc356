"""Libraries and questions whose right scripts are known, of several trades."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bot.scripts.evaluation import script_of
from bot.scripts.library import Library

ROOT = Path(__file__).parents[2]
COMPANIES = ROOT / "tests" / "data" / "companies"


@dataclass(frozen=True, kw_only=True)
class QuestionSet:
    name: str
    language: str
    library: Library
    questions: Sequence[Mapping[str, Any]]


def question_sets(data: Path | None) -> Iterator[QuestionSet]:
    """Those of the folder `data`, if there is one, and those of tests/.

    `data` has NAME.library.jsonl, NAME.queries.jsonl and manifest.json.
    """
    if data is not None:
        manifest = orjson.loads((data / "manifest.json").read_bytes())
        for name, about in manifest.items():
            if isinstance(about, dict) and "lang" in about:
                yield _stored(data, name, about["lang"])
    for library in sorted(COMPANIES.glob("*.library.jsonl")):
        yield _stored(COMPANIES, library.name.partition(".")[0], "zh")
    yield QuestionSet(
        name="starter",
        language="zh",
        library=Library.load(ROOT / "scripts_library"),
        questions=[*lines(ROOT / "tests" / "questions.jsonl"), *_written_first()],
    )


def _stored(folder: Path, name: str, language: str) -> QuestionSet:
    return QuestionSet(
        name=name,
        language=language,
        library=Library(map(script_of, lines(folder / f"{name}.library.jsonl"))),
        questions=list(lines(folder / f"{name}.queries.jsonl")),
    )


def _written_first() -> Iterator[dict[str, Any]]:
    """The questions of tests/data/starter_questions.toml."""
    asked = tomllib.loads((ROOT / "tests" / "data" / "starter_questions.toml").read_text("utf-8"))
    for kind in ("never", "near"):
        yield from ({"text": text, "id": None, "kind": kind} for text in asked[kind])
    for script, texts in asked["answer"].items():
        yield from ({"text": text, "id": script, "kind": "first"} for text in texts)


def gold_of(question: Mapping[str, Any]) -> frozenset[str]:
    if "gold" in question:
        return frozenset(question["gold"])
    return frozenset([question["id"]] if question["id"] else [])


def lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_bytes().splitlines():
        if line.strip():
            yield orjson.loads(line)
