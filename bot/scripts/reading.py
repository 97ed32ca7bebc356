"""Reads scripts from TOML as a writer types it, with every mistake. Dicts stop here."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from bot.errors import Complaint, Unread
from bot.files.textfile import closed_folders, line_of, parse_toml, read_text
from bot.scripts.bounds import Unbounded
from bot.scripts.decision import Bars
from bot.scripts.entry import Entry, are_texts, unknown
from bot.scripts.known import Known
from bot.scripts.normalise import fold
from bot.scripts.script import HandoverRule, Script
from bot.scripts.templates import (
    VARIABLES,
    Sandbox,
    make_sandbox,
    mentioned,
    shared_names,
    shared_phrases,
)
from bot.scripts.tuning import BARS, SYNONYMS, read_bars, read_synonyms

SHARED = "_shared.jinja"
HANDOVER = "handover.toml"
_RULE = ("zh", "en", "words", "unless", "silent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What could be read, and complaints about what could not."""

    scripts: tuple[Script, ...]
    rules: tuple[HandoverRule, ...]
    quiet: tuple[str, ...]
    synonyms: Mapping[str, str] = field(default_factory=dict)  # another wording → the usual one
    bars: Mapping[str, Bars] = field(default_factory=dict)  # by channel; "" is for all others
    complaints: tuple[Complaint, ...]
    shared: Mapping[str, str] = field(default_factory=dict)  # the phrases, by their names


def told_once(complaints: Iterable[Complaint]) -> list[Complaint]:
    """The complaints without those that only follow from another one: where the shared phrases
    cannot be read, each script that uses one would complain."""
    every = list(complaints)
    if not any((one.file, one.key) == (SHARED, "*") for one in every):
        return every
    return [one for one in every if not one.problem.startswith("unknown variable shared.")]


