"""One script: what is in force, what waits, and every version with its changes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from bot.errors import BotError, Complaint, Declined, ScriptError
from bot.retiring import keep_what_is_used
from bot.scripts.library import Library
from bot.scripts.reading import SHARED
from bot.scripts.script import CATEGORIES, Script
from bot.scripts.version import Kind, Version
from bot.store.desk.audit import Changed
from bot.store.desk.staff import Role
from bot.store.scripts import versions
from bot.store.scripts.imports import BACK, BY
from bot.store.scripts.uses import NEVER, uses_of
from bot.store.scripts.versions import Act, Edit
from bot.telling.complaints import words
from bot.web.console.scripts import forbidding, form
from bot.web.console.scripts.diff import Change, changes, fields_in, fields_of, noted, title_in
from bot.web.console.scripts.rights import DEEDS, approves, author, may
from bot.web.console.scripts.standing import Standing, standing
from bot.web.route import Route
from bot.web.visit import Visit

_GONE = ("没有这条话术，可能编号写错了。", "There is no such script; the id may be wrong.")
_MEND = Complaint("", "", "it cannot come back as it was", "Edit it, and ask for approval")
_SHARED = re.compile(r"\bshared\.(\w+)")
_REASONED = ("reject", "withdraw", "retire")  # deeds that need a reason
_VERBS = {"submit": versions.submit, "reject": versions.reject, "withdraw": versions.withdraw}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    edit: Edit
    changes: Sequence[Change]  # from the version before
    deeds: Sequence[str]


def routes() -> Iterable[Route]:
    yield Route("GET", "/console/scripts/script", page, Role.MEMBER)
    yield Route("GET", "/console/scripts/standing", stands, Role.MEMBER)
    yield Route("POST", "/console/scripts/move", move, Role.OPERATOR)


async def page(visit: Visit) -> web.Response:
    script_id = visit.asked("id")
    office = visit.office
    library: Library = office.desk.edition.library
    edits = await versions.history(script_id)
    base = office.editions.base
    if script_id not in library and not edits and script_id not in base:
        return visit.wrong(*_GONE, 404)
    script, contents = library.get(script_id), [one.version.content for one in edits]
    below = base.get(script_id)
    await office.figures.count()  # with what was said a moment ago
    found = standing(office, script_id, edits[0] if edits else None, edits)
    used = await uses_of(office.database, [script_id], office.today)
    values = form.of(script) if script else None
    return visit.html(
        "console/scripts/script.html",
        id=script_id, script=script, below=below,
        title=(script.title if script else title_in(contents)) or script_id,
        values=values, shared=_shared(library, values),
        shared_in=f"{office.settings.library}/{SHARED}",
        entries=_entries(visit, edits, below),
        standing=found, mark=_mark(found, edits),
        names=CATEGORIES, people=await office.names(), used=used.get(script_id, NEVER),
        reason=partial(_reason, visit),
    )  # fmt: skip


def _shared(library: Library, values: Mapping[str, Any] | None) -> Mapping[str, str]:
    """What stands for each {{ shared.… }} that a script says."""
    said = "\n".join((*values["say"], values["attachments"])) if values else ""
    return {name: library.shared[name] for name in _SHARED.findall(said) if name in library.shared}


def _reason(visit: Visit, note: str) -> str:
    """Why, as somebody wrote it; what an import writes there is told in the page's language."""
    for begins, english in ((BACK, "took back the import of "), (BY, "import of ")):
        if note.startswith(begins):
            return visit.t(begins, english) + note.removeprefix(begins)
    return note


async def stands(visit: Visit) -> web.Response:
    """Whether the bot says by now what was approved; the page asks until it does. ?was= is that
    page's mark."""
    edits = await versions.history(visit.asked("id"))
    found = standing(visit.office, visit.asked("id"), edits[0] if edits else None, edits)
    mark = _mark(found, edits)
    response = visit.html(
        "console/scripts/standing.html",
        standing=found, mark=mark, id=visit.asked("id"),
    )  # fmt: skip
    if visit.asked("was") != mark:  # the page shows the earlier words
        response.headers["HX-Refresh"] = "true"
    return response


def _mark(found: Standing, edits: Sequence[Edit]) -> str:
    """Changes whenever somebody changed the script, or the bot has taken it up."""
    newest = f"{edits[0].version.number} {edits[0].steps[-1].state} " if edits else ""
    return f"{newest}{found.state} {found.version}"


