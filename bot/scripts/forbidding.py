"""Judges forbidden words (不能说的词) in scripts: refused by default, allowed with a reason once a
second person has agreed. The rule is the same for every way in which scripts come in."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from bot.errors import Complaint
from bot.scripts.checks.forbidden import check_forbidden
from bot.scripts.checks.subject import Subject
from bot.scripts.layers import build
from bot.scripts.reading import Shelf
from bot.scripts.script import Script
from bot.scripts.version import Kind, Version

_NOBODY = Complaint(
    "", "", "forbidden words of one's own are approved by another", "Ask for approval"
)
_NO_REASON = Complaint(
    "", "", "there are forbidden words in it", "Use others; if it must be, tick it and say why"
)


def forbidden(root: Path, library: Path, versions: Iterable[Version]) -> Sequence[Complaint]:
    """The complaints about forbidden words in these versions. It reads files: whoever must not
    block calls it in a thread.

    Args:
        root: the workspace, with config/.
        library: the folder of scripts.
    """
    shelf = Shelf(library)
    worded = [one for one in versions if one.kind is Kind.WORDS]
    places = {one.place for one in worded}
    found = said(root, [script for one in worded if (script := build(shelf, one))])
    return [one for one in found if one.file in places]


def said(root: Path, scripts: Sequence[Script]) -> Sequence[Complaint]:
    """The complaints about forbidden words in these scripts."""
    subject = Subject(
        scripts=tuple(scripts), rules=(), quiet=(), today=date.min, root=root, unset=frozenset()
    )
    return [*check_forbidden(subject)]


def lacking(deed: str, *, own: bool, despite: bool, why: str) -> Complaint | None:
    """Why a script with forbidden words may not be submitted or approved like this; None: it may.

    Args:
        deed: "submit" or "approve".
        own: whether whoever asks wrote it, and a second person is required, even for an admin.
        despite: whether it shall be used in spite of the words.
        why: the reason for that; "": none is given.
    """
    if deed == "approve" and own:
        return _NOBODY
    return None if despite and why else _NO_REASON
