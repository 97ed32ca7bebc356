"""Imports scripts from a file into a library: the whole import is planned before it is written."""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.clock import SystemClock
from bot.errors import Complaint, ScriptError
from bot.files.textfile import parse_toml
from bot.scripts.forbidding import said
from bot.scripts.formats.fates import Fate, fates, rows_of, weighed
from bot.scripts.formats.table import table_of
from bot.scripts.formats.toml import block_of
from bot.scripts.layers import lay_over, read_layers
from bot.scripts.reading import HANDOVER
from bot.scripts.script import Script
from bot.scripts.version import Version

_NOT_IN_NAMES = re.compile(r"[^\w-]+")
_BEGINNING = re.compile(r"^\[\[ *script *\]\][^\n]*\n?", re.MULTILINE)


@dataclass(slots=True, kw_only=True)
class Plan:
    """What an import would do to a library; nothing is written until `carry_out`."""

    library: Path
    new: list[Script] = field(default_factory=list)
    replaced: list[Script] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)  # ids
    off: int = 0  # how many rows are not in use, as their sheet says
    complaints: list[Complaint] = field(default_factory=list)  # about what is not imported
    warnings: list[Complaint] = field(default_factory=list)  # about what is imported all the same
    target: str = ""  # the library's file for the new ones
    contents: dict[str, str] = field(default_factory=dict)  # file → all that it will hold

    def carry_out(self) -> None:
        """Write the files; each is replaced as a whole, or not at all."""
        for name, content in self.contents.items():
            path = self.library / name
            beside = path.with_name(f".{path.name}.part")
            beside.write_text(content, "utf-8", newline="\n")
            os.replace(beside, path)


def plan_import(
    source: Path,
    library: Path,
    *,
    replace: bool = False,
    versions: Iterable[Version] = (),
) -> Plan:
    """Find out, row by row as the console does, what importing `source` into `library` would do.

    Args:
        library: a folder, with shared phrases and attached files; its workspace is above it.
        replace: whether scripts of the library are replaced by those of `source` with the same
            id; else these are complaints. What is the same already is left alone.
        versions: approved in the database; they lie over the files.

    Raises:
        ScriptError: the library itself cannot be read, or a file of it cannot be changed.
    """
    layers = read_layers(library, versions)
    if layers.complaints and any(library.rglob("*.toml")):
        raise ScriptError(layers.complaints)
    known, root = {script.id: script for script in layers.base}, library.resolve().parent
    plan = Plan(library=library, target=_target(source))
    found = weighed(
        [*fates(rows_of(source, plan.complaints), library, known, {})],
        lay_over(layers.base, layers.overlay), root=root,
        today=SystemClock().now().date(),
    )  # fmt: skip
    forbidden = {
        (one.key.partition(".")[0], one.problem)
        for one in said(root, [one.new for one in found if one.new])
    }
    for one in found:
        told = [*one.complaints]
        if one.old and not replace:
            told.append(_taken(one, one.old.file))
        else:
            bad = [each for each in one.warnings if (one.id, each.problem) in forbidden]
            told += [_held_back(each, one.id, source.name) for each in bad]
        plan.complaints += told
        if not told:
            _take(plan, one)
    _lay_out(plan, known)
    return plan


def _take(plan: Plan, one: Fate) -> None:
    plan.warnings += one.warnings
    if one.kind == "off":
        plan.off += 1
        return
    if one.new:
        (plan.replaced if one.old else plan.new).append(one.new)
    else:
        plan.unchanged.append(one.id)


def _taken(one: Fate, owner: str) -> Complaint:
    return one.source.named(
        Complaint(
            file="",
            key="id",
            problem=f"this id is taken already in {owner}, with other content",
            cure="Give it another id, or import with --replace",
        )
    )


def _held_back(told: Complaint, script_id: str, file: str) -> Complaint:
    """The complaint about a script with forbidden words: it is not written into a file, since a
    second person has to approve it."""
    way = f"huashu scripts edit {script_id} --file {file} --submit --despite --note WHY"
    return replaced(told, cure=f"{told.cure}; if it must be, by another's approval: {way}")


def _target(source: Path) -> str:
    stem = _NOT_IN_NAMES.sub("_", source.stem).strip("_") or "imported"
    name = f"{stem}.toml"
    return name if name != HANDOVER else f"imported_{name}"


def _lay_out(plan: Plan, known: Mapping[str, Script]) -> None:
    """Put into `plan.contents` what each file that changes will hold.

    Raises:
        ScriptError: a file cannot be changed so that it certainly holds what it should.
    """
    by_file: dict[str, dict[str, Script]] = {}
    for script in plan.replaced:
        by_file.setdefault(known[script.id].file, {})[script.id] = script
    for name, scripts in by_file.items():
        text = (plan.library / name).read_text("utf-8-sig")
        plan.contents[name] = _exchanged(name, text, scripts)
    if not plan.new:
        return
    path = plan.library / plan.target
    there = path.read_text("utf-8-sig") if path.is_file() else ""
    before = plan.contents.get(plan.target) or there
    blocks = "\n".join(map(block_of, plan.new))
    content = f"{before.rstrip()}\n\n{blocks}" if before.strip() else blocks
    _prove(plan.target, content, [*_tables(before), *map(table_of, plan.new)])
    plan.contents[plan.target] = content


def _exchanged(name: str, text: str, scripts: Mapping[str, Script]) -> str:
    """The `text` of a file with these scripts, by id, in place of the old ones; comments between
    scripts stay."""
    starts = [found.start() for found in _BEGINNING.finditer(text)]
    pieces = [text[: starts[0]] if starts else text]
    for start, end in pairwise([*starts, len(text)]):
        block = text[start:end]
        if script := scripts.get(_id_of(block)):
            block = block_of(script) + _comments_below(block)
        pieces.append(block)
    content = "".join(pieces)
    wanted = [
        table_of(script) if (script := scripts.get(_stripped(table))) else table
        for table in _tables(text)
    ]
    _prove(name, content, wanted)
    return content


def _comments_below(block: str) -> str:
    """The empty lines and comments at the end of `block`: they belong to the next script."""
    lines = block.splitlines(keepends=True)
    end = len(lines)
    while end and lines[end - 1].strip()[:1] in ("", "#"):
        end -= 1
    return "".join(lines[end:])


def _id_of(block: str) -> str:
    try:
        tables = _tables(block)
    except tomllib.TOMLDecodeError:
        return ""
    return _stripped(tables[0]) if len(tables) == 1 else ""


def _stripped(table: Mapping[str, Any]) -> str:
    return str(table.get("id", "")).strip()


def _tables(text: str) -> list[dict[str, Any]]:
    return list(parse_toml(text).get("script", []))


def _prove(name: str, content: str, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Make sure that the new content of a file holds exactly the scripts `wanted`.

    Raises:
        ScriptError: it does not.
    """
    try:
        if _tables(content) == list(wanted):
            return
        problem = "its scripts cannot be told apart for certain"
    except tomllib.TOMLDecodeError as error:
        problem = f"would be no TOML any more: {error}"
    raise ScriptError([Complaint(name, "*", problem, "Change this file by hand")])
