"""Runs all checks, one after another."""

import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.clock import SystemClock
from bot.errors import Complaint
from bot.files.textfile import parse_toml
from bot.scripts.checks.collisions import check_collisions
from bot.scripts.checks.conditions import check_conditions
from bot.scripts.checks.confusion import check_confusion
from bot.scripts.checks.dates import check_dates
from bot.scripts.checks.fields import check_fields
from bot.scripts.checks.forbidden import FILE as FORBIDDEN
from bot.scripts.checks.forbidden import check_forbidden
from bot.scripts.checks.links import check_links
from bot.scripts.checks.manner import check_manner
from bot.scripts.checks.plans import check_plans
from bot.scripts.checks.promises import check_promises
from bot.scripts.checks.reach import check_reach, check_required
from bot.scripts.checks.subject import Subject
from bot.scripts.checks.words import check_holes, check_words
from bot.scripts.layers import lay_over, read_layers
from bot.scripts.reading import told_once
from bot.scripts.templates import VARIABLES
from bot.scripts.version import Version

Family = Callable[[Subject], Iterator[Complaint]]
MISTAKES: tuple[Family, ...] = (check_words, check_fields, check_reach, check_collisions)
DOUBTS: tuple[Family, ...] = (
    check_holes,
    check_conditions,
    check_confusion,
    check_promises,
    check_dates,
    check_links,
    check_forbidden,
    check_plans,
    check_manner,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What all checks found in a library."""

    mistakes: list[Complaint]  # what `Library.load` refuses comes first
    doubts: list[Complaint]  # better not said like this; they stop nothing, and come with time
    scripts: frozenset[str]  # the ids of all


def check(
    path: Path,
    *,
    versions: Iterable[Version] = (),
    now: datetime | None = None,
) -> list[Complaint]:
    """All complaints about a library; for the arguments see `inspect`."""
    findings = inspect(path, versions=versions, now=now)
    return findings.mistakes + findings.doubts


def inspect(
    path: Path,
    *,
    versions: Iterable[Version] = (),
    now: datetime | None = None,
    root: Path | None = None,
) -> Findings:
    """Check the library `path`, a folder or a file. A file may lack the required scripts.

    Args:
        versions: approved in the database; they are laid over the files.
        now: decides what is past; None: the present.
        root: the workspace, with config/ and handlers/; None: the folder above `path`.
    """
    layers = read_layers(path, versions)
    library = lay_over(layers.base, layers.overlay)
    root = root or path.resolve().parent
    subject = Subject(
        scripts=tuple(library),
        rules=library.rules,
        quiet=sorted(library.quiet),
        today=(now or SystemClock().now()).date(),
        root=root,
        unset=unset(root),
    )
    told = {(one.file, one.key) for one in layers.complaints}

    def found(families: Iterable[Family]) -> list[Complaint]:
        every = (one for family in families for one in family(subject))
        return [one for one in every if (one.file, one.key) not in told]

    mistakes = [*layers.complaints, *found(MISTAKES)]
    if path.is_dir() and library:
        mistakes += check_required((one.id for one in library), layers.complaints)
    scripts, doubts = frozenset(one.id for one in library), found(DOUBTS)
    # A fault in forbidden.toml is no mere doubt: its words are not looked for.
    mistakes += [one for one in doubts if one.file == FORBIDDEN]
    doubts = [one for one in doubts if one.file != FORBIDDEN]
    return Findings(mistakes=told_once(mistakes), doubts=doubts, scripts=scripts)


def unset(root: Path) -> frozenset[str]:
    """Variables that config/bot.toml leaves empty: "company.phone"; none if it cannot be read."""
    try:
        table = parse_toml((root / "config/bot.toml").read_text("utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return frozenset()
    company = table.get("company", {})
    if not isinstance(company, dict):
        return frozenset()  # told with the settings
    names = {f"company.{name}" for name in VARIABLES["company"] if not company.get(name)}
    return frozenset(names if table.get("members") else names | {"member.name"})
