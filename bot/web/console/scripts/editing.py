"""The editor: it shows mistakes and a preview while one types; save, submit, approve."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.errors import BotError, Complaint, ScriptError
from bot.scripts.checks.fields import BLANK
from bot.scripts.checks.one import Review, review, small_library
from bot.scripts.example import numberless
from bot.scripts.formats import jsonl
from bot.scripts.script import CATEGORIES
from bot.scripts.version import Kind, Version
from bot.store.desk.staff import Role
from bot.store.scripts import versions
from bot.store.scripts.versions import Act, Edit
from bot.telling.complaints import told
from bot.web.console.scripts import forbidding, form
from bot.web.console.scripts.diff import fields_of, noted
from bot.web.console.scripts.form import Filled
from bot.web.console.scripts.preview import (
    CHANNELS,
    SAMPLE,
    Person,
    Preview,
    find_people,
    preview,
)
from bot.web.console.scripts.rights import OPEN, approves
from bot.web.console.scripts.standing import latest
from bot.web.route import Route
from bot.web.visit import Visit

EMPTY = ("missing or empty", "there is nothing to say")  # shown at saving, not while one types
MOST_GIVEN = 20  # examples in an address, at most
VARIABLES = (  # for every company
    ("{{ customer.name or '亲' }}", "客户名字", "Customer’s name"),
    ("{{ member.name }}", "同事名字", "Member’s name"),
    ("{{ company.name }}", "公司名", "Company"),
    ("{{ company.phone }}", "电话", "Phone"),
)

SAVED = {
    "draft": ("已存成草稿。", "Saved as a draft."),
    "submit": ("已提交，等人批准。", "Submitted: somebody approves it."),
    "approve": ("已保存，几秒后开始用。", "Saved, and in force in seconds."),
}


def routes() -> Iterable[Route]:
    yield Route("GET", "/console/scripts/edit", edit, Role.OPERATOR)
    yield Route("GET", "/console/scripts/customers", customers, Role.OPERATOR)
    yield Route("GET", "/console/scripts/review", look, Role.OPERATOR)
    yield Route("POST", "/console/scripts/check", check, Role.OPERATOR)
    yield Route("POST", "/console/scripts/save", save, Role.OPERATOR)


async def edit(visit: Visit) -> web.Response:
    """?id= a script, &version= one of its versions; without it a new one, prefilled by ?ask= …"""
    script_id, number = visit.asked("id"), visit.number("version")
    asked = [*filter(None, map(numberless, visit.request.query.getall("ask", [])))]
    if not script_id:
        title = visit.asked("title") or (asked[0] if asked else "")
        given = form.blank(ask=asked[:MOST_GIVEN], title=title)
        return await _shown(visit, given, new=True)
    below = visit.office.editions.base
    edits = await versions.history(script_id)
    chosen = next((one for one in edits if one.version.number == number), None)
    chosen = chosen or _going_on(edits, in_files=script_id in below)
    kind = chosen.version.kind if chosen else Kind.FILE
    if chosen and kind is Kind.WORDS:
        built = await asyncio.to_thread(reviewed, visit, chosen.version)
        values = form.of(built.script) if built.script else form.blank()
        if built.misread:
            values |= _raw(chosen.version)
    elif kind is Kind.FILE and script_id in below:
        values = form.of(below[script_id])
    else:
        return visit.wrong("没有这条话术。", "There is no such script.", 404)
    if asked:
        values = {**values, "ask": list(dict.fromkeys([*values["ask"], *asked[:MOST_GIVEN]]))}
    newest = edits[0].version.number if edits else 0
    return await _shown(visit, values, new=False, seen=newest)


def _going_on(edits: Sequence[Edit], *, in_files: bool) -> Edit | None:
    """The version to edit further: as `latest`, but of a retired script the one before, and of one
    that nobody has approved yet the newest."""
    found = latest(edits)
    if found and found.version.kind is not Kind.RETIRED:
        return found
    worded = [one for one in edits if one.version.kind is not Kind.RETIRED]
    said = (one for one in worded if any(step.state == "approved" for step in one.steps))
    return next(said, None if in_files else next(iter(worded), None))


async def customers(visit: Visit) -> web.Response:
    """Customers for the preview, as options of the field."""
    found = await find_people(visit.office.database, visit.asked("customer"), visit.me.sight)
    return visit.html("console/scripts/customers.html", people=found)


async def look(visit: Visit) -> web.Response:
    """What is wrong with a version, for whoever has to approve it."""
    edits = await versions.history(visit.asked("id"))
    number = visit.number("version")
    chosen = next((one for one in edits if one.version.number == number), None)
    if chosen is None:
        return visit.wrong("没有这个版本。", "There is no such version.", 404)
    found = await asyncio.to_thread(reviewed, visit, chosen.version)
    state, author = chosen.steps[-1].state, chosen.steps[0].who
    return visit.html(
        "console/scripts/review.html",
        bad_words=await forbidding.forbidden_in(visit, chosen.version) and state in OPEN,
        another=state == "submitted" and forbidding.needs_another(visit, author),
        told=form.placed(found.mistakes, chosen.version.script),
        doubts=form.placed(found.doubts, chosen.version.script),
        fields=form.FIELDS,
    )  # fmt: skip


async def check(visit: Visit) -> web.Response:
    """The findings for each field, and the preview."""
    filled = form.read(visit.form)
    found, shown = await _looked_at(visit, filled)
    found = replace(
        found, mistakes=tuple(one for one in found.mistakes if one.problem not in EMPTY)
    )
    return visit.html(
        "console/scripts/findings.html", first=visit.asked("first"),
        **_told(visit, filled, found), preview=shown, channels=CHANNELS, fields=form.FIELDS,
    )  # fmt: skip


async def save(visit: Visit) -> web.Response:
    """`do` is draft, submit or approve; `new` says that the id must be a new one."""
    filled, deed = form.read(visit.form), visit.asked("do", "draft")
    script_id, new = filled.values["id"], bool(visit.asked("new"))
    before = visit.office.desk.edition.library.get(script_id)
    edits = await versions.history(script_id) if script_id else []
    if not new and before is None and not edits:
        return visit.wrong("没有这条话术。", "There is no such script.", 404)
    if deed == "approve" and not approves(visit, visit.me.id):
        return visit.wrong(
            "自己写的话术要由另一位运营或管理员批准，请先提交。",
            "What you wrote yourself is approved by another person: submit it.",
            403,
        )
    newest = edits[0].version.number if edits else 0
    overtaken = ""
    if new and (before or edits):
        filled = _with(filled, _taken(script_id))
    elif edits and visit.number("seen") != newest:
        filled, overtaken = _with(filled, _overtaken(newest)), edits[0].steps[0].who
    again = partial(_again, visit, new=new, seen=newest, overtaken=overtaken)
    version = Version(script=script_id, number=0, content=filled.content)
    found = await asyncio.to_thread(reviewed, visit, version)
    content = form.content_of(found.script) if found.script else ""
    if new and content and edits and content == edits[0].version.content:
        return _is_there(visit, edits[0])
    bad_words = await forbidding.forbidden_in(visit, version) if deed != "draft" else ()
    if bad_words and (wrong := forbidding.lacking(visit, deed, visit.me.id)):
        filled = _with(filled, wrong)
    if filled.complaints or found.misread or not content:
        return await again(filled, found)
    try:
        number = await put(visit, script_id, content, deed, visit.asked("why"))
    except ScriptError as error:
        known = {(one.key, one.problem) for one in found.mistakes}
        news = (one for one in error.complaints if (one.key, one.problem) not in known)
        return await again(replace(filled, complaints=tuple(news)), found)
    except BotError as error:
        return visit.wrong(
            f"没有存上：{told(error, 'zh')}", f"Not saved: {told(error, 'en')}", 409
        )
    await visit.note(
        f"script.{deed}", script_id, visit.asked("why"),
        f"@{number} {forbidding.kept(bad_words)}".strip(), noted(before, fields_of(content)),
    )  # fmt: skip
    visit.office.live.tell("scripts")
    return visit.go(_page_of(script_id), *SAVED.get(deed, SAVED["draft"]))


def _taken(script_id: str) -> Complaint:
    return Complaint("", "id", f"this id is taken already in {script_id}", "Another one")


def _overtaken(number: int) -> Complaint:
    return Complaint("", "", f"version {number} was saved meanwhile", "Look at it first")


def _with(filled: Filled, complaint: Complaint) -> Filled:
    return replace(filled, complaints=(*filled.complaints, complaint))


def _page_of(script_id: str) -> str:
    return f"/console/scripts/script?id={quote(script_id)}"


def _is_there(visit: Visit, edit: Edit) -> web.Response:
    """The answer to a form that was sent again after Back."""
    there = _page_of(edit.version.script)
    if edit.steps[-1].state == "rejected":
        return visit.go(
            there, "这一版没有批准，所以没有再提交：请先改好。",
            "This version was rejected, so it was not submitted again: change it first.",
        )  # fmt: skip
    return visit.go(there, "这条话术已经存好了。", "The script is saved already.")


async def put(visit: Visit, script_id: str, content: str, deed: str, note: str) -> int:
    """Save it as a draft, submitted or approved, as `deed` says. Returns the version's number.

    Raises:
        ScriptError: it has mistakes.
        BotError: somebody was quicker.
    """
    act = Act(who=visit.me.id, at=visit.office.clock.timestamp(), note=note)
    number = await versions.draft(script_id, content, act, judge=visit.office.editions.judge)
    if deed in ("submit", "approve"):
        await versions.submit(script_id, number, act)
    if deed == "approve":
        await versions.approve(script_id, number, act, judge=_judged)
    return number


async def _judged(version: Version) -> Sequence[Complaint]:
    """No complaints: it was judged a moment ago, as a draft."""
    return ()


async def _shown(visit: Visit, values: Any, *, new: bool, seen: int = 0) -> web.Response:
    return visit.html(
        "console/scripts/edit.html",
        values=values, new=new, seen=seen, names=CATEGORIES, channels=CHANNELS,
        variables=_variables(visit), told={}, doubts={}, why="", bad_words=False, despite=False,
        taken=False,
        categories=await _categories(visit), approves=approves(visit, visit.me.id),
        overtaken="",
    )  # fmt: skip


async def _again(
    visit: Visit, filled: Filled, found: Review, *, new: bool, seen: int, overtaken: str
) -> web.Response:
    """`overtaken`: who has saved another version meanwhile."""
    names = await visit.office.names() if overtaken else {}
    taken = new and (seen > 0 or filled.values["id"] in visit.office.desk.edition.library)
    return visit.html(
        "console/scripts/edit.html",
        status=422, taken=taken, values=filled.values, new=new, seen=seen, names=CATEGORIES,
        channels=CHANNELS, variables=_variables(visit), why=visit.asked("why"),
        categories=await _categories(visit), approves=approves(visit, visit.me.id),
        overtaken=names.get(overtaken, overtaken), **_told(visit, filled, found),
    )  # fmt: skip


def _told(visit: Visit, filled: Filled, found: Review) -> dict[str, Any]:
    script_id = filled.values["id"]
    return {
        "told": form.placed((*filled.complaints, *found.mistakes), script_id),
        "doubts": form.placed(found.doubts, script_id),
        "bad_words": any(" is forbidden: " in one.problem for one in found.doubts),
        "despite": bool(visit.asked("despite")),
    }


async def _looked_at(visit: Visit, filled: Filled) -> tuple[Review, Preview | None]:
    """In a thread, while the engine goes on."""
    office = visit.office
    person = await _person(visit)
    channel = visit.asked("as_channel")
    channel = channel if channel in CHANNELS else "kf"
    question = visit.asked("question") or next(iter(filled.values["ask"]), "")
    version = Version(script=filled.values["id"], number=0, content=filled.content)
    now = office.now
    member = office.desk.names.of(visit.me.id, visit.me.name)

    def work() -> tuple[Review, Preview | None]:
        found = reviewed(visit, version)
        if found.script is None:
            return found, None
        shown = preview(
            found.script, small_library(found, office.desk.edition), office.desk.renderer,
            person, channel=channel, member=member, now=now, question=question,
        )  # fmt: skip
        return found, shown

    return await asyncio.to_thread(work)


def reviewed(visit: Visit, version: Version) -> Review:
    """What is wrong with it among the scripts in force; for a thread."""
    office = visit.office
    settings = office.settings
    return review(
        version, office.desk.edition,
        library=settings.root / settings.library, root=settings.root,
        today=office.today,
    )  # fmt: skip


async def _person(visit: Visit) -> Person:
    text = visit.asked("customer")
    wanted = text.rpartition("(")[2].rstrip(")") if "(" in text else text
    printing = visit.office.profiles.printing
    found = await find_people(visit.office.database, wanted, visit.me.sight)
    if found:
        return replace(found[0], fields=await printing.of(found[0].id))
    one = Person(id="", name=text, tags=()) if text else SAMPLE
    return replace(one, fields=printing.sample())


def _variables(visit: Visit) -> Sequence[tuple[str, str, str]]:
    """What buttons insert; the company's fields, too, with a blank that no check lets pass."""
    rules = visit.office.profiles.book.rules.fields.values()
    return [
        *VARIABLES,
        *(
            (f"{{{{ customer.fields.{one.id} or '{BLANK}' }}}}", one.title, one.title)
            for one in rules
            if one.scenarios != ()
        ),
    ]


async def _categories(visit: Visit) -> Sequence[str]:
    office = visit.office
    own = [category for category, _ in await office.catalogue.categories(office.desk.edition)]
    return [*CATEGORIES, *(one for one in own if one not in CATEGORIES)]


def _raw(version: Version) -> Any:
    """The values that matter most of a version with mistakes, as they were typed."""
    row = jsonl.row_of(version.place, "", version.content)
    table = row.table
    names = ("title", "category", "ask", "say")
    known: dict[str, Any] = {name: table[name] for name in names if name in table}
    return {**known, "id": version.script}
