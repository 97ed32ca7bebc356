"""Importing what is known of customers, after a look row by row; and exporting it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.errors import Complaint, ConfigError
from bot.profile import listing
from bot.profile.fields import told
from bot.profile.importing import Row, Table, read_table, titles_of
from bot.profile.intake import Written, chosen, customers, deeds, fills, judged, take_in
from bot.sheets.sheet import ENDINGS, opened
from bot.store.desk.staff import Role
from bot.web.attached import attached, listed, made
from bot.web.console.customers import wanted_of
from bot.web.console.imports import as_file, asked, gone, look_at, rows_shown, to_upload
from bot.web.jobs import Job
from bot.web.office import Office
from bot.web.route import Route
from bot.web.visit import Visit

PATH = "/console/customers/import"
LIST = "/console/customers/list.xlsx"
_KINDS = ("fault", "cells", "changed", "new", "same")  # those with "cells" are of another, too


@dataclass(slots=True, kw_only=True)
class Look:
    """What a file would change, and what became of it."""

    name: str
    rows: Sequence[Row] = ()
    left_out: Sequence[Complaint] = ()  # columns
    sheets: Sequence[Complaint] = ()  # sheets that were not read
    troubles: Sequence[Complaint] = ()  # with the whole file
    applied: int | None = None  # how many customers got something
    counts: Counter[str] = field(default_factory=Counter)
    written: list[Written] = field(default_factory=list)  # for taking it back
    undone: bool = False

    def of(self, kind: str) -> list[Row]:
        if kind == "cells":
            return [one for one in self.rows if one.complaints and one.fate != "fault"]
        return [one for one in self.rows if one.fate == kind]


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, page, Role.OPERATOR)
    yield Route("POST", PATH, look, Role.OPERATOR, files=True)
    yield Route("GET", f"{PATH}/rows", some, Role.OPERATOR)
    yield Route("POST", f"{PATH}/apply", apply, Role.OPERATOR)
    yield Route("POST", f"{PATH}/undo", undo, Role.OPERATOR)
    yield Route("GET", f"{PATH}/template.xlsx", template, Role.OPERATOR)
    yield Route("GET", LIST, download, Role.OPERATOR)


async def page(visit: Visit) -> web.Response:
    """?job= shows how far that one is."""
    job = asked(visit)
    if visit.asked("job") and job is None:
        return to_upload(visit)
    return visit.html("console/customers_import.html", job=job, **_common(visit, job))


async def look(visit: Visit) -> web.Response:
    """Read a file and say what it would change; nothing is written."""
    return await look_at(
        visit, "field_import", PATH, ENDINGS, partial(_look, visit.office),
        lambda name: (
            f"不认识「{name}」。请用 .xlsx 或 .csv 文件。", f"{name}: use .xlsx or .csv."
        ),
    )  # fmt: skip


async def some(visit: Visit) -> web.Response:
    """Rows of one kind, a page of them."""
    job = _done(visit)
    if job is None:
        return gone(visit)
    return visit.html("console/customers_import_rows.html", job=job, **_common(visit, job))


async def apply(visit: Visit) -> web.Response:
    """Import every correct row; with `over` also where another value is known."""
    office, job, over = visit.office, _done(visit), bool(visit.asked("over"))
    if job is None:
        return gone(visit)
    found: Look = job.result
    rows, rules = chosen(found.rows, over=over), office.profiles.book.rules.fields
    if found.applied is not None or not rows:
        return visit.wrong("没有要导入的了。", "There is nothing to import.", 409)
    found.applied = len(rows)  # whoever clicks twice imports once
    try:
        await take_in(
            office.profiles.fields, rules, rows, visit.me.id, office.clock.timestamp(),
            file=found.name, over=over, written=found.written,
        )  # fmt: skip
    except BaseException:  # writing the same again does no harm
        found.applied = None
        raise
    await office.note(*deeds(rows, rules, visit.me.id, file=found.name, over=over))
    return visit.go(f"{PATH}?job={job.id}")


async def undo(visit: Visit) -> web.Response:
    """Restore what was before; what somebody has changed since stays."""
    office, job = visit.office, _done(visit)
    if job is None:
        return gone(visit)
    found: Look = job.result
    if found.undone or not found.written:
        return visit.wrong("没有要撤销的了。", "There is nothing to take back.", 409)
    found.undone = True
    for part in found.written[::-1]:
        await office.profiles.fields.undo(part.before, part.keys, part.at)
    await visit.note("profile.undo", found.name, details=customers(found.applied or 0))
    return visit.go(f"{PATH}?job={job.id}")


async def template(visit: Visit) -> web.Response:
    """An empty worksheet with the company's fields."""
    titles = titles_of(visit.office.profiles.book.rules.fields)

    def write(path: Path) -> None:
        with opened(path, "客户资料", to_fill_in=True) as sheet:
            sheet.add(titles)

    name = f"{visit.t('客户资料模板', 'customers')}.xlsx"
    return attached(name, await asyncio.to_thread(made, name, write))


async def download(visit: Visit) -> web.Response:
    """The customers whom the page's filters find, with what is known, as a file to fill in."""
    office = visit.office

    def write(path: Path) -> Awaitable[int]:
        return listing.write(
            office.database, path, office.profiles.book.rules.fields,
            office.profiles.fields.dates, sight=visit.me.sight, wanted=wanted_of(visit),
        )  # fmt: skip

    number, response = await listed(visit, visit.t("客户名单", "customers"), "xlsx", write)
    await visit.note("profile.export", "xlsx", details=customers(number))
    return response


def _said(visit: Visit, name: str, value: str) -> str:
    """The value in people's words."""
    rule = visit.office.profiles.book.rules.fields.get(name)
    with suppress(ValueError):
        return visit.t(*told(rule, value)) if rule else value
    return value


def _done(visit: Visit) -> Job | None:
    job = asked(visit)
    return job if job is not None and isinstance(job.result, Look) else None


def _common(visit: Visit, job: Job | None) -> dict[str, Any]:
    rules = visit.office.profiles.book.rules.fields
    values: dict[str, Any] = {
        "rules": rules,
        "path": PATH,
        "list": LIST,
        "said": partial(_said, visit),
    }
    if job is None or not isinstance(job.result, Look):
        return values
    found: Look = job.result
    shown = rows_shown(visit, _KINDS, found.counts, found.of)
    empty = sum(fills(row) for row in found.rows if row.puts)
    return {
        **values, **shown, "look": found, "filling": empty,
        "right": sum(bool(row.puts) for row in found.rows),
    }  # fmt: skip


async def _look(office: Office, job: Job, name: str, content: bytes) -> Look:
    rules = office.profiles.book.rules.fields
    job.zh, job.en = "正在读文件……", "Reading the file …"
    try:
        table = await asyncio.to_thread(_table, name, content, rules)
    except ConfigError as error:
        return Look(name=name, troubles=error.complaints)
    job.zh, job.en = "正在逐行检查……", "Looking at each row …"
    job.total = len(table.lines)

    def tell(more: int) -> None:
        job.done += more

    fields = office.profiles.fields
    rows = await judged(office.database, fields, rules, name, table.lines, tell)
    found = Look(name=name, rows=rows, left_out=table.left_out, sheets=table.sheets)
    found.counts = Counter({kind: len(found.of(kind)) for kind in _KINDS})
    return found


def _table(name: str, content: bytes, rules: Any) -> Table:
    with as_file(name, content) as path:
        return read_table(path, rules)
