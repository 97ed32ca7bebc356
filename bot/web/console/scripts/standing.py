"""Whether the bot already says what was approved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.errors import Complaint
from bot.scripts.version import Kind
from bot.store.scripts.versions import Edit
from bot.web.console.scripts.rights import OPEN
from bot.web.office import Office

State = Literal["files", "force", "retired", "soon", "stuck", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`soon`: approved, and the bot will say it soon; `stuck`: mistakes prevent that."""

    state: State
    version: int = 0
    complaints: Sequence[Complaint] = ()


def latest(edits: Sequence[Edit]) -> Edit | None:
    """The version with which the next edit begins: the open one, else the one approved last, even
    if the bot does not say it yet; None: the files' version.

    Args:
        edits: all of the script, the newest first.
    """
    if edits and edits[0].steps[-1].state in OPEN:
        return edits[0]
    return next((one for one in edits if one.in_force), None)


def standing(office: Office, script: str, newest: Edit | None, edits: Sequence[Edit]) -> Standing:
    """The state of the version approved last; `newest` is set if there are any versions."""
    library = office.desk.edition.library
    last = next((edit for edit in edits if edit.in_force), None) if newest else None
    file = library[script].file if script in library else ""
    if last is None:
        return Standing(state="files" if file else "never")
    version = last.version
    there = {
        Kind.WORDS: file == version.place,
        Kind.RETIRED: not file,
        Kind.FILE: not file.startswith("database:"),
    }[version.kind]
    if there:
        states: dict[Kind, State] = {
            Kind.WORDS: "force", Kind.RETIRED: "retired", Kind.FILE: "files",
        }  # fmt: skip
        return Standing(state=states[version.kind], version=version.number)
    complaints = office.editions.complaints
    return Standing(
        state="stuck" if complaints else "soon", version=version.number, complaints=complaints
    )
