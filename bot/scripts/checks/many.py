"""Checks scripts of a file together with all others: what `huashu scripts check` would say."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from bot.errors import Complaint
from bot.scripts.checks.confusion import check_confusion
from bot.scripts.checks.fields import check_fields
from bot.scripts.checks.run import DOUBTS, MISTAKES, Family, unset
from bot.scripts.checks.subject import Subject
from bot.scripts.checks.words import check_words
from bot.scripts.library import Library
from bot.scripts.script import Script

_BROKEN: tuple[Family, ...] = (check_words, check_fields)  # customers would get it broken
_TOLD: tuple[Family, ...] = (*(one for one in MISTAKES if one not in _BROKEN), *DOUBTS)


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What is wrong with one script. Keys of complaints lack its id: "say[0]"."""

    refused: list[Complaint] = field(default_factory=list)  # it cannot be said like this
    told: list[Complaint] = field(default_factory=list)  # it can, and somebody should know


def weigh(
    scripts: Sequence[Script], library: Library, *, root: Path, today: date
) -> Mapping[str, Verdict]:
    """What is wrong with `scripts`, by id, when they are laid over those of `library`.

    It may take seconds: whoever must not block calls it in a thread.

    Args:
        root: the workspace, with config/ and handlers/.
    """
    ids = {one.id for one in scripts}
    beside = tuple(one for one in library if one.id not in ids)

    def subject(every: Sequence[Script]) -> Subject:
        return Subject(
            scripts=every, rules=library.rules, quiet=sorted(library.quiet), today=today,
            root=root, unset=unset(root),
        )  # fmt: skip

    found: dict[str, Verdict] = defaultdict(Verdict)
    for script_id, one in _found(_BROKEN, subject(scripts), ids):
        found[script_id].refused.append(one)
    for script_id, one in _found(_TOLD, subject((*beside, *scripts)), ids):
        if one.key not in {known.key for known in found[script_id].refused}:
            found[script_id].told.append(one)
    return found


def _found(
    families: Iterable[Family], subject: Subject, ids: set[str]
) -> Iterator[tuple[str, Complaint]]:
    for family in families:
        every = check_confusion(subject, ids) if family is check_confusion else family(subject)
        for one in dict.fromkeys(every):
            script_id, _, key = one.key.partition(".")
            if script_id in ids:
                yield script_id, replace(one, key=key)
