"""TOML as a writer types it → scripts, and every mistake on the way. The dicts end here."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from bot.errors import Complaint
from bot.scripts.entry import Entry, are_texts, unknown
from bot.scripts.script import HandoverRule, Script
from bot.scripts.templates import Sandbox, make_sandbox, mentioned, shared_names

SHARED = "_shared.jinja"
HANDOVER = "handover.toml"
_RULE = ("zh", "en", "words", "unless", "silent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What could be read, and what could not."""

    scripts: tuple[Script, ...]
    rules: tuple[HandoverRule, ...]
    quiet: tuple[str, ...]
    complaints: tuple[Complaint, ...]


def read(path: Path, variables: Mapping[str, frozenset[str]]) -> Reading:
    """Everything under `path`, complete or not. Never raises for what a writer wrote."""
    reader = _Reader(path, variables)
    reader.read_all()
    return Reading(
        scripts=tuple(reader.scripts.values()),
        rules=tuple(reader.rules),
        quiet=tuple(reader.quiet),
        complaints=tuple(reader.complaints),
    )


class _Reader:
    def __init__(self, path: Path, variables: Mapping[str, frozenset[str]]) -> None:
        self._path = path
        self.scripts: dict[str, Script] = {}
        self.rules: list[HandoverRule] = []
        self.quiet: list[str] = []
        self.complaints: list[Complaint] = []
        self._sandbox = self._share()
        shared = shared_names(self._sandbox)
        self._variables = {**variables, "shared": shared} if shared else variables

    def read_all(self) -> None:
        files = sorted(self._path.rglob("*.toml"))
        if not files:
            self._complain(".", "*", "no scripts here", f"Put .toml files into {self._path.name}/")
        for path in files:
            name = path.relative_to(self._path).as_posix()
            content = self._parse(path, name)
            if name == HANDOVER:
                self._read_rules(name, content)
            else:
                self._read_scripts(name, content)

    def _complain(self, file: str, key: str, problem: str, cure: str) -> None:
        self.complaints.append(Complaint(file=file, key=key, problem=problem, cure=cure))

    def _share(self) -> Sandbox:
        path = self._path / SHARED
        if not path.is_file():
            return make_sandbox()
        try:
            source = path.read_text("utf-8")
            sandbox = make_sandbox(source)
            for name, attribute in sorted(set(mentioned(sandbox.parse(source)))):
                variable = f"{name}.{attribute}".rstrip(".")
                self._complain(
                    SHARED, variable, f"{variable} is not known here", "Pass it to the macro"
                )
        except (TemplateError, UnicodeDecodeError) as error:
            self._complain(SHARED, "*", f"cannot be used: {error}", "Mend the template")
            return make_sandbox()
        return sandbox

    def _parse(self, path: Path, name: str) -> dict[str, Any]:
        try:
            return tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            key = f"line {line[1]}" if line else "end of file"
            self._complain(
                name, key, f"not TOML: {error}", "Look for a missing quote, comma or bracket"
            )
        except UnicodeDecodeError:
            self._complain(name, "*", "not UTF-8 text", "Save the file as UTF-8")
        return {}

    def _read_scripts(self, file: str, content: dict[str, Any]) -> None:
        self._unknown_keys(file, "*", content, ("script",))
        tables = content.get("script", [])
        if not isinstance(tables, list):
            self._complain(file, "script", "not a list of scripts", "Write [[script]], twice [")
            return
        for number, table in enumerate(tables, 1):
            entry = Entry(self._path, file, table, self.complaints, self._sandbox, self._variables)
            script = entry.script(number)
            if script is None:
                continue
            if known := self.scripts.get(script.id):
                self._complain(
                    file,
                    script.id,
                    f"this id is taken already in {known.file}",
                    "Give one of them another id",
                )
            self.scripts.setdefault(script.id, script)

    def _unknown_keys(
        self, file: str, key: str, table: Mapping[str, Any], known: Sequence[str]
    ) -> None:
        for name in table.keys() - set(known):
            self._complain(file, f"{key}.{name}".removeprefix("*."), *unknown(name, known))

    def _read_rules(self, file: str, content: dict[str, Any]) -> None:
        for name, table in content.items():
            if not isinstance(table, dict):
                self._complain(file, name, "not a table", f"Write [{name}] on a line of its own")
                continue
            self._unknown_keys(file, name, table, _RULE)
            words = table.get("words", [])
            if not are_texts(words) or not words:
                self._complain(file, f"{name}.words", "no words", 'Write words = ["投诉", …]')
            elif table.get("silent") is True:
                self.quiet += words
            elif missing := [key for key in ("zh", "en") if not table.get(key)]:
                self._complain(
                    file, f"{name}.{missing[0]}", "missing", "Say why a person is called"
                )
            else:
                unless = tuple(table.get("unless", ()))
                self.rules.append(
                    HandoverRule(
                        name=name, zh=table["zh"], en=table["en"], words=words, unless=unless
                    )
                )
