"""Reads questions, and scripts to be tried out, from JSON Lines, with a complaint for each line
that cannot be used."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import orjson

from bot.errors import Complaint, ScriptError
from bot.files.textfile import UTF8, cannot_read
from bot.scripts.evaluation import script_of
from bot.scripts.formats import read_library
from bot.scripts.library import Library
from bot.scripts.question import Question
from bot.scripts.reading import HANDOVER, Shelf
from bot.scripts.script import Script
from bot.scripts.tuning import SYNONYMS

T = TypeVar("T")
_QUESTION = 'Write {"text": "怎么退货", "id": "faq/return", "kind": "plain"}, or null as id'
_SCRIPT = 'Write {"id": "faq/return", "examples": ["怎么退货"], "keywords": [], "reply": "…"}'
_LISTS = ("examples", "keywords", "not_for")


def read_questions(path: Path) -> list[Question]:
    """The questions of a file, each with the scripts that are right for it.

    Raises:
        ScriptError: with every line that is no question; or there is none.
    """
    found = _read(path, _question)
    if not found:
        raise ScriptError([Complaint(str(path), "*", "no questions here", _QUESTION)])
    return found


def open_library(path: Path, *, rules_of: Path) -> Library:
    """Scripts to be tried out, from a folder or one file.

    JSON Lines are read for their questions only: ids are not checked, and replies are no
    templates. Words that call a person at once (handover.toml) are those of the library in which
    a single file is, or else of the folder `rules_of`.

    Raises:
        ScriptError: with everything that is wrong in it.
    """
    if path.is_dir():
        return Library.load(path)
    home = next((one for one in path.resolve().parents if (one / HANDOVER).is_file()), rules_of)
    if path.suffix.lower() != ".jsonl":
        reading = read_library(path, beside=home)
        if reading.complaints:
            raise ScriptError(reading.complaints)
        return Library.of(reading)
    scripts = _read(path, _script)
    _refuse_twins(path, scripts)
    shelf = Shelf(home)
    shelf.read_toml(home / HANDOVER, HANDOVER)
    if (home / SYNONYMS).is_file():
        shelf.read_toml(home / SYNONYMS, SYNONYMS)
    return Library(scripts, rules=shelf.rules, quiet=shelf.quiet, synonyms=shelf.synonyms)


def _read(path: Path, make: Callable[[Any], T | None]) -> list[T]:
    complaints: list[Complaint] = []
    found = []
    entry = _QUESTION if make is _question else _SCRIPT
    for number, line in _lines(path, entry):
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            complaints.append(
                Complaint(str(path), f"line {number}", f"no JSON: {error}", "Mend it")
            )
            continue
        made = make(value) if isinstance(value, dict) else None
        if made is None:
            complaints.append(Complaint(str(path), f"line {number}", "cannot be used", entry))
        else:
            found.append(made)
    if complaints:
        raise ScriptError(complaints)
    return found


def _lines(path: Path, entry: str) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text("utf-8-sig")
    except (PermissionError, IsADirectoryError) as error:
        raise ScriptError([Complaint(str(path), "*", *cannot_read(error))]) from None
    except OSError as error:
        cure = f"{entry}; one a line. Or name another file"
        problem = error.strerror or "unreadable"
        raise ScriptError([Complaint(str(path), "*", problem, cure)]) from None
    except UnicodeDecodeError:
        raise ScriptError([Complaint(str(path), "*", "not UTF-8 text", UTF8)]) from None
    for number, line in enumerate(text.split("\n"), 1):  # U+2028 may be inside a text
        if line.strip():
            yield number, line


def _question(value: dict[str, Any]) -> Question | None:
    text, kind = value.get("text"), value.get("kind", "other")
    gold = value["gold"] if "gold" in value else [value.get("id")]
    if not isinstance(text, str) or not isinstance(kind, str) or not isinstance(gold, list):
        return None
    ids = [one for one in gold if one is not None]
    if not ("gold" in value or "id" in value) or not all(isinstance(one, str) for one in ids):
        return None
    return Question(text=text, gold=frozenset(ids), kind=kind)


def _script(value: dict[str, Any]) -> Script | None:
    lists = [value.get(name) or [] for name in _LISTS]
    if not isinstance(value.get("id"), str) or not value["id"]:
        return None
    if not all(isinstance(one, list) and all(isinstance(x, str) for x in one) for one in lists):
        return None
    return script_of(value)


def _refuse_twins(path: Path, scripts: list[Script]) -> None:
    counted = Counter(script.id for script in scripts)
    if twins := [script_id for script_id, times in counted.items() if times > 1]:
        problem, cure = "this id is there twice", "Give one of them another id"
        raise ScriptError([Complaint(str(path), one, problem, cure) for one in twins])
