"""Checks one script while somebody is still writing it.

Checking a whole library takes seconds. So the matcher in force finds the few scripts that this one
may collide with, its neighbours, and all checks look only at these.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.errors import Complaint
from bot.scripts.checks.confusion import check_confusion
from bot.scripts.checks.run import DOUBTS, MISTAKES, Family, unset
from bot.scripts.checks.subject import Subject
from bot.scripts.edition import Edition
from bot.scripts.layers import build
from bot.scripts.library import Library
from bot.scripts.normalise import normalise
from bot.scripts.reading import Shelf
from bot.scripts.script import Script
from bot.scripts.version import Version

_NEAR = 6  # candidates of each question
_MOST = 60  # neighbours
_ASKED = 40  # questions of the script that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What is wrong with one script."""

    script: Script | None  # None: it cannot be built
    near: tuple[Script, ...] = ()  # its neighbours: a customer's words may lead to them instead
    misread: bool = False  # the script lacks what its first mistakes are about
    mistakes: tuple[Complaint, ...] = ()
    doubts: tuple[Complaint, ...] = ()


def review(
    version: Version, edition: Edition, *, library: Path, root: Path, today: date
) -> Review:
    """Check a version of a script together with its neighbours in `edition`; call it in a thread.

    Args:
        library: the folder of scripts.
        root: the workspace, with config/ and handlers/.
    """
    shelf = Shelf(library)
    before = len(shelf.complaints)
    script = build(shelf, version)
    told = tuple(shelf.complaints[before:])
    if script is None:
        return Review(script=None, misread=True, mistakes=told)
    near = tuple(neighbours(script, edition))
    subject = Subject(
        scripts=(*near, script),
        rules=edition.library.rules,
        quiet=sorted(edition.library.quiet),
        today=today,
        root=root,
        unset=unset(root),
    )
    # Words that cannot be filled in were told already: as a variable that does not exist.
    unfilled = "the words cannot be filled in" if told else "-"

    def found(families: Iterable[Family]) -> tuple[Complaint, ...]:
        every = (
            one
            for family in families
            for one in (
                check_confusion(subject, {script.id})
                if family is check_confusion
                else family(subject)
            )
        )
        return tuple(
            dict.fromkeys(
                one
                for one in every
                if one.file == version.place and not one.problem.startswith(unfilled)
            )
        )

    mistakes, doubts = (*told, *found(MISTAKES)), found(DOUBTS)
    return Review(script=script, near=near, misread=bool(told), mistakes=mistakes, doubts=doubts)


def neighbours(script: Script, edition: Edition) -> list[Script]:
    """Other scripts to which questions, keywords and title of this one may lead; 60 at most."""
    matcher, library = edition.matcher, edition.library
    entries = matcher.finder.index.entries
    found: dict[str, None] = {}
    asked = (*script.examples[:_ASKED], *map("".join, script.keywords[:_ASKED]), script.title)
    for text in asked:
        found |= dict.fromkeys(matcher.askers(normalise(text)))
        best = matcher.finder.find(text).found[:_NEAR]
        found |= dict.fromkeys(entries[one.number].id for one in best)
    found.pop(script.id, None)
    return [library[one] for one in [*found][:_MOST] if one in library]


def small_library(review: Review, edition: Edition) -> Library:
    """The library of `edition` with the reviewed script, which must not be None, and its
    neighbours as its only scripts."""
    assert review.script is not None
    return edition.library.with_scripts([*review.near, review.script])