async def move(visit: Visit) -> web.Response:
    """Submit, approve, reject, withdraw, restore or retire."""
    script_id, deed, number = visit.asked("id"), visit.asked("do"), visit.number("version")
    why = visit.asked("why")
    if deed in _REASONED and not why:
        return visit.wrong("请写一句原因。", "Say why, in a few words.")
    act = Act(who=visit.me.id, at=visit.office.clock.timestamp(), note=why)
    try:
        if deed == "restore":
            changed, forbidden = await _restore(visit, script_id, number, act), ""
        elif deed == "retire":
            _keep_what_is_used(visit, script_id)
            await versions.retire(script_id, act, judge=visit.office.editions.judge)
            changed, forbidden = (), ""
        elif deed in DEEDS:
            changed, forbidden = await _decide(visit, deed, script_id, number, act)
        else:
            return visit.wrong("不认识这个操作。", "There is no such action.", 404)
    except Declined:
        raise
    except ScriptError as error:
        told = "；".join("，".join(words(one, visit.language)) for one in error.complaints[:3])
        return visit.wrong(f"没有成功：{told}", f"That did not work: {told}")
    except BotError as error:
        return visit.wrong(
            "没有成功：这个版本刚刚被别人处理过，请刷新页面。",
            f"Somebody was quicker: reload the page. {error}",
            409,
        )
    details = f"{f'@{number}' if number else ''} {forbidden}".strip()
    await visit.note(f"script.{deed}", script_id, why, details, changed)
    visit.office.live.tell("scripts")
    return visit.go(f"/console/scripts/script?id={script_id}")


async def _decide(
    visit: Visit, deed: str, script_id: str, number: int, act: Act
) -> tuple[Sequence[Changed], str]:
    """Returns what comes into force, and the forbidden words that are used all the same."""
    edits = await versions.history(script_id)
    edit = next((one for one in edits if one.version.number == number), None)
    if edit is None:
        raise Declined(*_GONE, 404)
    if deed not in may(visit, edit):
        raise _not_yours(visit, edit, deed)
    found: Sequence[Complaint] = ()
    if deed in ("submit", "approve"):
        found = await forbidding.forbidden_in(visit, edit.version)
        if found and (wrong := forbidding.lacking(visit, deed, author(edit))):
            raise _forbidden(visit, [*found, wrong])
    changed: Sequence[Changed] = ()
    if deed == "approve":
        before = visit.office.desk.edition.library.get(script_id)
        changed = noted(before, fields_of(edit.version.content))
        await versions.approve(script_id, number, act, judge=visit.office.editions.judge)
    else:
        await _VERBS[deed](script_id, number, act)
    return changed, forbidding.kept(found)


async def _restore(visit: Visit, script_id: str, number: int, act: Act) -> Sequence[Changed]:
    edits = await versions.history(script_id)
    old = next((one.version for one in edits if one.version.number == number), None)
    if old and (found := await forbidding.forbidden_in(visit, old)):
        raise _forbidden(visit, [*found, _MEND])
    if old and old.kind is Kind.RETIRED:
        _keep_what_is_used(visit, script_id)
    before = visit.office.desk.edition.library.get(script_id)
    changed = noted(before, fields_of(old.content)) if old and old.content else ()
    await versions.roll_back(script_id, number, act, judge=visit.office.editions.judge)
    return changed


def _keep_what_is_used(visit: Visit, script_id: str) -> None:
    """
    Raises:
        Declined: it may not be retired.
    """
    office = visit.office
    plans, scripts = office.touching.plans.book.plans, office.desk.edition.library
    keep_what_is_used(script_id, office.settings, plans, scripts)


def _forbidden(visit: Visit, found: Sequence[Complaint]) -> Declined:
    said = [part for one in found for part in words(one, visit.language) if part]
    return Declined("。".join(said) + "。", ". ".join(said) + ".")


def _entries(visit: Visit, edits: Sequence[Edit], below: Script | None) -> list[Entry]:
    entries = []
    for place, edit in enumerate(edits):
        before = _before(edits[place + 1 :], below)
        entries.append(
            Entry(
                edit=edit,
                changes=changes(before, _fields(edit.version, below)),
                deeds=may(visit, edit),
            )
        )
    return entries


def _before(older: Sequence[Edit], below: Script | None) -> Mapping[str, Sequence[str]]:
    """What a version is compared with: the last one before it that came into force."""
    for edit in older:
        if any(step.state == "approved" for step in edit.steps):
            return _fields(edit.version, below)
    return fields_in(below) if below else {}


def _fields(version: Version, below: Script | None) -> Mapping[str, Sequence[str]]:
    if version.kind is Kind.WORDS:
        return fields_of(version.content)
    return fields_in(below) if below and version.kind is Kind.FILE else {}


def _not_yours(visit: Visit, edit: Edit, deed: str) -> Declined:
    if deed == "approve" and edit.steps[-1].state == "submitted" and not approves(
        visit, edit.steps[0].who
    ):  # fmt: skip
        return Declined(
            "自己写的话术要由另一位运营或管理员批准。",
            "What you wrote yourself is approved by another operator or an admin.",
            403,
        )
    return Declined(
        "这个版本已经处理过了，请刷新页面。", "This version was dealt with: reload.", 409
    )
