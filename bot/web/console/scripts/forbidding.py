"""Forbidden words (不能说的词) on pages: the rule of `bot.scripts.forbidding`, for a visit."""

import asyncio
from collections.abc import Sequence

from bot.errors import Complaint
from bot.scripts.forbidding import forbidden
from bot.scripts.forbidding import lacking as lacking_of
from bot.scripts.version import Version
from bot.telling.complaints import words
from bot.web.visit import Visit


async def forbidden_in(visit: Visit, *versions: Version) -> Sequence[Complaint]:
    settings = visit.office.settings
    library = settings.root / settings.library
    return await asyncio.to_thread(forbidden, settings.root, library, versions)


def needs_another(visit: Visit, author: str) -> bool:
    """Whether somebody else has to approve forbidden words of `author`, even of an admin."""
    return visit.me.id == author and visit.office.settings.approval.four_eyes


def lacking(visit: Visit, deed: str, author: str) -> Complaint | None:
    """Why one may not submit or approve a script with forbidden words like this."""
    return lacking_of(
        deed, own=needs_another(visit, author), despite=bool(visit.asked("despite")),
        why=visit.asked("why"),
    )  # fmt: skip


def kept(found: Sequence[Complaint]) -> str:
    """For the audit log: the forbidden words that are used all the same."""
    told = "；".join(words(one, "zh")[0] for one in found)
    return f"仍要使用：{told}" if told else ""
