"""Forbidden words (不能说的词) before customers read them: refused by default; with a reason, and
past the eyes of a second person, they may be said all the same."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date

from bot.errors import Complaint
from bot.scripts.checks.forbidden import check_forbidden
from bot.scripts.checks.subject import Subject
from bot.scripts.layers import build
from bot.scripts.reading import Shelf
from bot.scripts.templates import VARIABLES
from bot.scripts.version import Kind, Version
from bot.settings import Settings
from bot.web.complaints import words
from bot.web.visit import Visit

_NOBODY = Complaint(
    "", "", "forbidden words of one's own are approved by another", "Ask for approval"
)
_NO_REASON = Complaint(
    "", "", "there are forbidden words in it", "Use others; if it must be, tick it and say why"
)


def forbidden(settings: Settings, versions: Iterable[Version]) -> Sequence[Complaint]:
    """What must not be said in these; for a thread."""
    shelf = Shelf(settings.root / settings.library, VARIABLES)
    worded = [one for one in versions if one.kind is Kind.WORDS]
    subject = Subject(
        scripts=tuple(script for one in worded if (script := build(shelf, one))),
        rules=(), quiet=(), today=date.min, root=settings.root, unset=frozenset(),
    )  # fmt: skip
    places = {one.place for one in worded}
    return [one for one in check_forbidden(subject) if one.file in places]


async def forbidden_in(visit: Visit, version: Version) -> Sequence[Complaint]:
    return await asyncio.to_thread(forbidden, visit.office.settings, [version])


def needs_another(visit: Visit, author: str) -> bool:
    """Whether somebody else has to let forbidden words of `author` out: an admin's own, too."""
    return visit.me.id == author and visit.office.settings.approval.four_eyes


def lacking(visit: Visit, deed: str, author: str) -> Complaint | None:
    """Why a script with forbidden words may not be submitted or approved like this."""
    if deed == "approve" and needs_another(visit, author):
        return _NOBODY
    return None if visit.asked("despite") and visit.asked("why") else _NO_REASON


def kept(found: Sequence[Complaint]) -> str:
    """For the audit log: the words that are used all the same."""
    told = "；".join(words(one, "zh")[0] for one in found)
    return f"仍要使用：{told}" if told else ""
