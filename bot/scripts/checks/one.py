"""One script beside its neighbours: what is wrong with it, while somebody is still writing it.

A whole library takes seconds. What a script can collide with is found by the matcher that is in
force, and all checks look at these few only.
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
    """`script` is None where it cannot be built; `near` is what a customer's words may lead to
    instead."""

    script: Script | None
    near: tuple[Script, ...] = ()
    mistakes: tuple[Complaint, ...] = ()
    doubts: tuple[Complaint, ...] = ()


def review(
    version: Version, edition: Edition, *, library: Path, root: Path, today: date
) -> Review:
    """What is wrong with this version beside those of `edition`; for a thread.

    Args:
        library: the folder of scripts.
        root: the workspace, with config/ and handlers/.
    """
    shelf = Shelf(library)
    before = len(shelf.complaints)
    script = build(shelf, version)
    told = tuple(shelf.complaints[before:])
    if script is None:
        return Review(script=None, mistakes=told)
    near = tuple(neighbours(script, edition))
    subject = Subject(
        scripts=(*near, script),
        rules=edition.library.rules,
        quiet=sorted(edition.library.quiet),
        today=today,
        root=root,
        unset=unset(root),
    )
    # What cannot be filled in was told already, by the name that nobody knows.
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
    return Review(script=script, near=near, mistakes=mistakes, doubts=doubts)


def neighbours(script: Script, edition: Edition) -> list[Script]:
    """The other scripts to which the questions and keywords of this one may lead."""
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
    """The script as it would be, among its neighbours; the review has built it."""
    assert review.script is not None
    return edition.library.with_scripts([*review.near, review.script])
