"""Import and export: the page first shows a file row by row, then takes all correct rows."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from aiohttp import web

from bot.errors import BotError, Complaint
from bot.scripts.formats import ENDINGS, jsonl, toml, xlsx_writing
from bot.scripts.formats.fates import Fate, fates, rows_of, weighed
from bot.scripts.layers import lay_over
from bot.scripts.script import CATEGORIES, Script
from bot.scripts.version import Version
from bot.store.desk.staff import Role
from bot.store.models import VersionState
from bot.store.scripts import imports, script_states
from bot.store.scripts.versions import Act
from bot.telling.complaints import cell, field_in, sheet
from bot.web.attached import attached, made
from bot.web.console.imports import as_file, asked, gone, look_at, rows_shown, to_upload
from bot.web.console.scripts.approving import unfilled
from bot.web.console.scripts.diff import changes, fields_in
from bot.web.console.scripts.forbidding import forbidden_in
from bot.web.console.scripts.form import field_called
from bot.web.console.scripts.rights import approves
from bot.web.jobs import Job
from bot.web.office import Office
from bot.web.route import Route
from bot.web.visit import Visit

LATEST = 10  # imports
AT_ONCE = 50  # rows between two checks whether somebody has cancelled
PATH = "/console/scripts/import"
_KINDS = ("fault", "warned", "changed", "new", "same", "off")
_STATES = {
    "force": VersionState.APPROVED,
    "submit": VersionState.SUBMITTED,
    "draft": VersionState.DRAFT,
}
_WISHES = {
    "force": ("直接使用", "in use at once"), "submit": ("提交审批", "to be approved"),
    "draft": ("存成草稿", "as drafts"),
}  # fmt: skip
_FORMS = ("xlsx", "toml", "jsonl")


@dataclass(slots=True, kw_only=True)
class Look:
    """What a file would change, and what became of it."""

    name: str
    fates: Sequence[Fate]
    troubles: Sequence[Complaint]  # with the whole file, or a whole sheet of it
    mark: int  # the database's, when the file was examined
    taken: bool = False  # it is being written, or has been
    applied: int | None = None  # how many versions were made
    wish: str = ""  # import as: force, submit or draft
    seq: int = 0  # for taking it back
    held: Mapping[str, str] = field(default_factory=dict)
    """Id → title of those that wait for approval, for forbidden words or blanks."""

    @property
    def counts(self) -> Counter[str]:
        warned = sum(1 for one in self.fates if one.warnings)
        return Counter(one.kind for one in self.fates) + Counter(warned=warned)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    name: str
    content: bytes
    number: int  # of scripts


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, page, Role.OPERATOR)
    yield Route("POST", PATH, look, Role.OPERATOR, files=True)
    yield Route("GET", f"{PATH}/rows", some, Role.OPERATOR)
    yield Route("POST", f"{PATH}/apply", apply, Role.OPERATOR)
    yield Route("POST", "/console/scripts/export", export, Role.OPERATOR)
    yield Route("GET", "/console/scripts/export/file", download, Role.OPERATOR)
    yield Route("GET", "/console/scripts/template.xlsx", template, Role.OPERATOR)


async def page(visit: Visit) -> web.Response:
    """?job= shows how far that one is."""
    job = asked(visit)
    if visit.asked("job") and job is None:
        return to_upload(visit)
    office = visit.office
    return visit.html(
        "console/scripts/import.html",
        job=job, categories=await office.catalogue.categories(office.desk.edition),
        names=CATEGORIES, approves=approves(visit, visit.me.id), **shown(visit, job),
        latest=() if job else await imports.latest(office.database, LATEST),
        people=await office.names(),
    )  # fmt: skip


async def look(visit: Visit) -> web.Response:
    """Read a file and say what it would change; nothing is written."""
    return await look_at(
        visit, "script_import", PATH, ENDINGS, partial(_look, visit.office),
        lambda name: (
            f"不认识「{name}」。请用 .xlsx、.toml 或 .jsonl 文件；.csv 先另存为 .xlsx。",
            f"{name} is no file that can be read: use {', '.join(ENDINGS)}; "
            "save a .csv as .xlsx first.",
        ),
    )  # fmt: skip


async def some(visit: Visit) -> web.Response:
    """Rows of one kind, a page of them."""
    job = asked(visit)
    if job is None or not isinstance(job.result, Look):
        return gone(visit)
    return visit.html("console/scripts/fates.html", job=job, **shown(visit, job))


async def apply(visit: Visit) -> web.Response:
    """Import all correct rows in one transaction. `as` is force, submit or draft."""
    office, wish = visit.office, visit.asked("as", "draft")
    job = office.jobs.find(visit.asked("job"), visit.me.id)
    if job is None or not isinstance(job.result, Look):
        return gone(visit)
    found: Look = job.result
    if wish not in _STATES or (wish == "force" and not approves(visit, visit.me.id)):
        return visit.wrong(
            "导入的话术要由另一位运营或管理员批准。",
            "What you import is approved by another operator or an admin.",
            403,
        )
    contents = [(one.id, one.content) for one in found.fates if one.content]
    if found.taken or not contents:
        return visit.wrong("没有要导入的了。", "There is nothing to import.", 409)
    found.taken = True
    try:
        found.applied, found.wish = await _put(visit, found, contents, wish), wish
    except BotError:
        return visit.wrong(
            "这期间有人批准了别的话术，请重新上传看一遍。",
            "Somebody has approved scripts meanwhile: upload the file once more.",
            409,
        )
    finally:
        found.taken = found.applied is not None
    zh, en = _WISHES[wish]
    details = f"{found.applied} 条，{zh}\n{found.applied}, {en}"
    await visit.note("script.import", found.name, details=details)
    office.live.tell("scripts")
    return visit.go(f"{PATH}?job={job.id}")


async def _put(
    visit: Visit, found: Look, contents: Sequence[tuple[str, str]], wish: str
) -> int:  # fmt: skip
    office, held = visit.office, set[str]()
    if wish == "force":  # forbidden words wait for somebody who gives a reason
        versions = [Version(script=one, number=0, content=content) for one, content in contents]
        places = {one.file for one in await forbidden_in(visit, *versions)}
        held = {one.script for one in versions if one.place in places or unfilled(one.content)}
    act = Act(who=visit.me.id, at=office.clock.timestamp(), note=imports.BY + found.name)
    number = await script_states.put_many(
        office.database, [pair for pair in contents if pair[0] not in held], act,
        state=_STATES[wish], since=found.mark, held=[pair for pair in contents if pair[0] in held],
    )  # fmt: skip
    titles = {fate.id: fate.title for fate in found.fates}
    found.held = {one: titles[one] for one in sorted(held)}
    mine = (one for one in await imports.latest(office.database, LATEST) if one.who == act.who)
    found.seq = next(one.seq for one in mine if one.at == act.at)
    return number


async def export(visit: Visit) -> web.Response:
    """Write all scripts, or those of one category, into a file to download."""
    form, category = visit.asked("as"), visit.asked("category")
    if form not in _FORMS:
        return visit.wrong("不认识这种格式。", "There is no such format.", 404)
    library = visit.office.desk.edition.library
    scripts = [one for one in library if not category or one.category == category]

    stem = visit.t("话术", "scripts")

    async def work(job: Job) -> File:
        job.total = job.done = 0
        content = await asyncio.to_thread(_written, form, scripts)
        return File(name=f"{stem}.{form}", content=content, number=len(scripts))

    job = visit.office.jobs.start("script_export", visit.me.id, work)
    await visit.note("script.export", category or "*", details=form)
    return visit.html("jobs/script_export.html", job=job)


async def download(visit: Visit) -> web.Response:
    job = asked(visit)
    if job is None or not isinstance(job.result, File):
        return visit.wrong("文件已不在了，请重新导出。", "The file is gone: export it again.", 404)
    return attached(job.result.name, job.result.content)


async def template(visit: Visit) -> web.Response:
    """An empty worksheet that explains itself."""
    content = await asyncio.to_thread(made, "template.xlsx", xlsx_writing.write_template)
    return attached(f"{visit.t('话术模板', 'template')}.xlsx", content)


def _only_shares(fate: Fate) -> bool:
    """Whether its only warnings are about keywords that another script has as well."""
    return all(" has the same keywords " in one.problem for one in fate.warnings)


def shown(visit: Visit, job: Job | None) -> dict[str, Any]:
    """What the template of the rows needs."""
    if job is None or not isinstance(job.result, Look):
        return {}
    found: Look = job.result

    def fitting(kind: str) -> Sequence[Fate]:
        if kind == "warned":  # rows that share keywords, often all of them, would hide empty ones
            return sorted((one for one in found.fates if one.warnings), key=_only_shares)
        return [one for one in found.fates if one.kind == kind]

    return {
        **rows_shown(visit, _KINDS, found.counts, fitting),
        "look": found, "cell": cell, "sheet": sheet,
        "about": lambda one: (field_called(field_in(one)), field_in(one)),
        "changed": lambda one: changes(fields_in(one.old), fields_in(one.new)),
    }  # fmt: skip


async def _look(office: Office, job: Job, name: str, content: bytes) -> Look:
    settings, complaints = office.settings, list[Complaint]()
    job.zh, job.en = "正在读文件……", "Reading the file …"
    mark = await script_states.mark(office.database)
    layers = await office.editions.current()
    library = lay_over(layers.base, layers.overlay)
    there = {one.id: one for one in library}
    waiting = {
        one.script: one.content for one in await script_states.open_versions(office.database)
    }
    rows = await asyncio.to_thread(_rows, name, content, complaints)
    job.zh, job.en = "正在逐行检查……", "Looking at each row …"
    job.total = len(rows)
    found: list[Fate] = []
    each = fates(rows, settings.root / settings.library, there, waiting)
    while some := await asyncio.to_thread(lambda: list(islice(each, AT_ONCE))):
        found += some
        job.done += len(some)
    job.zh, job.en = "正在和所有话术对照……", "Looking at them beside all others …"
    today = office.today
    found = await asyncio.to_thread(weighed, found, library, root=settings.root, today=today)
    return Look(name=name, fates=found, troubles=complaints, mark=mark)


def _rows(name: str, content: bytes, complaints: list[Complaint]) -> list[Any]:
    with as_file(name, content) as path:
        return rows_of(path, complaints)


def _written(form: str, scripts: Sequence[Script]) -> bytes:
    match form:
        case "jsonl":
            return jsonl.write_scripts(scripts)
        case "toml":
            return toml.write_scripts(scripts).encode()
    return made("scripts.xlsx", lambda path: xlsx_writing.write_scripts(path, scripts))
