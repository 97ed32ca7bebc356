"""Refuses forbidden words (不能说的词) in scripts by the same rule as the console does."""

from dataclasses import replace
from typing import Annotated

import typer

from bot.errors import Complaint, ScriptError
from bot.scripts.forbidding import forbidden, lacking
from bot.scripts.version import Version
from bot.settings import Settings
from bot.store.scripts import versions
from bot.store.scripts.versions import Act

Despite = Annotated[
    bool, typer.Option("--despite", help="It holds forbidden words, and is used; --note says why.")
]
_MEND = Complaint("", "", "it cannot come back as it was", "Edit it, and ask for approval")
_CURE = "Use others; if it must be, add --despite and say why by --note"
_ANOTHER = "Use others, or let somebody else approve it: --by NAME"


async def heed(
    settings: Settings, script: str, number: int, deed: str, act: Act, *, despite: bool = False
) -> None:
    """Check a version before it is submitted, approved or restored.

    Args:
        deed: "submit", "approve" or "restore".
        despite: whether it shall be used in spite of forbidden words; `act.note` has to say why.

    Raises:
        ScriptError: it has forbidden words, and the deed is not allowed like this.
    """
    edits = await versions.history(script)
    edit = next((one for one in edits if one.version.number == number), None)
    if edit is not None:
        author = edit.steps[0].who
        heed_version(settings, edit.version, deed, act, author=author, despite=despite)


def heed_version(
    settings: Settings, version: Version, deed: str, act: Act, *, author: str, despite: bool
) -> None:
    """As `heed`, for a version that need not be in the database.

    Args:
        author: who wrote it.
    """
    found = forbidden(settings.root, settings.root / settings.library, [version])
    own = act.who == author and settings.approval.four_eyes
    wrong = lacking(deed, own=own, despite=despite, why=act.note)
    cure = _ANOTHER if deed == "approve" and own else _CURE
    if deed == "restore":
        wrong, cure = _MEND, _MEND.cure
    if found and wrong:
        told = replace(wrong, file=version.place, key=version.script, cure=cure)
        raise ScriptError([*found, told])