class Shelf:
    """Gathers scripts of any format, with the shared phrases and attached files of a folder.

    Args:
        path: that folder.
        known: scripts of an earlier reading; those that have not changed are taken from it.
    """

    def __init__(self, path: Path, known: Known | None = None) -> None:
        self._path, self._known = path, known or Known()
        self.scripts: dict[str, Script] = {}
        self._places: dict[str, str] = {}
        self.rules: list[HandoverRule] = []
        self.quiet: list[str] = []
        self.synonyms: dict[str, str] = {}
        self.bars: dict[str, Bars] = {}
        self.complaints: list[Complaint] = []
        self._sandbox = self._share()
        shared = shared_names(self._sandbox)
        self._variables = {**VARIABLES, "shared": shared} if shared else VARIABLES

    def reading(self) -> Reading:
        return Reading(
            scripts=tuple(self.scripts.values()),
            rules=tuple(self.rules),
            quiet=tuple(self.quiet),
            synonyms=dict(self.synonyms),
            bars=dict(self.bars),
            complaints=tuple(self.complaints),
            shared=shared_phrases(self._sandbox),
        )

    def read_folder(self) -> None:
        files = sorted(self._path.rglob("*.toml"))
        self.complaints += (closed := [*closed_folders(self._path, "")])
        if not files and not closed:
            folder = f"{self._path.name}/"
            self._complain(folder, "*", "no scripts here", f"Put .toml files into {folder}")
        for path in files:
            self.read_toml(path, path.relative_to(self._path).as_posix())

    def read_toml(self, path: Path, name: str) -> None:
        """Read one file, which complaints call `name`; the name also tells what is in it."""
        content = self._parse(path, name)
        if name == HANDOVER:
            self._read_rules(name, content)
        elif name == SYNONYMS:
            self.synonyms |= read_synonyms(name, content, self.complaints)
        elif name == BARS:
            self.bars |= read_bars(name, content, self.complaints)
        else:
            self._read_scripts(name, content)

    def _complain(self, file: str, key: str, problem: str, cure: str) -> None:
        self.complaints.append(Complaint(file=file, key=key, problem=problem, cure=cure))

    def _share(self) -> Sandbox:
        try:
            source = read_text(self._path / SHARED, SHARED, self.complaints) or ""
        except (FileNotFoundError, NotADirectoryError):
            source = ""
        try:
            sandbox = self._known.begin(source, make_sandbox)
            for name, attribute in sorted(set(mentioned(sandbox.parse(source)))):
                variable = f"{name}.{attribute}".rstrip(".")
                self._complain(
                    SHARED, variable, f"{variable} is not known here", "Pass it to the macro"
                )
        except Unbounded as error:
            self._complain(SHARED, "*", str(error), error.cure)
            return self._known.begin("", make_sandbox)
        except TemplateError as error:
            self._complain(SHARED, "*", f"cannot be used: {error}", "Mend the template")
            return self._known.begin("", make_sandbox)
        return sandbox

    def _parse(self, path: Path, name: str) -> dict[str, Any]:
        try:
            text = read_text(path, name, self.complaints)
            return {} if text is None else parse_toml(text)
        except tomllib.TOMLDecodeError as error:
            cure = "Look for a missing quote, comma or bracket"
            self.complaints.append(Unread(name, line_of(error), f"not TOML: {error}", cure))
        except FileNotFoundError as error:
            self._complain(name, "*", error.strerror or "unreadable", "Name a file to read")
        return {}

    def _read_scripts(self, file: str, content: dict[str, Any]) -> None:
        self._unknown_keys(file, "*", content, ("script",))
        tables = content.get("script", [])
        if not isinstance(tables, list):
            self._complain(file, "script", "not a list of scripts", "Write [[script]], twice [")
            return
        tables.reverse()
        for number in range(1, len(tables) + 1):  # one by one they go: all at once would take long
            self.take(file, tables.pop(), number, self.complaints)

    def take(
        self, file: str, table: object, number: int, complaints: list[Complaint], place: str = ""
    ) -> Script | None:
        """Build the script of one [[script]] table, and keep it unless its id is taken already.

        Args:
            number: of the table in its file, from 1; 0 for other formats.
            complaints: gets its mistakes.
            place: where in its file it is, to be told if its id comes again.
        """
        script = self.build(file, table, number, complaints)
        if script is None:
            return None
        if known := self.scripts.get(script.id):
            there = ", ".join(filter(None, (known.file, self._places[script.id])))
            problem = f"this id is taken already in {there}"
            complaints.append(Complaint(file, script.id, problem, "Give one of them another id"))
            return None
        self.scripts[script.id], self._places[script.id] = script, place
        return script

    def build(
        self, file: str, table: object, number: int, complaints: list[Complaint]
    ) -> Script | None:
        """Build the script of one [[script]] table without keeping it; arguments as of `take`."""
        key, script = self._known.script(file, table)
        if script is None:
            before = len(complaints)
            entry = Entry(self._path, file, table, complaints, self._sandbox, self._variables)
            script = entry.script(number)
            if script is not None and len(complaints) == before:
                self._known.keep(key, script)
        return script

    def _unknown_keys(
        self, file: str, key: str, table: Mapping[str, Any], known: Sequence[str]
    ) -> None:
        for name in [one for one in table if one not in known]:
            self._complain(file, f"{key}.{name}".removeprefix("*."), *unknown(name, known))

    def _read_rules(self, file: str, content: dict[str, Any]) -> None:
        for name, table in content.items():
            if not isinstance(table, dict):
                self._complain(file, name, "not a table", f"Write [{name}] on a line of its own")
                continue
            self._unknown_keys(file, name, table, _RULE)
            wrong = list(_wrong(table))
            for key, problem, cure in wrong:
                self._complain(file, f"{name}.{key}", problem, cure)
            if wrong:
                continue
            if table.get("silent"):
                self.quiet += table["words"]
            else:
                told = {key: table[key] for key in ("zh", "en", "words", "unless") if key in table}
                self.rules.append(HandoverRule(name=name, **told))


def _wrong(rule: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(key, problem, cure) of each mistake in a table of handover.toml."""
    silent = rule.get("silent", False)
    if not isinstance(silent, bool):
        yield "silent", "neither true nor false", "Write silent = true, or leave it out"
    for key in ("words", "unless"):
        texts = rule.get(key, [])
        if not are_texts(texts) or (key == "words" and not texts):
            yield key, "no words", f'Write {key} = ["投诉", …]'
        elif signs := [text for text in texts if not fold(text)]:
            yield key, f"{signs[0]!r} holds no words, and would stand everywhere", "Take it out"
    for key in () if silent else ("zh", "en"):
        if not rule.get(key) or not isinstance(rule[key], str):
            yield key, "no text", "Say why a person is called"
